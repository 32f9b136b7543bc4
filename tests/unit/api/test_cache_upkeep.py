"""What the commands about the cache do, and what they refuse."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cache_stores import NOW, OLD, add_result, keys_in, store_at
from tests.support.record_files import tree
from wfopt.api import cache_upkeep
from wfopt.api.cache_info import cache_info
from wfopt.api.cache_upkeep import choose, clear_cache, collect_garbage, definition_of, verify_cache
from wfopt.cache.collecting import Collected
from wfopt.cache.inventory import Result, Row
from wfopt.cache.summary import CacheInfo
from wfopt.codes import BAD_OPTION, CACHE_TROUBLE
from wfopt.errors import Diagnostic, UserError

ACTS: dict[str, Callable[[str], object]] = {
    "info": lambda folder: cache_info(folder, limit=None, wall=lambda: NOW),
    "verify": lambda folder: verify_cache(folder, wall=lambda: NOW),
    "gc": lambda folder: collect_garbage(folder, limit=1, ttl=None, wall=lambda: NOW),
    "clear": lambda folder: clear_cache(folder, workflow=None, step=None, wall=lambda: NOW),
    "clear a": lambda folder: clear_cache(folder, workflow=None, step="a", wall=lambda: NOW),
}


@pytest.fixture(params=ACTS)
def act(request: pytest.FixtureRequest) -> Callable[[str], object]:
    return ACTS[request.param]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    with store_at(tmp_path / "cache") as store:
        add_result(store, "k1", {"x": b"12345"}, step="a")
        add_result(store, "k2", {"x": b"123"}, step="b", used_at=OLD + 1)
    return str(tmp_path / "cache")


def keys_of(folder: str) -> list[str]:
    with store_at(Path(folder)) as store:
        return keys_in(store)


def diagnostic_of(act: Callable[[], object]) -> Diagnostic:
    with pytest.raises(UserError) as caught:
        act()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_a_missing_cache_is_empty_and_not_made(act: Callable[[str], object], tmp_path: Path) -> None:
    assert act(str(tmp_path / "cache")) in (None, CacheInfo(folder=str(tmp_path / "cache")))
    (tmp_path / "other").mkdir()
    assert act(str(tmp_path / "other")) in (None, CacheInfo(folder=str(tmp_path / "other")))
    assert [path.name for path in tmp_path.rglob("*")] == ["other"]


def test_a_cache_is_used_and_closed(act: Callable[[str], object], folder: str) -> None:
    before = len(os.listdir("/proc/self/fd"))
    assert act(folder)
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_each_of_them_leaves(folder: str) -> None:
    def info() -> CacheInfo:
        return cache_info(folder, limit=None, wall=lambda: NOW)

    assert (info().results, info().contents) == (2, 2)
    verified = verify_cache(folder, wall=lambda: NOW)
    assert verified is not None
    assert (verified.records, verified.damages) == (2, ())
    ACTS["gc"](folder)
    assert keys_of(folder) == ["k2"]
    ACTS["clear"](folder)
    assert (keys_of(folder), info().is_empty) == ([], True)


def test_a_cache_that_is_refused_stays_as_it_is(act: Callable[[str], object], folder: str) -> None:
    os.chmod(folder, 0o777)  # noqa: S103
    before = tree(Path(folder))
    found = diagnostic_of(lambda: act(folder))
    assert (found.code, found.message) == (CACHE_TROUBLE, f"the cache `{folder}` cannot be used")
    assert "others may write to" in found.causes[0]
    assert tree(Path(folder)) == before


def test_a_file_in_place_of_the_cache(act: Callable[[str], object], tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"precious")
    found = diagnostic_of(lambda: act(str(tmp_path / "cache")))
    assert found.causes == ("not a directory",)
    assert (tmp_path / "cache").read_bytes() == b"precious"


@pytest.mark.parametrize("name", [name for name in ACTS if name != "info"])
def test_a_cache_that_cannot_be_written_to(folder: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(Path(folder))
    monkeypatch.setattr(os, "access", lambda place, mode: not place.endswith("v1"))
    found = diagnostic_of(lambda: ACTS[name](folder))
    assert found.causes == (f"`{folder}/v1` cannot be written to",)
    assert tree(Path(folder)) == before


def test_damaged_records_are_an_error_of_info_with_the_way_out(folder: str) -> None:
    Path(folder, "v1/meta/cache.db").write_bytes(b"garbage")
    found = diagnostic_of(lambda: ACTS["info"](folder))
    assert "damaged" in found.causes[0]
    assert found.hints == ("`wfopt cache verify` sets aside what is damaged",)
    assert ACTS["verify"](folder)
    assert ACTS["info"](folder)


@pytest.mark.parametrize("name", ["gc", "clear"])
def test_a_cache_in_use_is_left_alone(folder: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_upkeep, "PATIENCE_S", 0.02)
    with store_at(Path(folder)) as store, store.shared():
        found = diagnostic_of(lambda: ACTS[name](folder))
    assert found.causes == ("others have been storing or restoring for 0.02 s",)
    assert keys_of(folder) == ["k1", "k2"]


def test_what_was_done_before_others_came_is_told(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    half = Collected(busy=True, evicted=1, record_bytes=5)
    monkeypatch.setattr("wfopt.cache.collecting.collect", lambda *_, **__: half)
    assert ACTS["gc"](folder) is half


def test_an_error_of_the_system_is_an_error_of_the_user(
    act: Callable[[str], object], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("wfopt.api.cache_place.open_cache", fails)
    assert diagnostic_of(lambda: act(folder)).causes == ("too many open files",)


def result(workflow: str, step: str) -> Result:
    return Result(Row(f"{workflow}:{step}", 1, 0.0, b""), workflow, step, 0.0)


RESULTS = tuple(
    result(*each)
    for each in [
        ("wfopt.yml", "build"),
        ("wfopt.yml", "test[1]"),
        ("wfopt.yml", "test[2,a]"),
        ("b/other.yml", "build"),
        ("b/other.yml", "testing"),
    ]
)


@pytest.mark.parametrize(
    ("workflow", "step", "count"),
    [
        ("wfopt.yml", None, 3),
        (None, "build", 2),
        ("b/other.yml", "build", 1),
        (None, "test", 2),
        (None, "test[1]", 1),
        ("wfopt.yml", "test", 2),
    ],
)
def test_results_are_chosen(workflow: str | None, step: str | None, count: int) -> None:
    chosen = choose(RESULTS, workflow, step)
    assert len(chosen) == count
    assert all(workflow in (None, each.workflow) for each in chosen)
    assert all(step in (None, each.step, definition_of(each.step)) for each in chosen)


@pytest.mark.parametrize(
    ("workflow", "step", "message", "hint"),
    [
        (None, "biuld", "`--step biuld`: the cache has no result of a step `biuld`", "did you mean `build`?"),
        ("wfopt.yml", "testing", "`--step testing`: the cache has no", "did you mean `test`?"),
        ("wfopt.yaml", None, "`--workflow wfopt.yaml`: the cache has no", "did you mean `wfopt.yml`?"),
        ("wfopt.yml", "zzz", "`--step zzz`", "some that it has: `build`, `test`, `test[1]`, `test[2,a]`"),
    ],
)
def test_what_there_is_not(workflow: str | None, step: str | None, message: str, hint: str) -> None:
    found = diagnostic_of(lambda: choose(RESULTS, workflow, step))
    assert found.code == BAD_OPTION
    assert found.message.startswith(message)
    assert found.hints == (hint,)


def test_nothing_to_choose_from() -> None:
    assert diagnostic_of(lambda: choose((), None, "x")).hints == ()


def test_a_cache_that_vanishes_meanwhile_is_empty(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wfopt.api.cache_place.open_cache", lambda *_, **__: None)
    assert ACTS["info"](folder) == CacheInfo(folder=folder)
