"""What runs around the graph: rollbacks of steps, and the `on-failure` and `finally` of a file."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.codes import BAD_STEP_ID
from wfopt.dataclass import dataclass
from wfopt.errors import Label
from wfopt.formats.native.bodies import BodyReader, Layers, names_of, places_of
from wfopt.formats.native.context import Binder
from wfopt.formats.native.environment import Env
from wfopt.formats.native.naming import StepNames
from wfopt.formats.native.policies import read_asked, read_limits, read_request
from wfopt.formats.native.records import Record
from wfopt.formats.problems import Problems
from wfopt.model.workflow import Step, StepId
from wfopt.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hook:
    """A hook as it is declared.

    Attributes:
        id: its id.
        definition: its id without the cell of a matrix.
        span: where it is declared.
        own: its own keys.
        layers: where its shell may come from.
        folder: the folder it runs in if it has none of its own; None for that of the defaults.
        env: the variables under its own.
        where: what it is, for messages.
    """

    id: str
    definition: str
    span: Span
    own: Record
    layers: Layers
    folder: str | None
    env: Env
    where: str

    def read(
        self,
        body: BodyReader,
        binder: Binder,
        cell: tuple[tuple[str, str], ...] = (),
        secrets: tuple[str, ...] = (),
    ) -> Step:
        """Return the hook as a step, of a cell, with further secrets."""
        common = (self.own, body.defaults)
        folder = None if "cwd" in self.own.values else self.folder
        env = body.env(self.own, self.env, binder)
        # What is inherited was mentioned by the step, not here, but its value is needed here as well.
        late = (value.references for value in env.values() if value is not None and value.static is None)
        return Step(
            id=StepId(self.id),
            definition=self.definition,
            cell=cell,
            run=body.run(self.layers, binder, self.where),
            description=self.own.get("description", ""),
            cwd=body.cwd(common, binder, self.where) if folder is None else folder,
            env=env,
            timeout_s=body.timeout_s(common, binder, self.where),
            request=read_request(read_asked(self.own, body.defaults), binder, self.where),
            limits=read_limits(self.own, body.defaults, binder, self.where),
            retries=body.retries(common, binder, self.where),
            quiet=self.own.get("quiet", False),
            secrets=tuple(dict.fromkeys((*secrets, *names_of(self.own, "secrets")))),
            references=frozenset(binder.mentioned).union(*late),
            span=self.span,
            places=places_of(self.own, body.defaults),
        )


def read_rollback(step: Step, record: Record, body: BodyReader, binder: Binder) -> Step | None:
    """Return the step that undoes `step`, or None if there is none.

    It has the folder, the variables, the shell and the secrets of `step` where it has none of its own.

    Args:
        step: what it undoes.
        record: the keys of `step`.
        body: reads what all steps have.
        binder: knows what the expressions of `step` know.
    """
    read = record.get("rollback")
    if read is None:
        return None
    own, span = read, record.nodes["rollback"].span
    if isinstance(read, Record):
        span = read.first.span
    else:
        own = Record(record.node)
        own.values["run"], own.nodes["run"] = read, record.nodes["rollback"]
    hook = _Hook(
        id=f"rollback:{step.id}",
        definition=f"rollback:{step.definition}",
        span=span,
        own=own,
        layers=(own, record, body.defaults),
        folder=step.cwd,
        env=step.env,
        where=f"the rollback of step `{step.definition}`",
    )
    return hook.read(body, binder, cell=step.cell, secrets=step.secrets)


def read_hooks(key: str, body: BodyReader, names: StepNames | None, problems: Problems) -> Iterator[Step]:
    """Yield the steps of `on-failure` or `finally` of one file, in their order."""
    scope = body.scope
    seen: dict[str, Span] = {}
    for name, (at, own) in scope.record.get(key, {}).items():
        first = seen.setdefault(name.lower(), at.span)
        if first != at.span:
            message = f"the hook `{name}` differs from another only by case"
            hint = "some file systems do not tell them apart: rename one"
            problems.error(BAD_STEP_ID, message, at, related=(Label(first, "this one"),), hints=(hint,))
        identity = f"{key}:{scope.prefix}{name}"
        hook = _Hook(
            id=identity,
            definition=identity,
            span=at.span,
            own=own,
            layers=(own, body.defaults),
            folder=None,
            env=scope.env,
            where=f"hook `{identity}`",
        )
        yield hook.read(body, Binder(scope.contexts, problems, names))
