"""Tests of hunks that have no line on one side, as `diff -U0` and `git diff` write them."""
import itertools
import unittest

from linediff import PatchError, apply, make, reverse

ABC = ["a", "b", "c"]


class ApplyForeignPatchTests(unittest.TestCase):
    def test_insertions(self):
        self.assertEqual(apply(ABC, "@@ -0,0 +1 @@\n+x\n"), ["x", "a", "b", "c"])
        self.assertEqual(apply(ABC, "@@ -2,0 +3,2 @@\n+x\n+y\n"), ["a", "b", "x", "y", "c"])
        self.assertEqual(apply(ABC, "@@ -3,0 +4 @@\n+x\n"), ["a", "b", "c", "x"])

    def test_several_hunks(self):
        patch = "@@ -0,0 +1 @@\n+x\n@@ -1,0 +3 @@\n+y\n@@ -3 +4,0 @@\n-c\n"
        self.assertEqual(apply(ABC, patch), ["x", "a", "y", "b"])

    def test_new_files(self):
        self.assertEqual(apply([], "--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n"), ["a", "b"])

    def test_deleted_files(self):
        self.assertEqual(apply(["a", "b"], "@@ -1,2 +0,0 @@\n-a\n-b\n"), [])

    def test_insertions_beyond_the_end(self):
        with self.assertRaises(PatchError):
            apply(ABC, "@@ -4,0 +5 @@\n+x\n")

    def test_turned_round_deletions(self):
        for patch, new in [
            ("@@ -2 +1,0 @@\n-b\n", ["a", "c"]),
            ("@@ -1 +0,0 @@\n-a\n", ["b", "c"]),
            ("@@ -1,3 +0,0 @@\n-a\n-b\n-c\n", []),
        ]:
            self.assertEqual(apply(ABC, patch), new)
            self.assertEqual(apply(new, reverse(patch)), ABC)


class MakeTests(unittest.TestCase):
    def test_insertions(self):
        self.assertEqual(make(ABC, ["a", "b", "x", "c"], context=0), "@@ -2,0 +3 @@\n+x\n")
        self.assertEqual(make(ABC, ["x", *ABC], context=0), "@@ -0,0 +1 @@\n+x\n")
        self.assertEqual(make(ABC, [*ABC, "x", "y"], context=0), "@@ -3,0 +4,2 @@\n+x\n+y\n")

    def test_deletions(self):
        self.assertEqual(make(ABC, ["a", "c"], context=0), "@@ -2 +1,0 @@\n-b\n")
        self.assertEqual(make(ABC, ["b", "c"], context=0), "@@ -1 +0,0 @@\n-a\n")

    def test_whole_files_with_context(self):
        self.assertEqual(make([], ["a", "b"]), "@@ -0,0 +1,2 @@\n+a\n+b\n")
        self.assertEqual(make(["a", "b"], []), "@@ -1,2 +0,0 @@\n-a\n-b\n")

    def test_ranges_with_lines_start_as_before(self):
        patch = make(ABC, ["a", "x", "b", "c"], context=1)
        self.assertEqual(patch, "@@ -1,2 +1,3 @@\n a\n+x\n b\n")

    def test_all_small_texts_there_and_back(self):
        texts = [list(t) for size in range(4) for t in itertools.product("ab", repeat=size)]
        for old, new in itertools.product(texts, repeat=2):
            for context in (0, 1):
                patch = make(old, new, context)
                self.assertEqual(apply(old, patch), new)
                self.assertEqual(apply(new, reverse(patch)), old)
