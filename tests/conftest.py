"""What every test can ask for."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import typer.main
from xdist.remote import Producer
from xdist.scheduler import WorkStealingScheduling

from tests.support.commands import is_measured

collect_ignore = ["benchmarks"]
"""The benchmarks hold whole projects, with tests of their own."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write what comes out over the expected files")


def pytest_configure(config: pytest.Config) -> None:
    """Let `python3` in the steps of tests be this interpreter, not a script that looks for it each time."""
    os.environ["PATH"] = f"{os.path.join(sys.base_prefix, 'bin')}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Let `-n auto` start more processes than there are processors: many tests wait for others to end."""
    return len(os.sched_getaffinity(0)) + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WorkStealingScheduling:
    """Let a process that has nothing left take tests from another: the slow ones stand side by side."""
    return WorkStealingScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Measure in one process alone what imports run: it is the same in all, and takes most of their time.

    The other processes begin with different parts of the tests, so that the first to come to a file is the
    only one that prepares it.
    """
    number = _number_of_worker(session.config)
    tracer = sys.gettrace()
    if number > 0:
        sys.settrace(None)
        _import_tests(session, number)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


def _number_of_worker(config: pytest.Config) -> int:
    """Return which process of several this is, or 0 if it is the only one."""
    return int(getattr(config, "workerinput", {"workerid": "gw0"})["workerid"].removeprefix("gw"))


def _import_tests(session: pytest.Session, number: int) -> None:
    if session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    folder = session.config.rootpath / "tests"
    files = sorted(
        path
        for path in folder.glob("**/test_*.py")
        if path.relative_to(folder).parts[0] not in collect_ignore
    )
    first = len(files) * number // session.config.workerinput["workercount"]
    for path in files[first:] + files[:first]:
        with contextlib.suppress(pytest.Collector.CollectError):
            _ = pytest.Module.from_parent(session, path=path).obj


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


@pytest.fixture(scope="session", autouse=True)
def built_once() -> Iterator[None]:
    """Build the command line once, as a process does; it takes longer than most that is done with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Callable[[str, Path], None]:
    """Compare a text with an expected file, or with `--update` write it there for review."""

    def check(text: str, path: Path) -> None:
        if request.config.getoption("--update"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return check
