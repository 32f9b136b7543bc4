"""Results of earlier runs: found before a step starts, kept after it ended well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from wfopt.cache.lookup import Ticket
from wfopt.cache.manifest import Manifest
from wfopt.cache.publish import Done
from wfopt.dataclass import dataclass, field
from wfopt.model.outcome import StepOutcome
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A step need not run: its outputs are what an earlier run made.

    Attributes:
        outcome: how it ends.
        log: what it printed then, in pieces.
        values: what it handed on.
    """

    outcome: StepOutcome
    log: Iterable[bytes] = ()
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A step has to run.

    Attributes:
        reason: why, in words.
        ticket: what is needed to store its result, or None if it is not cached.
        ours: the paths of its outputs that are on disk just as an earlier run of it made them.
    """

    reason: str
    ticket: Ticket | None = None
    ours: frozenset[str] = frozenset()

    @property
    def inputs(self) -> Manifest | None:
        """What the step reads, as it is right now; None if that was not looked at."""
        return self.ticket.fields.inputs if self.ticket else None


class Reuse(Protocol):
    """Finds and keeps results; one thread uses it."""

    def find_quickly(self, step: Step) -> Hit | None:
        """Return the result of a step if it can be seen at a glance that nothing has changed."""

    def surely_runs(self, step: Step) -> Miss | None:
        """Say why a step runs if its results are neither looked up nor kept; None if they may be."""

    def find(self, step: Step, resolved: Resolved, *, alone: bool) -> Hit | Miss:
        """Find out whether a step has to run, and bring its outputs back if not.

        Args:
            step: the step, which may start.
            resolved: the values of its expressions.
            alone: whether no step runs at this moment.
        """

    def keep(self, step: Step, ticket: Ticket, done: Done) -> str:
        """Store the result of a step that ended well; return why it is not stored, or ""."""

    def forget(self, step: Step) -> None:
        """Make sure that the last result of a step is never used again."""

    def close(self) -> None:
        """Finish what was begun and let go of all files."""


@dataclass(frozen=True, slots=True)
class NoReuse:
    """Runs every step.

    Attributes:
        reason: why a step runs, in words.
    """

    reason: Callable[[Step], str]

    def find_quickly(self, step: Step) -> Hit | None:  # noqa: ARG002 - as `Reuse`
        """Find nothing."""
        return None

    def surely_runs(self, step: Step) -> Miss | None:
        """Say that the step has to run."""
        return Miss(reason=self.reason(step))

    def find(self, step: Step, resolved: Resolved, *, alone: bool) -> Hit | Miss:  # noqa: ARG002 - as `Reuse`
        """Say that the step has to run."""
        return Miss(reason=self.reason(step))

    def keep(self, step: Step, ticket: Ticket, done: Done) -> str:  # noqa: ARG002 - as `Reuse`
        """Do nothing."""
        return ""

    def forget(self, step: Step) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
