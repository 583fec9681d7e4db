"""Rules for holidays: functions from a year to a day."""

from datetime import date, timedelta

SATURDAY, SUNDAY = 5, 6


def fixed(month, day):
    """The same day every year."""
    return lambda year: date(year, month, day)


def observed(month, day):
    """The same day every year, but kept on a weekday next to a weekend."""
    def rule(year):
        holiday = date(year, month, day)
        if holiday.weekday() == SATURDAY:
            return holiday - timedelta(days=1)
        if holiday.weekday() == SUNDAY:
            return holiday + timedelta(days=1)
        return holiday
    return rule


def nth(month, weekday, number):
    """The `number`-th such weekday of the month; the last is -1."""
    if number == 0:
        raise ValueError("weekdays are counted from 1, or from -1 backwards")

    def rule(year):
        if number > 0:
            first = date(year, month, 1)
            return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-number - 1))
    return rule
