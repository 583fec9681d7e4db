"""Values expire in time, and not before."""

import unittest

from shortlived import ExpiringCache, Sessions


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 100

    def __call__(self):
        return self.now


class CacheTests(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.expired = []
        self.cache = ExpiringCache(10, self.clock, expired=lambda key, value: self.expired.append((key, value)))

    def test_values_expire(self):
        self.cache.put("a", 1)
        self.clock.now += 9.5
        self.assertEqual(self.cache.get("a"), 1)
        self.clock.now += 0.5
        self.assertIsNone(self.cache.get("a"))
        self.assertEqual(self.expired, [("a", 1)])

    def test_values_have_lifetimes_of_their_own(self):
        self.cache.put("a", 1, lifetime=5)
        self.cache.put("b", 2)
        self.clock.now += 7
        self.assertNotIn("a", self.cache)
        self.assertIn("b", self.cache)
        self.assertEqual(self.cache.remaining("b"), 3)

    def test_they_expire_in_order(self):
        for key, lifetime in [("a", 3), ("b", 1), ((), 2), ("c", 2)]:
            self.cache.put(key, None, lifetime)
        self.clock.now += 3
        self.assertEqual(len(self.cache), 0)
        self.assertEqual([key for key, _ in self.expired], ["b", (), "c", "a"])

    def test_what_was_removed_does_not_expire(self):
        self.cache.put("a", 1)
        self.assertEqual(self.cache.remove("a"), 1)
        self.clock.now += 10
        self.assertIsNone(self.cache.remove("a"))
        self.assertEqual(self.expired, [])

    def test_what_expired_cannot_be_renewed(self):
        self.cache.put("a", 1)
        self.clock.now += 10
        self.assertFalse(self.cache.renew("a"))

    def test_a_shorter_lifetime_counts_at_once(self):
        self.cache.put("a", 1)
        self.assertTrue(self.cache.renew("a", lifetime=1))
        self.clock.now += 1
        self.assertIsNone(self.cache.get("a"))

    def test_values_renewed_often_do_not_pile_up(self):
        self.cache.put("a", 1)
        for _ in range(1000):
            self.cache.renew("a")
        self.assertLess(len(self.cache._deadlines), 100)

    def test_lifetimes_are_positive(self):
        with self.assertRaises(ValueError):
            self.cache.put("a", 1, lifetime=0)


class SessionsTests(unittest.TestCase):
    def test_sessions_end_when_they_are_not_used(self):
        clock = Clock()
        ended = []
        sessions = Sessions(idle=60, clock=clock, ended=ended.append)
        token = sessions.open("Ada")
        self.assertNotEqual(token, sessions.open("Bob"))
        self.assertEqual((sessions.user(token), sessions.count()), ("Ada", 2))
        clock.now += 60
        self.assertIsNone(sessions.user(token))
        self.assertEqual(sorted(ended), ["Ada", "Bob"])

    def test_sessions_are_closed(self):
        sessions = Sessions()
        token = sessions.open("Ada")
        self.assertTrue(sessions.close(token))
        self.assertFalse(sessions.close(token))
        self.assertIsNone(sessions.user(token))
