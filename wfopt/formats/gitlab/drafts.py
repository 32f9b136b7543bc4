"""A job while it is being read: its keys with all defaults, before it becomes steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfopt.dataclass import dataclass, field
from wfopt.formats.gitlab.cells import Cells
from wfopt.formats.gitlab.keywords import DEFAULTS
from wfopt.formats.gitlab.rules import Occasion
from wfopt.formats.gitlab.trees import is_null, is_true, member, texts_of
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.model.patterns import PathPattern
from wfopt.model.pipeline import Need
from wfopt.model.workflow import Step
from wfopt.source import Span


@dataclass(slots=True, kw_only=True)
class Draft:
    """A job.

    Attributes:
        name: its name.
        key: where its name stands.
        node: its keys, with those of `default`.
        stage: its stage.
        cells: its copies.
        occasion: when it runs.
        text: its script as a whole, to look for names in.
        after: what runs after its script.
        outputs: the paths of its artifacts.
        hands_over: whether later jobs get files or variables from it.
        is_named: whether the paths of its artifacts are all that they get.
        steps: the step of each copy, and the one that runs after it or None.
        places: the positions of its steps, as `steps`; filled in when all jobs are known.
        needs: the jobs that it names; None if a stage decides.
    """

    name: str
    key: ScalarNode
    node: MappingNode
    stage: str
    cells: Cells
    occasion: Occasion
    text: str = ""
    after: str = ""
    outputs: tuple[PathPattern, ...] | None = None
    hands_over: bool = False
    is_named: bool = True
    steps: list[tuple[Step, Step | None]] = field(default_factory=list)
    places: list[tuple[int, int | None]] = field(default_factory=list)
    needs: tuple[Need, ...] | None = None

    @property
    def waits_for_stage(self) -> bool:
        """Whether it waits for all stages before its own."""
        return is_null(self.node.get("needs"))

    def takes_from(self, other: Draft) -> bool:
        """Return whether `dependencies` lets it have what another job hands over."""
        rule = self.node.get("dependencies")
        return other.hands_over and (is_null(rule) or other.name in texts_of(rule))


def with_defaults(job: MappingNode, defaults: Mapping[str, tuple[ScalarNode, Node]]) -> MappingNode:
    """Return the keys of a job with those of `default` that it inherits and does not have."""
    rule = member(job.get("inherit"), "default")
    wanted = set(DEFAULTS) if rule is None or is_true(rule) else set(texts_of(rule))
    added = [
        pair
        for name, pair in defaults.items()
        if name in wanted and name in DEFAULTS and job.get(name) is None
    ]
    return job.with_pairs([*job.pairs, *added]) if added else job


def places_of(node: MappingNode) -> dict[str, Span]:
    """Return where the values of a job's keys stand, and as `key:NAME` where the keys do."""
    found: dict[str, Span] = {}
    for path, key, value in _entries(node):
        found[path] = value.span
        found[f"key:{path}"] = key.span
    return found


def _entries(node: MappingNode) -> Iterator[tuple[str, ScalarNode, Node]]:
    for key, value in node.pairs:
        yield key.text, key, value
        if key.text in ("cache", "artifacts", "parallel"):
            first = value.items[0] if isinstance(value, SequenceNode) and value.items else value
            if isinstance(first, MappingNode):
                for inner, item in first.pairs:
                    yield f"{key.text}.{inner.text}", inner, item
