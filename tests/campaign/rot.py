"""What may become of a blob on a disk, or by somebody's hand."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A store in which a blob is going to be damaged.

    Attributes:
        path: where the blob is.
        other: where another blob is.
        folder: an empty folder outside of the store.
        place: see `Case`.
    """

    path: Path
    other: Path
    folder: Path
    place: int


def _write(path: Path, content: bytes) -> None:
    """Overwrite a blob, keeping its times."""
    look = path.stat()
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(0o400)
    os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))


def flip(scene: Scene) -> None:
    content = bytearray(scene.path.read_bytes())
    bit = scene.place % (8 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    _write(scene.path, bytes(content))


def truncate(scene: Scene) -> None:
    content = scene.path.read_bytes()
    _write(scene.path, content[: scene.place % len(content)])


def zero(scene: Scene) -> None:
    content = bytearray(scene.path.read_bytes())
    start = scene.place % len(content)
    end = min(len(content), start + 4096)
    content[start:end] = bytes(end - start)
    _write(scene.path, bytes(content))


def extend(scene: Scene) -> None:
    _write(scene.path, scene.path.read_bytes() + bytes(1 + scene.place % 5000))


def swap(scene: Scene) -> None:
    aside = scene.folder / "aside"
    scene.path.rename(aside)
    scene.other.rename(scene.path)
    aside.rename(scene.other)


def copy_of_other(scene: Scene) -> None:
    _write(scene.path, scene.other.read_bytes())


def link_to_copy(scene: Scene) -> None:
    """A link to the very content is refused as well: it could change behind the back of the store."""
    scene.path.rename(scene.folder / "copy")
    scene.path.symlink_to(scene.folder / "copy")


def link_to_other(scene: Scene) -> None:
    scene.path.unlink()
    scene.path.symlink_to(scene.other)


def link_to_nothing(scene: Scene) -> None:
    scene.path.unlink()
    scene.path.symlink_to("nothing")


def link_to_itself(scene: Scene) -> None:
    scene.path.unlink()
    scene.path.symlink_to(scene.path.name)


def pipe(scene: Scene) -> None:
    scene.path.unlink()
    os.mkfifo(scene.path)


def plug(scene: Scene) -> None:
    scene.path.unlink()
    here = os.open(scene.path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            # The path itself may be too long for an address.
            server.bind(f"/proc/self/fd/{here}/{scene.path.name}")
    finally:
        os.close(here)


def empty_folder(scene: Scene) -> None:
    scene.path.unlink()
    scene.path.mkdir()


def full_folder(scene: Scene) -> None:
    empty_folder(scene)
    (scene.path / "inner").write_bytes(b"inner")


def remove(scene: Scene) -> None:
    scene.path.unlink()


def remove_shard(scene: Scene) -> None:
    shutil.rmtree(scene.path.parent)


Damage = Callable[[Scene], None]
OTHERS: tuple[Damage, ...] = (
    truncate,
    zero,
    extend,
    swap,
    copy_of_other,
    link_to_copy,
    link_to_other,
    link_to_nothing,
    link_to_itself,
    pipe,
    plug,
    empty_folder,
    full_folder,
    remove,
    remove_shard,
)
DAMAGES = {each.__name__: each for each in (flip, *OTHERS)}
