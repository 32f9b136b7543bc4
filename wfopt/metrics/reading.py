"""Answers questions about the runs in the database."""

from __future__ import annotations

import contextlib
import functools
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from math import isnan
from struct import Struct
from typing import Any, ParamSpec, Self, TypeVar

from wfopt.metrics.attempt_encoding import unpack_attempts
from wfopt.metrics.damage import DamageError, HistoryError, diagnosis, why
from wfopt.metrics.effect_encoding import unpack_effects
from wfopt.metrics.encoding import (
    DECODING_ERRORS,
    ENDINGS,
    FAILED_FIRST,
    NUMBER_OF,
    NUMBERS,
    RAN,
    RECORD_BYTES,
    STATUS_BITS,
    TIMED_OUT,
    to_bytes,
    to_text,
)
from wfopt.metrics.measured import has_failures, has_limits, is_hit, measured_attempts
from wfopt.metrics.run_encoding import (
    Cast,
    RunRow,
    unpack_cast,
    unpack_printed,
    unpack_run,
    unpack_samples,
    unpack_sizes,
    with_sizes,
)
from wfopt.metrics.summing import Sums, merged
from wfopt.model.effects import Traced
from wfopt.model.history import PastAttempt, PastRun, Point, Rewrite, RunStory, Scope, StepTotals
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_CHUNK = 512
_RECORD = Struct(f"<{NUMBERS}d")
_NOT_RAN = bytes(value for value in range(256) if not value & RAN)
_ENDED = {NUMBER_OF[status]: status.value for status in (StepStatus.SUCCEEDED, StepStatus.FAILED)}
_LAST_CHARACTER = "\U0010ffff"


def _end_of(status: int) -> tuple[str, bool] | None:
    """Return the word for how the last attempt that ran ended, and whether its time was up."""
    ended = NUMBER_OF[StepStatus.FAILED] if status & FAILED_FIRST else status & STATUS_BITS
    return (_ENDED[ended], bool(status & TIMED_OUT)) if status & RAN and ended in _ENDED else None


_ENDS = [_end_of(status) for status in range(256)]
"""For each status: see `_end_of`; None if there is no attempt that ran to its end."""

_RUN = (
    "SELECT r.run, r.run_id, w.text, b.text, h.name, h.cpus, h.memory_bytes, s.text, r.ending, r.started_at,"
    " r.wall_s, r.cpu_s, r.peak_memory_bytes, r.about{more} FROM ({chosen}) AS r"
    " JOIN texts AS w ON w.id = r.workflow JOIN texts AS b ON b.id = r.branch"
    " JOIN texts AS s ON s.id = r.setup JOIN hosts AS h ON h.id = r.host{joined} ORDER BY r.run"
)
_ATTEMPTS = ", r.shape, r.statuses, f.records, f.early, d.attempts"
_MEASURED = ", r.shape, r.statuses, f.records, f.early"
_FIGURES = " LEFT JOIN figures AS f ON f.run = r.run"
_DETAILS = _FIGURES + " LEFT JOIN details AS d ON d.run = r.run"
_COLUMNS = len(RunRow._fields)


@contextlib.contextmanager
def reading(path: str) -> Iterator[None]:
    """Let nothing out but `HistoryError`, whatever is wrong with a history."""
    try:
        yield
    except (sqlite3.Error, OSError, DamageError, *DECODING_ERRORS) as error:
        raise unreadable(path, why(error)) from error


def unreadable(path: str, cause: str) -> HistoryError:
    """Return the error that says that a history cannot be read."""
    hint = f"if it stays so, move `{path}` away: the next run starts a new one"
    return HistoryError((diagnosis(f"the history `{path}` cannot be read", cause, hint),))


def _guarded(method: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return a method of `StoredHistory` that raises nothing but `HistoryError`."""

    @functools.wraps(method)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        history: Any = args[0]
        with reading(history.path):
            return method(*args, **kwargs)

    return guarded


class StoredHistory:
    """The history in a database; for one thread.

    Attributes:
        path: the database, for messages.
    """

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        """Take over a connection."""
        self.path = path
        self._connection = connection
        self._casts: dict[int, Cast] = {}

    def close(self) -> None:
        """Let go of all files."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @_guarded
    def workflows(self) -> Sequence[str]:
        query = "SELECT text FROM texts WHERE id IN (SELECT workflow FROM runs)"
        return sorted(to_text(text) for (text,) in self._connection.execute(query))

    @_guarded
    def steps(self, workflow: str | None) -> Sequence[StepId]:
        chosen, values = _chosen(Scope(workflow=workflow))
        query = f"SELECT shape FROM ({chosen}) GROUP BY shape ORDER BY min(run)"  # noqa: S608  # constants
        shapes = self._connection.execute(query, values).fetchall()
        return list(dict.fromkeys(step for (shape,) in shapes for step in self._cast(shape).members))

    @_guarded
    def count(self, scope: Scope) -> int:
        chosen, values = _chosen(scope)
        ((count,),) = self._connection.execute(f"SELECT count(*) FROM ({chosen})", values)  # noqa: S608
        return int(count)

    @_guarded
    def runs(self, scope: Scope) -> Sequence[PastRun]:
        return [unpack_run(RunRow(*row)) for row in self._rows(_chosen(scope))]

    @_guarded
    def run_points(self, scope: Scope) -> Sequence[Point]:
        chosen, values = _chosen(scope)
        query = (
            "SELECT run_id, started_at, ending, wall_s, cpu_s, peak_memory_bytes, host"  # noqa: S608
            f" FROM ({chosen}) ORDER BY run"
        )
        names = [ending.value for ending in ENDINGS]
        hosts = self._hosts()
        return [
            Point(run_id, at, names[ending], wall, cpu, peak, None, *hosts[host])
            for run_id, at, ending, wall, cpu, peak, host in self._connection.execute(query, values)
        ]

    @_guarded
    def step_points(self, scope: Scope, step: StepId) -> Sequence[Point]:
        chosen, values = _chosen(scope)
        query = (
            "SELECT r.run_id, r.started_at, r.host, r.shape, r.statuses, f.records"  # noqa: S608
            f" FROM ({chosen}) AS r JOIN figures AS f ON f.run = r.run ORDER BY r.run"
        )
        hosts, places = self._hosts(), _Places(self._cast, step)
        found = []
        for run_id, at, host, shape, statuses, records in self._connection.execute(query, values):
            place = places[shape]
            if place < 0 or (end := _ENDS[statuses[place]]) is None:
                continue
            start = _record_start(statuses, records, place)
            wall, cpu, peak, inputs, began, _, _ = _RECORD.unpack_from(records, start)
            began = at if isnan(began) else at + began
            size, input_size = _whole(peak), _whole(inputs)
            cpu = None if isnan(cpu) else cpu
            found.append(Point(run_id, began, end[0], wall, cpu, size, input_size, *hosts[host], end[1]))
        return found

    @_guarded
    def step_totals(self, scope: Scope) -> Sequence[StepTotals]:
        chosen, values = _chosen(scope)
        query = (
            f"SELECT r.shape, r.statuses, f.records, f.early FROM ({chosen}) AS r{_FIGURES}"  # noqa: S608
            " ORDER BY r.run"
        )
        sums: dict[int, Sums] = {}
        cursor = self._connection.execute(query, values)
        while rows := cursor.fetchmany(_CHUNK):
            for shape in dict.fromkeys(row[0] for row in rows):
                if shape not in sums:
                    sums[shape] = Sums(self._cast(shape).members)
                sums[shape].add(row[1:] for row in rows if row[0] == shape)
        return merged(total for each in sums.values() for total in each.totals())

    @_guarded
    def attempts_of(self, scope: Scope, step: StepId) -> Sequence[tuple[PastRun, PastAttempt]]:
        found = []
        for row in self._rows(_chosen(scope), more=_ATTEMPTS, joined=_DETAILS):
            cast = self._cast(row[_COLUMNS])
            if step in cast.members:
                packed = RunRow(*row[:_COLUMNS])
                run, attempts = unpack_run(packed), _attempts(cast, row[_COLUMNS + 1 :])
                chosen = [each for each in attempts if each.step == step]
                found += [(run, each) for each in with_sizes(chosen, unpack_sizes(packed.own))]
        return found

    @_guarded
    def measured(self, scope: Scope) -> Sequence[tuple[PastRun, Sequence[PastAttempt]]]:
        found: list[tuple[PastRun, Sequence[PastAttempt]]] = []
        for row in self._rows(_chosen(scope), more=_MEASURED, joined=_FIGURES):
            shape, statuses, records, early = row[_COLUMNS:]
            attempts = self._measured(row[0], self._cast(shape), (statuses, records or b"", early or b""))
            run = RunRow(*row[:_COLUMNS])
            found.append((unpack_run(run), with_sizes(attempts, unpack_sizes(run.own))))
        return found

    @_guarded
    def find(self, name: str, workflow: str | None) -> PastRun | None:
        try:
            name.encode()
        except UnicodeEncodeError:
            return None
        for condition, values in (
            ("run_id = ?", (name,)),
            ("run_id >= ? AND run_id < ?", (name, name + _LAST_CHARACTER)),
        ):
            rows = self._rows(_chosen(Scope(workflow=workflow), condition, values))
            if rows or not name:
                return unpack_run(RunRow(*rows[0])) if len(rows) == 1 else None
        return None

    @_guarded
    def story(self, run_id: str) -> RunStory | None:
        if (run := self.find(run_id, None)) is None or run.run_id != run_id:
            return None
        query = (
            "SELECT r.about, r.shape, r.statuses, f.records, f.early, d.attempts, d.samples, d.printed"  # noqa: S608
            f" FROM runs AS r{_DETAILS} WHERE r.run_id = ?"
        )
        own, shape, *packed, samples, printed = self._connection.execute(query, (run_id,)).fetchone()
        cast = self._cast(shape)
        return RunStory(
            run=run,
            shape=cast.shape,
            attempts=tuple(with_sizes(_attempts(cast, packed), unpack_sizes(own))),
            samples=unpack_samples(samples),
            printed=unpack_printed(printed),
            traces=self._traces("r.run_id = ?", (run_id,)),
        )

    @_guarded
    def rewrites(self, workflow: str | None) -> Sequence[Rewrite]:
        query = "SELECT r.at, w.text, r.content FROM rewrites AS r JOIN texts AS w ON w.id = r.workflow"
        values: tuple[object, ...] = ()
        if workflow is not None:
            query, values = query + " WHERE w.text = ?", (to_bytes(workflow),)
        rows = self._connection.execute(query + " ORDER BY r.id", values)
        return [_rewrite(at, to_text(text), content) for at, text, content in rows]

    @_guarded
    def traces(self, workflow: str, limit: int) -> Sequence[Traced]:
        newest = (
            "r.run IN (SELECT run FROM traces WHERE run IN (SELECT run FROM runs WHERE workflow ="
            " (SELECT id FROM texts WHERE text = ?)) GROUP BY run ORDER BY run DESC LIMIT ?)"
        )
        return self._traces(newest, (to_bytes(workflow), limit))

    def _traces(self, condition: str, values: tuple[object, ...]) -> tuple[Traced, ...]:
        query = (
            "SELECT s.text, t.fingerprint, t.effects FROM runs AS r"  # noqa: S608  # constants
            " JOIN traces AS t ON t.run = r.run JOIN texts AS s ON s.id = t.step"
            f" WHERE {condition} ORDER BY r.run"
        )
        return tuple(
            Traced(step=StepId(to_text(step)), fingerprint=fingerprint, effects=unpack_effects(effects))
            for step, fingerprint, effects in self._connection.execute(query, values)
        )

    def _rows(self, chosen: tuple[str, list[object]], *, more: str = "", joined: str = "") -> list[Any]:
        query = _RUN.format(chosen=chosen[0], more=more, joined=joined)
        return self._connection.execute(query, chosen[1]).fetchall()

    def _measured(self, run: int, cast: Cast, packed: tuple[bytes, bytes, bytes]) -> list[PastAttempt]:
        if len(packed[0]) != len(cast.members):
            raise ValueError("a run has not as many statuses as steps")
        if has_failures(packed[0], packed[2]):
            query = "SELECT attempts FROM details WHERE run = ?"
            ((details,),) = self._connection.execute(query, (run,))
            if has_limits(details):
                every = _attempts(cast, (*packed, details))
                return [each for each in every if each.wall_s is not None or is_hit(each)]
        return measured_attempts(cast.members, *packed)

    def _hosts(self) -> dict[int, tuple[str, int]]:
        """Return the name and the cpus of each host."""
        rows = self._connection.execute("SELECT id, name, cpus FROM hosts")
        return {number: (to_text(name), cpus) for number, name, cpus in rows}

    def _cast(self, shape: int) -> Cast:
        if shape not in self._casts:
            query = "SELECT content FROM shapes WHERE id = ?"
            ((content,),) = self._connection.execute(query, (shape,))
            self._casts[shape] = unpack_cast(content)
        return self._casts[shape]


def _chosen(scope: Scope, condition: str = "", values: Sequence[object] = ()) -> tuple[str, list[object]]:
    """Return a query for the runs of a scope, and its values."""
    conditions: list[tuple[str, object]] = []
    if scope.workflow is not None:
        conditions.append(("workflow = (SELECT id FROM texts WHERE text = ?)", to_bytes(scope.workflow)))
    if scope.since is not None:
        conditions.append(("started_at >= ?", scope.since))
    if scope.branch is not None:
        conditions.append(("branch = (SELECT id FROM texts WHERE text = ?)", to_bytes(scope.branch)))
    if scope.host is not None:
        conditions.append(("host IN (SELECT id FROM hosts WHERE name = ?)", to_bytes(scope.host)))
    texts = [text for text, _ in conditions] + ([condition] if condition else [])
    where = f" WHERE {' AND '.join(texts)}" if texts else ""
    query = f"SELECT * FROM runs{where}"  # noqa: S608  # constants
    found = [*(value for _, value in conditions), *values]
    if scope.limit is None:
        return query, found
    return query + " ORDER BY run DESC LIMIT ?", [*found, max(0, scope.limit)]


class _Places(dict[int, int]):
    """The place of a step in each graph; below 0 where it has none."""

    def __init__(self, cast: Callable[[int], Cast], step: StepId) -> None:
        super().__init__()
        self._cast = cast
        self._step = step

    def __missing__(self, shape: int) -> int:
        members = self._cast(shape).members
        self[shape] = place = members.index(self._step) if self._step in members else -1
        return place


def _record_start(statuses: bytes, records: bytes, place: int) -> int:
    """Return where the record of a step starts."""
    if len(records) == len(statuses) * RECORD_BYTES:
        return place * RECORD_BYTES
    return len(statuses[:place].translate(None, _NOT_RAN)) * RECORD_BYTES


def _whole(value: float) -> int | None:
    return None if isnan(value) else int(value)


def _attempts(cast: Cast, packed: Sequence[Any]) -> tuple[PastAttempt, ...]:
    statuses, records, early, details = packed
    return unpack_attempts(cast.members, statuses, records or b"", early or b"", details)


def _rewrite(at: float, workflow: str, content: str) -> Rewrite:
    before, after, passes, saving = json.loads(content)
    return Rewrite(
        at=at,
        workflow=workflow,
        before=before,
        after=after,
        passes=tuple(passes),
        predicted_saving_s=saving,
    )
