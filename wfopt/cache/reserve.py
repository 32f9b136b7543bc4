"""Room that is put by for a full disk: even deleting a record writes something first."""

from __future__ import annotations

import os
from contextlib import suppress

from wfopt.cache.copying import write_all
from wfopt.cache.folders import opened
from wfopt.cache.temporary import gone_on_error, new_file, temporary_name

RESERVE = "reserve.bin"
RESERVE_BYTES = 1024 * 1024

_PLENTY = 256


def put_by(folder: str) -> None:
    """Make the file if it is missing and the disk has plenty of room; trouble with it does not matter."""
    with suppress(OSError):
        disk = os.statvfs(folder)
        if disk.f_bavail * disk.f_frsize < _PLENTY * RESERVE_BYTES:
            return
        with opened(folder, os.O_RDONLY | os.O_DIRECTORY) as top:
            if RESERVE in os.listdir(top):
                return
            temporary = temporary_name()
            with gone_on_error(temporary, top):
                with new_file(temporary, top) as fd:
                    # Zeros may take no room at all.
                    write_all(fd, os.urandom(RESERVE_BYTES))
                os.rename(temporary, RESERVE, src_dir_fd=top, dst_dir_fd=top)


def give_up(folder: str) -> bool:
    """Delete the file; return whether that made room."""
    try:
        os.unlink(os.path.join(folder, RESERVE))
    except OSError:
        return False
    return True
