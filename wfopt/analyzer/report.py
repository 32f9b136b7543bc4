"""What an analysis tells of workflow files."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from wfopt.analyzer.base import Finding, Gain, Saving
from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic
from wfopt.model.workflow import StepId, Workflow
from wfopt.source import SourceFile

MAPPING = "WF9"
"""So the codes start that say what of a format could not be mapped."""


class Left(Enum):
    """Why a file that was met in a folder is left out; the value is how that is said."""

    NO_WORKFLOW = "no workflow"
    BINARY = "no text"
    HUGE = "too large"
    UNREADABLE = "unreadable"
    OUTSIDE = "linked from elsewhere"
    TOO_MANY = "too many"
    INCLUDED = "included by others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The shape of a workflow; times are seconds if `timed`, else every step counts 1.

    Attributes:
        steps: how many there are.
        edges: how many pairs of steps wait for one another.
        depth: how many steps the longest chain has, whatever they take.
        width: the most steps with the same number of steps before them.
        work: the time of all steps.
        critical: the time of the chain that takes longest.
        path: the steps of that chain, in order.
        timed: whether times are seconds.
        basis: in a few words, where they come from.
        slacks: by how much each step may be late before the whole is, in the order of the file.
        profile: with room for everything, the shares of the time in which 0, 1, 2 ... steps run at once:
            pairs of a number of steps and a share, ascending.
    """

    steps: int
    edges: int
    depth: int
    width: int
    work: float
    critical: float
    path: tuple[StepId, ...]
    timed: bool
    basis: str
    slacks: Mapping[StepId, float] = field(repr=False)
    profile: tuple[tuple[int, float], ...]

    @property
    def parallelism(self) -> float | None:
        """How many steps run at once on average, with room for everything; None if nothing takes time."""
        return self.work / self.critical if self.critical > 0 else None

    def amounts(self, saving: Saving) -> tuple[float, float, float] | None:
        """Return the least, the expected and the most seconds of a saving; None if nothing is timed."""
        if not self.timed:
            return None
        whole = self.critical if saving.gain is Gain.TIME else self.work
        return (saving.low * whole, saving.expected * whole, saving.high * whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a workflow takes on a machine; times as in `Graph`.

    Attributes:
        cpus: how many cpus it has, and how many steps it runs at once.
        bound: no schedule is shorter.
        makespan: how long it takes when the strategy decides who starts first.
        ceiling: how many times as fast as one after another it can be at most.
        speedup: how many times as fast it is with the strategy.
        meant: whether it is the machine that the options mean.
    """

    cpus: float
    bound: float
    makespan: float
    ceiling: float
    speedup: float
    meant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run costs, in cpu seconds; None where durations are not known.

    Attributes:
        reserved: what the steps ask for while they run.
        used: what they used in past runs, as far as the history tells.
        told: of how many steps the history tells it.
        reserved_told: what these steps ask for.
    """

    reserved: float | None = None
    used: float | None = None
    told: int = 0
    reserved_told: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a score.

    Attributes:
        name: what it looks at.
        value: from 0 to 1.
        weight: its share of the score, in points.
        why: what the value comes from.
    """

    name: str
    value: float
    weight: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A number from 0 to 100 with all that it is made of."""

    parts: tuple[Part, ...]

    @property
    def value(self) -> int:
        """The weighted mean of the parts, as a whole number."""
        whole = sum(each.weight for each in self.parts)
        return round(100 * sum(each.weight * each.value for each in self.parts) / whole) if whole else 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What an analysis tells of one file.

    Attributes:
        file: its path as messages show it.
        path: its absolute path.
        format: the name of its format.
        title: what people call the format.
        source: its text.
        workflow: the steps and edges.
        runnable: how many steps wfopt can run itself.
        strategy: the strategy whose schedules were simulated.
        graph: the shape.
        machines: what it takes on machines of more and more cpus.
        cost: what a run costs.
        optimization: how little there is to gain; 100 is best.
        complexity: how much there is to understand; 0 is simplest.
        findings: what is shown, the most valuable first.
        ignored: how many findings comments and options silence.
        known: how many findings the baseline has.
        remarks: what is odd about the file, or could not be mapped.
    """

    file: str
    path: str
    format: str
    title: str
    source: SourceFile
    workflow: Workflow = field(repr=False)
    runnable: int
    strategy: str
    graph: Graph
    machines: tuple[Machine, ...]
    cost: Cost
    optimization: Score
    complexity: Score
    findings: tuple[Finding, ...] = ()
    ignored: int = 0
    known: int = 0
    remarks: tuple[Diagnostic, ...] = ()

    @property
    def meant(self) -> Machine:
        """What it takes on the machine that the options mean."""
        return next(each for each in self.machines if each.meant)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisReport:
    """What an analysis tells of all files.

    Attributes:
        files: those that could be used, in the order in which they were found.
        single: whether one file was asked for, and not a folder or several files.
        troubles: what is wrong with the other files.
        warnings: what is odd about the options.
        left: how many files of the folders were left out, and why.
    """

    files: tuple[FileReport, ...]
    single: bool = False
    troubles: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    left: Mapping[Left, int] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all files."""
        return tuple(finding for file in self.files for finding in file.findings)
