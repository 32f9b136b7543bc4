"""What the live display shows on terminals of several sizes; cases are stories in `tests/fixtures/live`."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.live_stories import story
from wfopt.render.cells import text_width
from wfopt.render.live.layout import panel
from wfopt.render.live.pieces import ASCII, UNICODE, Look
from wfopt.render.live.view import AlertRow, Counts, MachineRow, Span, StepRow, View
from wfopt.render.paint import Paint

FOLDER = Path(__file__).parents[3] / "fixtures" / "live"
CASES = sorted(case for case in FOLDER.iterdir() if case.is_dir())
SIZES = [(80, 24), (200, 50), (40, 10), (20, 3)]
PLAIN = Look(UNICODE, Paint(color=False))
COLORED = Look(UNICODE, Paint(color=True))
OLD = Look(ASCII, Paint(color=False))
COLOR = re.compile("\x1b\\[[0-9;]*m")


def shown(view: View, width: int = 80, height: int = 24, look: Look = PLAIN) -> list[str]:
    return list(panel(view, width, height, look))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize(("width", "height"), SIZES, ids=str)
def test_a_story(case: Path, width: int, height: int, expect: Callable[[str, Path], None]) -> None:
    view = story((case / "story.txt").read_text(encoding="utf-8")).view
    lines = shown(view, width, height)
    expect("".join(f"{line}\n" for line in lines), case / f"{width}x{height}.txt")
    assert [COLOR.sub("", line).rstrip() for line in shown(view, width, height, COLORED)] == lines


numbers = st.floats(0, 1e7) | st.sampled_from([0.0, 59.95, 3599.6, 86399.9])
series = st.lists(st.floats(0, 1e13), max_size=9).map(tuple)
spans = st.builds(Span, expected_s=numbers, low_s=numbers, high_s=numbers)
texts = st.text(
    st.characters(codec="utf-8") | st.sampled_from("語\u0301\u200d\t\n\x1b\x9b\u1160é…"), max_size=60
)
counts = st.integers(0, 10**6)
rows = st.builds(
    StepRow,
    name=texts,
    elapsed_s=numbers,
    usual=st.none() | spans,
    cpus=series,
    memory=series,
    output=st.binary(max_size=80) | texts.map(str.encode),
)
machines = st.builds(
    MachineRow,
    busy=series.filter(bool),
    cpus=st.floats(0.1, 1000),
    memory=series,
    memory_total=st.none() | st.integers(0, 1 << 50),
    load=st.none() | numbers,
)
views = st.builds(
    View,
    elapsed_s=numbers,
    counts=st.builds(
        Counts, total=counts, done=counts, running=counts, waiting=counts, blocked=counts, failed=counts
    ),
    left=st.none() | spans,
    running=st.lists(rows, max_size=9).map(tuple),
    machine=st.none() | machines,
    alerts=st.lists(st.builds(AlertRow, message=texts, step=texts, critical=st.booleans()), max_size=6).map(
        tuple
    ),
    name_width=st.integers(0, 80),
    foresees=st.booleans(),
    chosen=st.none() | rows,
    has_keys=st.booleans(),
)


@given(views, st.integers(0, 130), st.integers(0, 30), st.sampled_from([PLAIN, COLORED, OLD]))
@settings(max_examples=60, deadline=None)
def test_every_line_fits_and_is_harmless(view: View, width: int, height: int, look: Look) -> None:
    lines = [COLOR.sub("", line) for line in panel(view, width, height, look)]
    assert len(lines) < max(1, height)
    assert max(map(text_width, lines), default=0) <= width
    assert all(line.isprintable() or not set(line) & CONTROLS for line in lines)
    assert look is not OLD or "".join(lines).isascii()


CONTROLS = {chr(code) for code in (*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F))}


OUTPUT = b"".join(b"line %d\n" % number for number in range(40))


def choosing(count: int, output: bytes = OUTPUT) -> View:
    """Return a view in which the second of so many steps is chosen."""
    running = tuple(StepRow(name=f"s{place}", elapsed_s=1.0, output=output) for place in range(count))
    return View(
        elapsed_s=1,
        counts=Counts(total=count, running=count),
        running=running,
        name_width=3,
        chosen=running[1],
        has_keys=True,
    )


def test_the_output_of_the_chosen_step_stands_below() -> None:
    lines = shown(choosing(2), 80, 24)
    assert lines[0].endswith("2 running · 1 s · q: less")
    assert [line[:4] for line in lines[1:3]] == ["  s0", "> s1"]
    assert lines[3:] == ["  output of s1:", *(f"    line {number}" for number in range(28, 40))]


@pytest.mark.parametrize(
    ("height", "listed", "tail"), [(40, 14, 13), (24, 7, 8), (12, 3, 3), (7, 1, 2), (5, 1, 0)]
)
def test_it_leaves_half_of_the_room_to_the_rows(height: int, listed: int, tail: int) -> None:
    lines = shown(choosing(20), 80, height)
    assert sum(line[2:3] == "s" for line in lines) == listed
    found = [line for line in lines if "output of" in line or line.startswith("    line")]
    assert len(found) == tail
    assert not tail or lines[-1] == "    line 39"


def test_a_chosen_step_that_printed_nothing() -> None:
    assert shown(choosing(2, b""), 80, 24)[-1] == "  output of s1: none so far"


def test_keys_are_mentioned_where_there_are_any() -> None:
    running = (StepRow(name="a", elapsed_s=1.0),)
    for has_keys, rows, told in ((True, running, True), (False, running, False), (True, (), False)):
        view = View(elapsed_s=1, counts=Counts(), running=rows, name_width=1, has_keys=has_keys)
        assert ("j/k: output" in shown(view)[0]) == told


def test_steps_that_find_no_room_are_counted() -> None:
    running = tuple(StepRow(name=f"s{place}", elapsed_s=1.0) for place in range(20))
    view = View(elapsed_s=1, counts=Counts(total=20, running=20), running=running, name_width=3)
    for height in range(5, 24):
        lines = shown(view, 80, height)
        listed = sum(line.startswith("  s") for line in lines)
        assert lines[-1] == f"  … and {20 - listed} more running", height
    assert not any("more" in line for line in shown(view, 80, 40))


def test_what_is_least_needed_goes_first_when_there_is_no_room(
    expect: Callable[[str, Path], None],
) -> None:
    counts = Counts(total=90, done=12, running=4, waiting=2, blocked=9, cached=3, failed=1, skipped=1)
    view = View(elapsed_s=75, counts=counts, left=Span(expected_s=40, low_s=30, high_s=55))
    heads = [shown(view, width, 3)[0] for width in (130, 110, 97, 85, 60, 45, 40, 20, 8, 3)]
    expect("".join(f"{line}\n" for line in heads), FOLDER / "heads.txt")


def test_a_run_without_steps_is_done() -> None:
    assert shown(View(elapsed_s=0, counts=Counts())) == [f"{'█' * 24} 0/0 · 0 s"]


def test_hardly_any_room() -> None:
    row = StepRow(name="a", elapsed_s=1)
    view = View(elapsed_s=1, counts=Counts(total=1, running=1), running=(row,), name_width=1)
    assert shown(view, 80, 1) == []
    assert shown(view, 80, 2) == [f"{'░' * 24} 0/1 · 1 running · 1 s"]
    assert shown(view, 0, 24) == []


def test_a_row_that_was_not_measured_or_is_new_leaves_its_cells_empty() -> None:
    usual = Span(expected_s=2, low_s=1, high_s=3)
    known = StepRow(name="a", elapsed_s=1, usual=usual, cpus=(1.0,), memory=(1024.0,))
    machine = MachineRow(busy=(1.0,), cpus=2.0)
    view = View(
        elapsed_s=1,
        counts=Counts(),
        running=(known, StepRow(name="b", elapsed_s=1)),
        machine=machine,
        name_width=1,
        foresees=True,
    )
    assert shown(view)[2:] == [
        "  a      1 s / 2.0 s   ████░░░░   1.0 cpu      █     1 KiB      █",
        "  b      1 s",
    ]


def test_a_step_that_takes_longer_than_ever_stands_out() -> None:
    usual = Span(expected_s=5, low_s=4, high_s=6)
    for elapsed, style in ((5.5, "32"), (6.5, "1;33")):
        row = StepRow(name="a", elapsed_s=elapsed, usual=usual)
        view = View(elapsed_s=9, counts=Counts(), running=(row,), name_width=1, foresees=True)
        assert f"\x1b[{style}m ████████" in shown(view, look=COLORED)[1]


def test_only_ascii_where_the_terminal_knows_no_more() -> None:
    row = StepRow(name="é", elapsed_s=1, cpus=(0.5, 1.0), memory=(1.0, 2.0), output="größe\n".encode())
    machine = MachineRow(busy=(1.0, 2.0), cpus=2.0)
    view = View(elapsed_s=1, counts=Counts(total=2, done=1), running=(row,), machine=machine, name_width=1)
    assert shown(view, 100, look=OLD) == [
        "############------------ 1/2 | 1 s",
        "cpu 2.0 of 2       =#",
        "  ?      1 s   1.0 cpu     =#       2 B     =#  gr??e",
    ]
