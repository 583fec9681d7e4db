"""Tests of Django that end in every way."""

import logging
import sys
import unittest

from django.test import SimpleTestCase, TestCase, skipUnlessDBFeature


class MiniTests(SimpleTestCase):
    def test_passes(self):
        pass

    def test_doc(self):
        """A docstring stands for the name."""

    def test_doc_fails(self):
        """A docstring of a test that fails (#123)."""
        self.fail("no - not at all")

    def test_fails(self):
        self.assertEqual(1, 2)

    def test_errors(self):
        raise ValueError("boom")

    @unittest.skip("not here")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()

    @unittest.expectedFailure
    def test_unexpected(self):
        pass

    def test_prints(self):
        print("Watching for file changes", file=sys.stderr)

    def test_logs(self):
        logging.getLogger("django.request").error("Internal Server Error: /raises/")

    def test_subtests(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)


class BrokenTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("no set-up")

    def test_never(self):
        pass


class DatabaseTests(TestCase):
    def test_reads(self):
        pass

    @skipUnlessDBFeature("has_no_such_feature")
    def test_feature(self):
        pass
