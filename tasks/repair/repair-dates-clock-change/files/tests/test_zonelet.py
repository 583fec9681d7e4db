"""Times are converted between zones, in summer and in winter."""

import unittest
from datetime import datetime, timedelta

from zonelet import Meeting, Zone, convert, from_utc, summer, to_utc

UTC = Zone(0, "UTC")
INDIA = Zone(330, "IST")
BERLIN = Zone(60, "CET", summer("CEST", start=(3, -1, 60), end=(10, -1, 60)))
# Two o'clock local time, which is seven or six in UTC.
NEW_YORK = Zone(-300, "EST", summer("EDT", start=(3, 2, 420), end=(11, 1, 360)))
# Three o'clock on Sunday is still Saturday in UTC: minutes may be negative.
SYDNEY = Zone(600, "AEST", summer("AEDT", start=(10, 1, -480), end=(4, 1, -480)))


class ZoneTests(unittest.TestCase):
    def test_summer_starts_and_ends(self):
        for moment, name in [
            (datetime(2023, 3, 26, 0, 59), "CET"),
            (datetime(2023, 3, 26, 1), "CEST"),
            (datetime(2023, 10, 29, 0, 59), "CEST"),
            (datetime(2023, 10, 29, 1), "CET"),
        ]:
            self.assertEqual(BERLIN.name(moment), name, moment)

    def test_summer_goes_over_new_year_in_the_south(self):
        for moment, name in [
            (datetime(2023, 1, 1), "AEDT"),
            (datetime(2023, 4, 1, 15, 59), "AEDT"),
            (datetime(2023, 4, 1, 16), "AEST"),
            (datetime(2023, 9, 30, 16), "AEDT"),
        ]:
            self.assertEqual(SYDNEY.name(moment), name, moment)


class ConvertTests(unittest.TestCase):
    def test_local_times_become_utc(self):
        self.assertEqual(to_utc(datetime(2023, 7, 1, 12), BERLIN), datetime(2023, 7, 1, 10))
        self.assertEqual(to_utc(datetime(2023, 1, 1, 12), NEW_YORK), datetime(2023, 1, 1, 17))
        self.assertEqual(to_utc(datetime(2023, 1, 1, 3), INDIA), datetime(2022, 12, 31, 21, 30))

    def test_utc_becomes_local_times(self):
        self.assertEqual(from_utc(datetime(2023, 3, 26, 0, 59), BERLIN), datetime(2023, 3, 26, 1, 59))
        self.assertEqual(from_utc(datetime(2023, 3, 26, 1), BERLIN), datetime(2023, 3, 26, 3))

    def test_the_hour_that_comes_twice_has_a_fold(self):
        for hour, expected, fold in [(23, 1, 0), (24, 2, 0), (25, 2, 1), (26, 3, 0)]:
            local = from_utc(datetime(2023, 10, 28) + timedelta(hours=hour), BERLIN)
            self.assertEqual((local.hour, local.fold), (expected, fold), hour)

    def test_between_zones(self):
        self.assertEqual(convert(datetime(2023, 7, 1, 12), BERLIN, NEW_YORK), datetime(2023, 7, 1, 6))
        # America changes two weeks earlier.
        self.assertEqual(convert(datetime(2023, 3, 20, 12), BERLIN, NEW_YORK), datetime(2023, 3, 20, 7))
        self.assertEqual(convert(datetime(2023, 1, 1, 0), UTC, SYDNEY), datetime(2023, 1, 1, 11))


class MeetingTests(unittest.TestCase):
    def test_meetings_keep_their_local_time(self):
        meeting = Meeting(datetime(2023, 3, 20, 9), BERLIN)
        self.assertEqual(meeting.starts(2, UTC), [datetime(2023, 3, 20, 8), datetime(2023, 3, 27, 7)])

    def test_meetings_take_place(self):
        meeting = Meeting(datetime(2023, 3, 20, 9), BERLIN)
        for moment, expected in [(datetime(2023, 3, 27, 7), True), (datetime(2023, 3, 27, 8), False), (datetime(2023, 3, 13, 8), False)]:
            self.assertIs(meeting.running(moment), expected, moment)
