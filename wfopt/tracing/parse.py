"""Turns the log of a traced step into what it touched.

Nothing is looked up: the same log gives the same result. Paths stay as the step wrote them, made absolute by
the folder that it was in; what symbolic links make of them is found out in `wfopt.tracing.effects`. Whatever
is not understood becomes a taint, never an error: a trace without taints is complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wfopt.dataclass import dataclass, field
from wfopt.tracing import lines
from wfopt.tracing.calls import HARMLESS, TAINTS, handler_of
from wfopt.tracing.lines import Call, UnreadableError
from wfopt.tracing.network import SIGNALS
from wfopt.tracing.processes import FORKS, Process, Processes
from wfopt.tracing.seen import Seen

CUT_OFF = "its log is cut off"
UNREADABLE = "a line of its log cannot be read"
TOO_LONG = "its log is too long"
UNKNOWN_FOLDER = "it is not clear where one of its processes was"
LEFT_BEHIND = "processes that it left behind"

MOST_LINES = 5_000_000
"""So many lines of a log are read."""

_OVER = re.compile(r"\+\+\+ (?:exited with \d+|killed by \w+(?: \(core dumped\))?) \+\+\+")
_SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (\d+) \+\+\+")
_NAMESPACE = re.compile(r"CLONE_NEW[A-Z]+")


@dataclass(slots=True)
class _Reader:
    """Goes through the lines of a log."""

    processes: Processes
    seen: Seen = field(default_factory=Seen)

    def read(self, line: str) -> None:
        """Take in a line without its end.

        Raises:
            UnreadableError: it cannot be read.
        """
        pid, text = lines.split(line)
        if text.startswith("+++"):
            self._over(pid, text)
            return
        if text.startswith("---"):
            return
        process = self.processes.of(pid)
        if text.startswith("<..."):
            name, rest = lines.resumed(text)
            if process.pending is None or not process.pending.startswith(f"{name}("):
                raise UnreadableError(line)
            text, process.pending = process.pending + rest, None
        elif process.pending is not None:
            raise UnreadableError(line)
        if text.endswith(lines.UNFINISHED):
            self._begin(process, text.removesuffix(lines.UNFINISHED))
        else:
            self._call(pid, process, lines.call_of(text))

    def _begin(self, process: Process, text: str) -> None:
        process.pending = text
        call = lines.begun(text)
        if call.name in FORKS:
            process.forking = call

    def _call(self, pid: int, process: Process, call: Call) -> None:
        if call.name in FORKS:
            if any(_NAMESPACE.search(each) for each in call.arguments):
                self.seen.taints.add("namespaces")
            self.processes.forked(pid, call)
            return
        if call.name in HARMLESS:
            return
        if self.processes.root_over:
            self.seen.taints.add(LEFT_BEHIND)
        handler = handler_of(call.name)
        if handler is not None:
            handler(call, self.seen, process.folder)
        elif not call.failed:
            self.seen.taints.add(TAINTS.get(call.name, f"the system call `{call.name}`"))

    def _over(self, pid: int, text: str) -> None:
        found = _SUPERSEDED.fullmatch(text)
        if found is not None:
            self.processes.replaced(pid, int(found[1]))
            return
        if _OVER.fullmatch(text) is None:
            raise UnreadableError(text)
        process = self.processes.of(pid)
        if process.pending is not None and process.forking is None:
            self._abandon(pid, process)
        self.processes.ended(pid)

    def _abandon(self, pid: int, process: Process) -> None:
        """Take a call that never returned for one that may have done its work."""
        call = lines.begun(process.pending or "")
        if call.name in HARMLESS:
            return
        try:
            self._call(pid, process, call)
        except UnreadableError:
            self.seen.taints.add(CUT_OFF)


def parse(log: Iterable[str], start: str) -> Seen:
    """Return what the log of a step says.

    Args:
        log: its lines, each with its end.
        start: the absolute path of the folder that the step started in.
    """
    reader = _Reader(Processes(start))
    seen = reader.seen
    for number, line in enumerate(log):
        if number >= MOST_LINES:
            seen.taints.add(TOO_LONG)
            break
        if not line.endswith("\n"):
            seen.taints.add(CUT_OFF)
            break
        try:
            reader.read(line[:-1])
        except UnreadableError:
            seen.taints.add(UNREADABLE)
    if reader.processes.root is None or reader.processes.left(seen.signalled):
        seen.taints.add(CUT_OFF)
    if reader.processes.unclear:
        seen.taints.add(UNKNOWN_FOLDER)
    if seen.signalled - reader.processes.everyone:
        seen.taints.add(SIGNALS)
    return seen
