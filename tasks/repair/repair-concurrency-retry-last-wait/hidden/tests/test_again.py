"""Tests of waits and attempts."""
import itertools
import unittest

from again import Backoff, GaveUp, TestClock, retry, retrying


class Flaky:
    """Fails some times, then returns how often it was called."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


class BackoffTests(unittest.TestCase):
    def test_waits_grow(self):
        waits = Backoff(attempts=10, first=0.5).waits()
        self.assertEqual(list(itertools.islice(waits, 3)), [0.5, 1, 2])

    def test_up_to_the_longest(self):
        waits = Backoff(attempts=10, first=4, factor=3, longest=20).waits()
        self.assertEqual(list(itertools.islice(waits, 4)), [4, 12, 20, 20])

    def test_settings(self):
        for options in ({"attempts": 0}, {"first": -1}, {"factor": 0.5}):
            with self.assertRaises(ValueError):
                Backoff(**options)


class RetryTests(unittest.TestCase):
    def setUp(self):
        self.clock = TestClock()

    def test_success_at_once(self):
        self.assertEqual(retry(Flaky(), clock=self.clock), 1)
        self.assertEqual(self.clock.waits, [])

    def test_success_at_last(self):
        function = Flaky(OSError(), OSError())
        self.assertEqual(retry(function, Backoff(attempts=3), clock=self.clock), 3)
        self.assertEqual(self.clock.waits, [1, 2])

    def test_giving_up(self):
        function = Flaky(*[OSError(str(number)) for number in range(9)])
        with self.assertRaises(GaveUp) as caught:
            retry(function, Backoff(attempts=4), clock=self.clock)
        self.assertEqual(function.calls, 4)
        self.assertEqual([str(error) for error in caught.exception.errors], ["0", "1", "2", "3"])
        self.assertIn("after 4 attempts: 3", str(caught.exception))

    def test_other_errors_are_passed_on(self):
        function = Flaky(OSError(), KeyError("x"))
        with self.assertRaises(KeyError):
            retry(function, on=(OSError,), clock=self.clock)
        self.assertEqual(function.calls, 2)

    def test_retry_after(self):
        error = OSError()
        error.retry_after = 7
        retry(Flaky(error, OSError()), clock=self.clock)
        self.assertEqual(self.clock.waits, [7, 2])

    def test_decorator(self):
        function = Flaky(OSError())

        @retrying(Backoff(first=3), clock=self.clock)
        def add(one, other=0):
            return one + other + function()

        self.assertEqual(add(10, other=20), 32)
        self.assertEqual(self.clock.waits, [3])
