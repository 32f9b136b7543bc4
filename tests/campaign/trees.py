"""Trees of outputs that are taken in, spoiled, compared and restored: they are exactly what they were.

A restore may be refused only where somebody else's files are in the way, or where permission bits lock out
the owner; then nothing is there that was not there before or in the recorded tree.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.expecting import Declared, Expectation, Portrait, items_trouble, recorded
from tests.campaign.forest import Plant, grown, grown_large, plant
from tests.campaign.spoils import clear, spoil
from tests.support.portraits import allocated, portrait
from tests.support.powers import bound_by_bits
from tests.support.trees import differences
from wfopt.cache.blobs import BlobStore
from wfopt.cache.entry import Item
from wfopt.cache.intake import UnstorableError, take_in
from wfopt.cache.restore import restore

LARGE_EACH = 4000
"""The last one of so many cases is a large tree."""

MOST_S = 60.0
"""How long the large tree may take to come back."""

OTHER_DISK = "/dev/shm"
_SPARE_BYTES = 128 * 1024
_HOLE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A tree and what surrounds it.

    Attributes:
        declared: how the outputs are declared.
        plants: the tree.
        bound: whether permission bits count, as for everybody but root.
        umask: of this process.
        elsewhere: whether copies are staged on another disk.
    """

    declared: Declared
    plants: dict[str, Plant]
    bound: bool = False
    umask: int = 0o022
    elsewhere: bool = False


def case_of(rnd: Random) -> Case:
    """Return a case."""
    declared = Declared(rnd.choices(["whole", "named", "except", "chosen", "several"], [10, 3, 3, 3, 2])[0])
    bound = rnd.random() < 0.25
    open_bits = rnd.choice([0o500, 0o500, 0]) if bound else 0
    plants = grown(rnd, "out", open_bits=open_bits, any_root=declared.kind == "named")
    if declared.kind == "several":
        plants |= grown(rnd, "two", open_bits=open_bits)
    return Case(
        declared=declared,
        plants=plants,
        bound=bound,
        umask=rnd.choice([0o022, 0o077, 0o000, 0o027]),
        elsewhere=rnd.random() < 0.2,
    )


def material(seed: int, number: int) -> bytes:
    """Return the tree of a case."""
    if _is_large(number):
        return b"100,000 files"
    case = case_of(chance("trees", seed, number))
    lines = [repr(replace(case, plants={}))]
    for path, each in case.plants.items():
        shown = (*each[:2], f"{len(each[2])} bytes: {each[2][:50]!r}") if len(each) == 3 else each
        lines.append(f"{path!r}: {shown!r}")
    return "\n".join(lines).encode()


def _is_large(number: int) -> bool:
    return number % LARGE_EACH == LARGE_EACH - 1


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        rnd, here = chance("trees", seed, number), folder / str(number)
        if _is_large(number):
            label, trouble, wall = _checked_large(rnd, here)
        else:
            label, trouble, wall = checked(case_of(rnd), rnd, here)
        yield Verdict(case=number, label=label, trouble=trouble, wall_s=wall)


def checked(case: Case, rnd: Random, folder: Path) -> tuple[str, str, float]:
    """Check a case in an empty folder; return its kind, what is wrong, and how long the restore took."""
    old, trial = os.umask(case.umask), Trial(case, folder)
    try:
        label, trouble = trial.outcome(lambda: spoil(rnd, trial.work, case.declared.roots, trial.outside))
    finally:
        os.umask(old)
        clear(str(folder))
        clear(trial.staging)
    return label, trouble, trial.restore_s


def _checked_large(rnd: Random, folder: Path) -> tuple[str, str, float]:
    trial = Trial(Case(declared=Declared("whole"), plants=grown_large(rnd, "out")), folder)
    _, trouble = trial.outcome(lambda: shutil.rmtree(trial.work / "out"))
    if trial.restore_s > MOST_S:
        trouble = trouble or f"it took {trial.restore_s:.1f} s"
    clear(str(folder))
    return "large", trouble, trial.restore_s


class Trial:
    """A case in a folder: `work` is the workspace, `outside` what nobody may touch.

    Attributes:
        work: the workspace.
        outside: a folder that links may lead to.
        staging: the folder for copies.
        restore_s: how long it took to compare and restore.
    """

    def __init__(self, case: Case, folder: Path) -> None:
        self._case = case
        self.work, self.outside, self._store = folder / "work", folder / "outside", folder / "store"
        self._before: Portrait = {}
        self.restore_s = 0.0
        self.staging = str(self.work / ".wfopt/tmp")
        if case.elsewhere and os.path.isdir(OTHER_DISK):
            self.staging = f"{OTHER_DISK}/campaign-trees-{os.getpid()}"

    def outcome(self, change: Callable[[], object]) -> tuple[str, str]:
        """Return what kind of case it was, and what is wrong.

        Args:
            change: changes the workspace after it was taken in.
        """
        self.outside.mkdir(parents=True)
        (self.outside / "file").write_bytes(b"outside")
        self.work.mkdir()
        (self.work / "bystander").write_bytes(b"mine")
        plant(self.work, self._case.plants)
        self._before, outside = portrait(self.work), portrait(self.outside)
        label = self._case.declared.kind + (" bound" if self._case.bound else "")
        with BlobStore(str(self._store)) as blobs:
            try:
                with bound_by_bits(wanted=self._case.bound):
                    items = take_in(str(self.work), self._case.declared.patterns, blobs)
            except UnstorableError as error:
                return f"{label} refused", self._unless_closed(self._before, str(error))
            trouble = items_trouble(items, recorded(self._case.declared, self._before))
            if not trouble and portrait(self.work) != self._before:
                trouble = "to take a tree in has changed it"
            if trouble:
                return label, trouble
            change()
            ending, trouble = self._restored(items, blobs)
        if not trouble and portrait(self.outside) != outside:
            trouble = "something outside of the workspace has changed"
        return f"{label} {ending}", trouble

    def _restored(self, items: Sequence[Item], blobs: BlobStore) -> tuple[str, str]:
        """Compare and restore; return how that ended, and what is wrong."""
        spoiled = portrait(self.work)
        expected = Expectation(self._case.declared, self._before, spoiled)
        started_at = time.monotonic()
        try:
            with bound_by_bits(wanted=self._case.bound):
                changed = differences(self.work, items, self._case.declared.patterns)
                miss = restore(str(self.work), items, changed, blobs, self.staging)
        except OSError as error:
            return "not compared", self._unless_closed(spoiled, f"{error!r}")
        self.restore_s = time.monotonic() - started_at
        after = portrait(self.work)
        trouble = expected.comparison_trouble(changed)
        if os.path.isdir(self.staging) and os.listdir(self.staging):
            trouble = trouble or f"left in the folder for copies: {os.listdir(self.staging)}"
        if miss is None:
            trouble = trouble or expected.restored_trouble(after) or self._hole_trouble(after)
            return "restored", trouble or self._again(items)
        trouble = trouble or expected.missed_trouble(after)
        if not trouble and not expected.may_miss():
            trouble = self._unless_closed({**spoiled, **self._before}, str(miss))
        return "missed", trouble

    def _again(self, items: Sequence[Item]) -> str:
        """Return what is wrong with a second look at a restored tree."""
        try:
            with bound_by_bits(wanted=self._case.bound):
                found = differences(self.work, items, self._case.declared.patterns)
        except OSError as error:
            return self._unless_closed(self._before, f"{error!r}")
        return f"still different: {found[:5]}" if found else ""

    def _hole_trouble(self, after: Portrait) -> str:
        """Return which file lost its holes."""
        for path, each in self._case.plants.items():
            if len(each) == 3 and after.get(path) == self._before[path] and len(each[2]) > 2 * _HOLE_BYTES:
                starts = range(0, len(each[2]), _HOLE_BYTES)
                parts = [each[2][start : start + _HOLE_BYTES] for start in starts]
                most = sum(len(part) for part in parts if part.strip(b"\0")) + _SPARE_BYTES
                if allocated(os.path.join(self.work, path)) > most:
                    return f"{path!r} lost its holes"
        return ""

    def _unless_closed(self, nodes: Portrait, trouble: str) -> str:
        """Excuse trouble if permission bits count and lock the owner out somewhere."""
        needed = {"file": 0o400, "folder": 0o500}
        own = recorded(self._case.declared, self._before)
        closed = any(
            seen.mode & needed.get(seen.kind, 0) != needed.get(seen.kind, 0)
            or (seen.kind == "folder" and seen.mode & 0o700 != 0o700 and path not in own)
            for path, seen in nodes.items()
        )
        return "" if self._case.bound and closed else trouble


CAMPAIGN = Campaign(
    name="trees",
    summary="outputs come back exactly as they were, whatever happened to them meanwhile",
    cases=LARGE_EACH,
    jobs=2,
    batch=250,
    patience_s=300.0,
    check=check,
    material=material,
)
