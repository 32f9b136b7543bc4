"""What every test can ask for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.support.commands import is_measured

collect_ignore = ["benchmarks"]
"""The benchmarks hold whole projects, with tests of their own."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write what comes out over the expected files")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Let `-n auto` start a process more than there are processors: many tests wait for others to end."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Measure no coverage in tests of very many cases, where it takes more time than all else.

    Tests with examples of Hypothesis are among them: what is covered should not depend on chance.
    """
    tracer = sys.gettrace()
    token = is_measured.set(item.get_closest_marker("measured") is not None)
    if any(item.get_closest_marker(name) for name in ("untraced", "hypothesis")):
        sys.settrace(None)
    try:
        return (yield)
    finally:
        is_measured.reset(token)
        sys.settrace(tracer)


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Callable[[str, Path], None]:
    """Compare a text with an expected file, or with `--update` write it there for review."""

    def check(text: str, path: Path) -> None:
        if request.config.getoption("--update"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return check
