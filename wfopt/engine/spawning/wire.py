"""The messages between wfopt and its spawner.

A message is a list of fields, each of them bytes without NUL: paths, arguments and environments cannot
contain one either. On the stream a message is the length of its text in four bytes, the most significant
first, then the fields joined by NUL.

Requests:

    base     *entries        `NAME=VALUE` each; what changes are applied to
    groups   name  *bases    where control groups can be made, in a folder of this name
    start    ticket  cwd  service  pipes  limits  count  *arguments  *changes
    follow   after  unless  ticket  cwd  service  pipes  limits  count  *arguments  *changes
    forget                   nothing that was to follow starts any more
    ask      ticket          TERM for the whole tree of the step
    kill     ticket          KILL for the whole tree of the step
    adopt    pid  *marks     at the end, kill this process group as well, which is no child of the spawner
    release  pid             it is gone: its number may mean something else from now on

A base is `CONTROLLER=FOLDER`, the folder of the control group that the spawner is in, or `=FOLDER` for
version 2 of control groups. `limits` is what the step is held to, as `wfopt.engine.spawning.limits` has it;
the first request with any comes after `groups`.
`service` is `1` for a step whose background processes go on when its first process has ended, else empty.
`pipes` is the number of descriptors that travel with the request: the write end of one pipe for stdout and
stderr, or of one for stdout and one for stderr. `count` is the number of arguments; a change is `NAME=VALUE`,
or `NAME` to unset the variable. A ticket is a number that the client never uses twice. What is to `follow` is
asked for before what it follows is started; it starts when that one has ended well, unless there is anything
at the path `unless`. `ask`, `kill`, and whatever does not end well make the spawner forget all that was to
follow. The marks are the entries of the environment by which what belongs to that process group is known.

Replies:

    started   ticket  pid
    failed    ticket  reason
    enforced  *levels        who sees to limits in this run: `NAME=kernel`, `watchdog` or `advisory`
    finished  ticket  exit_code  signal  started_at  ended_at  cpu_s  peak_memory  read  written  left
              serving  source  hit  next
    gone      ticket         nothing is left of a service that was reported as finished and serving
    fault     reason         the spawner itself is broken and about to end

`exit_code` is empty if a signal ended the step, `signal` is empty if none did. `serving` is `1` for a service
that goes on, else empty; the other figures are those of its first process then. `source` is what peak memory
is the measure of: `cgroup`, `tree` or `process`, or empty for the last. `hit` is the limit that it exceeded,
as `NAME LIMIT OBSERVED LEVEL`, or empty. `next` is when what was to follow started, or empty.
"""

BASE = b"base"
GROUPS = b"groups"
START = b"start"
FOLLOW = b"follow"
FORGET = b"forget"
ASK = b"ask"
KILL = b"kill"
ADOPT = b"adopt"
RELEASE = b"release"

STARTED = b"started"
ENFORCED = b"enforced"
FAILED = b"failed"
FINISHED = b"finished"
GONE = b"gone"
FAULT = b"fault"

READ_BYTES = 65536
"""How much either side reads from the stream at once."""

_LENGTH_BYTES = 4


def frame(fields: list[bytes]) -> bytes:
    """Return a message as it travels."""
    text = b"\0".join(fields)
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text


class Inbox:
    """Cuts the stream that arrives into messages again."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[list[bytes]]:
        """Return the messages that are complete with these bytes; keep what is left over."""
        data = self._rest + data
        messages = []
        start = 0
        while len(data) - start >= _LENGTH_BYTES:
            text = start + _LENGTH_BYTES
            end = text + int.from_bytes(data[start:text], "big")
            if end > len(data):
                break
            messages.append(data[text:end].split(b"\0"))
            start = end
        self._rest = data[start:]
        return messages
