"""The cache keeps what is used, within its limit."""

import unittest

from keepsake import Cache, Tiers


class CacheTests(unittest.TestCase):
    def test_the_longest_unused_goes(self):
        cache = Cache(2)
        for key in "abc":
            cache.put(key, key.upper())
        self.assertEqual(cache.keys(), ["b", "c"])
        self.assertIsNone(cache.get("a"))

    def test_getting_is_a_use_and_peeking_is_not(self):
        cache = Cache(3)
        for key in "abc":
            cache.put(key, key)
        cache.get("a")
        cache.peek("b")
        self.assertIn("b", cache)
        self.assertEqual(cache.keys(), ["b", "c", "a"])

    def test_values_are_replaced(self):
        cache = Cache(2)
        cache.put("a", 1)
        cache.put("a", 2)
        self.assertEqual(cache.get("a"), 2)
        self.assertEqual(len(cache), 1)

    def test_weights_count(self):
        cache = Cache(10, weigh=len)
        cache.put("a", "1234567")
        cache.put("b", "123")
        cache.put("c", "12345678")
        self.assertEqual(cache.keys(), ["c"])
        self.assertEqual(cache.weight, 8)

    def test_what_is_too_heavy_is_not_kept(self):
        cache = Cache(3, weigh=len)
        cache.put("a", "123")
        cache.put("b", "1234")
        self.assertEqual(cache.keys(), ["a"])
        cache.put("a", "1234")
        self.assertEqual((cache.keys(), cache.weight), ([], 0))

    def test_what_is_dropped_is_told(self):
        told = []
        cache = Cache(1, dropped=lambda key, value: told.append((key, value)))
        cache.put("a", 1)
        cache.put("b", 2)
        cache.remove("b")
        self.assertEqual(told, [("a", 1)])

    def test_values_are_made_once(self):
        made = []
        cache = Cache(2)

        def make(key):
            made.append(key)

        for key in "aabaca":
            cache.load(key, make)
        self.assertEqual(made, ["a", "b", "c"])

    def test_a_limit_is_needed(self):
        with self.assertRaises(ValueError):
            Cache(0)


class TiersTests(unittest.TestCase):
    def test_what_the_front_drops_goes_to_the_back(self):
        tiers = Tiers(front=1, back=2)
        for key in "abcd":
            tiers.put(key, key)
        self.assertEqual((tiers.front.keys(), tiers.back.keys()), (["d"], ["b", "c"]))

    def test_what_is_used_comes_forward(self):
        tiers = Tiers(front=1, back=2)
        for key in "ab":
            tiers.put(key, key)
        self.assertEqual(tiers.get("a"), "a")
        self.assertEqual((tiers.front.keys(), tiers.back.keys()), (["a"], ["b"]))

    def test_what_is_too_heavy_for_the_front_stays_in_the_back(self):
        tiers = Tiers(front=2, back=9, weigh=len)
        tiers.put("a", "12345")
        self.assertEqual(tiers.get("a"), "12345")
        self.assertEqual((tiers.front.keys(), tiers.back.keys()), ([], ["a"]))
