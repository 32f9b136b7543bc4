"""Print the sheet of a year: `python3 -m almanac 2025`."""

import argparse

from almanac.sheet import year_sheet


def main() -> None:
    """Read the year from the command line and print its sheet."""
    parser = argparse.ArgumentParser(prog="almanac", description="Print the sheet of a year.")
    parser.add_argument("year", type=int, help="a year from 1583 on")
    print(year_sheet(parser.parse_args().year))


if __name__ == "__main__":
    main()
