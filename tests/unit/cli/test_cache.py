"""The options, results and exit statuses of `wfopt cache`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.cache_stores import OLD, add_result, keys_in, store_at
from wfopt.cli.boundary import guarded


class Done(NamedTuple):
    status: int
    out: str
    log: str


@pytest.fixture
def cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Run `wfopt cache` with some words in an empty folder; named values are the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("STATE_DIR", "CACHE_DIR", "CACHE_SIZE", "CACHE_TTL"):
        monkeypatch.delenv(f"WFOPT_{name}", raising=False)
    (tmp_path / ".git").mkdir()

    def run(*words: str, **environ: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["wfopt", "cache", *words])
        with monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            status = guarded(dict(environ))
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run


def fill(folder: Path) -> None:
    with store_at(folder) as store:
        add_result(store, "k1", {"x": b"1" * 1000}, step="build")
        add_result(store, "k2", {"x": b"2" * 1000}, step="test[1]", used_at=OLD + 1)
        add_result(store, "k3", {"x": b"3" * 1000}, step="test[2]", used_at=OLD + 2, workflow="b/w.yml")


def keys(folder: Path) -> list[str]:
    with store_at(folder) as store:
        return keys_in(store)


COMMANDS = ("info", "verify", "gc", "clear")


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_cache_nothing_is_made(cache: Callable[..., Done], tmp_path: Path, command: str) -> None:
    assert cache(command) == Done(0, "the cache .wfopt/cache is empty\n", "")
    done = cache(command, "--format", "json")
    assert (done.status, done.log) == (0, "")
    assert json.loads(done.out)["schema"] == f"wfopt.cache-{command}/1"
    assert [path.name for path in tmp_path.iterdir()] == [".git"]


@pytest.mark.parametrize(
    ("words", "environ", "place"),
    [
        ((), {}, ".wfopt/cache"),
        (("--state-dir", "state"), {}, "state/cache"),
        (("--cache-dir", "c"), {}, "c"),
        (("--cache-dir", "c", "--state-dir", "state"), {}, "c"),
        ((), {"WFOPT_STATE_DIR": "state"}, "state/cache"),
        ((), {"WFOPT_CACHE_DIR": "c", "WFOPT_STATE_DIR": "state"}, "c"),
        (("-C", "inner"), {}, "inner/.wfopt/cache"),
    ],
)
def test_places(
    cache: Callable[..., Done], tmp_path: Path, words: tuple[str, ...], environ: dict[str, str], place: str
) -> None:
    (tmp_path / "inner").mkdir()
    fill(tmp_path / place)
    assert json.loads(cache("info", *words, "--format", "json", **environ).out)["results"] == 3


def test_a_config_file_counts_also_with_options_of_other_commands(
    cache: Callable[..., Done], tmp_path: Path
) -> None:
    fill(tmp_path / "state" / "cache")
    (tmp_path / ".wfopt.toml").write_text('jobs = 2\nformat = "jsonl"\nstate-dir = "state"\n')
    assert cache("info").out.splitlines()[1] == "results   3 of 3 steps in 2 workflows"
    (tmp_path / ".wfopt.toml").write_text('state-drr = "state"\n')
    done = cache("info")
    assert (done.status, done.out) == (2, "")
    assert "did you mean `state-dir`?" in done.log


def test_info_tells_the_limit(cache: Callable[..., Done], tmp_path: Path) -> None:
    fill(tmp_path / ".wfopt/cache")
    assert "of at most 10 GiB\n" in cache("info").out
    assert "of at most 512 MiB\n" in cache("info", WFOPT_CACHE_SIZE="512MiB").out
    assert "of at most 5 B\n" in cache("info", "--cache-size", "5B", WFOPT_CACHE_SIZE="512MiB").out


def test_verify_finds_damage_once(cache: Callable[..., Done], tmp_path: Path) -> None:
    fill(tmp_path / ".wfopt/cache")
    assert cache("verify") == Done(0, "3 records and 3 contents are sound, 2.9 KiB\n", "")
    path = next(path for path in (tmp_path / ".wfopt/cache/v1/cas").rglob("*") if path.is_file())
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    done = cache("verify")
    assert (done.status, done.log) == (1, "")
    assert done.out.startswith(f"damaged: content {path.parent.name}{path.name[:10]} of ")
    done = cache("verify", "--format", "json")
    assert (done.status, json.loads(done.out)["incomplete"]) == (0, 1)


def test_gc_takes_a_size_and_an_age(cache: Callable[..., Done], tmp_path: Path) -> None:
    folder = tmp_path / ".wfopt/cache"
    fill(folder)
    assert cache("gc").out.startswith("nothing to delete\nleft 3 results, ")
    done = cache("gc", "--cache-size", "3000B")
    assert done.out.splitlines()[0].endswith(": 1 result, 1 content")
    assert keys(folder) == ["k2", "k3"]
    assert json.loads(cache("gc", "--format", "json", WFOPT_CACHE_SIZE="1B").out)["evicted"] == 1
    assert cache("gc", WFOPT_CACHE_TTL="30d").out.splitlines()[0].endswith(": 1 result too old, 1 content")
    assert keys(folder) == []


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ((), []),
        (("--step", "test"), ["k1"]),
        (("--step", "test[1]"), ["k1", "k3"]),
        (("--workflow", "b/w.yml"), ["k1", "k2"]),
        (("--workflow", "./b/../wfopt.yml", "--step", "test"), ["k1", "k3"]),
    ],
)
def test_clear_takes_what_is_named(
    cache: Callable[..., Done], tmp_path: Path, words: tuple[str, ...], left: list[str]
) -> None:
    folder = tmp_path / ".wfopt/cache"
    fill(folder)
    done = cache("clear", *words)
    assert (done.status, done.log) == (0, "")
    assert keys(folder) == left
    assert len([path for path in (folder / "v1/cas").rglob("*") if path.is_file()]) == len(left)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("clear", "--step", "tets"), "has no result of a step `tets`", "did you mean `test`?"),
        (("gc", "--cache-size", "5"), "`--cache-size 5`: `5` has no unit", "write `5MiB` or `5B`"),
        (("info", "--cache-size", "5 frogs"), "`frogs` is not a unit of size", "`512MiB`"),
        (("gc", "--cache-ttl", "30"), "`--cache-ttl 30`: `30` has no unit", "write `30s` or `30m`"),
        (("verify", "-C", "nowhere"), "`-C nowhere`: no such file or directory", ""),
    ],
)
def test_what_cannot_be_is_2_and_changes_nothing(
    cache: Callable[..., Done], tmp_path: Path, words: tuple[str, ...], message: str, hint: str
) -> None:
    folder = tmp_path / ".wfopt/cache"
    fill(folder)
    done = cache(*words)
    assert (done.status, done.out) == (2, "")
    assert message in done.log
    assert hint in done.log
    assert keys(folder) == ["k1", "k2", "k3"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_refused_cache_is_2(cache: Callable[..., Done], tmp_path: Path, command: str) -> None:
    folder = tmp_path / ".wfopt/cache"
    fill(folder)
    (folder / "v1").chmod(0o775)
    done = cache(command)
    assert (done.status, done.out) == (2, "")
    assert done.log.count("error[WF515]: the cache `.wfopt/cache` cannot be used") == 1
    assert "others may write to" in done.log
    (folder / "v1").chmod(0o700)
    assert keys(folder) == ["k1", "k2", "k3"]


def test_trouble_is_told_and_1(cache: Callable[..., Done], tmp_path: Path) -> None:
    folder = tmp_path / ".wfopt/cache"
    fill(folder)
    path = next(path for path in (folder / "v1/cas").rglob("*") if path.is_file())
    path.unlink()
    path.mkdir()
    done = cache("clear")
    assert done.status == 1
    assert f"\ntrouble: content {path.parent.name}{path.name[:10]} cannot be deleted: " in done.out
