"""How large the files are that a step names with `x-size`."""

import os
from pathlib import Path

import pytest

from wfopt.cache import counting
from wfopt.cache.counting import counted
from wfopt.model.patterns import PathPattern, parse_pattern


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    inside = tmp_path / "work"
    (inside / "data").mkdir(parents=True)
    (inside / "data" / "a.txt").write_bytes(b"one\ntwo\nthree")
    (inside / "data" / "b.txt").write_bytes(b"four\n")
    (inside / "data" / "empty").write_bytes(b"")
    (tmp_path / "outside.txt").write_bytes(b"x\n" * 100)
    (inside / "to-outside").symlink_to("../outside.txt")
    (inside / "to-inside").symlink_to("data/b.txt")
    (inside / "up").symlink_to("..")
    os.mkfifo(inside / "pipe")
    return inside


def asked(**sizes: str) -> dict[str, tuple[PathPattern, ...]]:
    return {name: tuple(map(parse_pattern, text.split())) for name, text in sizes.items()}


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"bytes": "data/*.txt"}, {"bytes": 18.0}),
        ({"lines": "data/*.txt"}, {"lines": 4.0}),
        ({"files": "data/**"}, {"files": 3.0}),
        ({"lines": "data/empty"}, {"lines": 0.0}),
        ({"bytes": "to-inside", "files": "missing data/a.txt"}, {"bytes": 5.0, "files": 1.0}),
        ({"bytes": "missing"}, {}),
        ({"files": "missing*", "lines": "data"}, {"lines": 4.0}),
        ({"lines": "to-outside"}, {}),
        ({"bytes": "up/outside.txt"}, {}),
        ({"lines": "pipe"}, {}),
        ({}, {}),
    ],
)
def test_sizes(workspace: Path, sizes: dict[str, str], expected: dict[str, float]) -> None:
    assert counted(str(workspace), asked(**sizes)) == expected


def test_lines_of_more_than_is_read_are_not_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_READ_BYTES", 17)
    found = counted(str(workspace), asked(lines="data/*.txt", bytes="data/*.txt"))
    assert found == {"bytes": 18.0}
    assert counted(str(workspace), asked(lines="data/a.txt")) == {"lines": 3.0}


def test_lines_of_files_that_grow_meanwhile_are_not_told(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_READ_BYTES", 17)
    assert counting._lines_in([str(workspace / "data" / "a.txt")] * 2) is None


def test_what_cannot_be_looked_at_is_not_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(counting, "_lines_in", refused)
    assert counted(str(workspace), asked(lines="data/a.txt", files="data/a.txt")) == {"files": 1.0}
