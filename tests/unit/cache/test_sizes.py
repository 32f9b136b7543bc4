"""How many bytes a step declares to read."""

import os
import time
from pathlib import Path

import pytest

from wfopt.cache import sizes
from wfopt.cache.files import Hasher
from wfopt.cache.manifest import Manifest, Snapshot
from wfopt.cache.memo import Memo
from wfopt.cache.sizes import InputSizes
from wfopt.model.patterns import PathPattern, parse_pattern

FILES = {
    "a.c": 3,
    "src/b.c": 5,
    "src/deep/c.c": 7,
    "src/deep/d.h": 11,
    ".wfopt/state": 100,
    "src/.wfopt/x": 50,
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name, size in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (tmp_path / "to-c").symlink_to("src/deep/c.c")
    (tmp_path / "nowhere").symlink_to("missing")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def patterns(*texts: str) -> tuple[PathPattern, ...]:
    return tuple(parse_pattern(text) for text in texts)


def manifest(workspace: Path, inputs: tuple[PathPattern, ...]) -> Manifest:
    return Snapshot(str(workspace), Hasher(Memo(), time.time_ns)).manifest(inputs, ())


CASES = [
    ((), 0),
    (("a.c",), 3),
    (("a.c", "src/b.c", "a.c"), 8),
    (("missing", "a.c"), 3),
    (("src",), 23),
    (("src/",), 23),
    (("**/*.c",), 15),
    (("**/*.c", "!src/deep/"), 8),
    (("src/*", "src/deep/*.h"), 16),
    (("to-c",), 7),
    (("nowhere",), 0),
    (("**",), 33),
]


@pytest.mark.parametrize(("inputs", "size"), CASES)
def test_a_step_that_is_not_cached(workspace: Path, inputs: tuple[str, ...], size: int) -> None:
    assert InputSizes(str(workspace)).of(patterns(*inputs), None) == size


@pytest.mark.parametrize(("inputs", "size"), CASES[:-1])
def test_a_step_whose_inputs_are_known(workspace: Path, inputs: tuple[str, ...], size: int) -> None:
    asked = patterns(*inputs)
    assert InputSizes(str(workspace)).of(asked, manifest(workspace, asked)) == size


def test_nothing_is_declared(workspace: Path) -> None:
    assert InputSizes(str(workspace)).of(None, None) is None


def test_what_has_no_size_counts_as_empty(workspace: Path) -> None:
    assert InputSizes(str(workspace)).of(patterns("pipe", "a.c/b"), None) == 0


def test_equal_inputs_are_measured_once(workspace: Path) -> None:
    measure, asked = InputSizes(str(workspace)), patterns("a.c")
    known = manifest(workspace, asked)
    assert measure.of(asked, known) == 3
    (workspace / "a.c").write_bytes(b"longer")
    assert measure.of(asked, known) == 3
    assert measure.of(asked, manifest(workspace, asked)) == 6


def test_very_many_files_are_not_counted(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "MOST_ENTRIES", 5)
    assert InputSizes(str(workspace)).of(patterns("**/*.c"), None) is None
    assert InputSizes(str(workspace)).of(patterns("src/deep"), None) == 18
