"""What calls mean for others than files: sockets, and signals to other processes."""

from __future__ import annotations

import re

from wfopt.tracing.lines import Call, unescaped
from wfopt.tracing.processes import Folder
from wfopt.tracing.seen import Seen

NETWORK = "network"
SOCKET = "a socket of another program"
ABSTRACT = "an abstract socket"
SIGNALS = "signals to other processes"

_PATH = re.compile(r'sun_path="((?:[^"\\]|\\.)*)"')
_FAMILY = re.compile(r"sa_family=(\w+)")

_CACHE_OF_NAMES = "/run/nscd/socket"
"""Programs ask there for names of users first, and in files if nobody answers."""


def socket(call: Call, seen: Seen, _: Folder) -> None:
    """Take in `socket`: what is no local stream can send without a further call."""
    if call.failed:
        return
    if call.argument(0) not in ("AF_UNIX", "AF_LOCAL"):
        seen.taints.add(NETWORK)
    elif "SOCK_DGRAM" in call.argument(1):
        seen.taints.add(SOCKET)


def connect(call: Call, seen: Seen, folder: Folder) -> None:
    """Take in `connect`: with a file that is not there, nobody was asked."""
    address = call.argument(1)
    path = _local(address, seen, folder)
    if path is None:
        return
    seen.looked(path, call.error)
    asked = call.error not in ("ENOENT", "ENOTDIR") and path not in seen.bound
    if asked and not path.endswith(_CACHE_OF_NAMES):
        seen.taints.add(SOCKET)


def bind(call: Call, seen: Seen, folder: Folder) -> None:
    """Take in `bind`, which makes a file of a local socket."""
    path = _local(call.argument(1), seen, folder)
    if path is not None and not call.failed:
        seen.appeared(path)
        seen.bound.add(path)


def _local(address: str, seen: Seen, folder: Folder) -> str | None:
    """Return the path of a socket in the file system, or None."""
    family, path = _FAMILY.search(address), _PATH.search(address)
    if family is None or family[1] not in ("AF_UNIX", "AF_LOCAL"):
        if family is None or family[1] != "AF_UNSPEC":
            seen.taints.add(NETWORK)
        return None
    if path is None:
        seen.taints.add(ABSTRACT)
        return None
    name = unescaped(path[1])
    return name if name.startswith("/") else f"{folder.path}/{name}"


def signal(call: Call, seen: Seen, _: Folder) -> None:
    """Take in `kill`; whether the receiver belongs to the step is known only at the end."""
    target = call.argument(0)
    if not target.lstrip("-").isdigit() or target == "-1":
        seen.taints.add(SIGNALS)
    elif target != "0":
        seen.signalled.add(abs(int(target)))
