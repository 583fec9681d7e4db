"""Tests of what happens behind the last attempt."""
import unittest

from again import Backoff, GaveUp, TestClock, retry, retrying

from .test_again import Flaky


class LastAttemptTests(unittest.TestCase):
    def give_up(self, backoff, **options):
        """Waits and number of calls if every attempt fails."""
        clock, function = TestClock(), Flaky(*[OSError()] * 20)
        with self.assertRaises(GaveUp) as caught:
            retry(function, backoff, clock=clock, **options)
        self.assertEqual(len(caught.exception.errors), function.calls)
        return clock.waits, function.calls

    def test_no_wait_behind_it(self):
        self.assertEqual(self.give_up(Backoff(attempts=3)), ([1, 2], 3))
        self.assertEqual(self.give_up(Backoff(attempts=4, first=3, longest=5)), ([3, 5, 5], 4))
        self.assertEqual(self.give_up(Backoff(attempts=2, first=0.5)), ([0.5], 2))

    def test_a_single_attempt(self):
        self.assertEqual(self.give_up(Backoff(attempts=1)), ([], 1))

    def test_what_a_server_says_last_is_not_waited_for(self):
        first, last = OSError("first"), OSError("last")
        first.retry_after, last.retry_after = 30, 90
        clock = TestClock()
        with self.assertRaises(GaveUp) as caught:
            retry(Flaky(first, last), Backoff(attempts=2), clock=clock)
        self.assertEqual(clock.waits, [30])
        self.assertIs(caught.exception.__cause__, last)

    def test_notify_is_told_about_waits(self):
        told = []
        self.give_up(Backoff(attempts=3), notify=lambda error, wait: told.append(wait))
        self.assertEqual(told[:2], [1, 2])

    def test_decorated_functions(self):
        clock, function = TestClock(), Flaky(*[OSError()] * 9)

        @retrying(Backoff(attempts=3, first=2), clock=clock)
        def call():
            return function()

        with self.assertRaises(GaveUp):
            call()
        self.assertEqual((clock.waits, function.calls), ([2, 4], 3))


class TotalTests(unittest.TestCase):
    def test_one_wait_less_than_attempts(self):
        self.assertEqual(list(Backoff(attempts=4, first=0.5).waits()), [0.5, 1, 2])
        self.assertEqual(list(Backoff(attempts=1).waits()), [])

    def test_total(self):
        self.assertEqual(Backoff(attempts=4, first=0.5).total(), 3.5)
        self.assertEqual(Backoff(attempts=5, first=4, factor=3, longest=20).total(), 56)
        self.assertEqual(Backoff(attempts=1).total(), 0)

    def test_total_is_what_is_waited(self):
        for attempts in range(1, 7):
            clock, backoff = TestClock(), Backoff(attempts=attempts, first=2, longest=9)
            with self.assertRaises(GaveUp):
                retry(Flaky(*[OSError()] * 9), backoff, clock=clock)
            self.assertEqual(sum(clock.waits), backoff.total())


class SuccessTests(unittest.TestCase):
    def test_at_the_last_attempt(self):
        for attempts in range(1, 6):
            clock, function = TestClock(), Flaky(*[OSError()] * (attempts - 1))
            self.assertEqual(retry(function, Backoff(attempts=attempts), clock=clock), attempts)
            self.assertEqual(clock.waits, [1, 2, 4, 8][: attempts - 1])

    def test_backoffs_can_be_used_again(self):
        backoff = Backoff(attempts=2)
        for _ in range(3):
            self.assertEqual(retry(Flaky(OSError()), backoff, clock=TestClock()), 2)
