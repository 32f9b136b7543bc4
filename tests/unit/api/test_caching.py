"""The cache of a run: where it is, what it knows, and what happens if it cannot be opened."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import FakeClock
from wfopt.api.caching import Outside, cache_folder, open_lookup, open_results, workflow_name
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.cache.policy import CachePolicy, Mode
from wfopt.cache.trust import StoreRefusedError
from wfopt.codes import CACHE_TROUBLE
from wfopt.engine.masking import Masker
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.results import Results
from wfopt.engine.reuse import Miss, NoReuse, Reuse
from wfopt.errors import Diagnostic
from wfopt.model.patterns import parse_pattern
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

CAPACITY = Capacity(slots=1, cpu_milli=1000)
STEP = step("a", inputs=(), outputs=())


class Opened:
    """Opens caches, and notes what is told."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.work.mkdir()
        (self.work / ".wfopt").mkdir()
        self.told: list[Diagnostic] = []
        self.masker = Masker()
        self.reuse: list[Reuse] = []
        self.outside = Outside(
            wall=FakeClock().wall,
            ask=lambda *_: b"",
            tell=lambda _, diagnostic: self.told.append(diagnostic),
        )

    def options(self, policy: CachePolicy | None = None, state: Path | None = None) -> RunOptions:
        return RunOptions(
            file=str(self.work / "sub/w.yml"),
            workspace=str(self.work),
            state_folder=str(state or self.work / ".wfopt"),
            capacity=CAPACITY,
            strategy=Fifo(),
            cache=policy or CachePolicy(),
        )

    def prepared(self, *secrets: str) -> Prepared:
        of = workflow([STEP, "b"], secrets=secrets)
        return Prepared(of, (), CAPACITY, frozenset({StepId("b")}))

    def open(self, policy: CachePolicy | None = None, state: Path | None = None) -> Reuse:
        outputs = OutputFolder(str(self.work), "trash", "aside", "nearby")
        options = self.options(policy, state)
        found = open_results(self.prepared("TOKEN"), options, self.masker, outputs, self.outside)
        self.reuse.append(found)
        return found

    def results(self, policy: CachePolicy | None = None, state: Path | None = None) -> Results:
        found = self.open(policy, state)
        assert isinstance(found, Results)
        return found


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    opened = Opened(tmp_path)
    yield opened
    for each in opened.reuse:
        each.close()


def test_the_cache_is_in_the_state_folder_unless_another_is_named(opened: Opened) -> None:
    assert cache_folder(opened.options()) == str(opened.work / ".wfopt/cache")
    assert cache_folder(opened.options(CachePolicy(folder="/elsewhere"))) == "/elsewhere"


def test_a_workflow_is_named_by_its_path_in_the_workspace(opened: Opened) -> None:
    assert workflow_name(opened.options()) == "sub/w.yml"


def test_everything_is_passed_on(opened: Opened) -> None:
    policy = CachePolicy(namespace="n", size_limit=1234, ttl_s=5.0)
    results = opened.results(policy)
    lookup = results.lookup
    assert results.steps == ("a", "b")
    assert (results.publisher.workflow, results.publisher.largest) == ("sub/w.yml", 1234)
    assert (lookup.policy, lookup.forced) == (policy, {"b"})
    assert (lookup.around.namespace, lookup.around.secrets) == ("n", ("TOKEN",))
    opened.masker.add("sesame-12")
    assert "sesame-12" in lookup.around.secret_texts()
    assert results.publisher.hides("a sesame-12")


def test_what_a_run_has_learned_is_there_for_the_next(opened: Opened) -> None:
    results = opened.results()
    path = opened.work / "in"
    path.write_text("1")
    os.utime(path, (1, 1))
    results.lookup.digest_of("in", path.stat())
    results.close()
    assert (opened.work / ".wfopt/memo").exists() is bool(results.lookup.hasher.memo.grown)
    assert opened.told == []


def reason(reuse: Reuse) -> str:
    assert isinstance(reuse, NoReuse)
    found = reuse.find(STEP, Resolved(run=""), alone=True)
    assert isinstance(found, Miss)
    return found.reason


def test_off_is_off(opened: Opened) -> None:
    assert reason(opened.open(CachePolicy(mode=Mode.OFF))) == "the cache is off"
    assert os.listdir(opened.work / ".wfopt") == []


def test_read_only_makes_nothing(opened: Opened) -> None:
    read_only = CachePolicy(mode=Mode.RO)
    assert reason(opened.open(read_only)) == "there is no cache to read"
    assert os.listdir(opened.work / ".wfopt") == []
    opened.results().close()
    assert opened.results(read_only).lookup.store.read_only
    assert opened.told == []


def test_a_cache_that_others_may_write_to_is_refused_with_a_word(opened: Opened) -> None:
    shared = opened.work / ".wfopt/cache"
    shared.mkdir()
    shared.chmod(0o777)
    assert reason(opened.open()) == "the cache cannot be used"
    (told,) = opened.told
    assert told.code is CACHE_TROUBLE
    assert "others may write" in told.message
    with pytest.raises(StoreRefusedError):
        open_lookup(opened.prepared(), opened.options(), opened.masker, opened.outside)


def test_a_cache_that_cannot_be_opened_is_told(opened: Opened) -> None:
    (opened.work / ".wfopt/cache").write_text("")
    assert reason(opened.open()) == "the cache cannot be used"
    assert "not a directory" in opened.told[0].message


@pytest.mark.parametrize("place", ["work/build/state", "state"])
def test_own_folders_are_inputs_of_no_step(opened: Opened, place: str) -> None:
    state = opened.work.parent / place
    state.mkdir(parents=True)
    policy = CachePolicy(folder=str(opened.work / "kept/cache"))
    results = opened.results(policy, state)
    (opened.work / "file").touch()
    (state / "own").touch()
    manifest = results.lookup.snapshot.manifest((parse_pattern("**"),), ())
    names = {entry.path for entry in manifest.entries}
    assert "file" in names
    assert not any("own" in name or "cache" in name or "v1" in name for name in names)


def staged(results: Results) -> str:
    """Return in which folder copies are made."""
    return os.path.dirname(os.readlink(f"/proc/self/fd/{results.staging.open()}"))


def test_copies_are_made_on_the_disk_of_the_workspace(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, elsewhere = opened.work / ".wfopt", opened.work.parent / "state"
    assert staged(opened.results()) == str(own / "tmp")
    elsewhere.mkdir()
    assert staged(opened.results(state=elsewhere)) == str(elsewhere / "tmp")
    look = os.stat

    def other_disk(path: str, **more: object) -> os.stat_result:
        found = list(look(path, **more))  # type: ignore[call-overload]
        found[2] += str(path) == str(elsewhere)
        return os.stat_result(found)

    monkeypatch.setattr(os, "stat", other_disk)
    assert staged(opened.results(state=elsewhere)) == str(own / "tmp")
