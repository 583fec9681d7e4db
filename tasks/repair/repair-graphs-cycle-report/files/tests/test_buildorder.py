"""Tests of reading and ordering targets."""
import io
import os
import tempfile
import unittest

from buildorder import CycleError, ParseError, order, parse
from buildorder.__main__ import main


class ParseTests(unittest.TestCase):
    def test_targets(self):
        self.assertEqual(
            parse("app: lib core  # all\n\nlib: core\nlib: util\n"),
            {"app": {"lib", "core"}, "lib": {"core", "util"}, "core": set(), "util": set()},
        )

    def test_faults(self):
        for text in ("app", ": lib", "a b: c"):
            with self.assertRaises(ParseError):
                parse(text)


class OrderTests(unittest.TestCase):
    def test_what_is_needed_comes_first(self):
        self.assertEqual(order(parse("c: b\nb: a")), ["a", "b", "c"])

    def test_names_decide_where_there_is_a_choice(self):
        self.assertEqual(order(parse("z:\nb: z\na:\nc: a")), ["a", "c", "z", "b"])

    def test_only_what_is_asked_for(self):
        targets = parse("app: lib\nlib: core\ndocs: core")
        self.assertEqual(order(targets, only=["docs"]), ["core", "docs"])

    def test_two_targets_that_need_each_other(self):
        with self.assertRaises(CycleError) as caught:
            order(parse("lib: core\ncore: lib"))
        self.assertEqual(caught.exception.cycle, ["core", "lib"])

    def test_a_cycle_elsewhere_does_not_matter(self):
        self.assertEqual(order(parse("a: b\nb: a\nc: d"), only=["c"]), ["d", "c"])


class MainTests(unittest.TestCase):
    def run_main(self, text, *names):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "targets")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            out = io.StringIO()
            return main([path, *names], out), out.getvalue()

    def test_order(self):
        self.assertEqual(self.run_main("app: lib"), (0, "lib\napp\n"))

    def test_cycle(self):
        self.assertEqual(
            self.run_main("lib: core\ncore: lib"), (1, "build: cycle: core -> lib -> core\n")
        )
