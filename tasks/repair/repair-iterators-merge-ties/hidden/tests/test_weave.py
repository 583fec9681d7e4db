"""Streams are merged in order, and the largest items found."""

import unittest
from itertools import count, islice
from operator import itemgetter

from weave import gaps, largest, merge, read

WEB = ["10:00:00 web GET /\n", "10:00:05 web GET /a\n", "no record\n", "10:01:00 web GET /b\n"]
DB = ["09:59:58 db start\n", "10:00:02 db select 1\n"]


class MergeTests(unittest.TestCase):
    def test_items_come_in_order(self):
        self.assertEqual(list(merge([1, 4, 4], [], [2, 3], [0, 9])), [0, 1, 2, 3, 4, 4, 9])
        self.assertEqual(list(merge()), [])

    def test_keys_decide(self):
        self.assertEqual(list(merge(["a", "ccc"], ["bb", "dddd"], key=len)), ["a", "bb", "ccc", "dddd"])

    def test_streams_may_go_downwards(self):
        self.assertEqual(list(merge([5, 1], [4, 2], reverse=True)), [5, 4, 2, 1])
        self.assertEqual(list(merge(["ccc", "a"], ["bb"], key=len, reverse=True)), ["ccc", "bb", "a"])

    def test_streams_may_be_endless(self):
        self.assertEqual(list(islice(merge(count(0, 3), count(1, 3)), 5)), [0, 1, 3, 4, 6])

    def test_items_are_taken_as_they_are_needed(self):
        numbers = count()
        merged = merge(numbers, [0.5])
        self.assertEqual(next(merged), 0)
        self.assertEqual(next(numbers), 1)

    def test_logs_are_merged(self):
        merged = merge(read(WEB), read(DB), key=itemgetter("time"))
        self.assertEqual([record["text"] for record in merged], ["start", "GET /", "select 1", "GET /a", "GET /b"])


class GapsTests(unittest.TestCase):
    def test_gaps_between_neighbours(self):
        found = list(gaps(read(WEB), read(DB), key=itemgetter("time")))
        self.assertEqual([gap for _, _, gap in found], [2, 2, 3, 55])
        self.assertEqual([record["text"] for record in found[3][:2]], ["GET /a", "GET /b"])

    def test_a_single_item_has_no_neighbour(self):
        self.assertEqual(list(gaps([3], key=abs)), [])


class LargestTests(unittest.TestCase):
    def test_the_largest_come_first(self):
        self.assertEqual(largest(3, [4, 1, 5, 2, 3]), [5, 4, 3])
        self.assertEqual(largest(2, ["bb", "a", "ccc"], key=len), ["ccc", "bb"])

    def test_there_may_be_fewer(self):
        self.assertEqual(largest(3, [1, 2]), [2, 1])
        self.assertEqual(largest(0, [1, 2]), [])

    def test_the_latest_records(self):
        self.assertEqual([record["text"] for record in largest(2, read(WEB), key=itemgetter("time"))], ["GET /b", "GET /a"])


class EqualKeysTests(unittest.TestCase):
    def test_records_of_the_same_time_are_merged(self):
        first = ["10:00:00 web a\n", "10:00:00 web b\n", "10:00:07 web c\n"]
        second = ["10:00:00 db d\n", "10:00:07 db e\n"]
        merged = merge(read(first), read(second), key=itemgetter("time"))
        self.assertEqual([record["text"] for record in merged], ["a", "b", "d", "c", "e"])

    def test_the_order_of_the_streams_decides(self):
        streams = [["b1", "d2"], ["a1", "c1", "a2"], ["z0", "b1"]]
        self.assertEqual(list(merge(*streams, key=itemgetter(1))), ["z0", "b1", "a1", "c1", "b1", "d2", "a2"])

    def test_it_does_so_downwards_too(self):
        streams = [["b2", "d1"], ["a2", "c1", "a1"], ["z3", "b1"]]
        self.assertEqual(list(merge(*streams, key=itemgetter(1), reverse=True)), ["z3", "b2", "a2", "d1", "c1", "a1", "b1"])

    def test_items_without_an_order_are_merged(self):
        streams = [[(1, {}), (2, None)], [(1, None), (2, {}), (2, 1j)]]
        merged = list(merge(*streams, key=itemgetter(0)))
        self.assertEqual(merged, [(1, {}), (1, None), (2, None), (2, {}), (2, 1j)])

    def test_equal_items_of_iterators_are_merged(self):
        merged = merge(iter([1, 1, 2]), iter([1, 2]), (number for number in [1, 2]))
        self.assertEqual(list(merged), [1, 1, 1, 1, 2, 2, 2])

    def test_gaps_may_be_nought(self):
        found = gaps(read(WEB), read(WEB), key=itemgetter("time"))
        self.assertEqual([gap for _, _, gap in found], [0, 5, 0, 55, 0])


class LargestEqualKeysTests(unittest.TestCase):
    def test_records_of_the_same_time_are_compared_by_nothing_else(self):
        lines = ["10:00:00 web a\n", "10:00:01 web b\n", "10:00:01 web c\n", "10:00:01 web d\n", "10:00:00 web e\n"]
        for number, expected in [(1, "b"), (2, "bc"), (3, "bcd"), (4, "bcda"), (9, "bcdae")]:
            found = largest(number, read(lines), key=itemgetter("time"))
            self.assertEqual([record["text"] for record in found], list(expected), number)

    def test_those_that_came_first_are_preferred(self):
        self.assertEqual(largest(3, ["a1", "z1", "b2", "x1", "c2"], key=itemgetter(1)), ["b2", "c2", "a1"])
        self.assertEqual(largest(2, ["m0", "a5", "k5", "b5"], key=itemgetter(1)), ["a5", "k5"])
