"""Durations, sizes and shares of a cpu: read, refused with a way out, and printed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.model.quantities import (
    QuantityError,
    format_duration,
    format_size,
    parse_cpu,
    parse_duration,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90.0),
        ("20m", 1200.0),
        ("1h30m", 5400.0),
        ("2d", 172_800.0),
        ("500ms", 0.5),
        ("9ms", 0.009),
        ("1.5h", 5400.0),
        ("1d2h3m4s5ms", 93_784.005),
        ("0.5m10s", 40.0),
        ("0s", 0.0),
        (" 2m 05s ", 125.0),
        ("12.3 s", 12.3),
        ("10000d", 864_000_000.0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("90", "`90` has no unit", "a bare number could be seconds or minutes; write `90s` or `90m`"),
        ("1.5", "`1.5` has no unit", "a bare number could be seconds or minutes; write `1.5s` or `1.5m`"),
        ("", "a duration cannot be empty", "`90s`"),
        ("-5s", "`-5s` is negative", "`90s`"),
        ("nan", "`nan` is not a duration", "`90s`"),
        ("1e3s", "`e` is not a unit of time", "`90s`"),
        ("5S", "`S` is not a unit of time", "write `5s`"),
        ("20min", "`min` is not a unit of time", "write `20m`"),
        ("3 hours", "`hours` is not a unit of time", "write `3h`"),
        ("1w", "`w` is not a unit of time", "`2d`"),
        ("30m1h", "the units of `30m1h` are out of order", "from large to small"),
        ("1m1m", "the units of `1m1m` are out of order", "at most once"),
        ("1h-5m", "`1h-5m` is not a duration", "`1h30m`"),
        ("٣s", "`٣s` is not a duration", "`90s`"),
        ("10001d", "`10001d` is too long", "10,000 days"),
        ("9" * 61 + "s", "`" + "9" * 60 + "...` is not a duration", "`90s`"),
    ],
)
def test_refused_durations(text: str, message: str, hint: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_duration(text)
    assert caught.value.message == message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512MiB", 536_870_912),
        ("4GiB", 4 * 1024**3),
        ("1.5GB", 1_500_000_000),
        ("2GB", 2_000_000_000),
        ("100KB", 100_000),
        ("64KiB", 65_536),
        ("10B", 10),
        ("0B", 0),
        ("1TB", 10**12),
        ("1TiB", 1024**4),
        ("0.1KiB", 102),
        ("1.5 GiB", 1_610_612_736),
        ("1048576TiB", 2**60),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("512", "`512` has no unit", "a bare number could be bytes or megabytes; write `512MiB` or `512B`"),
        ("", "a size cannot be empty", "`512MiB`"),
        ("-1GB", "`-1GB` is negative", "`512MiB`"),
        ("2gb", "`gb` is not a unit of size", "write `2GB`"),
        ("2mib", "`mib` is not a unit of size", "write `2MiB`"),
        ("512M", "`M` is not a unit of size", "write `512MiB` (steps of 1024) or `512MB` (steps of 1000)"),
        ("1PB", "`PB` is not a unit of size", "`4GiB`"),
        ("1GB5MB", "`1GB5MB` has more than one unit", "`4GiB`"),
        ("1,5GB", "`1,5GB` is not a size", "`1.5GB`"),
        ("1048577TiB", "`1048577TiB` is too large", "at most"),
    ],
)
def test_refused_sizes(text: str, message: str, hint: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_size(text)
    assert caught.value.message == message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "milli"),
    [("4", 4000), ("0.5", 500), ("0.001", 1), ("1.25", 1250), (" 2 ", 2000), ("1000000", 10**9)],
)
def test_cpus(text: str, milli: int) -> None:
    assert parse_cpu(text) == milli


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "a step needs more than 0 cpus"),
        ("0.000", "a step needs more than 0 cpus"),
        ("0.0005", "`0.0005` is not a number of cpus"),
        ("-1", "`-1` is not a number of cpus"),
        ("500m", "`500m` is not a number of cpus"),
        ("", "`` is not a number of cpus"),
        ("1000001", "`1000001` cpus are too many"),
    ],
)
def test_refused_cpus(text: str, message: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_cpu(text)
    assert caught.value.message == message
    assert "write" in caught.value.hint


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (1e-9, "0 s"),
        (0.0004, "0.4 ms"),
        (0.042, "42 ms"),
        (0.09949, "99 ms"),
        (0.0996, "0.10 s"),
        (0.42, "0.42 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.97, "1m 00s"),
        (125.4, "2m 05s"),
        (3599.4, "59m 59s"),
        (3599.7, "1h 00m"),
        (3725.0, "1h 02m"),
        (86_369.0, "23h 59m"),
        (86_371.0, "1d 00h"),
        (273_600.0, "3d 04h"),
        (-12.34, "-12.3 s"),
    ],
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (10_066_330, "9.6 MiB"),
        (99 * 1024**2, "99 MiB"),
        (212 * 1024**2 + 400_000, "212 MiB"),
        (1024**2 - 1, "1 MiB"),
        (1_610_612_736, "1.5 GiB"),
        (2**60, "1048576 TiB"),
        (-2048, "-2 KiB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert format_size(size) == text


@given(st.floats(min_value=1e-5, max_value=8e8))
def test_a_printed_duration_reads_as_nearly_the_same(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, rel=0.05)


@given(st.integers(min_value=0, max_value=2**60))
def test_a_printed_size_reads_as_nearly_the_same(size: int) -> None:
    assert parse_size(format_size(size)) == pytest.approx(size, rel=0.06)


@given(st.text(alphabet="0123456789.dhmsKMGTiB -", max_size=12))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    for parse in (parse_duration, parse_size, parse_cpu):
        with suppress(QuantityError):
            assert parse(text) >= 0
