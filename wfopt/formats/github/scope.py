"""What names in the expressions of a job mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from wfopt.dataclass import dataclass, field
from wfopt.model.expressions import Comparison, Expression, Literal, Logic, Reference, Template, Value
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A job, or what a job has done so far, for those who ask how it went.

    Attributes:
        definitions: its steps, as the file declares them.
        outputs: what its outputs come to, by name.
        caller: its id if another workflow is called in its place: then its outputs are those of that step.
    """

    definitions: tuple[str, ...]
    outputs: Mapping[str, Expression] = field(default_factory=dict)
    caller: str = ""

    def was(self, word: str) -> Expression:
        """Return whether it ended with one of `success`, `failure`, `cancelled` and `skipped`."""
        match word:
            case "failure":
                return self._any("failed")
            case "cancelled":
                return both(self._none("failed"), self._any("cancelled"))
            case "success":
                return both(self._none("failed"), self._none("cancelled"), self._any("succeeded"))
            case "skipped":
                return both(self._none("failed"), self._none("cancelled"), self._none("succeeded"))
            case _:
                return Literal(value=False)

    @property
    def result(self) -> Expression:
        """The word itself."""
        words = ("failure", "cancelled", "success")
        return either(*(both(self.was(word), Literal(word)) for word in words), Literal("skipped"))

    def _any(self, status: str) -> Expression:
        return either(*(has_status(each, status) for each in self.definitions))

    def _none(self, status: str) -> Expression:
        return both(*(has_status(each, status, "!=") for each in self.definitions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What names mean in one place of one cell of a job.

    Attributes:
        matrix: the values of the cell; None if only the run knows.
        env: the variables above.
        unsure: the scripts above that may set variables for the steps behind them.
        steps: the ids of the steps above, by the names that the job gives them.
        needs: the jobs that it needs, by name.
        inputs: what the workflow was given, by name.
        strategy: the values of the context of this name.
        own: the job itself so far, where its status is not that of the whole graph; else None.
    """

    matrix: Mapping[str, Value] | None = field(default_factory=dict)
    env: Mapping[str, Template] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    steps: Mapping[str, StepId] = field(default_factory=dict)
    needs: Mapping[str, Finished] = field(default_factory=dict)
    inputs: Mapping[str, Value] = field(default_factory=dict)
    strategy: Mapping[str, Value] = field(default_factory=dict)
    own: Finished | None = None


def both(*operands: Expression) -> Expression:
    """Return operands joined by `&&`; true without any."""
    return _joined("&&", operands, Literal(value=True))


def either(*operands: Expression) -> Expression:
    """Return operands joined by `||`; false without any."""
    return _joined("||", operands, Literal(value=False))


def _joined(operator: str, operands: tuple[Expression, ...], neutral: Literal) -> Expression:
    kept = [each for each in operands if each != neutral]
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else Logic(operator, tuple(kept))


@lru_cache(maxsize=1024)
def has_status(step: str, status: str, operator: str = "==") -> Expression:
    """Return whether a step ended in a way."""
    return Comparison(operator, Reference("needs", (step, "status")), Literal(status))
