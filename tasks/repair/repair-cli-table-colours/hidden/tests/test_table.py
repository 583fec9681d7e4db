"""Tests of tables and cells."""
import unittest

from gridview import Table, colour, strip_colours, visible_width
from gridview.cells import clip, pad


class CellTests(unittest.TestCase):
    def test_pad(self):
        self.assertEqual(pad("ab", 5), "ab   ")
        self.assertEqual(pad("ab", 5, "right"), "   ab")
        self.assertEqual(pad("ab", 5, "centre"), " ab  ")

    def test_pad_never_cuts(self):
        self.assertEqual(pad("abcdef", 3), "abcdef")

    def test_pad_knows_its_alignments(self):
        with self.assertRaises(ValueError):
            pad("ab", 5, "middle")

    def test_clip(self):
        self.assertEqual(clip("abcdef", 6), "abcdef")
        self.assertEqual(clip("abcdef", 5), "abcd…")
        self.assertEqual(clip("abcdef", 1), "…")


class TableTests(unittest.TestCase):
    def test_columns_fit_their_widest_cell(self):
        table = Table("name", "size", align={"size": "right"})
        table.add("readme", 120)
        table.add("licence", 1070)
        self.assertEqual(
            table.render(), "name     size\nreadme    120\nlicence  1070"
        )

    def test_a_table_without_rows_is_its_header(self):
        self.assertEqual(Table("name", "size").render(), "name  size")

    def test_limit(self):
        table = Table("name", "n", limit=6)
        table.add("configuration", 1)
        self.assertEqual(table.render(), "name    n\nconfi…  1")

    def test_rows_have_all_cells(self):
        with self.assertRaises(ValueError):
            Table("a", "b").add(1)


class ColourTests(unittest.TestCase):
    def test_colours_take_no_room(self):
        self.assertEqual(visible_width(colour("red", "stop")), 4)

    def test_colours_can_be_taken_out(self):
        self.assertEqual(strip_colours("a" + colour("bold", "b") + "c"), "abc")

    def test_a_coloured_last_column(self):
        table = Table("job", "state")
        table.add("build", colour("green", "ok"))
        self.assertEqual(table.render(), "job    state\nbuild  \x1b[32mok\x1b[0m")
