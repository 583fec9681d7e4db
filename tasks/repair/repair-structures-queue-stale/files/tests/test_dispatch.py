"""Tests of the queue and the desk."""
import unittest

from dispatch import Dispatcher, IndexedHeap, UnknownJob


def drain(heap):
    return [heap.pop() for _ in range(len(heap))]


class HeapTests(unittest.TestCase):
    def test_smallest_first(self):
        heap = IndexedHeap()
        for key, priority in [("a", 3), ("b", 1), ("c", 2)]:
            heap.push(key, priority)
        self.assertEqual(drain(heap), ["b", "c", "a"])

    def test_equal_priorities_keep_their_order(self):
        heap = IndexedHeap()
        for key in "zyxw":
            heap.push(key, 1)
        self.assertEqual(drain(heap), list("zyxw"))

    def test_keys_are_not_compared(self):
        heap = IndexedHeap()
        keys = [object(), object(), object()]
        for key in keys:
            heap.push(key, 1)
        self.assertEqual(drain(heap), keys)

    def test_update_moves_a_key(self):
        heap = IndexedHeap()
        heap.push("a", 1)
        heap.push("b", 2)
        heap.update("a", 3)
        self.assertEqual(heap.peek(), "b")
        self.assertEqual(drain(heap), ["b", "a"])

    def test_removed_keys_do_not_come(self):
        heap = IndexedHeap()
        heap.push("a", 1)
        heap.push("b", 2)
        heap.remove("a")
        self.assertEqual(len(heap), 1)
        self.assertEqual(drain(heap), ["b"])

    def test_a_key_waits_once(self):
        heap = IndexedHeap()
        heap.push("a", 1)
        with self.assertRaises(ValueError):
            heap.push("a", 2)

    def test_empty(self):
        with self.assertRaises(IndexError):
            IndexedHeap().pop()

    def test_many_changes_do_not_pile_up(self):
        heap = IndexedHeap()
        heap.push("a", 0)
        for priority in range(1, 1000):
            heap.update("a", priority)
        self.assertLess(len(heap._heap), 20)


class DispatcherTests(unittest.TestCase):
    def test_readme(self):
        desk = Dispatcher()
        desk.submit("report", urgency=2)
        desk.submit("backup", urgency=5)
        desk.submit("invoice", urgency=2)
        desk.change("backup", urgency=1)
        self.assertEqual([desk.take() for _ in range(4)], ["backup", "report", "invoice", None])

    def test_unknown_jobs(self):
        desk = Dispatcher()
        with self.assertRaises(UnknownJob):
            desk.cancel("report")
        with self.assertRaises(UnknownJob):
            desk.change("report", urgency=1)
