"""Tests of two stars at every place of a pattern."""
import unittest

from sift import Rules


def ignored(rules, *paths):
    """Those of the paths (folders end with a slash) that the rules ignore."""
    rules = Rules.parse(rules)
    return [path for path in paths if rules.ignores(path.rstrip("/"), path.endswith("/"))]


class DoubleStarTests(unittest.TestCase):
    def check(self, pattern, yes, no):
        self.assertEqual(ignored(pattern, *yes, *no), list(yes), pattern)

    def test_no_folder_in_the_middle(self):
        temporary = ["docs/a.tmp", "docs/x/a.tmp", "docs/x/y/a.tmp"]
        self.check("docs/**/*.tmp", temporary, ["a.tmp", "docs/a.md"])
        self.check("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["b", "a", "x/a/b"])
        self.check("/a/**/b/", ["a/b/", "a/x/b/"], ["a/b"])

    def test_no_folder_in_front(self):
        self.check("**/cache", ["cache", "x/cache", "x/y/cache"], ["x/mycache"])
        self.check("**/a/b", ["a/b", "x/a/b"], ["b", "xa/b"])
        self.check("/**/*.tmp", ["a.tmp", "x/a.tmp"], ["a.tmp.txt"])

    def test_several(self):
        self.check("**/a/**/b", ["a/b", "x/a/b", "a/x/b", "x/a/y/z/b"], ["b", "a"])
        self.check("a/**/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab"])

    def test_whole_folder_names_only(self):
        self.check("docs/**/a", ["docs/x/a", "docs/a"], ["docs/xa", "docsa", "docs/x/ya"])
        self.check("**/b.txt", ["b.txt", "x/b.txt"], ["ab.txt", "x/ab.txt"])

    def test_taken_back(self):
        rules = "*.tmp\n!keep/**/*.tmp\n"
        self.assertEqual(ignored(rules, "a.tmp", "keep/a.tmp", "keep/x/a.tmp"), ["a.tmp"])


class OtherStarTests(unittest.TestCase):
    def test_everything_inside_but_not_the_folder(self):
        self.assertEqual(ignored("a/**", "a/", "a/b", "a/b/c", "b/a"), ["a/b", "a/b/c"])

    def test_one_star_is_one_name(self):
        self.assertEqual(ignored("a/*/b", "a/b", "a/x/b", "a/x/y/b"), ["a/x/b"])

    def test_special_characters_are_plain(self):
        self.assertEqual(ignored("a/**/b+(1)", "a/x/b+(1)", "a/x/bb1"), ["a/x/b+(1)"])

    def test_sets_beside_two_stars(self):
        self.assertEqual(ignored("a/**/[bc].x", "a/y/b.x", "a/y/d.x"), ["a/y/b.x"])
