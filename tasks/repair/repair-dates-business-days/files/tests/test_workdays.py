"""Business days are told from others and counted."""

import unittest
from datetime import date

from workdays import Calendar, Terms, fixed, nth, observed

PLAIN = Calendar()
OFFICE = Calendar([observed(1, 1), nth(5, 0, -1), observed(7, 4), nth(11, 3, 4), fixed(12, 25), fixed(12, 26)])


class HolidayTests(unittest.TestCase):
    def test_holidays_at_a_weekend_are_observed_next_to_it(self):
        self.assertFalse(OFFICE.is_business_day(date(2023, 1, 2)))
        self.assertFalse(OFFICE.is_business_day(date(2020, 7, 3)))
        self.assertFalse(OFFICE.is_business_day(date(2021, 12, 31)))
        self.assertTrue(OFFICE.is_business_day(date(2022, 12, 30)))

    def test_weekdays_of_a_month(self):
        self.assertEqual(nth(11, 3, 4)(2023), date(2023, 11, 23))
        self.assertEqual(nth(5, 0, -1)(2023), date(2023, 5, 29))
        self.assertEqual(nth(12, 6, -1)(2023), date(2023, 12, 31))


class CountTests(unittest.TestCase):
    def test_weekends_are_left_out(self):
        friday = date(2023, 3, 10)
        for count, expected in [(1, 13), (5, 17), (6, 20), (-1, 9), (-5, 3), (0, 10)]:
            self.assertEqual(PLAIN.add(friday, count), date(2023, 3, expected), count)

    def test_counting_starts_at_a_weekend_too(self):
        saturday = date(2023, 3, 11)
        for count, expected in [(1, 13), (5, 17), (6, 20), (-1, 10), (-5, 6), (0, 13)]:
            self.assertEqual(PLAIN.add(saturday, count), date(2023, 3, expected), count)

    def test_a_holiday_on_the_way_is_left_out(self):
        self.assertEqual(OFFICE.add(date(2023, 5, 26), 3), date(2023, 6, 1))
        self.assertEqual(OFFICE.add(date(2023, 6, 1), -3), date(2023, 5, 26))

    def test_other_weekends(self):
        calendar = Calendar(weekend=(4, 5))
        self.assertEqual(calendar.add(date(2023, 3, 9), 1), date(2023, 3, 12))
        self.assertEqual(calendar.add(date(2023, 3, 9), 5), date(2023, 3, 16))

    def test_days_between_two(self):
        self.assertEqual(OFFICE.between(date(2023, 5, 26), date(2023, 6, 1)), 3)
        self.assertEqual(OFFICE.between(date(2023, 6, 1), date(2023, 5, 26)), -3)
        self.assertEqual(PLAIN.between(date(2023, 1, 1), date(2023, 12, 31)), 260)


class TermsTests(unittest.TestCase):
    def test_invoices_are_due(self):
        terms = Terms(OFFICE, days=10)
        self.assertEqual(terms.due(date(2023, 3, 1)), date(2023, 3, 15))
        self.assertEqual(terms.reminder(date(2023, 3, 1)), date(2023, 3, 13))
        self.assertEqual(terms.days_late(date(2023, 3, 1), date(2023, 3, 20)), 3)
        self.assertEqual(terms.days_late(date(2023, 3, 1), date(2023, 3, 2)), 0)
