"""Whatever a log holds, reading it ends in effects, and never in silence about what was lost."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.traces import effects_in
from wfopt.tracing.parse import CUT_OFF, UNREADABLE

FOLDER = Path(__file__).parents[1] / "fixtures" / "traces"
LOGS = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.log"))]
PIECES = st.sampled_from(
    [
        "\n",
        " ",
        '"',
        "\\",
        "<",
        ">",
        "(",
        ")",
        "{",
        "}",
        ",",
        " = ",
        "10    ",
        "11    ",
        "+++",
        "<... ",
        "\0",
        "é",
    ]
)


@given(log=st.sampled_from(LOGS), data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_garbled_log_is_read_without_an_error(log: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(log)))
        end = data.draw(st.integers(start, min(len(log), start + 30)))
        log = log[:start] + data.draw(PIECES | st.text(max_size=5)) + log[end:]
    effects_in(log)


@given(log=st.sampled_from(LOGS), data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_hole_at_the_end_is_told(log: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(log) - 1))
    assert effects_in(log[:cut]).taints & {CUT_OFF, UNREADABLE}


@given(text=st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_what_is_no_log_is_tainted(text: str) -> None:
    assert effects_in(text).taints
