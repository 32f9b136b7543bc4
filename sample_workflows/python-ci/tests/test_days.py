"""Tests of the day numbers: every day of six centuries, against the standard library."""

import unittest
from datetime import date

from almanac.days import (
    SUNDAY,
    Day,
    from_gregorian,
    from_julian,
    sunday_after,
    to_gregorian,
    to_julian,
    weekday,
)

ORDINAL_ZERO = 1721425  # day number of the day before 1 January of the year 1
FIRST = date(1583, 1, 1).toordinal()
LAST = date(2200, 1, 1).toordinal()


class GregorianTest(unittest.TestCase):
    """The Gregorian calendar, which the standard library knows too."""

    def test_every_day_has_the_number_of_the_standard_library(self) -> None:
        """Dates become the numbers they should."""
        for ordinal in range(FIRST, LAST):
            known = date.fromordinal(ordinal)
            number = from_gregorian(Day(known.year, known.month, known.day))
            self.assertEqual(number, ordinal + ORDINAL_ZERO)

    def test_every_number_has_the_day_of_the_standard_library(self) -> None:
        """Numbers become the dates and the days of the week they should."""
        for ordinal in range(FIRST, LAST):
            known = date.fromordinal(ordinal)
            number = ordinal + ORDINAL_ZERO
            self.assertEqual(to_gregorian(number), (known.year, known.month, known.day))
            self.assertEqual(weekday(number), known.weekday())


class JulianTest(unittest.TestCase):
    """The Julian calendar."""

    def test_there_and_back(self) -> None:
        """Each day number survives the way to a Julian date and back."""
        for number in range(ORDINAL_ZERO, ORDINAL_ZERO + 150_000):
            self.assertEqual(from_julian(to_julian(number)), number)

    def test_first_day_of_the_gregorian_calendar(self) -> None:
        """The 5 October 1582 of the old calendar was the 15 October of the new one."""
        self.assertEqual(to_gregorian(from_julian(Day(1582, 10, 5))), (1582, 10, 15))

    def test_start_of_the_count(self) -> None:
        """The count starts on 1 January 4713 BC, which is the year -4712."""
        self.assertEqual(to_julian(0), (-4712, 1, 1))


class SundayTest(unittest.TestCase):
    """The Sunday after a day."""

    def test_it_comes_within_a_week(self) -> None:
        """The Sunday found is one, and lies one to seven days ahead."""
        for number in range(2_400_000, 2_400_700):
            sunday = sunday_after(number)
            self.assertEqual(weekday(sunday), SUNDAY)
            self.assertIn(sunday - number, range(1, 8))
