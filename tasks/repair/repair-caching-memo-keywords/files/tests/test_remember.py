"""Results are kept for equal calls, and only for those."""

import unittest

from remember import remember


class Counted:
    """A function that is remembered, and the calls that it got."""

    def __init__(self, **options):
        self.calls = []

        @remember(**options)
        def function(a, b=2, *rest):
            self.calls.append((a, b, rest))
            return a

        self.function = function


class RememberTests(unittest.TestCase):
    def test_a_call_is_made_once(self):
        counted = Counted()
        self.assertEqual([counted.function(1), counted.function(1), counted.function(2)], [1, 1, 2])
        self.assertEqual(counted.calls, [(1, 2, ()), (2, 2, ())])

    def test_it_does_not_matter_how_arguments_are_passed(self):
        counted = Counted()
        counted.function(1)
        counted.function(1, 2)
        counted.function(b=2, a=1)
        self.assertEqual(len(counted.calls), 1)

    def test_further_arguments_matter(self):
        counted = Counted()
        counted.function(1, 2, 3)
        counted.function(1, 2, 3, 4)
        counted.function(1, 2, (3, 4))
        self.assertEqual(len(counted.calls), 3)

    def test_containers_are_arguments(self):
        counted = Counted()
        for argument in [[1, [2]], [1, [2]], (1, [2]), {"x": [1], "y": 2}, {"y": 2, "x": [1]}, {1, 2}, {2, 1}]:
            counted.function(argument)
        self.assertEqual(len(counted.calls), 4)

    def test_types_matter_if_wanted(self):
        for typed, calls in [(False, 1), (True, 2)]:
            counted = Counted(typed=typed)
            counted.function(1)
            counted.function(1.0)
            self.assertEqual(len(counted.calls), calls)

    def test_the_longest_unused_result_goes(self):
        counted = Counted(most=2)
        for argument in [1, 2, 1, 3, 1, 2]:
            counted.function(argument)
        self.assertEqual([call[0] for call in counted.calls], [1, 2, 3, 2])
        self.assertEqual(counted.function.kept(), 2)

    def test_results_are_forgotten(self):
        counted = Counted()
        counted.function(1)
        self.assertTrue(counted.function.forget(1, b=2))
        self.assertFalse(counted.function.forget(1))
        counted.function(1)
        counted.function.clear()
        counted.function(1)
        self.assertEqual(len(counted.calls), 3)

    def test_nothing_may_be_the_result(self):
        counted = Counted()
        counted.function(None)
        self.assertIsNone(counted.function(None))
        self.assertEqual(len(counted.calls), 1)

    def test_an_exception_is_no_result(self):
        calls = []

        @remember
        def fail(x):
            """Fails."""
            calls.append(x)
            raise OSError

        for _ in range(2):
            with self.assertRaises(OSError):
                fail(1)
        self.assertEqual((len(calls), fail.__name__, fail.__doc__), (2, "fail", "Fails."))

    def test_wrong_calls_are_refused(self):
        with self.assertRaises(TypeError):
            Counted().function(c=1)
