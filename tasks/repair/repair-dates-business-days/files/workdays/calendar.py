"""Calendars: which days are business days, and how to count in them."""

from datetime import timedelta

DAY = timedelta(days=1)


class Calendar:
    """A weekend and rules for holidays."""

    def __init__(self, holidays=(), weekend=(5, 6)):
        self._rules = tuple(holidays)
        self._weekend = frozenset(weekend)
        if len(self._weekend) > 6:
            raise ValueError("no day of the week is left to work on")
        self._years = {}

    def is_business_day(self, day):
        return not self._in_weekend(day) and not self._is_holiday(day)

    def add(self, day, count):
        """The business day `count` after `day`, or before it if negative."""
        if count == 0:
            return day if self.is_business_day(day) else self.add(day, 1)
        step = DAY if count > 0 else -DAY
        # Weeks are added at once, as if there were no holidays; those on the way are made up for behind them.
        target = self._add_weekdays(day, abs(count), step)
        missed = self._holidays_on_weekdays(day, target, step)
        return self._add_weekdays(target, missed, step)

    def between(self, begin, end):
        """The number of business days behind `begin`, up to and with `end`; negative if `end` comes first."""
        if end < begin:
            return -self.between(end, begin)
        weeks, rest = divmod((end - begin).days, 7)
        days = weeks * (7 - len(self._weekend))
        days += sum(not self._in_weekend(end - n * DAY) for n in range(rest))
        return days - self._holidays_on_weekdays(begin, end, DAY)

    def _add_weekdays(self, day, count, step):
        if count == 0:
            return day
        # From a weekend, whole weeks would end in one: the weekday before it counts the same.
        while self._in_weekend(day):
            day -= step
        weeks, rest = divmod(count, 7 - len(self._weekend))
        day += weeks * 7 * step
        while rest:
            day += step
            rest -= not self._in_weekend(day)
        return day

    def _holidays_on_weekdays(self, begin, end, step):
        """How many weekdays behind `begin`, up to and with `end`, are holidays."""
        first, last = (begin + DAY, end) if step == DAY else (end, begin - DAY)
        found = set()
        for year in range(first.year, last.year + 1):
            found |= {day for day in self._holidays(year) if first <= day <= last and not self._in_weekend(day)}
        return len(found)

    def _in_weekend(self, day):
        return day.weekday() in self._weekend

    def _is_holiday(self, day):
        return day in self._holidays(day.year)

    def _holidays(self, year):
        """The holidays that fall in a year."""
        if year not in self._years:
            # New Year may be observed in the year before.
            days = {rule(near) for rule in self._rules for near in (year - 1, year, year + 1)}
            self._years[year] = frozenset(day for day in days if day.year == year)
        return self._years[year]
