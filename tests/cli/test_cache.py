"""`wfopt cache` as a user meets it, also where nothing can be written."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.cache_stores import NOW, add_result, incomplete, keys_in, store_at
from tests.support.commands import LIMIT_S, clean_environ, command, run
from tests.support.record_files import tree

pytestmark = pytest.mark.slow

READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"'
FULL = (
    'mount -t tmpfs -o size=1m none "$1" && cp -a "$1.copy/." "$1"'
    ' && { cat /dev/zero > "$1/ballast" 2>/dev/null || true; }'
)


def fill(folder: Path, size: int = 1000) -> None:
    with store_at(folder) as store:
        for number in range(6):
            files = {"x": b"%d" % number * size, "same": b"same"}
            add_result(store, f"k{number}", files, step=f"test[{number}]", used_at=NOW - 100 + number)


def mounted(mount: str, place: Path, words: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run wfopt where something is mounted at `place`; what is there then is copied to `PLACE.after`."""
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no namespace for mounts here")
    script = (
        f'{mount} || exit 99; place=$1; shift; "$@"; status=$?; cp -a "$place" "$place.after"; exit $status'
    )
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(place), *command(words)],
        cwd=cwd,
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )


def test_a_look_a_check_and_a_cleaning(tmp_path: Path) -> None:
    fill(tmp_path / ".wfopt" / "cache")
    shown = run(["cache", "info"], tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[:2] == ["cache     .wfopt/cache", "results   6 of 6 steps in 1 workflow"]
    checked = run(["cache", "verify"], tmp_path)
    assert (checked.returncode, checked.stdout) == (0, "6 records and 7 contents are sound, 5.9 KiB\n")
    cleaned = run(["cache", "gc", "--cache-size", "1B", "--format", "json"], tmp_path)
    assert (cleaned.returncode, json.loads(cleaned.stdout)["evicted"]) == (0, 5)
    wrong = run(["cache", "clear", "--step", "tset"], tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == (
        "error[WF600]: `--step tset`: the cache has no result of a step `tset`\n"
        "  = hint: did you mean `test`?\n\n1 error\n"
    )
    assert run(["cache", "clear", "--step", "test"], tmp_path).returncode == 0
    assert run(["cache", "info"], tmp_path).stdout == "the cache .wfopt/cache is empty\n"


def test_help_names_what_can_be_done(tmp_path: Path) -> None:
    text = run(["cache", "--help"], tmp_path).stdout
    commands = text.split("Commands:\n")[1]
    assert {line.split()[0] for line in commands.splitlines()} >= {"info", "verify", "gc", "clear"}
    assert "..." not in commands


@pytest.mark.parametrize("words", [["verify"], ["gc", "--cache-size", "1B"], ["clear"]])
def test_a_read_only_cache_is_left_alone(tmp_path: Path, words: list[str]) -> None:
    place = tmp_path / "cache"
    fill(place)
    before = tree(place)
    done = mounted(READ_ONLY, place, ["cache", *words, "--cache-dir", "cache"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error[WF515]: the cache `cache` cannot be used\n  = cause: `cache` cannot be written to\n\n1 error\n"
    )
    assert tree(place) == before


def test_a_read_only_cache_can_be_looked_at(tmp_path: Path) -> None:
    place = tmp_path / "cache"
    fill(place)
    before = tree(place)
    done = mounted(READ_ONLY, place, ["cache", "info", "--cache-dir", "cache"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "results   6 of 6 steps" in done.stdout
    assert tree(place) == before


@pytest.mark.parametrize(("words", "left"), [(["gc", "--cache-size", "200KiB"], 1), (["clear"], 0)])
@pytest.mark.parametrize("reserve", [False, True])
def test_a_full_disk_gets_room(tmp_path: Path, words: list[str], left: int, reserve: bool) -> None:
    place = tmp_path / "cache"
    copy = tmp_path / "cache.copy"
    fill(copy, 100_000)
    if reserve:
        (copy / "v1" / "reserve.bin").write_bytes(os.urandom(100_000))
    place.mkdir(mode=0o700)
    done = mounted(FULL, place, ["cache", *words, "--cache-dir", "cache"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nleft " in done.stdout
    with store_at(tmp_path / "cache.after") as store:
        assert (len(keys_in(store)), incomplete(store)) == (left, [])
        assert sum(kept.size for kept in store.blobs) <= 200 * 1024 * left
