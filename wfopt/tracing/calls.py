"""What each system call means for files.

A handler takes the call, what was seen so far, and the folder that the process is in. Whether a file was
there before it was opened for writing is not known from a log; where that matters, it counts as made.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from wfopt.tracing.lines import Call, UnreadableError, folder_of, text_of
from wfopt.tracing.network import bind, connect, signal, socket
from wfopt.tracing.processes import Folder
from wfopt.tracing.seen import Seen

Handler = Callable[[Call, Seen, Folder], None]

HARMLESS = frozenset({"exit", "exit_group", "getcwd", "wait4", "waitid", "waitpid", "rt_sigreturn"})
"""Calls that touch nothing."""

TAINTS = {
    "io_uring_setup": "io_uring",
    "open_by_handle_at": "handles of files",
    "ptrace": "ptrace",
    "unshare": "namespaces",
    "setns": "namespaces",
    "chroot": "namespaces",
    "pivot_root": "namespaces",
    "mount": "mounts",
    "umount2": "mounts",
    "move_mount": "mounts",
    "open_tree": "mounts",
    "shmget": "shared memory",
    "semget": "shared memory",
    "msgget": "shared memory",
    "mq_open": "shared memory",
    "process_vm_writev": "memory of other processes",
    "inotify_add_watch": "it waits for changes of files",
    "fanotify_mark": "it waits for changes of files",
}
"""What calls without a handler are told as if they succeed; any other one is told by its name."""


def _path(call: Call, folder: Folder, at: int | None, place: int) -> str:
    """Return the absolute path that a call names; of an empty one, what its descriptor stands for.

    Raises:
        UnreadableError: the log does not say.
    """
    argument = call.argument(place)
    base = folder.path
    if at is not None:
        descriptor = call.argument(at)
        name = "" if argument == "NULL" else text_of(argument)
        if name.startswith("/"):
            return name
        if descriptor != "AT_FDCWD":
            base = folder_of(descriptor)
        if descriptor.startswith("AT_FDCWD"):
            folder.path = base
        return os.path.join(base, name) if name else base
    return os.path.join(base, text_of(argument))


def _is_own(call: Call) -> bool:
    return any("NOFOLLOW" in each for each in call.arguments)


def _look(at: int | None, place: int, *, own: bool = False) -> Handler:
    """Return the handler of a call that only looks."""

    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        path = _path(call, folder, at, place)
        if own or _is_own(call):
            seen.own.add(path)
        seen.looked(path, call.error, unsure=call.result is None)

    return handle


def _change(at: int | None, place: int, *, own: bool = False) -> Handler:
    """Return the handler of a call that changes what is there."""

    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        path = _path(call, folder, at, place)
        if own or _is_own(call):
            seen.own.add(path)
        seen.looked(path, call.error, unsure=call.result is None)
        if not call.failed:
            seen.writes.add(path)

    return handle


def _change_open(call: Call, seen: Seen, _: Folder) -> None:
    path = folder_of(call.argument(0))
    if not call.failed and path.startswith("/"):
        seen.writes.add(path)


def _make(at: int | None, place: int, *, tree: bool = False, link: bool = False) -> Handler:
    """Return the handler of a call that makes something that must not be there yet."""

    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        path = _path(call, folder, at, place)
        seen.own.add(path)
        if call.failed:
            seen.looked(path, call.error)
            return
        seen.absent.add(path)
        seen.fresh.add(path)
        seen.appeared(path)
        if tree:
            seen.trees.add(path)
        if link:
            seen.links.add(path)

    return handle


def _remove(at: int | None, place: int, *, tree: bool = False) -> Handler:
    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        path = _path(call, folder, at, place)
        seen.own.add(path)
        seen.looked(path, call.error)
        is_tree = tree or "AT_REMOVEDIR" in call.arguments[-1]
        if is_tree and call.error not in ("ENOENT", "ENOTDIR"):
            # Only an empty folder can be removed.
            seen.lists.add(path)
        if call.failed:
            return
        seen.vanished(path)
        if is_tree:
            seen.trees.add(path)
        else:
            seen.unlinked.add(path)

    return handle


def _rename(places: tuple[tuple[int | None, int], tuple[int | None, int]]) -> Handler:
    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        old, new = (_path(call, folder, at, place) for at, place in places)
        seen.own.update((old, new))
        seen.looked(old, call.error)
        seen.reads.add(new)
        seen.absent.add(new)
        if call.failed:
            return
        was_own = old in seen.there
        seen.vanished(old)
        seen.appeared(new)
        seen.trees.update((old, new))
        if was_own:
            _move(seen, old, new)
        if "RENAME_EXCHANGE" in call.arguments[-1]:
            seen.appeared(old)

    return handle


def _move(seen: Seen, old: str, new: str) -> None:
    """Let what the step made below a folder follow it."""
    below = [each for each in seen.there if each.startswith(f"{old}/")]
    for each in below:
        seen.there.discard(each)
        seen.there.add(new + each[len(old) :])
        seen.writes.add(new + each[len(old) :])


def _link(places: tuple[tuple[int | None, int], tuple[int | None, int]]) -> Handler:
    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        old, new = (_path(call, folder, at, place) for at, place in places)
        seen.looked(old, call.error)
        seen.own.add(new)
        if call.failed:
            seen.looked(new, call.error)
            seen.absent.add(new)
            return
        seen.absent.add(new)
        seen.appeared(new)
        if not old.startswith("/proc/"):
            seen.writes.add(old)
            seen.aliases.append((old, new))

    return handle


def _open(at: int | None, place: int, flags: int) -> Handler:
    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        path = _path(call, folder, at, place)
        _opened(call, seen, path, "O_WRONLY|O_CREAT|O_TRUNC" if flags < 0 else call.argument(flags))

    return handle


def _opened(call: Call, seen: Seen, path: str, flags: str) -> None:
    real = call.path if call.path is not None and call.path.startswith("/") else path
    if "NOFOLLOW" in flags:
        seen.own.add(path)
    is_write = any(each in flags for each in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"))
    if call.failed or not is_write or "O_TMPFILE" in flags:
        seen.looked(path, call.error, unsure=call.result is None)
        if not call.failed and "O_TMPFILE" not in flags:
            seen.looked(real, "")
        return
    if real != path:
        # There is a link on the way, which was looked at.
        seen.looked(path, "")
    is_known = real in seen.there or (real in seen.reads and real not in seen.absent)
    if "O_CREAT" in flags and not is_known:
        if "O_EXCL" in flags or (real in seen.absent and real not in seen.reads):
            seen.fresh.add(real)
        seen.absent.add(real)
        seen.appeared(real)
    if "O_TRUNC" not in flags and "O_EXCL" not in flags:
        seen.looked(real, "")
    seen.writes.add(real)


def _list(call: Call, seen: Seen, _: Folder) -> None:
    path = folder_of(call.argument(0))
    seen.looked(path, "")
    seen.lists.add(path)
    if path == "/proc":
        seen.taints.add("it looks at other processes")


def _enter(call: Call, seen: Seen, folder: Folder) -> None:
    path = os.path.join(folder.path, text_of(call.argument(0)))
    seen.looked(path, call.error, unsure=call.result is None)
    if not call.failed:
        folder.path = path


def _enter_open(call: Call, _: Seen, folder: Folder) -> None:
    if not call.failed:
        folder.path = folder_of(call.argument(0))


def _execute(at: int | None, place: int) -> Handler:
    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        path = _path(call, folder, at, place)
        seen.looked(path, call.error, unsure=call.result is None)
        if not call.failed:
            seen.executed.add(path)

    return handle


_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(("stat", "access", "statfs", "getxattr", "listxattr", "stat64"), _look(None, 0)),
    **dict.fromkeys(
        ("lstat", "lstat64", "readlink", "lgetxattr", "llistxattr"),
        _look(None, 0, own=True),
    ),
    **dict.fromkeys(
        ("newfstatat", "fstatat64", "statx", "faccessat", "faccessat2", "name_to_handle_at"), _look(0, 1)
    ),
    "readlinkat": _look(0, 1, own=True),
    **dict.fromkeys(
        ("chmod", "chown", "utime", "utimes", "setxattr", "removexattr", "truncate"), _change(None, 0)
    ),
    **dict.fromkeys(("lchown", "lsetxattr", "lremovexattr"), _change(None, 0, own=True)),
    **dict.fromkeys(("fchmodat", "fchmodat2", "fchownat", "utimensat", "futimesat"), _change(0, 1)),
    **dict.fromkeys(
        ("ftruncate", "fallocate", "fchmod", "fchown", "fsetxattr", "fremovexattr"), _change_open
    ),
    "mkdir": _make(None, 0, tree=True),
    "mkdirat": _make(0, 1, tree=True),
    "mknod": _make(None, 0),
    "mknodat": _make(0, 1),
    "symlink": _make(None, 1, link=True),
    "symlinkat": _make(1, 2, link=True),
    "unlink": _remove(None, 0),
    "unlinkat": _remove(0, 1),
    "rmdir": _remove(None, 0, tree=True),
    "rename": _rename(((None, 0), (None, 1))),
    "renameat": _rename(((0, 1), (2, 3))),
    "renameat2": _rename(((0, 1), (2, 3))),
    "link": _link(((None, 0), (None, 1))),
    "linkat": _link(((0, 1), (2, 3))),
    "open": _open(None, 0, 1),
    "openat": _open(0, 1, 2),
    "openat2": _open(0, 1, 2),
    "creat": _open(None, 0, -1),
    "getdents": _list,
    "getdents64": _list,
    "chdir": _enter,
    "fchdir": _enter_open,
    "execve": _execute(None, 0),
    "execveat": _execute(0, 1),
    "socket": socket,
    "connect": connect,
    "bind": bind,
    "kill": signal,
}


def handler_of(name: str) -> Handler | None:
    """Return what takes in calls of this name, or None."""
    handler = _HANDLERS.get(name)
    return None if handler is None else _on_paths(handler)


def _on_paths(handler: Handler) -> Handler:
    def handle(call: Call, seen: Seen, folder: Folder) -> None:
        if call.failed and call.error in ("EFAULT", "EBADF"):
            # There is no path, or nothing that it could start from.
            return
        if not call.arguments:
            raise UnreadableError(call.name)
        handler(call, seen, folder)

    return handle
