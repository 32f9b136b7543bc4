"""Trees of outputs, with everything in them that a file system allows."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeAlias

Plant: TypeAlias = "tuple[str, int, bytes] | tuple[str, int] | tuple[str, str]"
"""`("file", mode, content)`, `("folder", mode)`, `("link", target)` or `("twin", path of a file)`."""

ODD_NAMES = (
    *("new\nline", "two words", " lead", "trail ", "-rf", "--", "*", "[a]", "a?b", "\\", "'", '"', "$HOME"),
    *("`x`", "\x01\x1b[31m", "\x7f", "...", "..a", ".hidden", ".wfopt2", "x.wfopt", "~", "#", "%s", "{a,b}"),
    *("caf\u00e9", "cafe\u0301", "\u4e2d\u6587", "\U0001f600", "\u202eabc", "!x", "CON", "a:b", "AA", "aa"),
    *("\udcff\udcfe", "a\udc80b", "\udce9.o", "n" * 255, "\u00e9" * 127, "line\n.o", "odd\r\n.keep", ".o"),
)
SPECIAL_MODES = (0, 0o111, 0o200, 0o400, 0o444, 0o500, 0o555, 0o600, 0o755, 0o1777, 0o2755, 0o4755, 0o7777)
LONGEST_PATH = 3000
"""Characters; the folders around the workspace need room as well."""

_ENDINGS = ("", "", "", ".o", ".keep", ".txt")
_BLOCK = 4096
_MANY = (1 << 20) + 77
_LARGE_FOLDERS, _LARGE_FILES = 1000, 100


@dataclass(slots=True)
class Growth:
    """A tree while it grows.

    Attributes:
        rnd: decides.
        open_bits: permission bits that every folder has, and every file as far as reading goes.
        plants: what there is, folders before what is in them.
    """

    rnd: Random
    open_bits: int
    plants: dict[str, Plant] = field(default_factory=dict)

    def folder(self, path: str, depth: int) -> None:
        """Grow a folder and what is in it."""
        self.plants[path] = ("folder", self._folder_mode())
        for _ in range(self.rnd.choice([0, 1, 2, 3, 3, 5])):
            inner = f"{path}/{self._name()}"
            if inner not in self.plants and len(os.fsencode(inner)) < LONGEST_PATH:
                self.anything(inner, depth + 1)

    def anything(self, path: str, depth: int) -> None:
        """Grow something of any kind."""
        kind = self.rnd.random()
        if kind < 0.3 and depth < 6:
            self.folder(path, depth)
        elif kind < 0.45:
            self.plants[path] = ("link", self.target(path))
        elif kind < 0.52 and (files := [each for each, plant in self.plants.items() if plant[0] == "file"]):
            self.plants[path] = ("twin", self.rnd.choice(files))
        elif kind < 0.53 and depth < 6:
            self._shaft(path)
        else:
            self.plants[path] = ("file", self._file_mode(), self._content())

    def target(self, path: str) -> str:
        """Return where a link leads: to itself, to something else, or to nothing, but not outside."""
        here = posixpath.dirname(path)
        other = self.rnd.choice(
            [path, here or ".", *self.plants, "gone", posixpath.join(here, "gone", self._name())]
        )
        return posixpath.relpath(other or ".", here or ".") + self.rnd.choice(["", "", "/", "/."])

    def _shaft(self, path: str) -> None:
        """Grow folders in folders, with a file at the bottom."""
        for level in range(self.rnd.choice([30, 150])):
            self.plants[path] = ("folder", self._folder_mode())
            path += f"/{level}"
        self.plants[path] = ("file", 0o644, b"deep")

    def _name(self) -> str:
        if self.rnd.random() < 0.4:
            return self.rnd.choice(ODD_NAMES)
        return f"n{self.rnd.randrange(12)}{self.rnd.choice(_ENDINGS)}"

    def _file_mode(self) -> int:
        mode = self.rnd.choice([0o644, 0o755, self.rnd.randrange(0o10000), self.rnd.choice(SPECIAL_MODES)])
        return mode | self.open_bits & 0o400

    def _folder_mode(self) -> int:
        return self._file_mode() | self.rnd.choice([0o700, 0o500, 0]) | self.open_bits

    def _content(self) -> bytes:
        kind = self.rnd.random()
        if kind < 0.15:
            return b""
        if kind < 0.9:
            return self.rnd.randbytes(self.rnd.choice([1, 5, 100, 4097]))
        if kind < 0.95:
            return self.rnd.randbytes(1000) * 300
        data = bytearray(self.rnd.choice([_MANY, 1 << 18, 1 << 20]))
        data[self.rnd.randrange(len(data))] = 1
        return bytes(data)


def grown(rnd: Random, root: str, *, open_bits: int = 0o700, any_root: bool = False) -> dict[str, Plant]:
    """Return a tree with this root, which is a folder unless it may be anything."""
    growth = Growth(rnd, open_bits)
    if any_root and rnd.random() < 0.5:
        growth.anything(root, 0)
    else:
        growth.folder(root, 0)
    return growth.plants


def grown_large(rnd: Random, root: str) -> dict[str, Plant]:
    """Return a tree of 100,000 files, with some links and empty folders."""
    growth = Growth(rnd, open_bits=0o700)
    plants = growth.plants
    plants[root] = ("folder", 0o755)
    for number in range(_LARGE_FOLDERS):
        outer, here = f"{root}/{number % 20}", f"{root}/{number % 20}/{number}"
        plants.setdefault(outer, ("folder", 0o755))
        plants[here] = ("folder", rnd.choice([0o755, 0o750, 0o2775]))
        for inner in range(_LARGE_FILES - 1):
            plants[f"{here}/file-{inner}"] = (
                "file",
                rnd.choice([0o644, 0o755, 0o4711]),
                b"%d" % rnd.randrange(10**9),
            )
        plants[f"{here}/{rnd.choice(ODD_NAMES)}"] = ("file", 0o600, rnd.randbytes(rnd.randrange(20_000)))
        plants[f"{here}/link"] = ("link", f"file-{rnd.randrange(200)}")
        plants[f"{here}/empty"] = ("folder", 0o711)
    return plants


def plant(work: Path, plants: dict[str, Plant]) -> None:
    """Make a tree; a folder's permission bits are set at the end. Only root can look into closed folders."""
    always = 0 if os.geteuid() == 0 else 0o700
    modes: list[tuple[str, int]] = []
    for path, each in plants.items():
        full = os.path.join(work, path)
        if len(each) == 3:
            _write(full, each[2])
            os.chmod(full, each[1] | always)
        elif isinstance(each[1], int):
            os.mkdir(full)
            modes.append((full, each[1] | always))
        elif each[0] == "twin":
            os.link(os.path.join(work, each[1]), full)
        else:
            os.symlink(each[1], full)
    for full, mode in reversed(modes):
        os.chmod(full, mode)


def _write(full: str, content: bytes) -> None:
    """Write a file, with holes for blocks of zeros."""
    if len(content) < _BLOCK:
        Path(full).write_bytes(content)
        return
    with open(full, "wb") as file:
        for start in range(0, len(content), _BLOCK):
            block = content[start : start + _BLOCK]
            if block.strip(b"\0"):
                file.seek(start)
                file.write(block)
        file.truncate(len(content))
