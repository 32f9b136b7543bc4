"""Diffs are what `patch` understands."""

import shutil
import subprocess
from pathlib import Path

import pytest

from wfopt.render.analysis.diff import diff_text


def test_no_difference_is_no_text() -> None:
    assert diff_text("a.yml", "a: 1\n", "a: 1\n") == ""


def test_a_missing_line_end_is_told() -> None:
    assert diff_text("/x/a.yml", "a: 1", "a: 2") == (
        "--- a/x/a.yml\n+++ b/x/a.yml\n@@ -1 +1 @@\n-a: 1\n\\ No newline at end of file\n"
        "+a: 2\n\\ No newline at end of file\n"
    )


@pytest.mark.skipif(shutil.which("patch") is None, reason="this needs `patch`")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\nb: 2\n", "a: 1\nc: 3\nb: 2\n"),
        ("a: 1\r\nb: 2\r\n", "a: 1\r\nb: 3\r\n"),
        ("a: 1\nb: \u2028\x85x\n", "a: 2\nb: \u2028\x85x"),
        ("a: 1", "a: 1\nb: 2\n"),
    ],
)
def test_patch_makes_the_new_text(before: str, after: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes(before.encode())
    text = diff_text("a.yml", before, after).encode()
    done = subprocess.run(
        ["patch", "--binary", "-p1"], cwd=tmp_path, input=text, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stdout
    assert file.read_bytes() == after.encode()
