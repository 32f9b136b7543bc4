"""Tests of the year sheet, over all years of the next millennia."""

import unittest

from almanac.days import WEEKDAYS, from_gregorian, weekday
from almanac.sheet import feasts, text_table, year_sheet

YEARS = range(1583, 8_000)
SHEET_OF_2025 = """\
Movable feasts of 2025 (MMXXV)

Ash Wednesday    2025-03-05  Wednesday
Palm Sunday      2025-04-13  Sunday
Good Friday      2025-04-18  Friday
Easter Sunday    2025-04-20  Sunday
Eastern Easter   2025-04-20  Sunday
Ascension Day    2025-05-29  Thursday
Whit Sunday      2025-06-08  Sunday
Corpus Christi   2025-06-19  Thursday
First of Advent  2025-11-30  Sunday"""


class FeastsTest(unittest.TestCase):
    """The movable feasts."""

    def test_days_of_the_week(self) -> None:
        """Each feast falls on its day of the week in every year."""
        expected = {
            "Ash Wednesday": "Wednesday",
            "Good Friday": "Friday",
            "Ascension Day": "Thursday",
            "Corpus Christi": "Thursday",
        }
        for year in YEARS:
            for name, day in feasts(year).items():
                found = WEEKDAYS[weekday(from_gregorian(day))]
                self.assertEqual(found, expected.get(name, "Sunday"), f"{name} of {year}")

    def test_order(self) -> None:
        """The feasts come in the order of their dates."""
        for year in YEARS:
            days = list(feasts(year).values())
            self.assertEqual(days, sorted(days))

    def test_advent(self) -> None:
        """The first Sunday of Advent lies between 27 November and 3 December."""
        for year in YEARS:
            day = feasts(year)["First of Advent"]
            self.assertLessEqual((11, 27), day[1:])
            self.assertLessEqual(day[1:], (12, 3))


class SheetTest(unittest.TestCase):
    """The sheet as text."""

    def test_table(self) -> None:
        """Columns begin below each other, and lines have no blanks at their end."""
        self.assertEqual(text_table([("a", "bb"), ("ccc", "d")]), "a    bb\nccc  d")

    def test_sheet(self) -> None:
        """The whole sheet of a year."""
        self.assertEqual(year_sheet(2025), SHEET_OF_2025)

    def test_year_without_numeral(self) -> None:
        """A year beyond the Roman numerals has a plain heading."""
        self.assertEqual(year_sheet(4000).splitlines()[0], "Movable feasts of 4000")
