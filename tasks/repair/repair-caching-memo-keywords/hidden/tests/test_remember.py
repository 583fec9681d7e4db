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


class KeywordTests(unittest.TestCase):
    def setUp(self):
        self.calls = []

        @remember
        def rate(base, *others, day=None, **more):
            self.calls.append((base, others, day, more))
            return base, others, day, more

        self.rate = rate

    def test_arguments_by_name_only_matter(self):
        self.assertEqual(self.rate("USD", day=1), ("USD", (), 1, {}))
        self.assertEqual(self.rate("USD", day=2), ("USD", (), 2, {}))
        self.assertEqual(self.rate("USD"), ("USD", (), None, {}))
        self.assertEqual(self.rate("USD", day=1), ("USD", (), 1, {}))
        self.assertEqual(len(self.calls), 3)

    def test_arguments_of_any_name_matter(self):
        self.assertEqual(self.rate("USD", fee=1), ("USD", (), None, {"fee": 1}))
        self.assertEqual(self.rate("USD", fee=2), ("USD", (), None, {"fee": 2}))
        self.assertEqual(self.rate("USD", tax=1), ("USD", (), None, {"tax": 1}))
        self.assertEqual(len(self.calls), 3)

    def test_names_and_positions_are_not_mixed_up(self):
        self.rate("USD", "day", 1)
        self.rate("USD", day=1)
        self.rate("USD", ("day", 1))
        self.rate("USD", (("day", 1),))
        self.rate("USD", "fee", 1, day=None)
        self.rate("USD", fee=1)
        self.assertEqual(len(self.calls), 6)

    def test_their_order_and_the_default_do_not_matter(self):
        self.rate("USD", fee=1, tax=[2])
        self.rate("USD", tax=[2], fee=1, day=None)
        self.rate(base="USD", day=None, fee=1, tax=[2])
        self.assertEqual(len(self.calls), 1)

    def test_one_of_them_is_forgotten(self):
        self.rate("USD", day=1)
        self.rate("USD", day=2)
        self.assertTrue(self.rate.forget("USD", day=1))
        self.assertFalse(self.rate.forget("USD", day=3))
        self.rate("USD", day=2)
        self.assertEqual((len(self.calls), self.rate.kept()), (2, 1))
        self.rate("USD", day=1)
        self.assertEqual(len(self.calls), 3)

    def test_containers_are_passed_by_name(self):
        self.assertEqual(self.rate("USD", day=[1], fee={"a": [1]}), ("USD", (), [1], {"fee": {"a": [1]}}))
        self.rate("USD", day=[1], fee={"a": [1]})
        self.assertEqual(len(self.calls), 1)

    def test_their_types_matter_if_wanted(self):
        calls = []

        @remember(typed=True)
        def show(*, value, **more):
            calls.append(value)
            return repr(value)

        self.assertEqual([show(value=1), show(value=1.0), show(value=True), show(value=1)], ["1", "1.0", "True", "1"])
        show(value=1, other=2)
        show(value=1, other=2.0)
        self.assertEqual(len(calls), 5)
