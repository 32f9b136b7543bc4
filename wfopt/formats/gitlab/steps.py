"""The steps of a job: its script, and what runs after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from wfopt.codes import MISSING_RUN
from wfopt.dataclass import dataclass
from wfopt.formats.gitlab import remarks
from wfopt.formats.gitlab.cells import Cell
from wfopt.formats.gitlab.conditions import is_of_service
from wfopt.formats.gitlab.context import Reading
from wfopt.formats.gitlab.drafts import Draft, places_of
from wfopt.formats.gitlab.inputs import OPEN
from wfopt.formats.gitlab.rules import Occasion, When, allows_failure
from wfopt.formats.gitlab.trees import has_open_reference, is_null, items_of, member, text_of, texts_of
from wfopt.formats.gitlab.values import allowed_failure, retries_of, timeout_of
from wfopt.formats.gitlab.variables import fill, mentions
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.model.expressions import Call, Comparison, Expression, Literal, Logic, Reference, Template
from wfopt.model.patterns import PathPattern, PatternError, check_output, parse_pattern
from wfopt.model.selectors import cell_id
from wfopt.model.workflow import MatrixGroup, Opaque, Request, Script, Shell, Step, StepId
from wfopt.source import Span

BASH = Shell("bash", ("bash", "-eo", "pipefail", "-c"))
"""How GitLab's runner sets up the shell of a job."""

DEPLOYS = frozenset({"deploy"})
NEVER = Literal(value=False)
_ONLY_LOOKING = frozenset({"access", "prepare", "verify"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the scripts of one copy of a job see.

    Attributes:
        cell: the variables of the copy.
        env: the variables that the file sets, filled in.
        templates: the same for steps.
        known: those and all others that are known.
    """

    cell: Cell
    env: Mapping[str, str]
    templates: Mapping[str, Template]
    known: Mapping[str, str]


class StepMaker:
    """Makes the steps of jobs.

    Args:
        reading: what is being read.
        names: the names of all jobs; no step takes the one of another job.
    """

    def __init__(self, reading: Reading, names: Collection[str]) -> None:
        self._reading = reading
        self._ids: set[str] = set()
        self._names = names

    def add(self, draft: Draft, surroundings: Surroundings) -> None:
        """Add the steps of one copy to a job."""
        job = draft.node
        problems = self._reading.problems
        step_id = self._unique(cell_id(draft.name, surroundings.cell), draft.name)
        _, retries = retries_of(job.get("retry"), problems)
        deploys = is_deployment(draft.name, job)
        group = text_of(job.get("resource_group"))
        run = self._run(draft, surroundings)
        step = Step(
            id=StepId(step_id),
            definition=draft.name,
            cell=surroundings.cell,
            group=_group(draft),
            run=run,
            env=self._env(draft, surroundings),
            outputs=draft.outputs,
            condition=_condition(draft.occasion, deploys=deploys),
            timeout_s=timeout_of(job.get("timeout"), problems),
            request=Request(tokens={fill(group, surroundings.known): 1} if group else {}),
            allow_failure=_allowed(job),
            effects=DEPLOYS if deploys else None,
            keep_on_failure=text_of(member(job, "artifacts", "when")) in ("always", "on_failure"),
            retries=retries,
            span=draft.key.span,
            places=_step_places(job),
        )
        draft.steps.append((step, self._after(draft, step)))

    def _after(self, draft: Draft, step: Step) -> Step | None:
        """Return the step for an `after_script`, whose failure counts for nothing."""
        node = draft.node.get("after_script")
        text = draft.after
        if node is None or not text or isinstance(step.run, Opaque):
            return None
        return Step(
            id=StepId(self._unique(f"{step.id}#after", draft.name)),
            definition=f"{draft.name}#after",
            cell=step.cell,
            group=step.group,
            run=_script(text, node.span, is_open=_is_open(node)),
            env=step.env,
            condition=_if_ended(step.id),
            allow_failure=True,
            references=frozenset({f"needs.{step.id}", "always()"}),
            span=node.span,
            places={"run": node.span},
        )

    def _unique(self, name: str, job: str) -> str:
        while name in self._ids or (name != job and name in self._names):
            name += "#"
        self._ids.add(name)
        return name

    def _run(self, draft: Draft, surroundings: Surroundings) -> Script | Opaque:
        job = draft.node
        trigger = job.get("trigger")
        if trigger is not None and not is_null(trigger):
            return Opaque(what=f"trigger: {_triggered(trigger)}", why="another pipeline")
        before, script = job.get("before_script"), job.get("script")
        if script is None or is_null(script):
            return self._nothing(draft)
        opaque = _is_open(before) or _is_open(script)
        text = draft.text
        if OPEN.search(text):
            self._reading.remarks.add(remarks.INPUT, script)
        for name in mentions(text):
            if is_of_service(name) and name not in surroundings.known and name not in surroundings.env:
                self._reading.remarks.add(remarks.SERVICE_VARIABLE, script, f"mentions `{name}`")
                break
        return _script(text, script.span, is_open=opaque)

    def _nothing(self, draft: Draft) -> Opaque:
        """Return what stands for a job without a script, after reporting."""
        if draft.node.get("run") is not None:
            self._reading.remarks.add(remarks.STEPS, draft.key)
            return Opaque(what="run", why="CI steps")
        if not self._reading.excuse(draft.key):
            message = f"job `{draft.name}` has neither `script` nor `trigger`"
            hints = ("a template that others extend has a name that starts with `.`",)
            self._reading.problems.error(MISSING_RUN, message, draft.key, "nothing to run", hints=hints)
        return Opaque(what="extends", why="its script stands in a file that is not here")

    def _env(self, draft: Draft, surroundings: Surroundings) -> Mapping[str, Template | None]:
        predefined = {
            "CI_PROJECT_DIR": self._reading.options.workspace,
            "CI_JOB_NAME": draft.name,
            "CI_JOB_STAGE": draft.stage,
        }
        # Only where they are mentioned: scripts that are the same stay the same.
        added = {
            name: Template.plain(surroundings.known.get(name, predefined[name]))
            for name in (*mentions(draft.text), *mentions(draft.after))
            if name in predefined and name not in surroundings.env
        }
        return {**surroundings.templates, **added} if added else surroundings.templates


def is_deployment(name: str, job: MappingNode) -> bool:
    """Return whether a job changes an environment, a release or a page."""
    environment = job.get("environment")
    if environment is not None and not is_null(environment):
        return text_of(member(environment, "action")) not in _ONLY_LOOKING
    pages = job.get("pages")
    return (
        name == "pages"
        or not is_null(job.get("release"))
        or (not is_null(pages) and text_of(pages) != "false")
    )


def script_text(*nodes: Node | None) -> str:
    """Return scripts as one text, a line each command."""
    lines = [text for node in nodes for each in items_of(node) if (text := text_of(each)) is not None]
    return "\n".join(line.rstrip("\n") for line in lines)


def outputs_of(
    job: MappingNode, known: Mapping[str, str], workspace: str, reading: Reading
) -> tuple[PathPattern, ...] | None:
    """Return the paths of a job's artifacts as far as they can be told; None if it names none.

    They may be missing, as in GitLab, and nothing is deleted for them.
    """
    artifacts = job.get("artifacts")
    found = []
    for key, sign in (("paths", ""), ("exclude", "!")):
        for node in items_of(member(artifacts, key)):
            text = fill(text_of(node) or "", known)
            if text.startswith(f"{workspace}/"):
                text = text[len(workspace) + 1 :]
            pattern = None if "$" in text else _pattern(sign + text, node.span)
            if pattern is None:
                reading.remarks.add(remarks.FOREIGN_PATH, node)
            else:
                found.append(pattern)
    return tuple(found) if any(not each.negated for each in found) else None


def _pattern(text: str, span: Span) -> PathPattern | None:
    try:
        pattern = parse_pattern(text, optional=True, persist=True, span=span)
        check_output(pattern)
    except PatternError:
        return None
    return pattern


def _script(text: str, span: Span, *, is_open: bool) -> Script | Opaque:
    if is_open or OPEN.search(text):
        why = "a reference into a file that is not here" if is_open else "an input without a value"
        return Opaque(what=text, why=why)
    return Script(Template.plain(text, span), BASH)


def _is_open(node: Node | None) -> bool:
    return has_open_reference(node)


def _condition(occasion: Occasion, *, deploys: bool) -> Expression | None:
    """Return what decides during a run; in doubt, a job runs unless it deploys."""
    if occasion.when in (When.NEVER, When.MANUAL) or (deploys and not occasion.is_certain):
        return NEVER
    if occasion.when is When.ALWAYS:
        return Call("always")
    return Call("failure") if occasion.when is When.FAILURE else None


def _if_ended(step: StepId) -> Expression:
    """Return a condition that holds if a step was started and came to an end of its own."""
    status = Reference("needs", (step, "status"))
    reasons = (Comparison("!=", status, Literal(word)) for word in ("skipped", "cancelled"))
    return Logic("&&", (Call("always"), *reasons))


def _allowed(job: MappingNode) -> bool | frozenset[int]:
    by_rules = allows_failure(job.get("rules"))
    return allowed_failure(job.get("allow_failure")) if by_rules is None else by_rules


def _group(draft: Draft) -> MatrixGroup | None:
    if draft.cells.matrix is None:
        return None
    return MatrixGroup(definition=draft.name, max_parallel=None, fail_fast=False)


def _triggered(trigger: Node) -> str:
    """Return what a `trigger` starts, as far as it says it in a word."""
    if isinstance(trigger, ScalarNode):
        return trigger.text
    project = text_of(member(trigger, "project"))
    if project is not None:
        return project
    include = member(trigger, "include")
    for entry in items_of(include):
        names = [text_of(entry), *(text_of(member(entry, key)) for key in ("local", "file", "artifact"))]
        found = next(filter(None, names), None)
        if found:
            return found
    return ", ".join(texts_of(include)) or "a child pipeline"


def _step_places(job: MappingNode) -> dict[str, Span]:
    places = places_of(job)
    script = job.get("script")
    return places if script is None else {**places, "run": script.span}
