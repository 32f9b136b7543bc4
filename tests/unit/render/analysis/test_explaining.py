"""What a code means."""

from tests.support.analyses import NO_TIMEOUT
from wfopt.render.analysis.explaining import dedented, explanation
from wfopt.render.paint import Paint


def test_a_docstring_loses_its_indentation() -> None:
    assert (
        dedented("\n    One.\n\n        two:\n          - x\n    three  \n    ")
        == "One.\n\n    two:\n      - x\nthree"
    )
    assert dedented("") == ""


def test_a_code_without_a_check_has_its_summary() -> None:
    plain = explanation(NO_TIMEOUT, None, Paint(color=False))
    assert plain == "WF301 no-timeout\n\na step or job that hangs is not ended\n"
    assert explanation(NO_TIMEOUT, "Why.\n\n    More.\n", Paint(color=False)) == f"{plain}\nWhy.\n\nMore.\n"
    assert explanation(NO_TIMEOUT, None, Paint(color=True)).startswith("\x1b[1mWF301 no-timeout\x1b[0m\n")
