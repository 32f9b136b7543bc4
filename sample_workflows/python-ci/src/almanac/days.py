"""Dates of the Gregorian and the Julian calendar, by way of Julian day numbers.

A Julian day number counts the days since noon of 1 January 4713 BC (Julian), so that
dates of both calendars can be compared, subtracted and put on a day of the week.
"""

from typing import NamedTuple

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SUNDAY = 6


class Day(NamedTuple):
    """A date of one of the two calendars."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        """Return the date in the form of ISO 8601."""
        return f"{self.year:04}-{self.month:02}-{self.day:02}"


def _days_before(day: Day) -> tuple[int, int]:
    """Return the year counted from March 4801 BC and the days before it and up to the day."""
    early = (14 - day.month) // 12
    year = day.year + 4800 - early
    month = day.month + 12 * early - 3
    return year, day.day + (153 * month + 2) // 5 + 365 * year + year // 4


def from_gregorian(day: Day) -> int:
    """Return the day number of a date of the Gregorian calendar."""
    year, days = _days_before(day)
    return days - year // 100 + year // 400 - 32045


def from_julian(day: Day) -> int:
    """Return the day number of a date of the Julian calendar."""
    return _days_before(day)[1] - 32083


def _to_day(shifted: int) -> Day:
    """Return the date for a day number that has been shifted to the Julian leap years."""
    quarter = 4 * shifted + 3
    part = 5 * (quarter % 1461 // 4) + 2
    month = (part // 153 + 2) % 12 + 1
    return Day(quarter // 1461 - 4716 + (14 - month) // 12, month, part % 153 // 5 + 1)


def to_gregorian(number: int) -> Day:
    """Return the date of the Gregorian calendar for a day number."""
    return _to_day(number + 1401 + (4 * number + 274277) // 146097 * 3 // 4 - 38)


def to_julian(number: int) -> Day:
    """Return the date of the Julian calendar for a day number."""
    return _to_day(number + 1401)


def weekday(number: int) -> int:
    """Return the day of the week for a day number: 0 for Monday up to 6 for Sunday."""
    return number % 7


def sunday_after(number: int) -> int:
    """Return the first Sunday after a day, and not the day itself."""
    return number + 7 - (number + 1) % 7
