"""Tests of coloured cells that are filled up or cut."""
import unittest

from gridview import Table, colour, strip_colours, visible_width
from gridview.cells import clip, pad

RESET = "\x1b[0m"


class PadTests(unittest.TestCase):
    def test_left(self):
        self.assertEqual(pad(colour("red", "ab"), 5), colour("red", "ab") + "   ")

    def test_right(self):
        self.assertEqual(pad(colour("red", "ab"), 5, "right"), "   " + colour("red", "ab"))

    def test_centre(self):
        self.assertEqual(pad(colour("red", "ab"), 5, "centre"), " " + colour("red", "ab") + "  ")
        self.assertEqual(pad(colour("red", "ab"), 6, "centre"), "  " + colour("red", "ab") + "  ")

    def test_wide_cells_stay(self):
        self.assertEqual(pad(colour("red", "abcdef"), 3), colour("red", "abcdef"))


class ClipTests(unittest.TestCase):
    def test_what_fits_stays(self):
        for text in [colour("red", "abcde"), "ab" + colour("blue", "cde"), "abcde"]:
            self.assertEqual(clip(text, 5), text)

    def test_what_is_seen_is_cut_as_if_plain(self):
        for text in [
            colour("red", "abcdefgh"),
            "abc" + colour("blue", "defgh"),
            colour("red", "ab") + colour("bold", "cd") + "efgh",
            colour("bold", colour("red", "abcdefgh")),
        ]:
            for limit in range(1, 8):
                cut = clip(text, limit)
                self.assertEqual(strip_colours(cut), clip("abcdefgh", limit))
                self.assertEqual(visible_width(cut), limit)

    def test_colours_before_the_cut_are_kept(self):
        cut = clip(colour("red", "abcdef"), 4)
        self.assertTrue(cut.startswith("\x1b[31mabc"), repr(cut))
        cut = clip("a" + colour("green", "bc") + "def", 5)
        self.assertTrue(cut.startswith("a\x1b[32mbc\x1b[0md"), repr(cut))

    def test_a_cut_colour_ends(self):
        for text in [colour("red", "abcdef"), "abc" + colour("blue", "def")]:
            self.assertTrue(clip(text, 5).endswith(RESET), repr(clip(text, 5)))

    def test_plain_cells_get_no_colours(self):
        self.assertEqual(clip("abcdef", 5), "abcd…")


class ColouredTableTests(unittest.TestCase):
    def check(self, rows, **options):
        """A coloured table looks like a plain one."""
        plain, coloured = (Table("job", "state", "by", **options) for _ in range(2))
        for row in rows:
            plain.add(*map(strip_colours, row))
            coloured.add(*row)
        self.assertEqual(strip_colours(coloured.render()), plain.render())

    def test_columns_stay_aligned(self):
        rows = [
            ("build", colour("green", "ok"), "ann"),
            (colour("bold", "deploy to all"), colour("red", "failed"), "bob"),
            ("test", "running", colour("blue", "cy")),
        ]
        self.check(rows)
        self.check(rows, align={"state": "right", "by": "right"})
        self.check(rows, align={"job": "centre", "state": "centre"})

    def test_limits_stay_limits(self):
        rows = [
            ("build", colour("green", "finished"), "ann"),
            (colour("bold", "deploy to all"), colour("red", "failed"), "bob"),
        ]
        for limit in (3, 5, 8):
            self.check(rows, limit=limit)

    def test_rows_of_plain_cells(self):
        self.check([("build", "ok", "ann"), ("deploy to all", "failed", "bob")], limit=6)
