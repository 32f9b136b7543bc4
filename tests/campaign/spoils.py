"""What may happen to outputs behind the back of a run: each spoil changes one place of a tree.

A spoiled tree holds links that lead out of it. Nothing here may ever follow one: places are found without
following links, and each is checked again right before it is changed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.campaign.forest import SPECIAL_MODES, grown, plant

Spoil = Callable[[Random, str, Path], object]
"""Takes the path of what is there, and a folder outside of the workspace."""


def clear(full: str) -> None:
    """Remove whatever is at a path."""
    if os.path.isdir(full) and not os.path.islink(full):
        shutil.rmtree(full)
    elif os.path.lexists(full):
        os.unlink(full)


def _edit(rnd: Random, full: str, outside: Path) -> None:
    """Change a byte, keeping the size and the times."""
    if os.path.islink(full) or not os.path.isfile(full) or not os.path.getsize(full):
        _as_file(rnd, full, outside)
        return
    look = os.lstat(full)
    os.chmod(full, 0o600)
    with open(full, "r+b") as file:
        place = rnd.randrange(look.st_size)
        file.seek(place)
        old = file.read(1)[0]
        file.seek(place)
        file.write(bytes([old ^ 1 << rnd.randrange(8)]))
    os.chmod(full, look.st_mode & 0o7777)
    os.utime(full, ns=(look.st_atime_ns, look.st_mtime_ns))


def _lengthen(rnd: Random, full: str, outside: Path) -> None:
    if os.path.isfile(full) and not os.path.islink(full):
        os.truncate(full, rnd.choice([0, os.path.getsize(full) // 2, os.path.getsize(full) + 1]))
    else:
        _as_file(rnd, full, outside)


def _chmod(rnd: Random, full: str, _outside: Path) -> None:
    if not os.path.islink(full):
        os.chmod(full, rnd.choice([*SPECIAL_MODES, rnd.randrange(0o10000)]) | _seen_by_all(full))


def _seen_by_all(full: str) -> int:
    """Return what only root can do without."""
    return 0 if os.geteuid() == 0 else 0o700 if os.path.isdir(full) else 0o400


def _as_file(rnd: Random, full: str, _outside: Path) -> None:
    clear(full)
    Path(full).write_bytes(rnd.randbytes(7))


def _as_folder(rnd: Random, full: str, _outside: Path) -> None:
    clear(full)
    plants = grown(rnd, "x")
    plant(Path(full).parent, {full + path[1:]: each for path, each in plants.items() if each[0] != "twin"})


def _as_empty_folder(_rnd: Random, full: str, _outside: Path) -> None:
    clear(full)
    os.mkdir(full)


def _as_link_outside(rnd: Random, full: str, outside: Path) -> None:
    is_folder = os.path.isdir(full)
    clear(full)
    os.symlink(outside if is_folder or rnd.random() < 0.3 else outside / "file", full)


def _as_link(rnd: Random, full: str, _outside: Path) -> None:
    clear(full)
    os.symlink(rnd.choice([".", "..", "nowhere", os.path.basename(full)]), full)


def _as_twin_of_outside(_rnd: Random, full: str, outside: Path) -> None:
    clear(full)
    os.link(outside / "file", full)


def _as_pipe(_rnd: Random, full: str, _outside: Path) -> None:
    clear(full)
    os.mkfifo(full)


def _moved(rnd: Random, full: str, outside: Path) -> None:
    """Move it aside, and maybe leave a link that leads there."""
    aside = os.path.join(os.path.dirname(full), f"moved-{rnd.randrange(100)}")
    if os.path.lexists(aside):
        clear(full)
        return
    os.rename(full, aside)
    if rnd.random() < 0.5:
        os.symlink(os.path.basename(aside), full)


def _add(rnd: Random, full: str, outside: Path) -> None:
    """Put something that was not there beside or into it."""
    first, ending = rnd.choice(["extra", "new\nline", ".hidden"]), rnd.choice(["", ".o", ".keep"])
    name = f"{first}{rnd.randrange(100)}{ending}"
    is_folder = os.path.isdir(full) and not os.path.islink(full)
    place = os.path.join(full if is_folder else os.path.dirname(full), name)
    if not os.path.lexists(place):
        rnd.choice([_as_file, _as_folder, _as_empty_folder, _as_link_outside, _as_pipe, _as_twin_of_outside])(
            rnd, place, outside
        )


def _remove(_rnd: Random, full: str, _outside: Path) -> None:
    clear(full)


SPOILS: tuple[Spoil, ...] = (
    _edit,
    _lengthen,
    _chmod,
    _as_file,
    _as_folder,
    _as_empty_folder,
    _as_link_outside,
    _as_link,
    _as_twin_of_outside,
    _as_pipe,
    _moved,
    _add,
    _add,
    _remove,
)


def spoil(rnd: Random, work: Path, roots: tuple[str, ...], outside: Path) -> None:
    """Do some of these things to the trees below some roots, or remove all of it."""
    if rnd.random() < 0.1:
        for root in roots:
            refuse_outside(work, os.path.join(work, root))
            clear(os.path.join(work, root))
        return
    for _ in range(rnd.choice([0, 1, 1, 2, 5, 20])):
        places = sorted(place for root in roots for place in places_in(work, root))
        if places:
            place = rnd.choice(places)
            refuse_outside(work, place)
            if os.path.samestat(os.lstat(place), os.lstat(outside / "file")):
                # To edit the one would edit the other.
                clear(place)
                continue
            rnd.choice(SPOILS)(rnd, place, outside)


def places_in(work: Path, root: str) -> list[str]:
    """Return the paths of a root and of everything below it, without following any link."""
    top = os.path.join(work, root)
    if not os.path.lexists(top):
        return []
    if os.path.islink(top):
        return [top]
    return [top] + [
        os.path.join(here, name) for here, folders, files in os.walk(top) for name in (*folders, *files)
    ]


def refuse_outside(work: Path, place: str) -> None:
    """Make sure that what is going to be changed is in the workspace of the case.

    Raises:
        ValueError: a link on the way leads elsewhere.
    """
    lexical, real = os.path.dirname(place), os.path.realpath(os.path.dirname(place))
    top = os.path.realpath(work)
    if (real != top and not real.startswith(top + "/")) or real != os.path.join(
        top, os.path.relpath(lexical, work)
    ).removesuffix("/."):
        raise ValueError(f"{place!r} is not in {top!r}")
