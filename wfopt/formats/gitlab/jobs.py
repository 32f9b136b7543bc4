"""Jobs: from what stands at the top of a pipeline to drafts with their steps."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

from wfopt.codes import IGNORED_KEY, MATRIX_TOO_LARGE, TOO_COMPLEX, WRONG_TYPE
from wfopt.errors import LoadError
from wfopt.formats.gitlab import remarks
from wfopt.formats.gitlab.cells import Cell, read_cells
from wfopt.formats.gitlab.context import Reading
from wfopt.formats.gitlab.drafts import Draft, places_of, with_defaults
from wfopt.formats.gitlab.keywords import JOB, OLD_DEFAULTS, TOP
from wfopt.formats.gitlab.rules import OccasionReader, When
from wfopt.formats.gitlab.steps import StepMaker, Surroundings, is_deployment, outputs_of, script_text
from wfopt.formats.gitlab.trees import (
    is_null,
    is_true,
    items_of,
    member,
    pairs_of,
    size_of,
    text_of,
    texts_of,
)
from wfopt.formats.gitlab.values import image_of, retries_of, services_of, timeout_of
from wfopt.formats.gitlab.variables import NAME, Expander, Variable, inherited, read_variables
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.model.expressions import Template
from wfopt.model.pipeline import Concurrency, Job

MAX_STEPS = 50_000
"""The most steps of a pipeline, copies counted."""

# Where artifacts say what later jobs get; only of the first it is known which files that are.
_HANDED_OVER = (("paths",), ("untracked",), ("reports", "dotenv"))
MAX_VALUES = 1_000_000
"""How many values, and how many variables, jobs may have, those that they share counted for each."""

_OTHER_MACHINES = ("windows", "macos", "mac-", "osx")


class JobReader:
    """Reads the jobs of one pipeline.

    Args:
        top: what stands at its top, by name.
        reading: what is being read.
    """

    def __init__(self, top: Mapping[str, tuple[ScalarNode, Node]], reading: Reading) -> None:
        self._top = top
        self._reading = reading
        self._defaults = _defaults(top)
        self._variables = read_variables(top["variables"][1] if "variables" in top else None)
        self._expander = Expander()
        self._occasions = OccasionReader(reading)
        self._maker = StepMaker(reading, top)
        self._steps = 0
        self._spent: dict[str, int] = {}
        self._sizes: dict[int, int] = {}
        self._usual: Surroundings | None = None

    def read(self) -> list[Draft]:
        """Return all jobs, in the order of the file; templates are none.

        Raises:
            LoadError: there are too many steps.
        """
        drafts = []
        for name, (key, node) in self._top.items():
            if name in TOP or name.startswith("."):
                continue
            if isinstance(node, MappingNode):
                drafts.append(self._job(name, key, node))
            else:
                message = f"`{name}` must be a job, so a mapping"
                hints = (self._reading.near(name, TOP),)
                self._reading.problems.error(WRONG_TYPE, message, key, hints=hints)
        return drafts

    def _spend(self, amount: int, limit: int, what: str, at: Node) -> None:
        """Count what jobs have in common, which a small file can give to many."""
        self._spent[what] = self._spent.get(what, 0) + amount
        if self._spent[what] > limit:
            message = f"the jobs of the pipeline have more than {limit:,} {what}, what they share included"
            self._reading.problems.error(TOO_COMPLEX, message, at)
            raise LoadError(self._reading.problems.found)

    def _job(self, name: str, key: ScalarNode, own: MappingNode) -> Draft:
        node = with_defaults(own, self._defaults)
        self._spend(sum(size_of(value, self._sizes) for _, value in node.pairs), MAX_VALUES, "values", key)
        self._warn_of_unknown_keys(name, own)
        variables = inherited(self._variables, node.get("inherit"))
        variables |= read_variables(node.get("variables"))
        usual = self._usual_surroundings(variables, key)
        workspace = self._reading.options.workspace
        draft = Draft(
            name=name,
            key=key,
            node=node,
            stage=text_of(node.get("stage")) or "test",
            cells=read_cells(name, node.get("parallel"), self._reading.problems),
            occasion=self._occasions.read(node, usual.known),
            text=script_text(node.get("before_script"), node.get("script")),
            after=script_text(node.get("after_script")),
            outputs=outputs_of(node, usual.known, workspace, self._reading),
            hands_over=_has(node, *_HANDED_OVER),
            is_named=not _has(node, *_HANDED_OVER[1:]),
        )
        self._remark(draft)
        for cell in draft.cells.cells:
            self._steps += 1
            seen = self._surroundings(variables, cell, draft.cells.total, key) if cell else usual
            self._maker.add(draft, seen)
        if self._steps > MAX_STEPS:
            message = f"the pipeline has more than {MAX_STEPS:,} steps"
            self._reading.problems.error(MATRIX_TOO_LARGE, message, key)
            self._reading.problems.stop_on_errors()
        return draft

    def _usual_surroundings(self, variables: Mapping[str, Variable], at: Node) -> Surroundings:
        """Return what a job without copies sees; jobs with the variables of the pipeline share it."""
        if variables != self._variables:
            return self._surroundings(variables, (), 0, at)
        if self._usual is None:
            self._usual = self._surroundings(variables, (), 0, at)
        return self._usual

    def _surroundings(
        self, variables: Mapping[str, Variable], cell: Cell, total: int, at: Node
    ) -> Surroundings:
        self._spend(len(variables), MAX_VALUES, "variables", at)
        own = {name: Variable(value, expands=False) for name, value in cell if NAME.fullmatch(name)}
        if total:
            own["CI_NODE_TOTAL"] = Variable(str(total))
        environ = self._reading.options.environ
        outside = ChainMap(environ, {"CI_PROJECT_DIR": self._reading.options.workspace})  # type: ignore[arg-type]
        env = self._expander.expanded({**variables, **own}, outside)
        templates = {name: Template.plain(text) for name, text in env.items()}
        return Surroundings(cell=cell, env=env, templates=templates, known=ChainMap(env, outside))

    def _warn_of_unknown_keys(self, name: str, node: MappingNode) -> None:
        for key, _ in node.pairs:
            if key.text not in JOB and not key.text.startswith("."):
                hints = (self._reading.near(key.text, JOB),)
                message = f"`{key.text}` in job `{name}` means nothing to GitLab CI"
                self._reading.problems.warn(IGNORED_KEY, message, key, "ignored", hints=hints)

    def _remark(self, draft: Draft) -> None:
        """Remark on what has no counterpart."""
        job, notes = draft.node, self._reading.remarks
        for key, topic in (
            ("image", remarks.CONTAINER),
            ("services", remarks.SERVICES),
            ("secrets", remarks.SECRETS),
            ("id_tokens", remarks.SECRETS),
            ("trigger", remarks.TRIGGER),
        ):
            value = job.get(key)
            if value is not None and not is_null(value) and not _is_empty(value):
                notes.add(topic, value)
        if draft.occasion.when is When.MANUAL:
            notes.add(remarks.MANUAL, draft.key)
        if not draft.occasion.is_certain:
            notes.add(remarks.UNDECIDED, draft.key)
        for tag in texts_of(job.get("tags")):
            if any(word in tag.lower() for word in _OTHER_MACHINES):
                notes.add(remarks.MACHINE, draft.key, f"asks for `{tag}`")


def job_of(draft: Draft, reading: Reading) -> Job:
    """Return what the pipeline knows of a job beside its steps."""
    node = draft.node
    retries, _ = retries_of(node.get("retry"), reading.problems)
    group = node.get("resource_group")
    name = text_of(group)
    return Job(
        id=draft.name,
        cells=tuple(tuple(each.id for each in pair if each is not None) for pair in draft.steps),
        needs=draft.needs,
        stage=draft.stage,
        runner=tuple(texts_of(node.get("tags"))),
        timeout_s=timeout_of(node.get("timeout"), reading.problems),
        matrix=draft.cells.matrix,
        concurrency=Concurrency(group=name, span=group.span) if group is not None and name else None,
        retries=retries,
        is_deployment=is_deployment(draft.name, node),
        is_called=not is_null(node.get("trigger")),
        is_interruptible=is_true(node.get("interruptible")),
        container=image_of(node.get("image")),
        services=services_of(node.get("services")),
        condition=draft.occasion.text,
        references=frozenset(f"env.{name}" for name in draft.occasion.variables),
        span=draft.key.span,
        places=places_of(node),
    )


def _defaults(top: Mapping[str, tuple[ScalarNode, Node]]) -> dict[str, tuple[ScalarNode, Node]]:
    """Return what jobs have if they do not say it themselves."""
    found = {name: top[name] for name in OLD_DEFAULTS if name in top}
    node = top["default"][1] if "default" in top else None
    found.update({key.text: (key, value) for key, value in pairs_of(node)})
    return found


def _has(job: MappingNode, *paths: tuple[str, ...]) -> bool:
    """Return whether the artifacts of a job have anything under one of some paths."""
    named = (member(job.get("artifacts"), *path) for path in paths)
    return any(not is_null(each) and text_of(each) != "false" for each in named)


def _is_empty(value: Node) -> bool:
    return not pairs_of(value) and not list(items_of(value))
