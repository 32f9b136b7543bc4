"""Draw one series of a summary as an SVG chart, with nothing but the standard library."""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from pathlib import Path
from statistics import fmean

WIDTH, HEIGHT = 820, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 52, 36
INK, FAINT, RED, BLUE = "#333333", "#dddddd", "#c8553d", "#3a7ca5"
FONT = "font-family='sans-serif'"
TICKS = 6


@dataclass(frozen=True)
class Point:
    """One value of a series; `when` is a year with the part of it that has passed."""

    when: float
    value: float


@dataclass(frozen=True)
class Scale:
    """A straight way from values to places on the page, with round marks."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def marks(self) -> list[float]:
        """Return round values that lie within the scale."""
        step = round_step((self.high - self.low) / TICKS)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, ... that is not below `least`."""
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def read_points(path: Path, series: str) -> list[Point]:
    """Read the values of one series; its periods are years or months."""
    points: list[Point] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["series"] == series:
                year, _, month = row["period"].partition("-")
                part = (int(month) - 0.5) / 12 if month else 0.5
                points.append(Point(int(year) + part, float(row["value"])))
    return points


def smoothed(points: list[Point], width: int) -> list[Point]:
    """Return the mean of each `width` neighbouring values."""
    windows = (points[start : start + width] for start in range(len(points) - width + 1))
    return [
        Point(fmean(point.when for point in window), fmean(point.value for point in window))
        for window in windows
    ]


@dataclass(frozen=True)
class Chart:
    """The frame of a chart: all that is drawn around the data."""

    title: str
    unit: str
    across: Scale
    up: Scale

    @classmethod
    def around(cls, points: list[Point], title: str, unit: str, *, from_zero: bool) -> "Chart":
        """Return a frame that has room for all points."""
        values = [point.value for point in points] + [0.0] * from_zero
        step = round_step((max(values) - min(values)) / TICKS)
        low, high = floor(min(values) / step) * step, ceil(max(values) / step) * step
        first, last = floor(points[0].when), ceil(points[-1].when)
        return cls(
            title,
            unit,
            Scale(first, last, LEFT, WIDTH - RIGHT),
            Scale(low, high, HEIGHT - BOTTOM, TOP),
        )

    def frame(self) -> Iterator[str]:
        """Yield title, grid and marks."""
        yield self._label(LEFT, 22, "start", self.title, size=15)
        yield self._label(LEFT, 40, "start", self.unit)
        for mark in self.up.marks():
            y = self.up(mark)
            yield f"<path d='M{LEFT} {y:.1f}H{WIDTH - RIGHT}' stroke='{FAINT}'/>"
            yield self._label(LEFT - 8, y + 4, "end", f"{mark:g}")
        for mark in self.across.marks():
            x = self.across(mark)
            yield f"<path d='M{x:.1f} {HEIGHT - BOTTOM}v5' stroke='{INK}'/>"
            yield self._label(x, HEIGHT - BOTTOM + 19, "middle", f"{mark:g}")

    def line(self, points: list[Point], colour: str, width: float) -> str:
        """Return a line through the points."""
        places = ((self.across(point.when), self.up(point.value)) for point in points)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        return (
            f"<polyline points='{path}' fill='none' stroke='{colour}' "
            f"stroke-width='{width}' stroke-linejoin='round'/>"
        )

    def bars(self, points: list[Point], colour: str, every: float) -> str:
        """Return bars from zero to the points; `every` is the time from bar to bar."""
        width = (self.across(every) - self.across(0)) * 0.8
        zero = self.up(0)
        places = ((self.across(point.when), self.up(point.value)) for point in points)
        path = "".join(f"M{x:.1f} {zero:.1f}V{y:.1f}" for x, y in places)
        return f"<path d='{path}' stroke='{colour}' stroke-width='{width:.2f}'/>"

    def level(self, points: list[Point], colour: str) -> str:
        """Return a level line at the mean of some points; the mean is told at their feet."""
        mean = fmean(point.value for point in points)
        start, end = self.across(points[0].when - 0.5), self.across(points[-1].when + 0.5)
        y, foot, middle = self.up(mean), self.up(0) - 12, (start + end) / 2
        line = f"<path d='M{start:.1f} {y:.1f}H{end:.1f}' stroke='{colour}' stroke-width='2.5'/>"
        box = f"x='{middle - 40:.1f}' y='{foot - 13:.1f}' width='80' height='18' rx='3'"
        paper = f"<rect {box} fill='#ffffff'/>"
        return line + paper + self._label(middle, foot, "middle", f"mean {mean:.0f}")

    @staticmethod
    def _label(x: float, y: float, anchor: str, text: str, size: int = 11) -> str:
        return (
            f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' {FONT} "
            f"font-size='{size}' fill='{INK}'>{escape(text)}</text>"
        )


def draw(kind: str, points: list[Point], chart: Chart, options: argparse.Namespace) -> list[str]:
    """Return the elements that show the data."""
    every = points[1].when - points[0].when
    if kind == "line":
        width = 0.8 if options.smooth else 1.6
        elements = [chart.line(points, options.colour, width)]
        if options.smooth:
            elements.append(chart.line(smoothed(points, options.smooth), INK, 1.8))
    elif kind == "signed":
        elements = [
            chart.bars([point for point in points if point.value > 0], RED, every),
            chart.bars([point for point in points if point.value < 0], BLUE, every),
        ]
    else:
        elements = [chart.bars(points, options.colour, every)]
        if options.split:
            before = [point for point in points if point.when < options.split]
            elements += [chart.level(before, RED), chart.level(points[len(before) :], RED)]
    return elements


def main() -> None:
    """Read a summary and write a chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["line", "bars", "signed"])
    parser.add_argument("--series", required=True, help="series to draw")
    parser.add_argument("--title", required=True, help="heading of the chart")
    parser.add_argument("--unit", required=True, help="unit of the values")
    parser.add_argument("--colour", default=BLUE, help="colour of the data")
    parser.add_argument("--smooth", type=int, help="add a line smoothed over so many values")
    parser.add_argument("--split", type=int, help="show the means before and from this year")
    parser.add_argument("summary", type=Path, help="CSV file to read")
    parser.add_argument("chart", type=Path, help="SVG file to write")
    options = parser.parse_args()
    points = read_points(options.summary, options.series)
    from_zero = options.kind != "line"
    chart = Chart.around(points, options.title, options.unit, from_zero=from_zero)
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img'>",
        f"<title>{escape(options.title)}</title>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' rx='6' fill='#ffffff'/>",
        *chart.frame(),
        *draw(options.kind, points, chart, options),
        "</svg>",
    ]
    options.chart.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
