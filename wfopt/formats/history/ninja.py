"""Builds out of `.ninja_log`, the log of the build program Ninja, versions 5 to 7.

A line is written whenever a command has ended well: its start and end in milliseconds since the start of the
build, a time stamp, one of its outputs, and a hash of the command. What follows from that:

- The lines of one build are in the order of their ends (not of their starts: what takes long starts early
  and is written late). Another build starts where the end goes back, or where an output comes again.
- Lines with the same times and the same hash are outputs of one command: one step, called by the output that
  comes first in the alphabet.
- Commands that failed are not in the log, and neither is who waits for whom.
- Now and then Ninja writes the log anew, with only the latest line of each output, in no order. The builds
  cannot be told apart any more then: these lines become one run, with the times that they have.
- The moment of a build follows from the time stamps, if they are there: since version 6 they say when the
  command started, before that when its output changed.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator, Sequence

from wfopt.codes import UNSUPPORTED_VERSION
from wfopt.dataclass import dataclass
from wfopt.formats.history.moments import LATEST
from wfopt.formats.history.records import MOST_SECONDS, Problems, shown
from wfopt.formats.history.telling import Account, story_of
from wfopt.model.history import PastAttempt, RunStory, Shape
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.source import SourceFile, Span

ORIGIN = "ninja"
SIGNATURE = "# ninja log v"
VERSIONS = (5, 6, 7)

_ENTRY = re.compile(r"(-?\d{1,18})\t(-?\d{1,18})\t(-?\d{1,20})\t([^\t]+)\t([0-9a-f]+)", re.ASCII)
_UNUSABLE = re.compile("[\x00-\x1f\x7f]")

# A log that was written anew has about as many descents as ascents; a build has none.
_FEWEST_REWRITTEN = 20
_DESCENTS_REWRITTEN = 1 / 4

# Time stamps were whole seconds once; the year 2100 in seconds is far below 1970 and a day in nanoseconds.
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the log; times are milliseconds, the stamp has the unit of the file."""

    start: int
    end: int
    stamp: int
    output: str
    hash: str


def read_ninja_log(source: SourceFile, problems: Problems) -> tuple[RunStory, ...]:
    """Return the builds that a log tells of, the newest last; malformed lines are noted as problems."""
    lines = source.text.split("\n")
    version = _version(lines[0], problems)
    # The last line has no end if Ninja was killed while it wrote: Ninja itself drops it then.
    entries = list(_entries(source, lines[1:-1], problems))
    problems.raise_any()
    if not entries:
        raise problems.refusal("the log has no entries")
    stories = []
    earliest = 0.0
    for build in _builds(entries):
        # Builds follow one another, whatever their time stamps say.
        started_at = max(earliest, _started_at(build, version))
        story = story_of(_account(build, source.name, started_at))
        stories.append(story)
        earliest = started_at + story.run.wall_s
    return tuple(stories)


def _version(line: str, problems: Problems) -> int:
    found = line.removeprefix(SIGNATURE).strip()
    if found in map(str, VERSIONS):
        return int(found)
    known = ", ".join(map(str, VERSIONS))
    message = f"the log has version `{shown(found)}`; versions {known} can be read"
    raise problems.refusal(
        message, "let a newer Ninja build something: it writes a new log", code=UNSUPPORTED_VERSION
    )


def _entries(source: SourceFile, lines: Sequence[str], problems: Problems) -> Iterator[_Entry]:
    for number, line in enumerate(lines, start=2):
        text = line.removesuffix("\r")
        # A log that was written anew repeats its first line if two versions of Ninja took turns.
        if not text or text.startswith("#"):
            continue
        at = Span(source, number, 1, number, len(text) + 1)
        match = _ENTRY.fullmatch(text)
        if match is None:
            problems.add(
                "not an entry of a log: start, end, time stamp, output and hash, between tabs", at=at
            )
            continue
        start, end, stamp = int(match[1]), int(match[2]), int(match[3])
        if not 0 <= start <= end:
            problems.add(f"the command ends before it starts: {start:,} to {end:,} ms", at=at)
        elif end > MOST_SECONDS * 1000:
            problems.add(f"the command ends after {end:,} ms, more than 10,000 days", at=at)
        else:
            yield _Entry(start, end, stamp, _UNUSABLE.sub("\ufffd", match[4]), match[5])


def _builds(entries: Sequence[_Entry]) -> Iterator[list[_Entry]]:
    """Yield the entries of each build."""
    rewritten = _rewritten(entries)
    if rewritten:
        yield list(entries[:rewritten])
    build: list[_Entry] = []
    outputs: set[str] = set()
    for entry in entries[rewritten:]:
        if build and (entry.end < build[-1].end or entry.output in outputs):
            yield build
            build, outputs = [], set()
        build.append(entry)
        outputs.add(entry.output)
    if build:
        yield build


def _rewritten(entries: Sequence[_Entry]) -> int:
    """Return how many lines at the start of a log stand in no order, because it was written anew.

    They name no output twice. A log that grew does so soon after its first build, and the end goes back only
    at the start of another build.
    """
    outputs: set[str] = set()
    for entry in entries:
        if entry.output in outputs:
            break
        outputs.add(entry.output)
    size = len(outputs)
    ends = [entry.end for entry in entries[:size]]
    descents = sum(then < first for first, then in itertools.pairwise(ends))
    return size if size >= _FEWEST_REWRITTEN and descents >= size * _DESCENTS_REWRITTEN else 0


def _started_at(build: Sequence[_Entry], version: int) -> float:
    """Return when a build started, in seconds since the epoch, or 0 if no time stamp says so.

    It is the median of what the lines say: a rule that leaves an output alone keeps an older time stamp.
    """
    moments = []
    for entry in build:
        seconds = entry.stamp / _NANOSECONDS if entry.stamp > LATEST else float(entry.stamp)
        if 0 < seconds <= LATEST:
            moments.append(seconds - (entry.start if version > 5 else entry.end) / 1000)
    moments.sort()
    return max(0.0, moments[len(moments) // 2]) if moments else 0.0


def _account(build: Sequence[_Entry], name: str, started_at: float) -> Account:
    outputs: dict[tuple[int, int, str], list[str]] = {}
    for entry in build:
        outputs.setdefault((entry.start, entry.end, entry.hash), []).append(entry.output)
    attempts = [
        PastAttempt(
            step=StepId(min(names)),
            attempt=1,
            status=StepStatus.SUCCEEDED,
            reason="imported",
            started_s=start / 1000,
            wall_s=(end - start) / 1000,
            exit_code=0,
        )
        for (start, end, _), names in outputs.items()
    ]
    attempts.sort(key=lambda each: (each.started_s or 0.0) + (each.wall_s or 0.0))
    return Account(
        origin=ORIGIN,
        identity=[[entry.start, entry.end, entry.stamp, entry.output, entry.hash] for entry in build],
        workflow=posixpath.join(posixpath.dirname(name), "build.ninja"),
        # By name, so that every build of the same has the same content, whoever ends first.
        shape=Shape(tuple(sorted(each.step for each in attempts))),
        attempts=tuple(attempts),
        started_at=started_at,
    )
