"""A workflow, ready to run: expanded, checked and frozen.

The loader is the only maker from text. A `Workflow` that exists is valid: its ids are unique, its edges
join steps that exist, and it has no cycle. A matrix is expanded: each cell is a step of its own that
remembers its definition and its cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, Flag, auto
from typing import NewType

from wfopt.dataclass import dataclass, field
from wfopt.model.expressions import Expression, Template
from wfopt.model.patterns import PathPattern
from wfopt.source import SourceFile, Span

StepId = NewType("StepId", str)
"""The id of a step as messages show it, such as `test[python=3.10]`."""


class EdgeKind(Enum):
    """Why a step waits for another, the strongest reason first.

    Only `ORDER` and `BARRIER` edges may ever be dropped by an optimization.
    """

    DATA = "data"
    REF = "ref"
    ORDER = "order"
    BARRIER = "barrier"


class Origin(Flag):
    """Where an edge comes from, which decides what becomes of a step when the one before it is skipped.

    `WRITTEN`: `needs`, an expression, or data; the step is skipped as well. `LIST`: the position in a list;
    it is skipped if something above has really failed. `FILES`: files that both may touch; it runs.
    An edge may have several.
    """

    WRITTEN = auto()
    LIST = auto()
    FILES = auto()


@dataclass(frozen=True, slots=True)
class Edge:
    """`after` may start only when `before` has ended.

    Attributes:
        before: the step that goes first.
        after: the step that waits.
        kind: the strongest reason for the edge.
        origin: where it comes from.
    """

    before: StepId
    after: StepId
    kind: EdgeKind
    origin: Origin = Origin.WRITTEN


@dataclass(frozen=True, slots=True)
class Shell:
    """How a script is run.

    Attributes:
        name: what the file says, such as `bash`.
        argv: the program and its options; the script's text becomes the last argument.
    """

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A script for a shell; its expressions may wait for the run."""

    text: Template
    shell: Shell


@dataclass(frozen=True, slots=True)
class Argv:
    """A program with its arguments, run without a shell."""

    args: tuple[Template, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """What an importer cannot turn into a command of its own; only other formats have such steps.

    Attributes:
        what: what the file says, such as `actions/checkout@v4`, or a command with a template in it.
        why: in a few words, why it is not run as it is, such as `an action`.
        options: what the file hands to it, as written, such as `fetch-depth`.
        stand_in: what runs in its place here, or None: then the step is left out of a run.
    """

    what: str
    why: str
    options: Mapping[str, str] = field(default_factory=dict)
    stand_in: Script | Argv | None = None

    @property
    def name(self) -> str:
        """What it is, without a version: `actions/checkout`."""
        return self.what.partition("@")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a step asks of the machine while it runs.

    Attributes:
        cpu_milli: thousandths of a cpu; an integer, so that sums are exact.
        memory_bytes: bytes of memory, or None if the file does not say.
        tokens: how many of each named resource.
    """

    cpu_milli: int = 1000
    memory_bytes: int | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a step is held to, besides the time that it may take.

    Attributes:
        memory: whether it is held to the memory that it asks for.
        cpu: whether it is held to the cpus that it asks for, even where others are idle.
        pids: how many processes and threads it may have at once, or None.
        cpu_time_s: seconds of cpu for each of its processes, or None.
        file_size_bytes: the largest file that it may write, or None.
        open_files: how many files each of its processes may have open, or None.
        nice: by how much its priority for the cpu is lowered, or None.
    """

    memory: bool = True
    cpu: bool = False
    pids: int | None = None
    cpu_time_s: float | None = None
    file_size_bytes: int | None = None
    open_files: int | None = None
    nice: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixGroup:
    """What the cells of one matrix share.

    Attributes:
        definition: the id under which the file declares the step.
        max_parallel: how many cells may run at once, or None for as many as fit.
        fail_fast: whether a failed cell cancels the cells that have not started.
    """

    definition: str
    max_parallel: int | None
    fail_fast: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often and when a failed step is tried again.

    Attributes:
        max: how many attempts may follow the first.
        delay_s: seconds before the first retry.
        backoff: the factor by which each further wait grows.
        max_delay_s: the longest wait.
        jitter: whether waits vary at random.
        when: what is worth a retry: exit statuses, `timeout`, or `any` for every failure.
        memory_factor: by how much the memory request grows after the step went over it.
    """

    max: int = 0
    delay_s: float = 1.0
    backoff: float = 2.0
    max_delay_s: float = 60.0
    jitter: bool = True
    when: frozenset[int | str] = frozenset({"any"})
    memory_factor: float = 1.0


class CacheExtra(Enum):
    """What else a result depends on, and so is part of its cache key."""

    TEXT = "text"
    FILE = "file"
    ENV = "env"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRule:
    """Whether and how the results of a step are reused.

    Attributes:
        enabled: True, False, or None for `auto`: if inputs and outputs are declared and no effect forbids it.
        extras: what else the result depends on.
        ttl_s: how many seconds a result may be used, or None.
        restore: whether deleted outputs come back from the cache.
    """

    enabled: bool | None = None
    extras: tuple[tuple[CacheExtra, Template], ...] = ()
    ttl_s: float | None = None
    restore: bool = True


NO_RETRIES = Retries()
AUTO_CACHE = CacheRule()
USUAL_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to run.

    Attributes:
        id: unique in the workflow.
        definition: the id in the file; differs from `id` for a matrix cell.
        cell: the axes and values of a matrix cell, in the order of the id, as source text.
        group: the matrix this cell belongs to, or None.
        run: what to execute.
        description: what the file says the step is for.
        cwd: the folder it runs in, relative to the workspace, `/`-separated; "" is the workspace.
        env: variables on top of the process environment, merged from the workflow, the defaults and
            the step; None unsets one. Values may wait for the run.
        needs: the ids that the file names in `needs`, resolved; None if the key is absent.
        ahead_of: the steps that it may overtake: if one of them does not end well, what this one did is
            undone, and it counts as skipped.
        right_after: the step in whose place it may start the moment that one has ended well, without
            waiting for its turn; None if it waits.
        inputs: declared inputs, or None if the key is absent (`()` declares that there are none).
        outputs: declared outputs, as `inputs`.
        condition: `if`, with everything known at load time filled in; None if absent.
        timeout_s: seconds for one attempt, or None.
        request: what it asks of the machine.
        limits: what it is held to.
        allow_failure: True or False, the exit statuses that are allowed, or an expression that the run
            decides when the step has failed.
        effects: declared effects on the outside, or None if the key is absent.
        priority: larger goes first under the strategy `priority`.
        quiet: whether its output stays out of the terminal.
        keep_on_failure: whether outputs stay in place when it fails.
        retries: how often and when it is tried again.
        cache: whether and how its results are reused.
        capture: the name under which later steps know what it prints to stdout, or "".
        interactive: whether it takes the terminal for itself; nothing else runs beside it then.
        secrets: the variables whose values are masked.
        rollback: the step that undoes it after a later failure, or None.
        expected_s: how many seconds the file expects it to take (`x-duration`), or None.
        sizes: what its work grows with (`x-size`): `bytes`, `lines` or `files`, and of which files.
        references: what its expressions mention, such as `params.top` or `matrix.python`.
        session: the job of a CI service whose steps hand variables to each other through files that the
            service reads, as `GITHUB_ENV`; "" if there is none.
        span: where it is declared.
        places: where the values of its keys stand.
    """

    id: StepId
    run: Script | Argv | Opaque
    definition: str = ""
    cell: tuple[tuple[str, str], ...] = ()
    group: MatrixGroup | None = None
    description: str = ""
    cwd: str = ""
    env: Mapping[str, Template | None] = field(default_factory=dict)
    needs: tuple[StepId, ...] | None = None
    ahead_of: tuple[StepId, ...] = ()
    right_after: StepId | None = None
    inputs: tuple[PathPattern, ...] | None = None
    outputs: tuple[PathPattern, ...] | None = None
    condition: Expression | None = None
    timeout_s: float | None = None
    request: Request = field(default_factory=Request)
    limits: Limits = USUAL_LIMITS
    allow_failure: bool | frozenset[int] | Expression = False
    effects: frozenset[str] | None = None
    priority: int = 0
    quiet: bool = False
    keep_on_failure: bool = False
    retries: Retries = NO_RETRIES
    cache: CacheRule = AUTO_CACHE
    capture: str = ""
    interactive: bool = False
    secrets: tuple[str, ...] = ()
    rollback: Step | None = None
    expected_s: float | None = None
    sizes: Mapping[str, tuple[PathPattern, ...]] = field(default_factory=dict)
    references: frozenset[str] = frozenset()
    session: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A graph of steps.

    Attributes:
        name: what the file calls it, else the file's name.
        steps: in file order; a matrix contributes its cells in order.
        edges: each pair at most once, in a deterministic order.
        listed: whether the steps were written as a list, "in this order".
        params: the values of its params for this run, as text.
        param_descriptions: for each declared param, what the file says it is for, or "".
        tokens: how many of each named resource the machine has.
        targets: the ids that are wanted; every sink if the file does not say.
        description: what the file says it is for.
        on_failure: what runs, one after another, when the run has failed; ids such as `on-failure:notify`.
        finally_steps: what runs at the end, whatever happened; ids such as `finally:clean`.
        secrets: the variables whose values are masked, whatever step they belong to.
        source: the file it came from.
        included: the files that it includes, in the order in which they were read.
    """

    name: str
    steps: tuple[Step, ...]
    edges: tuple[Edge, ...] = ()
    listed: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    param_descriptions: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    targets: tuple[StepId, ...] = ()
    description: str = ""
    on_failure: tuple[Step, ...] = ()
    finally_steps: tuple[Step, ...] = ()
    secrets: tuple[str, ...] = ()
    source: SourceFile | None = field(default=None, compare=False, repr=False)
    included: tuple[SourceFile, ...] = field(default=(), compare=False, repr=False)

    @property
    def hooks(self) -> tuple[Step, ...]:
        """Everything that runs around the graph: rollbacks, then on-failure, then finally."""
        rollbacks = tuple(step.rollback for step in self.steps if step.rollback is not None)
        return (*rollbacks, *self.on_failure, *self.finally_steps)
