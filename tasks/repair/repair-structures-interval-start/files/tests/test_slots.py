"""Tests of intervals and calendars."""
import unittest

from slots import Calendar, Conflict, IntervalSet


class IntervalSetTests(unittest.TestCase):
    def test_touching_intervals_become_one(self):
        self.assertEqual(list(IntervalSet([(5, 8), (1, 3), (3, 5)])), [(1, 8)])

    def test_others_stay_apart(self):
        self.assertEqual(list(IntervalSet([(5, 8), (1, 3)])), [(1, 3), (5, 8)])

    def test_remove_from_within(self):
        numbers = IntervalSet([(0, 10)])
        numbers.remove(3, 5)
        self.assertEqual(list(numbers), [(0, 3), (5, 10)])

    def test_points_within_and_outside(self):
        numbers = IntervalSet([(2, 6), (8, 10)])
        self.assertIn(4, numbers)
        self.assertIn(9, numbers)
        for point in (0, 7, 11):
            self.assertNotIn(point, numbers)

    def test_empty_intervals_are_refused(self):
        with self.assertRaises(ValueError):
            IntervalSet([(3, 3)])


class CalendarTests(unittest.TestCase):
    def setUp(self):
        self.room = Calendar(opens="08:00", closes="18:00")
        self.room.book("09:00", "10:30")
        self.room.book("10:30", "11:00")

    def test_conflicts(self):
        for start, end in [("08:30", "09:01"), ("09:00", "09:30"), ("07:00", "08:30")]:
            with self.assertRaises(Conflict):
                self.room.book(start, end)

    def test_free_times(self):
        self.assertEqual(self.room.free(), ["08:00-09:00", "11:00-18:00"])

    def test_release(self):
        self.room.release("09:30", "10:00")
        self.assertEqual(self.room.free(), ["08:00-09:00", "09:30-10:00", "11:00-18:00"])

    def test_is_free(self):
        self.assertTrue(self.room.is_free("08:59"))
        self.assertFalse(self.room.is_free("10:00"))
        self.assertFalse(self.room.is_free("18:00"))

    def test_next_free(self):
        self.assertEqual(self.room.next_free("07:00"), "08:00")
        self.assertEqual(self.room.next_free("09:15"), "11:00")
        self.room.book("17:00", "18:00")
        self.assertIsNone(self.room.next_free("17:30"))
