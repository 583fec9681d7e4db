"""Durations are printed and read."""

import unittest
from datetime import timedelta

from spans import clock, parse, split, words


class SplitTests(unittest.TestCase):
    def test_units_are_counted(self):
        self.assertEqual(split(timedelta(days=1, hours=2, minutes=3, seconds=4)), (False, 1, 2, 3, 4))
        self.assertEqual(split(timedelta(seconds=-61.25), decimals=2), (True, 0, 0, 1, 1.25))

    def test_what_rounds_to_nought_has_no_sign(self):
        self.assertEqual(split(timedelta(seconds=-0.2)), (False, 0, 0, 0, 0))
        self.assertEqual(split(timedelta(seconds=-0.2), decimals=1), (True, 0, 0, 0, 0.2))

    def test_decimals_are_limited(self):
        with self.assertRaises(ValueError):
            split(timedelta(), decimals=7)


class ClockTests(unittest.TestCase):
    def test_numbers_have_two_digits(self):
        self.assertEqual(clock(timedelta(hours=1, minutes=5, seconds=9)), "1:05:09")
        self.assertEqual(clock(timedelta(days=2, hours=3)), "51:00:00")

    def test_seconds_have_decimals(self):
        self.assertEqual(clock(timedelta(seconds=2.3456), decimals=3), "0:00:02.346")
        self.assertEqual(clock(timedelta(seconds=30), decimals=1), "0:00:30.0")

    def test_the_sign_comes_first(self):
        self.assertEqual(clock(timedelta(minutes=-90)), "-1:30:00")


class WordsTests(unittest.TestCase):
    def test_units_that_are_nought_are_left_out(self):
        self.assertEqual(words(timedelta(days=1, seconds=90)), "1 day 1 min 30 s")
        self.assertEqual(words(timedelta(days=-2)), "-2 days")
        self.assertEqual(words(timedelta()), "0 s")

    def test_seconds_have_decimals(self):
        self.assertEqual(words(timedelta(minutes=1, seconds=1.25), decimals=1), "1 min 1.2 s")

    def test_the_number_of_units_is_limited(self):
        self.assertEqual(words(timedelta(minutes=89, seconds=31), most=2), "1 h 30 min")
        self.assertEqual(words(timedelta(hours=1, minutes=59, seconds=50), most=2), "2 h")
        self.assertEqual(words(timedelta(days=1, hours=1), most=1), "1 day")


class ParseTests(unittest.TestCase):
    def test_what_is_printed_can_be_read(self):
        for seconds in (0, 1, 59, 60, 3600, 86400, 90061, -90061):
            duration = timedelta(seconds=seconds)
            self.assertEqual(parse(clock(duration)), duration)
            self.assertEqual(parse(words(duration)), duration)

    def test_short_names_are_read(self):
        self.assertEqual(parse(" 1h 30m "), timedelta(minutes=90))
        self.assertEqual(parse("1.5d"), timedelta(hours=36))

    def test_nonsense_is_refused(self):
        for text in ["", "-", "1", "1 x", "1h 2h", "1:60", "h"]:
            with self.assertRaises(ValueError, msg=text):
                parse(text)


class CarryTests(unittest.TestCase):
    def test_rounded_seconds_make_a_minute(self):
        self.assertEqual(clock(timedelta(minutes=1, seconds=59.7)), "0:02:00")
        self.assertEqual(words(timedelta(minutes=1, seconds=59.7)), "2 min")

    def test_minutes_make_an_hour_and_hours_a_day(self):
        self.assertEqual(clock(timedelta(minutes=59, seconds=59.6)), "1:00:00")
        self.assertEqual(words(timedelta(hours=23, minutes=59, seconds=59.6)), "1 day")
        self.assertEqual(split(timedelta(days=1, hours=23, minutes=59, seconds=59.999)), (False, 2, 0, 0, 0))

    def test_decimals_decide_what_is_carried(self):
        duration = timedelta(seconds=59.96)
        self.assertEqual(clock(duration, decimals=2), "0:00:59.96")
        self.assertEqual(clock(duration, decimals=1), "0:01:00.0")
        self.assertEqual(words(duration, decimals=1), "1 min")
        self.assertEqual(words(duration, decimals=2), "59.96 s")

    def test_negative_durations_are_carried_too(self):
        self.assertEqual(clock(timedelta(seconds=-59.8)), "-0:01:00")
        self.assertEqual(words(timedelta(hours=-1, seconds=0.3)), "-1 h")

    def test_a_microsecond_is_kept_where_it_is_asked_for(self):
        duration = timedelta(hours=1) - timedelta(microseconds=1)
        self.assertEqual(clock(duration, decimals=6), "0:59:59.999999")
        self.assertEqual(clock(duration, decimals=5), "1:00:00.00000")

    def test_the_number_of_units_counts_those_that_are_left(self):
        self.assertEqual(words(timedelta(minutes=59, seconds=59.7), most=1), "1 h")
        self.assertEqual(words(timedelta(hours=23, minutes=59, seconds=59.9), most=2), "1 day")

    def test_no_seconds_and_minutes_of_sixty(self):
        for tenths in range(0, 90000, 31):
            parts = split(timedelta(seconds=tenths / 10))
            self.assertLess(max(parts.minutes, parts.seconds), 60, tenths)
            total = ((parts.days * 24 + parts.hours) * 60 + parts.minutes) * 60 + parts.seconds
            self.assertLessEqual(abs(total - tenths / 10), 0.5, tenths)

    def test_seconds_without_decimals_are_whole_numbers(self):
        self.assertIsInstance(split(timedelta(seconds=1.4)).seconds, int)
