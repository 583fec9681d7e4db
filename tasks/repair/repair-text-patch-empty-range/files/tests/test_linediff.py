"""Tests of making, reading and applying patches."""
import unittest

from linediff import PatchError, apply, make, read, reverse

OLD = ["one", "two", "three", "four", "five", "six", "seven"]
NEW = ["one", "TWO", "three", "four", "five", "five and a half", "seven"]


class MakeTests(unittest.TestCase):
    def test_equal_texts(self):
        self.assertEqual(make(OLD, OLD), "")

    def test_one_hunk(self):
        self.assertEqual(
            make(["a", "b", "c"], ["a", "B", "c"]), "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
        )

    def test_far_changes_are_hunks_of_their_own(self):
        patch = make(OLD, NEW, context=1)
        self.assertEqual([h.header() for h in read(patch)], ["@@ -1,3 +1,3 @@", "@@ -5,3 +5,3 @@"])

    def test_changed_lines_without_context(self):
        self.assertEqual(make(["a", "b"], ["a", "B"], context=0), "@@ -2 +2 @@\n-b\n+B\n")


class ApplyTests(unittest.TestCase):
    def test_there_and_back(self):
        for context in (0, 1, 3):
            patch = make(OLD, NEW, context)
            self.assertEqual(apply(OLD, patch), NEW)
            self.assertEqual(apply(NEW, reverse(patch)), OLD)

    def test_insertions_and_deletions(self):
        longer = OLD[:3] + ["new"] + OLD[3:]
        for context in (0, 1, 3):
            self.assertEqual(apply(OLD, make(OLD, longer, context)), longer)
            self.assertEqual(apply(longer, make(longer, OLD, context)), OLD)

    def test_file_names_are_skipped(self):
        patch = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ def f\n one\n-two\n+TWO\n"
        self.assertEqual(apply(["one", "two"], patch), ["one", "TWO"])

    def test_other_lines(self):
        with self.assertRaises(PatchError):
            apply(["one", "three"], "@@ -2 +2 @@\n-two\n+TWO\n")

    def test_texts_that_are_too_short(self):
        with self.assertRaises(PatchError):
            apply(["one"], "@@ -2 +2 @@\n-two\n+TWO\n")

    def test_cut_patches(self):
        with self.assertRaises(PatchError):
            apply(["one", "two"], "@@ -1,2 +1,2 @@\n one")
