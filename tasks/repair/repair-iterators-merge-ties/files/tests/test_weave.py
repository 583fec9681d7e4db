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
