"""Rules give their days, and the agenda goes along them."""

import unittest
from datetime import date

from recur import Agenda, Rule


class RuleTests(unittest.TestCase):
    def test_every_unit(self):
        start = date(2023, 12, 24)
        for unit, every, expected in [
            ("days", 10, date(2024, 1, 3)),
            ("weeks", 2, date(2024, 1, 7)),
            ("months", 1, date(2024, 1, 24)),
            ("months", 14, date(2025, 2, 24)),
            ("years", 3, date(2026, 12, 24)),
        ]:
            self.assertEqual(Rule(start, unit, every).first(2), [start, expected], unit)

    def test_a_month_without_the_day_has_it_on_its_last(self):
        self.assertEqual(Rule(date(2023, 1, 31), "months").first(2), [date(2023, 1, 31), date(2023, 2, 28)])
        self.assertEqual(Rule(date(2024, 1, 30), "months").first(2), [date(2024, 1, 30), date(2024, 2, 29)])
        self.assertEqual(Rule(date(2024, 2, 29), "years").first(2), [date(2024, 2, 29), date(2025, 2, 28)])

    def test_until_is_the_last_day(self):
        rule = Rule(date(2023, 1, 1), "weeks", until=date(2023, 1, 15))
        self.assertEqual(list(rule), [date(2023, 1, 1), date(2023, 1, 8), date(2023, 1, 15)])
        self.assertEqual(list(Rule(date(2023, 1, 2), "days", until=date(2023, 1, 1))), [])

    def test_days_between_two(self):
        rule = Rule(date(2023, 1, 10), "months")
        self.assertEqual(rule.between(date(2023, 2, 10), date(2023, 4, 9)), [date(2023, 2, 10), date(2023, 3, 10)])

    def test_the_day_after_one(self):
        rule = Rule(date(2023, 1, 10), "months", until=date(2023, 3, 31))
        self.assertEqual(rule.after(date(2022, 5, 5)), date(2023, 1, 10))
        self.assertEqual(rule.after(date(2023, 2, 10)), date(2023, 3, 10))
        self.assertIsNone(rule.after(date(2023, 3, 10)))

    def test_nonsense_is_refused(self):
        for options in [{"unit": "moons"}, {"unit": "days", "every": 0}]:
            with self.assertRaises(ValueError, msg=options):
                Rule(date(2023, 1, 1), **options)


class AgendaTests(unittest.TestCase):
    def test_what_is_done_is_due_again(self):
        agenda = Agenda()
        agenda.add("rent", Rule(date(2023, 5, 15), "months", every=3))
        self.assertEqual(agenda.due("rent"), date(2023, 5, 15))
        self.assertEqual(agenda.done("rent"), date(2023, 8, 15))
        self.assertEqual(agenda.done("rent"), date(2023, 11, 15))

    def test_an_end_is_an_end(self):
        agenda = Agenda()
        agenda.add("course", Rule(date(2023, 5, 1), "weeks", until=date(2023, 5, 8)))
        self.assertEqual(agenda.done("course"), date(2023, 5, 8))
        self.assertIsNone(agenda.done("course"))
        with self.assertRaises(ValueError):
            agenda.done("course")

    def test_the_longest_overdue_comes_first(self):
        agenda = Agenda()
        for name, day in [("b", 3), ("c", 1), ("a", 3), ("d", 5)]:
            agenda.add(name, Rule(date(2023, 1, day), "years"))
        self.assertEqual(agenda.overdue(date(2023, 1, 5)), ["c", "a", "b"])


class MonthEndTests(unittest.TestCase):
    def test_the_day_comes_back_after_a_short_month(self):
        self.assertEqual(
            Rule(date(2023, 1, 31), "months").first(5),
            [date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30), date(2023, 5, 31)],
        )

    def test_the_thirtieth_too(self):
        self.assertEqual(
            Rule(date(2023, 12, 30), "months", every=2).first(4),
            [date(2023, 12, 30), date(2024, 2, 29), date(2024, 4, 30), date(2024, 6, 30)],
        )

    def test_leap_days_come_back_in_leap_years(self):
        days = Rule(date(2020, 2, 29), "years").first(9)
        self.assertEqual(days[4], date(2024, 2, 29))
        self.assertEqual(days[8], date(2028, 2, 29))
        self.assertEqual({day for day in days if day.year % 4}, {date(year, 2, 28) for year in (2021, 2022, 2023, 2025, 2026, 2027)})

    def test_looking_up_days_is_right_behind_a_short_month(self):
        rule = Rule(date(2023, 1, 31), "months")
        self.assertEqual(rule.after(date(2023, 2, 28)), date(2023, 3, 31))
        self.assertEqual(rule.between(date(2023, 3, 29), date(2023, 5, 1)), [date(2023, 3, 31), date(2023, 4, 30)])

    def test_until_holds_behind_a_short_month(self):
        rule = Rule(date(2023, 1, 31), "months", until=date(2023, 3, 30))
        self.assertEqual(list(rule), [date(2023, 1, 31), date(2023, 2, 28)])


class AgendaMonthEndTests(unittest.TestCase):
    def test_the_day_comes_back_after_a_short_month(self):
        agenda = Agenda()
        agenda.add("rent", Rule(date(2024, 1, 31), "months"))
        self.assertEqual([agenda.done("rent") for _ in range(3)], [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)])

    def test_leap_days_come_back_in_leap_years(self):
        agenda = Agenda()
        agenda.add("birthday", Rule(date(2020, 2, 29), "years", every=2))
        self.assertEqual([agenda.done("birthday") for _ in range(2)], [date(2022, 2, 28), date(2024, 2, 29)])

    def test_it_ends_behind_a_short_month(self):
        agenda = Agenda()
        agenda.add("rate", Rule(date(2023, 1, 31), "months", until=date(2023, 3, 30)))
        self.assertEqual(agenda.done("rate"), date(2023, 2, 28))
        self.assertIsNone(agenda.done("rate"))
