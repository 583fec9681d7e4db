"""Moves a day by days, weeks, months or years."""

from calendar import monthrange
from datetime import timedelta

UNITS = ("days", "weeks", "months", "years")


def shift(day, unit, count):
    """The day `count` units after `day`."""
    if unit == "days":
        return day + timedelta(days=count)
    if unit == "weeks":
        return day + timedelta(weeks=count)
    return _months(day, count if unit == "months" else 12 * count)


def _months(day, count):
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    month += 1
    # The last day of the month stands in for one that the month does not have.
    return day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))
