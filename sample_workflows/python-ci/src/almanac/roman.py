"""Roman numerals from 1 to 3999, in their one usual form."""

LARGEST = 3999
SYMBOLS = (
    ("M", 1000),
    ("CM", 900),
    ("D", 500),
    ("CD", 400),
    ("C", 100),
    ("XC", 90),
    ("L", 50),
    ("XL", 40),
    ("X", 10),
    ("IX", 9),
    ("V", 5),
    ("IV", 4),
    ("I", 1),
)


def to_roman(number: int) -> str:
    """Return the numeral for a number."""
    if not 1 <= number <= LARGEST:
        message = f"there is no Roman numeral for {number}"
        raise ValueError(message)
    parts = []
    for symbol, value in SYMBOLS:
        times, number = divmod(number, value)
        parts.append(symbol * times)
    return "".join(parts)


def from_roman(numeral: str) -> int:
    """Return the number for a numeral; refuse every unusual form, as IIII or VX."""
    total = 0
    rest = numeral
    for symbol, value in SYMBOLS:
        while rest.startswith(symbol):
            rest = rest[len(symbol) :]
            total += value
    if rest or not 1 <= total <= LARGEST or to_roman(total) != numeral:
        message = f"{numeral!r} is not a Roman numeral"
        raise ValueError(message)
    return total
