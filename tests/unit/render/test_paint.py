"""Styles are ANSI sequences, or nothing."""

from wfopt.errors import Severity
from wfopt.model.outcome import StepStatus
from wfopt.render.paint import SEVERITY_STYLES, STATUS_STYLES, Paint, Style


def test_without_color_text_stays_as_it_is() -> None:
    assert Paint(color=False)("text", Style.ERROR) == "text"


def test_with_color_text_is_wrapped_in_one_sequence_and_its_end() -> None:
    assert Paint(color=True)("text", Style.ERROR) == "\x1b[1;31mtext\x1b[0m"


def test_nothing_is_not_painted() -> None:
    assert Paint(color=True)("", Style.BOLD) == ""


def test_every_severity_and_status_has_a_style() -> None:
    assert set(SEVERITY_STYLES) == set(Severity)
    assert set(STATUS_STYLES) == set(StepStatus)
