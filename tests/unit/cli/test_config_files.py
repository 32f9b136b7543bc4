"""Which files may set something, and which surely do not."""

from pathlib import Path

import pytest

from wfopt.cli.config_files import MOST_BYTES, candidates, nothing_is_set


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """A folder in a repository."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "inner"
    folder.mkdir()
    return folder


def test_the_nearest_goes_first_and_the_own_file_before_the_shared_one(inner: Path) -> None:
    for folder in (inner, inner.parent):
        (folder / "pyproject.toml").touch()
        (folder / ".wfopt.toml").touch()
    assert list(candidates(str(inner))) == [
        (str(inner), str(inner / ".wfopt.toml"), ()),
        (str(inner), str(inner / "pyproject.toml"), ("tool", "wfopt")),
        (str(inner.parent), str(inner.parent / ".wfopt.toml"), ()),
        (str(inner.parent), str(inner.parent / "pyproject.toml"), ("tool", "wfopt")),
    ]


def test_nothing_above_a_repository_counts(inner: Path) -> None:
    (inner.parent / ".wfopt.toml").touch()
    (inner / ".git").touch()
    assert list(candidates(str(inner))) == []
    assert nothing_is_set(str(inner))


@pytest.mark.parametrize(
    ("content", "unset"),
    [
        (b"", True),
        (b"[project]\nname = 'x'\n", True),
        (b"[tool.wfopt]\n", False),
        (b"# wfopt\n", False),
        (b"\xff", False),
        (b" " * (MOST_BYTES + 1), False),
    ],
)
def test_a_shared_file_may_say_nothing(content: bytes, unset: bool, inner: Path) -> None:
    (inner.parent / "pyproject.toml").write_bytes(content)
    assert nothing_is_set(str(inner)) is unset


def test_an_own_file_may_always_set_something(inner: Path) -> None:
    (inner / ".wfopt.toml").write_bytes(b"")
    assert not nothing_is_set(str(inner))


def test_what_cannot_be_read_is_left_open(inner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inner / "pyproject.toml").touch()

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("wfopt.cli.config_files.open", refuse, raising=False)
    assert not nothing_is_set(str(inner))
