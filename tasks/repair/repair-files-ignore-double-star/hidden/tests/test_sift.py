"""Tests of rules and of walking."""
import os
import tempfile
import unittest

from sift import Rules, walk


def ignored(rules, *paths):
    """Those of the paths (folders end with a slash) that the rules ignore."""
    rules = Rules.parse(rules)
    return [path for path in paths if rules.ignores(path.rstrip("/"), path.endswith("/"))]


class RuleTests(unittest.TestCase):
    def test_without_a_slash_at_any_depth(self):
        paths = ("a.log", "x/a.log", "x/y/a.log", "a.logs", "b.txt")
        self.assertEqual(ignored("*.log", *paths), ["a.log", "x/a.log", "x/y/a.log"])

    def test_with_a_slash_from_the_top(self):
        self.assertEqual(ignored("/notes", "notes", "x/notes"), ["notes"])
        self.assertEqual(ignored("a/b", "a/b", "x/a/b"), ["a/b"])

    def test_folders_only(self):
        self.assertEqual(ignored("build/", "build/", "x/build/", "build"), ["build/", "x/build/"])

    def test_one_star_stays_within_a_folder(self):
        self.assertEqual(ignored("docs/*.md", "docs/a.md", "docs/x/a.md"), ["docs/a.md"])

    def test_two_stars_go_through_folders(self):
        paths = ("docs/x/a.tmp", "docs/x/y/a.tmp", "x/docs/y/a.tmp", "docs/x/a.md")
        self.assertEqual(ignored("docs/**/*.tmp", *paths), ["docs/x/a.tmp", "docs/x/y/a.tmp"])

    def test_everything_inside(self):
        self.assertEqual(ignored("tmp/**", "tmp/a", "tmp/x/a", "tmp/"), ["tmp/a", "tmp/x/a"])

    def test_sets_and_single_characters(self):
        self.assertEqual(ignored("v[0-9].?", "v1.a", "vx.a", "v1.ab"), ["v1.a"])
        self.assertEqual(ignored("v[!0-9]", "v1", "vx"), ["vx"])
        self.assertEqual(ignored("a[b", "a[b", "ab"), ["a[b"])

    def test_the_last_rule_decides(self):
        rules = "# logs\n*.log\n!keep.log\n"
        self.assertEqual(ignored(rules, "a.log", "keep.log"), ["a.log"])
        self.assertEqual(ignored("!a\na\n", "a"), ["a"])


class WalkTests(unittest.TestCase):
    def test_ignored_folders_are_not_entered(self):
        with tempfile.TemporaryDirectory() as top:
            for path in ("a.txt", "build/keep.log", "src/b.txt", "src/c.log"):
                os.makedirs(os.path.join(top, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(top, path), "w", encoding="utf-8"):
                    pass
            rules = Rules.parse("*.log\nbuild/\n!keep.log\n")
            self.assertEqual(walk(top, rules), ["a.txt", "src/b.txt"])
