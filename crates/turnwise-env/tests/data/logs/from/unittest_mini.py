"""Tests of unittest that end in every way, and print in between."""

import doctest
import subprocess
import sys
import unittest


class Calc(unittest.TestCase):
    def test_pass(self):
        pass

    def test_doc(self):
        """Adds two numbers ... or three (see m.Calc).

        More text.
        """

    def test_doc_fail(self):
        """Says what it should."""
        self.fail("no")

    @unittest.skip("why ... ok")
    def test_doc_skip(self):
        """Is left out ... today."""

    def test_fail(self):
        self.assertEqual(1, 2, "one - two")

    def test_error(self):
        raise ValueError("boom")

    @unittest.skip("not 'here'")
    def test_skip(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()

    @unittest.expectedFailure
    def test_unexpected(self):
        pass

    def test_ünï(self):
        pass


class Prints(unittest.TestCase):
    def test_lines(self):
        print("printed", file=sys.stderr)
        print("printed to stdout", flush=True)

    def test_doc(self):
        """Prints."""
        print("printed", file=sys.stderr)

    def test_no_line_end(self):
        sys.stderr.write("hello")

    def test_no_line_end_fails(self):
        sys.stderr.write("hello")
        self.fail()

    def test_ok_then_fails(self):
        print("ok", file=sys.stderr)
        self.fail()

    def test_child(self):
        subprocess.run(["echo", "from a child"])

    def test_run_in_run(self):
        sys.stderr.write("\nouter (not.a.Test)\nFAIL: test_pass (m.C)\n")


class Subtests(unittest.TestCase):
    def test_all_pass(self):
        for i in range(3):
            with self.subTest(i=i):
                pass

    def test_doc_fails(self):
        """Has subtests."""
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)

    def test_error(self):
        with self.subTest(a="x (y) ... z"):
            raise KeyError("k")

    def test_fails(self):
        for i in range(3):
            with self.subTest("why (not)", i=i):
                self.assertNotEqual(i, 1)

    def test_fails_twice(self):
        with self.subTest("why"):
            self.fail()
        self.fail("whole")

    def test_skip(self):
        for i in range(3):
            with self.subTest(i=i):
                if i == 1:
                    self.skipTest("odd")


class SetUp(unittest.TestCase):
    def setUp(self):
        raise OSError("set-up")

    def test_a(self):
        pass


class TearDown(unittest.TestCase):
    def tearDown(self):
        raise OSError("tear-down")

    def test_a(self):
        pass

    def test_b(self):
        self.fail("both")


class ClassBroken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("no")

    def test_a(self):
        pass


class ClassLeftOut(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("no class")

    def test_a(self):
        pass


class ClassTorn(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        raise RuntimeError("late")

    def test_a(self):
        pass


def local():
    class Inner(unittest.TestCase):
        def test_in(self):
            pass

    return Inner


Inner = local()


def documented():
    """
    >>> documented()
    3
    """
    return 3


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite())
    return tests
