"""The date of Easter in the western and in the eastern church."""

from almanac.days import Day, from_julian, to_gregorian

FIRST_GREGORIAN_YEAR = 1583


def western(year: int) -> Day:
    """Return Easter Sunday of the Gregorian calendar, by the method of 1876 from Nature."""
    if year < FIRST_GREGORIAN_YEAR:
        message = f"the Gregorian calendar has no Easter in {year}"
        raise ValueError(message)
    golden = year % 19
    century, rest = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - correction + 15) % 30
    leap_years, year_rest = divmod(rest, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leap_years - epact - year_rest) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return Day(year, month, day + 1)


def eastern_julian(year: int) -> Day:
    """Return Easter Sunday of the Julian calendar, as a date of that calendar."""
    full_moon = (19 * (year % 19) + 15) % 30
    to_sunday = (2 * (year % 4) + 4 * (year % 7) - full_moon + 34) % 7
    month, day = divmod(full_moon + to_sunday + 114, 31)
    return Day(year, month, day + 1)


def eastern(year: int) -> Day:
    """Return Easter Sunday of the Julian calendar, as a date of the Gregorian calendar."""
    return to_gregorian(from_julian(eastern_julian(year)))
