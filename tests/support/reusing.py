"""A workspace with a cache, for tests of what looks results up and keeps them; no process ever runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.builders import step
from tests.support.cache_stores import store_at
from tests.support.runners import FakeClock
from wfopt.cache.extras import Extras
from wfopt.cache.fields import Surroundings
from wfopt.cache.files import Hasher
from wfopt.cache.last import LastResults
from wfopt.cache.lookup import Lookup
from wfopt.cache.manifest import Snapshot
from wfopt.cache.memo import Memo
from wfopt.cache.policy import USUAL_POLICY, CachePolicy
from wfopt.cache.publish import Done, Publisher
from wfopt.cache.stamps import Stamps
from wfopt.cache.store import Store
from wfopt.cache.temporary import Staging
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.results import Results
from wfopt.errors import Diagnostic
from wfopt.model.expressions import Template
from wfopt.model.patterns import parse_pattern
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import AUTO_CACHE, NO_RETRIES, CacheRule, Retries, Script, Shell, Step, StepId

RESOLVED = Resolved(run="make")


def making(
    outputs: str = "",
    inputs: str = "",
    *,
    name: str = "a",
    cache: CacheRule = AUTO_CACHE,
    retries: Retries = NO_RETRIES,
    effects: frozenset[str] = frozenset(),
) -> Step:
    """Return a step with a script; its inputs and outputs are words."""
    return step(
        name,
        run=Script(Template.plain("make"), Shell("sh", ("sh", "-c"))),
        inputs=tuple(map(parse_pattern, inputs.split())),
        outputs=tuple(map(parse_pattern, outputs.split())),
        cache=cache,
        retries=retries,
        effects=effects,
    )


@dataclass(slots=True)
class Desk:
    """A workspace, its cache and a clock.

    Attributes:
        folder: an empty folder; the workspace is `work` in it.
        clock: tells the time of day.
        told: the messages, in order.
        asked: answers the commands of `cache.key`.
        finished: the bytes that were added, once for each end.
        store: the cache, if it is open.
        basis: what stamps stand for; empty for none.
    """

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    told: list[Diagnostic] = field(default_factory=list)
    asked: Callable[[str, str, Mapping[str, str | None]], bytes] = lambda *_: b""
    finished: list[int] = field(default_factory=list)
    store: Store | None = None
    basis: bytes = b""
    _results: Results | None = None

    def __post_init__(self) -> None:
        self.work.mkdir()

    @property
    def work(self) -> Path:
        """The workspace."""
        return self.folder / "work"

    def close(self) -> None:
        """Close the cache, if it is open."""
        if self._results is not None:
            self._results.close()
        elif self.store is not None:
            self.store.close()
        self.store = self._results = None

    def write(self, path: str, content: str = "") -> Path:
        """Write a file of the workspace."""
        full = self.work / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(content)
        return full

    def lookup(
        self,
        policy: CachePolicy = USUAL_POLICY,
        *,
        forced: tuple[str, ...] = (),
        secrets: tuple[str, ...] = (),
        read_only: bool = False,
    ) -> Lookup:
        """Open the cache, as a run does."""
        self.close()
        self.store = store = store_at(self.folder / "cache", read_only=read_only)
        memo = Memo()
        hasher = Hasher(memo, lambda: int(self.clock.wall() * 1e9))
        return Lookup(
            workspace=str(self.work),
            store=store,
            last=LastResults(str(self.folder / "last"), "wfopt.yml", read_only=read_only),
            snapshot=Snapshot(str(self.work), hasher),
            hasher=hasher,
            stamps=Stamps(str(self.folder / "stamps"), str(self.work), self.basis, memo),
            extras=Extras(str(self.work), hasher, {}, self.asked),
            around=Surroundings(platform=("Linux", "x86_64"), secret_texts=lambda: secrets),
            policy=policy,
            forced=frozenset(map(StepId, forced)),
            wall=self.clock.wall,
        )

    def publisher(self, lookup: Lookup, *, largest: int | None = None, hidden: str = "\0") -> Publisher:
        """Return where results go."""
        return Publisher(
            workflow="wfopt.yml",
            workspace=str(self.work),
            store=lookup.store,
            largest=largest,
            hides=lambda text: hidden in text,
        )

    def results(
        self,
        *steps: str,
        policy: CachePolicy = USUAL_POLICY,
        forced: tuple[str, ...] = (),
        read_only: bool = False,
    ) -> Results:
        """Open the cache of a run."""
        lookup = self.lookup(policy, forced=forced, read_only=read_only)
        places = (str(self.folder / name) for name in ("trash", "aside", "nearby"))
        self._results = results = Results(
            steps=tuple(map(StepId, steps or ("a",))),
            lookup=lookup,
            publisher=self.publisher(lookup),
            outputs=OutputFolder(str(self.work), *places),
            staging=Staging(str(self.folder / "tmp")),
            tell=lambda _, diagnostic: self.told.append(diagnostic),
            finish=self.finished.append,
        )
        return results

    def done(self, log: bytes | str = b"", **values: str) -> Done:
        """Return the good end of a step."""
        return Done(wall_s=2.0, log=log, ended_at=self.clock.wall(), values=values)
