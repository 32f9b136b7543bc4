"""The values of what `cache.key` adds."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from wfopt.cache.extras import ExtraError, Extras
from wfopt.cache.files import Hasher
from wfopt.cache.key import Extra
from wfopt.cache.memo import Memo
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import CacheExtra

TEXT, ENV, FILE, COMMAND = CacheExtra.TEXT, CacheExtra.ENV, CacheExtra.FILE, CacheExtra.COMMAND


class Answers:
    """Answers commands with their own text, and counts."""

    def __init__(self, error: OSError | None = None) -> None:
        self.asked: list[tuple[str, str, Mapping[str, str | None]]] = []
        self._error = error

    def __call__(self, command: str, folder: str, env: Mapping[str, str | None]) -> bytes:
        self.asked.append((command, folder, env))
        if self._error is not None:
            raise self._error
        return command.encode()


def extras(root: Path, answers: Answers | None = None) -> Extras:
    return Extras(
        str(root), Hasher(Memo(), lambda: 0), {"CC": "gcc", "BOTH": "outside"}, answers or Answers()
    )


def resolved(*wanted: tuple[CacheExtra, str], env: Mapping[str, str | None] | None = None) -> Resolved:
    return Resolved(run="", env=env or {}, extras=wanted)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_texts_and_variables(tmp_path: Path) -> None:
    wanted = resolved(
        (TEXT, "v1"),
        (ENV, "CC"),
        (ENV, "BOTH"),
        (ENV, "GONE"),
        (ENV, "NONE"),
        env={"BOTH": "own", "GONE": None},
    )
    assert extras(tmp_path).of(wanted, "") == (
        Extra(TEXT, "v1", "v1"),
        Extra(ENV, "CC", "gcc"),
        Extra(ENV, "BOTH", "own"),
        Extra(ENV, "GONE", None),
        Extra(ENV, "NONE", None),
    )


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "link").symlink_to("a")
    wanted = resolved((FILE, "a"), (FILE, "link"), (FILE, "none"), (FILE, "a/below"))
    values = [each.value for each in extras(tmp_path).of(wanted, "sub")]
    assert values == [sha(b"1"), sha(b"1"), None, None]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExtraError, match=r"names `\.`, which is no file"):
        extras(tmp_path).of(resolved((FILE, ".")), "")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ExtraError, match="`loop`, which cannot be read: too many levels"):
        extras(tmp_path).of(resolved((FILE, "loop")), "")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ExtraError, match="`pipe`, which is no file"):
        extras(tmp_path).of(resolved((FILE, "pipe")), "")


def test_commands_are_asked_once_in_the_same_surroundings(tmp_path: Path) -> None:
    answers = Answers()
    found = extras(tmp_path, answers)
    first = found.of(resolved((COMMAND, "cc -v"), env={"A": "1", "WFOPT_STEP_ID": "x"}), "sub")
    second = found.of(resolved((COMMAND, "cc -v"), env={"A": "1", "WFOPT_STEP_ID": "y"}), "sub")
    assert first == second == (Extra(COMMAND, "cc -v", sha(b"cc -v")),)
    assert answers.asked == [("cc -v", f"{tmp_path}/sub", {"A": "1"})]


@pytest.mark.parametrize(
    ("command", "env", "cwd"),
    [
        ("cc -w", {"A": "1"}, ""),
        ("cc -v", {"A": "2"}, ""),
        ("cc -v", {"A": None}, ""),
        ("cc -v", {"A": "1"}, "x"),
    ],
)
def test_in_other_surroundings_commands_are_asked_again(
    tmp_path: Path, command: str, env: Mapping[str, str | None], cwd: str
) -> None:
    answers = Answers()
    found = extras(tmp_path, answers)
    found.of(resolved((COMMAND, "cc -v"), env={"A": "1"}), "")
    found.of(resolved((COMMAND, command), env=env), cwd)
    assert len(answers.asked) == 2


def test_a_command_that_fails_is_named(tmp_path: Path) -> None:
    found = extras(tmp_path, Answers(OSError("failed with exit status 1")))
    with pytest.raises(ExtraError, match=r"the command `cc -v` of `cache\.key` failed with exit status 1"):
        found.of(resolved((COMMAND, "cc -v")), "")
