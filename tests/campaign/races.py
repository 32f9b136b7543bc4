"""Links that lead out of the workspace appear in place of outputs and of folders on the way to them.

Another process swaps them in and out as fast as it can while outputs are taken in, compared and restored.
Afterwards nothing outside has changed in any way, and nothing of it was taken in. The swaps of a case are
the same every time; what they meet is not.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from typing import IO

from tests.campaign import swapper
from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.spoils import clear
from tests.support.portraits import portrait, untouched
from tests.support.trees import Node, bring_back, differences, make_tree
from wfopt.cache.blobs import BlobStore
from wfopt.cache.differences import Change, Difference
from wfopt.cache.entry import Item
from wfopt.cache.intake import UnstorableError, take_in
from wfopt.cache.restore import restore
from wfopt.model.patterns import PathPattern, parse_pattern

SWAPS = 1000
"""How many swaps a case has at least."""

LEAST_ROUNDS = 150
MOST_S = 20.0
OTHER_DISK = "/dev/shm"
_TEMPORARY = re.compile(r"[0-9]+-[0-9]+-[0-9a-f]{16}")

WORKS = ("restore", "restore elsewhere", "take in", "compare", "everything")
_OUTSIDE_MODE = 0o711
_PATHS = ("out", "out/d", "out/d/e", "out/d/e/f", "out/empty")
_FILES = ("out/x", "out/d/x", "out/d/e/x", "out/d/e/f/x", "out/d/e/f/y")
ONLY_OUTSIDE = "out/d/only"
TARGETS = (
    ("out",),
    ("out/d",),
    ("out/d/e",),
    ("out", "out/d/e", "out/empty"),
    ("out/x", "out/d/x", "out/d/e/f/y"),
    (*_PATHS, *_FILES),
)
"""What is swapped, in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is swapped while what is done.

    Attributes:
        work: one of `WORKS`.
        targets: what is swapped.
        pattern: how the outputs are declared.
        seed: makes the swaps.
    """

    work: str
    targets: tuple[str, ...]
    pattern: str
    seed: str


def case_of(seed: int, number: int) -> Case:
    """Return a case: each work with each choice of targets in turn."""
    rnd = chance("races", seed, number)
    return Case(
        work=WORKS[number % len(WORKS)],
        targets=TARGETS[number // len(WORKS) % len(TARGETS)],
        pattern=rnd.choice(["out/", "out/", "out/**"]),
        seed=f"{seed}/{number}",
    )


def material(seed: int, number: int) -> bytes:
    """Return what is swapped and what is done."""
    return pformat(case_of(seed, number)).encode()


def _tree(mark: str, mode: int) -> dict[str, Node]:
    tree: dict[str, Node] = dict.fromkeys(_PATHS, ("folder", mode))
    tree |= {path: ("file", 0o640, f"{mark} {path}".encode()) for path in _FILES}
    return tree


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        case, here = case_of(seed, number), folder / str(number)
        here.mkdir()
        started_at = time.monotonic()
        with BlobStore(str(here / "store")) as store:
            trial = Trial(case, here, store)
            trouble = trial.trouble()
        wall = time.monotonic() - started_at
        clear(str(here))
        clear(trial.staging)
        yield Verdict(case=number, label=case.work, trouble=trouble, wall_s=wall)


class Trial:
    """A case in a folder: `work` with the outputs, `outside` with a tree of the same names, and more."""

    def __init__(self, case: Case, folder: Path, store: BlobStore) -> None:
        self._case = case
        self._work, self._outside, self._aside = folder / "work", folder / "outside", folder / "aside"
        self._store = store
        self._outputs: list[PathPattern] = [parse_pattern(case.pattern)]
        self._items: tuple[Item, ...] = ()
        self.staging = str(self._work / ".wfopt/tmp")
        if case.work == "restore elsewhere" and os.path.isdir(OTHER_DISK):
            self.staging = f"{OTHER_DISK}/campaign-races-{os.getpid()}"

    def trouble(self) -> str:
        """Return what is wrong, or ""."""
        make_tree(self._work, _tree("inside", 0o755))
        make_tree(
            self._outside, {**_tree("outside", _OUTSIDE_MODE), ONLY_OUTSIDE: ("file", 0o644, b"outside only")}
        )
        self._aside.mkdir()
        self._items = take_in(str(self._work), self._outputs, self._store)
        whole, outside = portrait(self._work), untouched(self._outside)
        found, swaps = self._race()
        if untouched(self._outside) != outside:
            return f"something outside has changed: {_changed(outside, untouched(self._outside))}"
        if not found and swaps < SWAPS:
            found = f"only {swaps} swaps"
        return found or self._at_rest(whole)

    def _race(self) -> tuple[str, int]:
        """Work while names are swapped; return what is wrong, and how often they were."""
        words = [sys.executable, "-I", "-S", swapper.__file__]
        words += [str(folder) for folder in (self._work, self._aside, self._outside)]
        words += [str(SWAPS), self._case.seed, *self._case.targets]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.readline()
            until, rounds, found = time.monotonic() + MOST_S, 0, ""
            while (rounds < LEAST_ROUNDS or not _speaks(process.stdout)) and time.monotonic() < until:
                rounds += 1
                found = found or self._round(rounds)
            process.stdin.close()
            swaps = int(process.stdout.read().split()[-1])
        return found, swaps

    def _round(self, number: int) -> str:
        """Do the work once; return what is wrong with the answer."""
        work = self._case.work
        if work == "everything":
            work = ("restore", "take in", "compare")[number % 3]
        if work == "take in":
            return self._take_in()
        if work == "compare":
            return self._compare()
        lost = [Difference(item.path, Change.MISSING, item) for item in self._items]
        extra = [Difference(ONLY_OUTSIDE, Change.EXTRA)] if number % 2 else []
        restore(str(self._work), self._items, lost + extra, self._store, self.staging)
        return ""

    def _take_in(self) -> str:
        try:
            items = take_in(str(self._work), self._outputs, self._store)
        except UnstorableError:
            return ""
        known = {item.path: item for item in self._items}
        odd = [item for item in items if not _is_from_inside(item, known.get(item.path))]
        return f"taken in: {odd}" if odd else ""

    def _compare(self) -> str:
        try:
            found = differences(self._work, self._items, self._outputs)
        except OSError:
            # This is how it says that nobody knows.
            return ""
        return f"{ONLY_OUTSIDE} was met" if any(each.path == ONLY_OUTSIDE for each in found) else ""

    def _at_rest(self, whole: object) -> str:
        """Return what is wrong when nothing is swapped any more."""
        for path in self._case.targets:
            if os.path.islink(self._work / path):
                os.unlink(self._work / path)
        known = {item.content for item in self._items}
        if odd := [kept.digest for kept in self._store if kept.digest not in known]:
            return f"contents from elsewhere are in the store: {odd}"
        for folder in (self._work, self._aside, Path(self.staging)):
            names = [name for _, folders, files in os.walk(folder) for name in (*folders, *files)]
            if left := [name for name in names if _TEMPORARY.fullmatch(name)]:
                return f"temporary files are left: {left}"
        miss = bring_back(self._work, self._items, self._outputs, self._store, self.staging)
        if miss is not None or portrait(self._work) != whole:
            return f"afterwards it could not be restored: {miss}"
        return ""


def _is_from_inside(item: Item, known: Item | None) -> bool:
    """Return whether something may have been taken in; a folder that is being restored has other bits."""
    if known is None or item.kind is not known.kind or item.content != known.content:
        return False
    return item.mode != _OUTSIDE_MODE


def _speaks(stream: IO[bytes]) -> bool:
    return bool(select.select([stream], [], [], 0)[0])


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


CAMPAIGN = Campaign(
    name="races",
    summary=f"nothing goes through links that appear in the way of the cache, {SWAPS} or more in each case",
    cases=60,
    jobs=1,
    batch=20,
    patience_s=60.0,
    check=check,
    material=material,
)
