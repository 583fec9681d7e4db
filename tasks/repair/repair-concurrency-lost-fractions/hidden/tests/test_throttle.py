"""Tests of buckets and limiters."""
import unittest

from throttle import Limiter, ManualClock, TokenBucket


class BucketTests(unittest.TestCase):
    def test_a_burst_at_once(self):
        bucket = TokenBucket(rate=1, burst=3, now=0)
        self.assertEqual([bucket.take(0) for _ in range(4)], [True, True, True, False])

    def test_tokens_come_back(self):
        bucket = TokenBucket(rate=2, burst=4, now=0)
        self.assertTrue(bucket.take(0, 4))
        self.assertEqual(bucket.available(1), 2)
        self.assertEqual(bucket.available(2), 4)

    def test_no_more_than_the_burst(self):
        bucket = TokenBucket(rate=2, burst=4, now=0)
        bucket.take(0)
        self.assertEqual(bucket.available(1000), 4)

    def test_several_or_none(self):
        bucket = TokenBucket(rate=1, burst=3, now=0)
        bucket.take(0)
        self.assertFalse(bucket.take(0, 3))
        self.assertTrue(bucket.take(0, 2))

    def test_wait_time(self):
        bucket = TokenBucket(rate=2, burst=4, now=0)
        self.assertEqual(bucket.wait_time(0), 0)
        bucket.take(0, 4)
        self.assertEqual(bucket.wait_time(0), 0.5)
        self.assertEqual(bucket.wait_time(0, 3), 1.5)
        with self.assertRaises(ValueError):
            bucket.wait_time(0, 5)

    def test_settings(self):
        for rate, burst in [(0, 1), (-1, 1), (1, 0)]:
            with self.assertRaises(ValueError):
                Limiter(rate, burst)


class LimiterTests(unittest.TestCase):
    def setUp(self):
        self.clock = ManualClock(100.0)
        self.limiter = Limiter(rate=1, burst=2, clock=self.clock)

    def test_clients_do_not_share(self):
        self.assertEqual([self.limiter.allow("a") for _ in range(3)], [True, True, False])
        self.assertTrue(self.limiter.allow("b"))

    def test_after_some_time(self):
        self.limiter.allow("a", 2)
        self.clock.advance(1)
        self.assertEqual([self.limiter.allow("a") for _ in range(2)], [True, False])

    def test_full_buckets_are_forgotten(self):
        self.limiter.allow("a")
        self.clock.advance(60)
        self.limiter.allow("b")
        self.assertEqual(len(self.limiter), 1)
