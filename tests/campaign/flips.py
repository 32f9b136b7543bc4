"""Blobs that are damaged in the store: nothing wrong comes out of it, and to add the content again heals it.

Every other case flips one bit; the others truncate (a small blob at each of its lengths), overwrite, extend,
swap or replace a blob. Times stay as they were: what rots does not tell.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from random import Random

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.rot import DAMAGES, OTHERS, Scene
from tests.support.portraits import portrait
from tests.support.trees import bring_back
from wfopt.cache.blobs import BlobStore
from wfopt.cache.copying import Blob
from wfopt.cache.entry import Item
from wfopt.cache.intake import take_in
from wfopt.model.patterns import parse_pattern

OUTPUTS = [parse_pattern("out/")]
_SIZED = {"one": 1, "same": 13, "size": 13, "some": 1000, "more": 65_537, "chunk": 262_144, "chunks": 262_145}
"""Bytes of files."""

SMALL = 100
"""Bytes of the blob that is truncated at each of its lengths, by the last cases."""

FLIPS_AND_OTHERS = 3000
"""How many cases come before those."""

OTHER_DISK = "/dev/shm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What happens to which blob.

    Attributes:
        damage: the name of what happens.
        victim: the name of the file whose blob it is.
        place: where in the blob, as a number that may be larger than the blob.
        left: what is in the workspace meanwhile: `nothing`, `other` or `all`.
        heal: how the content is added again: as `bytes` or as a `file`, or by `intake` if all is left.
        elsewhere: whether copies are staged on another disk.
    """

    damage: str
    victim: str
    place: int
    left: str
    heal: str
    elsewhere: bool


def case_of(seed: int, number: int) -> Case:
    """Return a case: all damages in turn, with a flip before each, and at the end the truncations."""
    rnd = chance("flips", seed, number)
    place, victim = rnd.randrange(1 << 40), rnd.choice([*_SIZED, "small"])
    if number >= FLIPS_AND_OTHERS:
        damage, victim, place = "truncate", "small", number - FLIPS_AND_OTHERS
    else:
        damage = "flip" if number % 2 == 0 else OTHERS[number // 2 % len(OTHERS)].__name__
    return Case(
        damage=damage,
        victim=victim,
        place=place,
        left=rnd.choices(["nothing", "other", "all"], [2, 2, 1])[0],
        heal=rnd.choice(["bytes", "file", "intake"]),
        elsewhere=rnd.random() < 0.2,
    )


def material(seed: int, number: int) -> bytes:
    """Return what happens."""
    return pformat(case_of(seed, number)).encode()


def _contents(rnd: Random) -> dict[str, bytes]:
    """Return the files: none is all zeros, so that zeros are damage."""
    contents = {name: b"\1" + rnd.randbytes(size - 1) for name, size in _SIZED.items()}
    return {"empty": b"", **contents, "small": rnd.randbytes(SMALL)}


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        case, here = case_of(seed, number), folder / str(number)
        here.mkdir()
        contents = _contents(chance("flip contents", seed, number))
        with BlobStore(str(here / "store")) as store:
            trouble = Trial(case, here, contents, store).trouble()
        shutil.rmtree(here)
        yield Verdict(case=number, label=case.damage, trouble=trouble)


class Trial:
    """A case in a folder."""

    def __init__(self, case: Case, folder: Path, contents: dict[str, bytes], store: BlobStore) -> None:
        self._case = case
        self._folder = folder
        self._work = folder / "work"
        self._contents = contents
        self._store = store
        self._items: dict[str, Item] = {}

    def trouble(self) -> str:
        """Return what is wrong, or ""."""
        out = self._work / "out"
        out.mkdir(parents=True)
        for name, content in self._contents.items():
            (out / name).write_bytes(content)
        whole = portrait(self._work)
        items = take_in(str(self._work), OUTPUTS, self._store)
        self._items = {item.path.rpartition("/")[2]: item for item in items}
        self._leave(out)
        left = portrait(self._work)
        damaged = self._damage()
        if self._case.left == "all":
            return self._heal() or self._after_healing(items, whole)
        return self._missed(items, left, damaged) or self._heal() or self._after_healing(items, whole)

    def _leave(self, out: Path) -> None:
        """Bring the workspace into the state in which it is restored."""
        if self._case.left == "nothing":
            shutil.rmtree(out)
        elif self._case.left == "other":
            for name, content in self._contents.items():
                (out / name).write_bytes(content[::-1] + b"!")

    def _place(self, name: str) -> Path:
        digest = self._items[name].content
        return self._folder / "store/cas" / digest[:2] / digest[2:]

    def _damage(self) -> list[str]:
        """Do it; return the names of all files whose blobs are not sound any more."""
        other = next(name for name in ("same", "size") if name != self._case.victim)
        (self._folder / "aside").mkdir()
        scene = Scene(
            path=self._place(self._case.victim),
            other=self._place(other),
            folder=self._folder / "aside",
            place=self._case.place,
        )
        DAMAGES[self._case.damage](scene)
        return [name for name, content in self._contents.items() if not _is(self._place(name), content)]

    def _missed(self, items: Sequence[Item], left: object, damaged: Sequence[str]) -> str:
        """Return what is wrong with an attempt to restore."""
        miss = self._bring_back(items)
        if portrait(self._work) != left:
            return f"the workspace has changed, though a blob is damaged: {miss}"
        if not damaged or miss is None or miss not in {f"out/{name}" for name in damaged}:
            return f"restored, or missed at something else: {miss}, but {damaged}"
        name = miss.rpartition("/")[2]
        if os.path.lexists(self._place(name)) and self._is_regular(name):
            # A blob of another size is missed before it is opened; whoever opens it moves it aside.
            with self._store.open_verified(self._blob(name)) as fd:
                if fd is not None:
                    return "a damaged blob was opened"
        if self._store.has(self._blob(name)):
            return "the damaged blob is still there"
        return ""

    def _is_regular(self, name: str) -> bool:
        return self._place(name).is_file() and not self._place(name).is_symlink()

    def _blob(self, name: str) -> Blob:
        item = self._items[name]
        return Blob(item.content, item.size)

    def _bring_back(self, items: Sequence[Item]) -> str | None:
        """Restore; return at which path it was missed, or None."""
        staging = f"{OTHER_DISK}/campaign-flips-{os.getpid()}" if self._is_elsewhere else None
        try:
            miss = bring_back(self._work, items, OUTPUTS, self._store, staging)
        finally:
            if staging:
                shutil.rmtree(staging, ignore_errors=True)
        return None if miss is None else miss.path

    @property
    def _is_elsewhere(self) -> bool:
        return self._case.elsewhere and os.path.isdir(OTHER_DISK)

    def _heal(self) -> str:
        """Add all contents again."""
        if self._case.heal == "intake" and self._case.left == "all":
            take_in(str(self._work), OUTPUTS, self._store)
            return ""
        for name, content in self._contents.items():
            source = self._folder / "source"
            source.write_bytes(content)
            added = (
                self._store.add_bytes(content)
                if self._case.heal == "bytes"
                else self._store.add_file(str(source))
            )
            if added != self._blob(name):
                return f"added as {added}"
        return ""

    def _after_healing(self, items: Sequence[Item], whole: object) -> str:
        shutil.rmtree(self._work / "out", ignore_errors=True)
        unsound = [name for name in self._contents if not _is(self._place(name), self._contents[name])]
        if unsound:
            return f"not healed: {unsound}"
        if damage := [kept.digest for kept in self._store if not self._store.is_sound(kept)]:
            return f"still damaged: {damage}"
        miss = self._bring_back(items)
        if miss is not None:
            return f"missed after it was healed: {miss}"
        if portrait(self._work) != whole:
            return "restored as something else after it was healed"
        left = os.listdir(self._folder / "store/tmp")
        return f"left in the store: {left}" if left else ""


def _is(path: Path, content: bytes) -> bool:
    """Return whether a regular file holds exactly this."""
    return path.is_file() and not path.is_symlink() and path.read_bytes() == content


CAMPAIGN = Campaign(
    name="flips",
    summary="damaged blobs never reach the workspace, and are healed",
    cases=FLIPS_AND_OTHERS + SMALL,
    jobs=2,
    batch=200,
    patience_s=60.0,
    check=check,
    material=material,
)
