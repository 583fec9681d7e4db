"""Tests of clients that ask more often than tokens come."""
import unittest

from throttle import Limiter, ManualClock, TokenBucket

# All times here are exact as binary fractions, so that nothing depends on how they are added up.


def empty_bucket(rate, burst):
    bucket = TokenBucket(rate=rate, burst=burst, now=0)
    assert bucket.take(0, burst)
    return bucket


class FractionTests(unittest.TestCase):
    def test_asking_often_does_not_hold_tokens_up(self):
        bucket = empty_bucket(rate=2, burst=5)
        taken = [bucket.take(quarter / 4) for quarter in range(1, 9)]
        self.assertEqual(taken, [False, True] * 4)

    def test_as_many_as_the_rate_gives(self):
        for rate, step, seconds in [(1, 0.125, 16), (2, 0.75, 12), (4, 0.375, 12), (0.5, 0.25, 16)]:
            bucket = empty_bucket(rate, burst=3)
            steps = int(seconds / step)
            taken = sum(bucket.take(number * step) for number in range(1, steps + 1))
            self.assertEqual(taken, min(steps, rate * seconds), (rate, step))

    def test_only_asking_has_no_influence(self):
        for ask in (
            lambda bucket, now: bucket.available(now),
            lambda bucket, now: bucket.wait_time(now),
            lambda bucket, now: bucket.is_full(now),
            lambda bucket, now: bucket.take(now, 3),
        ):
            bucket = empty_bucket(rate=1, burst=3)
            for quarter in range(1, 8):
                ask(bucket, quarter / 4)
            self.assertEqual(bucket.available(2), 2)

    def test_the_wait_gets_shorter(self):
        bucket = empty_bucket(rate=2, burst=4)
        waits = [bucket.wait_time(now) for now in (0, 0.125, 0.25, 0.5)]
        self.assertEqual(waits, [0.5, 0.375, 0.25, 0])
        bucket = empty_bucket(rate=2, burst=4)
        self.assertEqual(bucket.wait_time(0.75, 3), 0.75)

    def test_tokens_are_whole(self):
        bucket = empty_bucket(rate=1, burst=4)
        self.assertEqual([bucket.available(now) for now in (0.5, 1, 1.5, 2.75, 3)], [0, 1, 1, 2, 3])
        self.assertIsInstance(bucket.available(3.5), int)

    def test_nothing_is_saved_up_beyond_a_full_bucket(self):
        bucket = TokenBucket(rate=1, burst=2, now=0)
        self.assertEqual(bucket.available(0.75), 2)
        self.assertTrue(bucket.take(0.75, 2))
        self.assertEqual([bucket.take(now) for now in (1.0, 1.5, 1.75)], [False, False, True])


class LimiterFractionTests(unittest.TestCase):
    def test_a_client_that_asks_all_the_time(self):
        clock = ManualClock(1000.0)
        limiter = Limiter(rate=1, burst=2, clock=clock)
        allowed = 0
        for _ in range(64):
            allowed += limiter.allow("a")
            clock.advance(0.125)
        self.assertEqual(allowed, 2 + 7)

    def test_waiting_as_long_as_told_is_enough(self):
        clock = ManualClock()
        limiter = Limiter(rate=4, burst=1, clock=clock)
        for _ in range(5):
            self.assertTrue(limiter.allow("a"))
            clock.advance(0.0625)
            self.assertFalse(limiter.allow("a"))
            clock.advance(limiter.wait_time("a"))
        self.assertEqual(clock.now, 1.25)

    def test_a_bucket_that_is_nearly_full_is_kept(self):
        clock = ManualClock()
        limiter = Limiter(rate=0.25, burst=2, clock=clock, tidy_every=1)
        limiter.allow("a")
        clock.advance(2)
        limiter.allow("b")
        self.assertEqual(len(limiter), 2)
        self.assertEqual(limiter.available("a"), 1)


class ClockTests(unittest.TestCase):
    def test_a_clock_that_stands_still(self):
        bucket = empty_bucket(rate=8, burst=2)
        self.assertEqual([bucket.take(0) for _ in range(5)], [False] * 5)
