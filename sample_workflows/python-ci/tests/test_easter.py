"""Tests of the Easter dates, against the rule of the church and against known dates."""

import unittest

from almanac.days import SUNDAY, Day, from_gregorian, from_julian, sunday_after, weekday
from almanac.easter import FIRST_GREGORIAN_YEAR, eastern, eastern_julian, western

CYCLE = 5_700_000  # years after which the western dates come again
LAST_YEAR = 90_000


def by_the_rule(year: int) -> int:
    """Return the day number of Easter as Clavius told to find it: moon first, then Sunday."""
    golden = year % 19 + 1
    century = year // 100 + 1
    dropped_leap_days = 3 * century // 4 - 12
    moon_correction = (8 * century + 5) // 25 - 5
    epact = (11 * golden + 20 + moon_correction - dropped_leap_days) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    full_moon = 44 - epact if epact <= 23 else 74 - epact
    return sunday_after(from_gregorian(Day(year, 3, 1)) + full_moon - 1)


class WesternTest(unittest.TestCase):
    """Easter in the Gregorian calendar."""

    def test_known_dates(self) -> None:
        """Dates that can be looked up."""
        known = {1818: (3, 22), 1943: (4, 25), 2000: (4, 23), 2024: (3, 31), 2025: (4, 20)}
        for year, (month, day) in known.items():
            self.assertEqual(western(year), (year, month, day))

    def test_the_rule_of_the_church(self) -> None:
        """The short method finds what the long rule finds, over many thousand years."""
        for year in range(FIRST_GREGORIAN_YEAR, LAST_YEAR):
            self.assertEqual(from_gregorian(western(year)), by_the_rule(year))

    def test_limits(self) -> None:
        """Easter is a Sunday from 22 March to 25 April."""
        for year in range(FIRST_GREGORIAN_YEAR, LAST_YEAR):
            easter = western(year)
            self.assertEqual(weekday(from_gregorian(easter)), SUNDAY)
            self.assertLessEqual((3, 22), easter[1:])
            self.assertLessEqual(easter[1:], (4, 25))

    def test_cycle(self) -> None:
        """The dates come again after the cycle."""
        for year in range(FIRST_GREGORIAN_YEAR, FIRST_GREGORIAN_YEAR + 5_000):
            self.assertEqual(western(year)[1:], western(year + CYCLE)[1:])

    def test_there_is_none_before_the_calendar(self) -> None:
        """A year before the reform is refused."""
        with self.assertRaises(ValueError):
            western(FIRST_GREGORIAN_YEAR - 1)


class EasternTest(unittest.TestCase):
    """Easter in the Julian calendar."""

    def test_known_dates(self) -> None:
        """Dates that can be looked up."""
        known = {2016: (5, 1), 2023: (4, 16), 2024: (5, 5), 2025: (4, 20)}
        for year, (month, day) in known.items():
            self.assertEqual(eastern(year), (year, month, day))

    def test_cycle_of_532_years(self) -> None:
        """The dates of the Julian calendar come again after 532 years, always on a Sunday."""
        for year in range(500, 30_000):
            easter = eastern_julian(year)
            self.assertEqual(easter[1:], eastern_julian(year + 532)[1:])
            self.assertEqual(weekday(from_julian(easter)), SUNDAY)
