"""Tests of the cycle that is reported."""
import io
import os
import tempfile
import unittest

from buildorder import CycleError, order, parse
from buildorder.__main__ import main


def cycle_of(text, only=None):
    try:
        order(parse(text), only)
    except CycleError as error:
        return error.cycle
    raise AssertionError("no cycle found")


class CycleTests(unittest.TestCase):
    def check(self, text):
        """The cycle must be one of the graph; where there are several, any of them will do."""
        targets, cycle = parse(text), cycle_of(text)
        self.assertEqual(len(set(cycle)), len(cycle), cycle)
        self.assertEqual(cycle[0], min(cycle), cycle)
        for name, needed in zip(cycle, cycle[1:] + cycle[:1]):
            self.assertIn(needed, targets[name], cycle)

    def test_users_of_a_cycle_are_not_part_of_it(self):
        self.assertEqual(cycle_of("app: lib\nlib: core\ncore: lib"), ["core", "lib"])
        self.assertEqual(cycle_of("z: y\ny: b\nb: c\nc: b\na: z"), ["b", "c"])

    def test_what_a_cycle_needs_is_not_part_of_it(self):
        self.assertEqual(cycle_of("lib: core base\ncore: lib\nbase: util"), ["core", "lib"])

    def test_every_target_needs_the_next(self):
        self.assertEqual(cycle_of("a: c\nc: b\nb: a"), ["a", "c", "b"])
        self.assertEqual(cycle_of("d: a\na: c\nc: b\nb: d"), ["a", "c", "b", "d"])

    def test_a_target_that_needs_itself(self):
        self.assertEqual(cycle_of("a: a"), ["a"])
        self.assertEqual(cycle_of("b: a\na: a c\nd: b"), ["a"])

    def test_between_two_cycles(self):
        for text in (
            "a: b\nb: a m\nm: y\ny: z\nz: y",
            "m: a y\na: b\nb: a\ny: z\nz: y",
            "a: b c\nb: a\nc: a",
            "a: b\nb: c\nc: a b",
        ):
            self.check(text)

    def test_long_cycles(self):
        names = [f"t{(i * 7) % 3000:04}" for i in range(3000)]
        text = "\n".join(f"{name}: {other}" for name, other in zip(names, names[1:] + names[:1]))
        self.check(text + "\nuser: t0250")
        self.assertEqual(len(cycle_of(text)), 3000)

    def test_only_the_cycle_that_is_asked_for(self):
        text = "a: b\nb: a\nuser: y\ny: z\nz: y"
        self.assertEqual(cycle_of(text, only=["user"]), ["y", "z"])

    def test_the_message_names_no_others(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "targets")
            with open(path, "w", encoding="utf-8") as file:
                file.write("app: lib\nlib: core\ncore: net\nnet: lib\n")
            out = io.StringIO()
            self.assertEqual(main([path], out), 1)
        self.assertEqual(out.getvalue(), "build: cycle: core -> net -> lib -> core\n")


class NoCycleTests(unittest.TestCase):
    def test_shared_needs_are_no_cycle(self):
        self.assertEqual(order(parse("a: b c\nb: d\nc: d")), ["d", "b", "c", "a"])

    def test_nothing(self):
        self.assertEqual(order({}), [])
