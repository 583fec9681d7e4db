"""Business days are told from others and counted."""

import unittest
from datetime import date, timedelta

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


class HolidayBehindHolidayTests(unittest.TestCase):
    def test_a_day_that_makes_up_for_a_holiday_may_be_one(self):
        self.assertEqual(OFFICE.add(date(2023, 12, 22), 1), date(2023, 12, 27))
        self.assertEqual(OFFICE.add(date(2023, 12, 21), 2), date(2023, 12, 27))

    def test_backwards_too(self):
        self.assertEqual(OFFICE.add(date(2023, 12, 27), -1), date(2023, 12, 22))
        self.assertEqual(OFFICE.add(date(2023, 12, 28), -2), date(2023, 12, 22))

    def test_a_long_row_of_holidays_is_passed(self):
        closed = Calendar([fixed(12, day) for day in (18, 19, 20, 21, 22, 27, 28, 29)] + [fixed(1, 1), fixed(12, 25)])
        self.assertEqual(closed.add(date(2023, 12, 15), 1), date(2023, 12, 26))
        self.assertEqual(closed.add(date(2023, 12, 15), 2), date(2024, 1, 2))
        self.assertEqual(closed.add(date(2024, 1, 2), -2), date(2023, 12, 15))

    def test_the_day_is_always_the_one_that_counting_gives(self):
        holidays = [fixed(4, day) for day in (3, 4, 7, 10, 11, 17)] + [nth(4, 2, 3), nth(4, 4, -1)]
        for calendar in (OFFICE, Calendar(holidays), Calendar(holidays, weekend=(4, 5)), Calendar(holidays, weekend=())):
            for start in (date(2023, 3, 30), date(2023, 4, 1), date(2023, 4, 9), date(2023, 12, 20), date(2024, 1, 3)):
                for count in range(-25, 26):
                    if count == 0:
                        continue
                    day, left = start, abs(count)
                    while left:
                        day += timedelta(days=1 if count > 0 else -1)
                        left -= calendar.is_business_day(day)
                    self.assertEqual(calendar.add(start, count), day, f"{count} from {start}")

    def test_nought_goes_on_to_a_business_day(self):
        self.assertEqual(OFFICE.add(date(2023, 12, 24), 0), date(2023, 12, 27))
        self.assertEqual(OFFICE.add(date(2023, 12, 22), 0), date(2023, 12, 22))

    def test_invoices_are_due_on_business_days(self):
        terms = Terms(OFFICE, days=4, remind=1)
        self.assertEqual(terms.due(date(2023, 12, 19)), date(2023, 12, 27))
        self.assertEqual(terms.reminder(date(2023, 12, 19)), date(2023, 12, 22))

    def test_plain_weeks_stay_as_they_are(self):
        self.assertEqual(OFFICE.add(date(2023, 3, 1), 10), date(2023, 3, 15))
        self.assertEqual(PLAIN.add(date(2023, 3, 15), -10), date(2023, 3, 1))
