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


class RenewalTests(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.expired = []
        self.cache = ExpiringCache(10, self.clock, expired=lambda key, value: self.expired.append((key, value)))

    def test_a_renewed_value_outlives_its_first_deadline(self):
        self.cache.put("a", 1)
        self.clock.now += 8
        self.cache.renew("a")
        self.clock.now += 8
        self.assertEqual(self.cache.get("a"), 1)
        self.assertEqual(self.cache.remaining("a"), 2)
        self.assertEqual(self.expired, [])

    def test_it_expires_once_at_its_last_deadline(self):
        self.cache.put("a", 1)
        for _ in range(5):
            self.clock.now += 6
            self.assertTrue(self.cache.renew("a"))
        self.clock.now += 9.5
        self.assertIn("a", self.cache)
        self.clock.now += 0.5
        self.assertNotIn("a", self.cache)
        self.clock.now += 10
        self.assertEqual(len(self.cache), 0)
        self.assertEqual(self.expired, [("a", 1)])

    def test_a_replaced_value_has_the_new_lifetime(self):
        self.cache.put("a", 1, lifetime=2)
        self.cache.put("a", 2, lifetime=20)
        self.clock.now += 15
        self.assertEqual(self.cache.get("a"), 2)
        self.assertEqual(self.expired, [])
        self.clock.now += 5
        self.assertIsNone(self.cache.get("a"))
        self.assertEqual(self.expired, [("a", 2)])

    def test_a_value_put_after_a_removal_has_its_own_lifetime(self):
        self.cache.put("a", 1)
        self.cache.remove("a")
        self.clock.now += 5
        self.cache.put("a", 2)
        self.clock.now += 5
        self.assertEqual(self.cache.get("a"), 2)

    def test_a_shorter_lifetime_ends_a_value_once(self):
        self.cache.put("a", 1)
        self.cache.put("a", 2, lifetime=3)
        self.clock.now += 3
        self.assertNotIn("a", self.cache)
        self.clock.now += 10
        self.assertEqual(len(self.cache), 0)
        self.assertEqual(self.expired, [("a", 2)])

    def test_others_expire_all_the_same(self):
        self.cache.put("a", 1)
        self.cache.put("b", 2)
        self.clock.now += 5
        self.cache.renew("a")
        self.clock.now += 5
        self.assertEqual(len(self.cache), 1)
        self.assertEqual(self.expired, [("b", 2)])


class SessionUseTests(unittest.TestCase):
    def test_a_session_in_use_does_not_end(self):
        clock = Clock()
        ended = []
        sessions = Sessions(idle=60, clock=clock, ended=ended.append)
        token = sessions.open("Ada")
        for _ in range(10):
            clock.now += 40
            self.assertEqual(sessions.user(token), "Ada")
        self.assertEqual(ended, [])
        clock.now += 60
        self.assertIsNone(sessions.user(token))
        self.assertEqual(ended, ["Ada"])
