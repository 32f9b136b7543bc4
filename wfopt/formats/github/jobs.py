"""The jobs of a file: what each says, before its steps become those of the workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfopt.codes import NO_STEPS, WRONG_TYPE
from wfopt.dataclass import dataclass, replace
from wfopt.formats.github.declared import condition_text, declared
from wfopt.formats.github.flow import Flow, flow_of
from wfopt.formats.github.matrix import Effort, Expansion, expand
from wfopt.formats.github.remarks import Remarks
from wfopt.formats.github.shapes import get, number_of, pairs_of, scalars_of, text_of, texts_of
from wfopt.formats.github.texts import Text, split, warn_of_broken
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.model.pipeline import Need
from wfopt.model.selectors import escaped
from wfopt.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredJob:
    """One job.

    Attributes:
        id: its name.
        prefix: what the ids of its steps start with.
        key: where its name stands.
        node: its keys.
        called: whether another workflow is called in its place.
        flow: its steps and their order.
        expansion: its cells.
        needs: the jobs that it names.
        condition: its `if`, or None.
        timeout_s: seconds that it may take, or None.
        runner: the labels of its machine, as written.
        mentions: what its expressions mention, those of its steps included.
    """

    id: str
    prefix: str
    key: ScalarNode
    node: MappingNode
    called: bool
    flow: Flow
    expansion: Expansion
    needs: tuple[Need, ...]
    condition: Text | None
    timeout_s: float | None
    runner: tuple[str, ...]
    mentions: frozenset[str]


def read_jobs(node: MappingNode, remarks: Remarks) -> dict[str, DeclaredJob]:
    """Return the jobs of a file by name, in order; errors go to the problems of `remarks`.

    Raises:
        LoadError: their matrices are too large.
    """
    effort = Effort()
    jobs: dict[str, DeclaredJob] = {}
    for key, value in node.pairs:
        if isinstance(value, MappingNode):
            jobs[key.text] = _job(key, value, effort, remarks)
        else:
            message = f"job `{key.text}` must be a mapping"
            remarks.problems.error(
                WRONG_TYPE, message, key, "of this job", hints=("give it `runs-on` and `steps`",)
            )
    return jobs


def _job(key: ScalarNode, node: MappingNode, effort: Effort, remarks: Remarks) -> DeclaredJob:
    problems = remarks.problems
    called, steps = node.get("uses"), node.get("steps")
    if steps is None or (isinstance(steps, ScalarNode) and not text_of(steps)):
        if called is None:
            message = f"job `{key.text}` has no steps"
            problems.warn(NO_STEPS, message, key, hints=("GitHub refuses a job without `steps` and `uses`",))
    elif not isinstance(steps, SequenceNode):
        problems.error(WRONG_TYPE, f"`steps` of job `{key.text}` must be a list", steps)
    flow = flow_of(key.text, steps, problems)
    if isinstance(called, ScalarNode) and not flow.steps:
        # A job that calls another workflow is a single step, whose id is the job's.
        flow = Flow(steps=(replace(declared("", "", node), condition=None),), firsts=(0,), lasts=(0,))
    minutes = number_of(node.get("timeout-minutes"))
    texts = list(_texts(node))
    warn_of_broken(texts, problems)
    own = frozenset().union(*(text.mentions for _, text in texts))
    return DeclaredJob(
        id=key.text,
        prefix=escaped(key.text),
        key=key,
        node=node,
        called=bool(flow.steps) and not flow.steps[0].name,
        flow=flow,
        expansion=expand(key.text, node.get("strategy"), effort, problems),
        needs=tuple(Need(job=each.text, span=each.span) for each in scalars_of(node.get("needs"))),
        condition=condition_text(node),
        timeout_s=None if minutes is None else 60 * minutes,
        runner=runner_of(node.get("runs-on")),
        mentions=own.union(*(step.mentions for step in flow.steps)),
    )


def runner_of(node: Node | None) -> tuple[str, ...]:
    """Return the labels of a machine, which may stand under `labels` and `group`."""
    if isinstance(node, MappingNode):
        return (*texts_of(node.get("labels")), *texts_of(node.get("group")))
    return texts_of(node)


def _texts(node: MappingNode) -> Iterator[tuple[Node, Text]]:
    """Yield the texts of a job with expressions in them, but for those of its steps."""
    condition = condition_text(node)
    if condition is not None:
        yield node.get("if") or node, condition
    for key, value in node.pairs:
        if key.text not in ("steps", "if", "name"):
            yield from _inside(value)


def _inside(node: Node) -> Iterator[tuple[Node, Text]]:
    match node:
        case ScalarNode():
            if "${{" in node.text:
                yield node, split(node.text)
        case SequenceNode():
            for item in node.items:
                yield from _inside(item)
        case MappingNode():
            for _, item in node.pairs:
                yield from _inside(item)


def places_of_job(node: MappingNode) -> Mapping[str, Span]:
    """Return where the values of a job's keys stand, and as `key:NAME` where the keys do."""
    places: dict[str, Span] = {}
    for key, value in node.pairs:
        places[key.text] = value.span
        places[f"key:{key.text}"] = key.span
    return places


def image_of(job: DeclaredJob) -> str:
    """Return the image of the container in which a job runs, or ""."""
    container = job.node.get("container")
    return text_of(get(container, "image")) if isinstance(container, MappingNode) else text_of(container)


def services_of(job: DeclaredJob) -> tuple[str, ...]:
    """Return the names of the containers that run beside a job."""
    return tuple(key.text for key, _ in pairs_of(job.node.get("services")))
