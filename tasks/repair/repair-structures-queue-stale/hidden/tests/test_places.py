"""Tests of the place that a job has among those of its urgency."""
import unittest

from dispatch import Dispatcher, IndexedHeap


def drain(heap):
    return [heap.pop() for _ in range(len(heap))]


class Model:
    """A queue that is slow and simple: a list in the order of arrival."""

    def __init__(self):
        self.entries = []

    def push(self, key, priority):
        self.entries.append((priority, key))

    def remove(self, key):
        self.entries = [entry for entry in self.entries if entry[1] != key]

    def update(self, key, priority):
        if (priority, key) not in self.entries:
            self.remove(key)
            self.push(key, priority)

    def pop(self):
        entry = min(self.entries, key=lambda entry: entry[0])
        self.entries.remove(entry)
        return entry[1]


class PlaceTests(unittest.TestCase):
    def test_submitted_again(self):
        desk = Dispatcher()
        for job in ("report", "backup", "invoice"):
            desk.submit(job, urgency=2)
        desk.cancel("report")
        desk.submit("report", urgency=2)
        self.assertEqual(desk.next(), "backup")
        self.assertEqual([desk.take() for _ in range(3)], ["backup", "invoice", "report"])

    def test_changed_there_and_back(self):
        for other in (1, 5):
            desk = Dispatcher()
            for job in ("report", "backup", "invoice"):
                desk.submit(job, urgency=2)
            desk.change("report", urgency=other)
            desk.change("report", urgency=2)
            self.assertEqual([desk.take() for _ in range(3)], ["backup", "invoice", "report"])

    def test_taken_and_submitted_again(self):
        desk = Dispatcher()
        desk.submit("report", urgency=4)
        desk.change("report", urgency=1)
        self.assertEqual(desk.take(), "report")
        desk.submit("backup", urgency=4)
        desk.submit("report", urgency=4)
        self.assertEqual([desk.take(), desk.take(), desk.take()], ["backup", "report", None])

    def test_changed_to_what_it_is(self):
        desk = Dispatcher()
        for job in ("report", "backup"):
            desk.submit(job, urgency=2)
        desk.change("report", urgency=2)
        self.assertEqual([desk.take(), desk.take()], ["report", "backup"])

    def test_again_and_again(self):
        heap = IndexedHeap()
        for key in "abc":
            heap.push(key, 1)
        for key in "abcab":
            heap.remove(key)
            heap.push(key, 1)
        self.assertEqual(drain(heap), ["c", "a", "b"])

    def test_tidying_keeps_places(self):
        heap = IndexedHeap()
        for key in "abc":
            heap.push(key, 1)
        for _ in range(40):
            heap.update("a", 2)
            heap.update("a", 1)
        self.assertLess(len(heap._heap), 30)
        self.assertEqual(drain(heap), ["b", "c", "a"])

    def test_as_the_simple_queue_does(self):
        # A small generator of its own: the same steps on every version of Python.
        state = 1
        heap, model, waiting = IndexedHeap(), Model(), set()
        for step in range(2000):
            state = (state * 1103515245 + 12345) % 2**31
            key, priority, what = (state >> 8) % 7, (state >> 12) % 3, (state >> 16) % 4
            if key not in waiting:
                heap.push(key, priority)
                model.push(key, priority)
                waiting.add(key)
            elif what == 0:
                heap.remove(key)
                model.remove(key)
                waiting.discard(key)
            elif what == 1:
                first = model.pop()
                self.assertEqual(heap.pop(), first, f"step {step}")
                waiting.discard(first)
            else:
                heap.update(key, priority)
                model.update(key, priority)
            self.assertEqual(len(heap), len(waiting))


class PriorityTests(unittest.TestCase):
    def test_the_priority_of_a_key_is_the_last_one_given(self):
        heap = IndexedHeap()
        heap.push("a", 1)
        heap.update("a", 7)
        self.assertEqual(heap.priority("a"), 7)
        heap.update("a", 1)
        self.assertEqual(heap.priority("a"), 1)

    def test_removed_keys_have_none(self):
        heap = IndexedHeap()
        heap.push("a", 1)
        heap.remove("a")
        self.assertNotIn("a", heap)
        with self.assertRaises(KeyError):
            heap.priority("a")
