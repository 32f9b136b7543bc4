"""Files and folders that move to another disk, or vanish."""

from __future__ import annotations

import contextlib
import os
import shutil


def move_to_another_disk(source: str, target: str) -> None:
    """Move a file or folder by copying it; a copy that fails, for want of room perhaps, leaves nothing.

    Raises:
        OSError: it cannot be copied, and the source is as it was; or the copy is whole and the source
            cannot be removed.
    """
    is_folder = os.path.isdir(source) and not os.path.islink(source)
    try:
        if is_folder:
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy2(source, target, follow_symlinks=False)
    except OSError:
        remove(target, is_folder=is_folder)
        raise
    if is_folder:
        shutil.rmtree(source)
    else:
        os.unlink(source)


def remove(path: str, *, is_folder: bool) -> None:
    """Delete a file or folder, as far as that is possible."""
    if is_folder:
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        os.unlink(path)
