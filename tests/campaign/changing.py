"""Inputs of all kinds, what a step sees of them, and the ways to bring them from one state into another."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

INPUTS = ("in/a.txt", "in/src/**/*.txt", "in/lib/", "in/link.txt", "in/maybe.txt")
"""What the step declares to read."""


class Thing(NamedTuple):
    """A file, a link or an empty folder.

    Attributes:
        kind: `file`, `link` or `folder`.
        text: the content, or the target.
        executable: whether anybody may execute the file.
    """

    kind: str
    text: str = ""
    executable: bool = False


State = Mapping[str, Thing]
"""All inputs by their paths in the workspace."""


def first_state() -> dict[str, Thing]:
    """Return the inputs that there are at first."""
    files = {
        "in/a.txt": "content of a",
        "in/src/x.txt": "content of x",
        "in/src/z.md": "content of z",
        "in/src/deep/y.txt": "content of y",
        "in/lib/one": "content of 1",
        "in/lib/sub/two": "content of 2",
        "in/target.txt": "content of t",
        "in/other.txt": "content of o",
    }
    links = {"in/link.txt": Thing("link", "target.txt")}
    return {path: Thing("file", text) for path, text in files.items()} | links


READ = ("in/a.txt", "in/src/x.txt", "in/src/deep/y.txt", "in/lib/one", "in/lib/sub/two", "in/target.txt")
"""The files whose content counts."""


def edited(rnd: Random, state: State) -> dict[str, Thing]:
    """Return another state, in which something that counts is different."""
    return rnd.choice(_EDITS)(rnd, dict(state))


def edited_within(rnd: Random, state: State) -> dict[str, Thing]:
    """Return another state, in which the content of files is different, or where a link leads."""
    return rnd.choice(_EDITS_WITHIN)(rnd, dict(state))


def edited_slightly(rnd: Random, state: State) -> dict[str, Thing]:
    """Return another state, in which a file is different, but of the same size."""
    return _same_size(rnd, dict(state))


def _same_size(rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    path = rnd.choice(READ)
    text = state[path].text
    place = rnd.randrange(len(text))
    other = chr(ord(text[place]) ^ 1)
    return state | {path: state[path]._replace(text=text[:place] + other + text[place + 1 :])}


def _lengthened(rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    path = rnd.choice(READ)
    return state | {path: state[path]._replace(text=rnd.choice(["", state[path].text + "!"]))}


def _executable(rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    path = rnd.choice(READ)
    return state | {path: state[path]._replace(executable=not state[path].executable)}


def _added(rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    places = ("in/src/new.txt", "in/src/deep/.n.txt", "in/src/far/off/n.txt", "in/lib/new", "in/maybe.txt")
    return state | {rnd.choice(places): Thing("file", "content of new")}


def _removed(rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    gone = rnd.choice(("in/src/x.txt", "in/src/deep/y.txt", "in/lib/one", "in/lib/sub/two"))
    return {path: thing for path, thing in state.items() if path != gone}


def _renamed(rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    old = rnd.choice(("in/src/x.txt", "in/src/deep/y.txt", "in/lib/one"))
    thing = state.pop(old)
    return state | {f"{old.removesuffix('.txt')}2.txt": thing}


def _swapped(_rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    one, other = "in/src/x.txt", "in/src/deep/y.txt"
    return state | {one: state[other], other: state[one]}


def _led_elsewhere(_rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    return state | {"in/link.txt": Thing("link", "other.txt")}


def _with_folder(_rnd: Random, state: dict[str, Thing]) -> dict[str, Thing]:
    return state | {"in/lib/empty": Thing("folder")}


_Edit = Callable[[Random, dict[str, Thing]], dict[str, Thing]]
_EDITS_WITHIN: tuple[_Edit, ...] = (_same_size, _same_size, _lengthened, _swapped, _led_elsewhere)
_EDITS = (*_EDITS_WITHIN, _executable, _added, _added, _removed, _removed, _renamed, _with_folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How something is changed.

    Attributes:
        way: `in place`, by `rename` over it, or `anew` after it was deleted.
        keeps_times: whether files and folders get their old times back.
    """

    way: str
    keeps_times: bool


def any_manner(rnd: Random) -> Manner:
    """Return one of the manners."""
    return Manner(way=rnd.choice(["in place", "rename", "anew"]), keeps_times=rnd.random() < 0.4)


def bring(work: Path, before: State, after: State, manner: Manner) -> None:
    """Bring a workspace from one state into another; what is the same in both is not touched."""
    folders = {
        here: os.lstat(here).st_mtime_ns
        for here, _, _ in os.walk(work / "in")
        if manner.keeps_times and (work / "in").exists()
    }
    gone, changed = before.keys() - after.keys(), [p for p in after if before.get(p) != after[p]]
    for path in gone:
        _clear(work / path)
        _prune((work / path).parent, work, after)
    for path in changed:
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        _put(work / path, before.get(path), after[path], manner)
    for here, mtime_ns in folders.items():
        if os.path.isdir(here):
            os.utime(here, ns=(mtime_ns, mtime_ns))


def _prune(folder: Path, work: Path, after: State) -> None:
    """Delete folders that came with what was deleted."""
    while folder != work / "in" and not any(
        path.startswith(f"{folder.relative_to(work)}/") for path in (*after, *first_state())
    ):
        folder.rmdir()
        folder = folder.parent


def _put(full: Path, before: Thing | None, after: Thing, manner: Manner) -> None:
    if after.kind != "file":
        _clear(full)
        if after.kind == "link":
            full.symlink_to(after.text)
        else:
            full.mkdir()
        return
    old = os.lstat(full) if before is not None and before.kind == "file" else None
    if old is None or manner.way == "anew":
        _clear(full)
        full.write_text(after.text)
    elif manner.way == "rename":
        beside = full.with_name(f"{full.name}.part")
        beside.write_text(after.text)
        beside.replace(full)
    elif before is not None and before.text != after.text:
        full.write_text(after.text)
    full.chmod(0o755 if after.executable else 0o644)
    if old is not None and manner.keeps_times:
        os.utime(full, ns=(old.st_mtime_ns, old.st_mtime_ns))


def _clear(full: Path) -> None:
    if full.is_dir() and not full.is_symlink():
        shutil.rmtree(full)
    else:
        full.unlink(missing_ok=True)


def sight(work: Path, part: int | None = None) -> str:
    """Return what a step sees of its inputs: of all, of the files of the first kinds, or of the others."""
    things: dict[str, object] = {}
    if part in (None, 0):
        things |= {path: _seen(work / path) for path in ("in/a.txt", "in/maybe.txt")}
        things |= {str(each.relative_to(work)): _seen(each) for each in (work / "in/lib").rglob("*")}
    if part in (None, 1):
        found = [each for each in (work / "in/src").rglob("*.txt") if each.is_file()]
        things |= {str(each.relative_to(work)): _seen(each) for each in found}
        link = work / "in/link.txt"
        things["in/link.txt"] = [os.readlink(link), _seen(link)]
    return json.dumps(things, sort_keys=True)


def _seen(full: Path) -> object:
    if full.is_dir():
        return "a folder"
    if not full.exists():
        return None
    return [full.read_text(), os.access(full, os.X_OK)]
