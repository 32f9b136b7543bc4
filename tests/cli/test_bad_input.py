"""Whatever file is named, the answer is a message and exit status 2."""

import os
from pathlib import Path

import pytest

from tests.support.commands import run

pytestmark = pytest.mark.slow

NINE_TIMES = 9
ALIASES = "a0: &a0 [x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * NINE_TIMES)}]\n" for level in range(1, 30)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * NINE_TIMES)}]}}\n" for level in range(1, 30)
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x00\x01\xff\xfe", "is not a text file"),
        ("wfopt: 1\nname: café\n".encode("latin-1"), "is not UTF-8"),
        (b"[" * 100_000, "nested more than 64 levels"),
        (ALIASES.encode(), "aliases are expanded"),
        (MERGES.encode(), "merge keys"),
    ],
    ids=["empty", "binary", "latin-1", "brackets", "aliases", "merges"],
)
def test_a_file_that_is_no_workflow_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "odd.yml").write_bytes(content)
    assert_refused("odd.yml", message, tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert_refused("odd.yml", "there is no file `odd.yml`", tmp_path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.yml").mkdir()
    assert_refused("odd.yml", "is a directory", tmp_path)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "odd.yml")
    assert_refused("odd.yml", "is not a regular file", tmp_path)


def assert_refused(name: str, message: str, folder: Path) -> None:
    done = run(["run", name], folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert f" --> {name}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / ".wfopt").exists()
