"""Prints digits of pi by one of three old formulas: METHOD DIGITS."""

import sys

# pi/4 as a sum of factor * arctan(numerator/denominator)
FORMULAS = {
    "machin": ((4, 1, 5), (-1, 1, 239)),
    "euler": ((5, 1, 7), (2, 3, 79)),
    "gauss": ((12, 1, 18), (8, 1, 57), (-5, 1, 239)),
}

GUARD_DIGITS = 10


def arctan(numerator: int, denominator: int, unit: int) -> int:
    """Return the arctan of numerator/denominator in units of 1/unit, by its series."""
    power = total = unit * numerator // denominator
    divisor, sign = 3, -1
    while power:
        power = power * numerator**2 // denominator**2
        total += sign * (power // divisor)
        divisor, sign = divisor + 2, -sign
    return total


def pi(method: str, digits: int) -> str:
    """Return pi with so many digits behind the point."""
    unit = 10 ** (digits + GUARD_DIGITS)
    quarter = sum(factor * arctan(above, below, unit) for factor, above, below in FORMULAS[method])
    text = str(4 * quarter // 10**GUARD_DIGITS)
    return f"{text[0]}.{text[1:]}"


if __name__ == "__main__":
    print(pi(sys.argv[1], int(sys.argv[2])))
