"""Tests of the first and last point of intervals."""
import unittest

from slots import Calendar, IntervalSet


class BorderTests(unittest.TestCase):
    def test_an_interval_holds_its_start(self):
        numbers = IntervalSet([(2, 6), (8, 10), (20, 21)])
        for start, end in [(2, 6), (8, 10), (20, 21)]:
            self.assertIn(start, numbers)
            self.assertEqual(numbers.span_at(start), (start, end))

    def test_and_not_its_end(self):
        numbers = IntervalSet([(2, 6), (8, 10)])
        for point in (6, 10):
            self.assertNotIn(point, numbers)
            self.assertIsNone(numbers.span_at(point))

    def test_negative_numbers_and_zero(self):
        numbers = IntervalSet([(-5, -3), (0, 1)])
        self.assertEqual([p for p in range(-6, 3) if p in numbers], [-5, -4, 0])

    def test_fractions(self):
        numbers = IntervalSet([(0.5, 1.5)])
        self.assertEqual([p in numbers for p in (0.25, 0.5, 1.25, 1.5)], [False, True, True, False])

    def test_an_empty_set_holds_nothing(self):
        self.assertNotIn(0, IntervalSet())

    def test_every_point_of_some_sets(self):
        for spans in [[(0, 3)], [(1, 2), (4, 9)], [(0, 1), (2, 3), (5, 6)]]:
            numbers = IntervalSet(spans)
            held = {point for start, end in spans for point in range(start, end)}
            self.assertEqual({point for point in range(-1, 11) if point in numbers}, held)


class CalendarBorderTests(unittest.TestCase):
    def setUp(self):
        self.room = Calendar(opens="08:00", closes="18:00")
        self.room.book("08:00", "08:15")
        self.room.book("09:00", "10:30")

    def test_the_first_minute_is_taken(self):
        self.assertFalse(self.room.is_free("09:00"))
        self.assertFalse(self.room.is_free("08:00"))

    def test_the_minutes_around_are_free(self):
        for time in ("08:15", "08:59", "10:30"):
            self.assertTrue(self.room.is_free(time), time)

    def test_next_free_from_the_first_minute(self):
        self.assertEqual(self.room.next_free("09:00"), "10:30")
        self.assertEqual(self.room.next_free("07:00"), "08:15")

    def test_next_free_after_a_part_was_released(self):
        self.room.release("09:00", "09:30")
        self.assertEqual(self.room.next_free("09:00"), "09:00")
        self.assertEqual(self.room.next_free("09:30"), "10:30")

    def test_next_free_of_a_full_day(self):
        self.room.book("08:15", "09:00")
        self.room.book("10:30", "18:00")
        self.assertIsNone(self.room.next_free("08:00"))
