"""Tests of the Roman numerals: every number, and every short string of their letters."""

import unittest
from itertools import product

from almanac.roman import LARGEST, from_roman, to_roman

LONGEST_STRING = 6


class RomanTest(unittest.TestCase):
    """Numerals in both directions."""

    def test_known_numerals(self) -> None:
        """Numerals that can be looked up."""
        known = {4: "IV", 9: "IX", 40: "XL", 90: "XC", 1666: "MDCLXVI", 1994: "MCMXCIV"}
        for number, numeral in known.items():
            self.assertEqual(to_roman(number), numeral)

    def test_there_and_back(self) -> None:
        """Each number survives the way to a numeral and back."""
        for number in range(1, LARGEST + 1):
            self.assertEqual(from_roman(to_roman(number)), number)

    def test_only_the_usual_form_is_read(self) -> None:
        """Of all short strings, just those are read that some number is written as."""
        usual = {to_roman(number) for number in range(1, LARGEST + 1)}
        for length in range(1, LONGEST_STRING + 1):
            for letters in product("IVXLCDM", repeat=length):
                numeral = "".join(letters)
                self.assertEqual(is_numeral(numeral), numeral in usual, numeral)

    def test_out_of_range(self) -> None:
        """Numbers without a numeral are refused."""
        for number in (-1, 0, LARGEST + 1):
            with self.assertRaises(ValueError):
                to_roman(number)

    def test_no_numeral(self) -> None:
        """Other texts are refused."""
        for text in ("", "A", "iv", "IV ", "MMMM"):
            self.assertFalse(is_numeral(text))


def is_numeral(text: str) -> bool:
    """Tell whether a text is read as a numeral."""
    try:
        from_roman(text)
    except ValueError:
        return False
    return True
