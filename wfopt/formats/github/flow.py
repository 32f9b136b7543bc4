"""The order of the steps of one job.

They run one after another, but for those with `background` and those of a `parallel` group:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax. A job ends when all have.
"""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.codes import BAD_STEP_ID, MISSING_RUN, UNKNOWN_STEP, WRONG_TYPE
from wfopt.dataclass import dataclass, field
from wfopt.formats.github.declared import Declared, declared, is_step
from wfopt.formats.github.shapes import flag_of, scalars_of, text_of
from wfopt.formats.github.texts import warn_of_broken
from wfopt.formats.positions import MappingNode, Node, SequenceNode
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.model.selectors import escaped
from wfopt.model.workflow import EdgeKind
from wfopt.source import closest_match

_MOST_NAMES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The steps of a job, and their order.

    Attributes:
        steps: as the file has them; places in it are what the other attributes hold.
        edges: for each pair of steps, why the second waits.
        firsts: the steps that wait for no other.
        lasts: the steps that the end of the job waits for.
        stopped: the steps that `cancel` ends.
    """

    steps: tuple[Declared, ...] = ()
    edges: Mapping[tuple[int, int], EdgeKind] = field(default_factory=dict)
    firsts: tuple[int, ...] = ()
    lasts: tuple[int, ...] = ()
    stopped: frozenset[int] = frozenset()


def flow_of(job: str, node: Node | None, problems: Problems) -> Flow:
    """Return the steps of a job.

    Args:
        job: its name.
        node: its `steps`.
        problems: takes warnings.
    """
    if not isinstance(node, SequenceNode):
        return Flow()
    reader = _Reader(job, problems)
    for number, item in enumerate(node.items, start=1):
        reader.read(str(number), item)
    return reader.flow()


class _Reader:
    """Follows the list of steps and keeps in mind what the next one waits for."""

    def __init__(self, job: str, problems: Problems) -> None:
        self._job = job
        self._problems = problems
        self._steps: list[Declared] = []
        self._edges: dict[tuple[int, int], EdgeKind] = {}
        self._names: dict[str, int] = {}
        self._awaited: list[int] = []
        self._background: dict[int, None] = {}
        self._stopped: set[int] = set()
        # What has ended when the next step starts: the names of these steps, and which set variables.
        self._ended: dict[str, int] = {}
        self._setters: list[int] = []

    def read(self, number: str, node: Node) -> None:
        """Take in the next entry of the list."""
        if not isinstance(node, MappingNode):
            message = f"step {number} of job `{self._job}` is no mapping and is left out"
            self._problems.warn(WRONG_TYPE, message, node)
            return
        group = node.get("parallel")
        if isinstance(group, SequenceNode):
            self._read_group(number, group)
        elif is_step(node):
            place = self._add(number, node)
            if flag_of(node.get("background")):
                self._background[place] = None
            else:
                self._go_on_after([place])
        else:
            self._read_control(number, node)

    def flow(self) -> Flow:
        """Return everything read."""
        waiting = {after for _, after in self._edges}
        return Flow(
            steps=tuple(self._steps),
            edges=self._edges,
            firsts=tuple(place for place in range(len(self._steps)) if place not in waiting),
            lasts=tuple(sorted({*self._awaited, *self._background})),
            stopped=frozenset(self._stopped),
        )

    def _read_group(self, number: str, group: SequenceNode) -> None:
        members = [
            self._add(f"{number}.{place}", item)
            for place, item in enumerate(group.items, start=1)
            if isinstance(item, MappingNode) and is_step(item)
        ]
        if members:
            self._go_on_after(members)

    def _go_on_after(self, places: list[int]) -> None:
        """Let the next step wait for these, which wait for all that the ones before them wait for."""
        self._awaited = places
        self._setters = [place for place in places if self._steps[place].sets] or self._setters
        self._end(places)

    def _end(self, places: list[int]) -> None:
        self._ended.update({self._steps[place].own: place for place in places if self._steps[place].own})

    def _read_control(self, number: str, node: MappingNode) -> None:
        """Take in `wait`, `wait-all` or `cancel`."""
        if node.get("wait-all") is not None and flag_of(node.get("wait-all")) is not False:
            self._wait_for(list(self._background))
        elif node.get("wait") is not None:
            self._wait_for(self._named(node.get("wait")))
        elif node.get("cancel") is not None:
            for place in self._named(node.get("cancel")):
                self._stopped.add(place)
                self._background.pop(place, None)
        else:
            message = f"step {number} of job `{self._job}` has neither `run` nor `uses`"
            self._problems.warn(MISSING_RUN, message, node, hints=("it is left out",))

    def _wait_for(self, places: list[int]) -> None:
        pending = [place for place in places if place in self._background]
        for place in pending:
            del self._background[place]
        self._awaited = [*self._awaited, *pending]
        self._setters += [place for place in pending if self._steps[place].sets]
        self._end(pending)

    def _named(self, node: Node | None) -> list[int]:
        found = []
        for each in scalars_of(node):
            place = self._names.get(each.text)
            if place is None:
                message = f"job `{self._job}` has no step `{each.text}` above"
                near = closest_match(each.text, self._names) if len(self._names) < _MOST_NAMES else None
                self._problems.warn(UNKNOWN_STEP, message, each, hints=(did_you_mean(near),))
            else:
                found.append(place)
        return found

    def _add(self, number: str, node: MappingNode) -> int:
        """Take in a step, and return its place."""
        place = len(self._steps)
        own = self._own_id(node)
        step = declared(escaped(own) or number, own, node)
        warn_of_broken(step.texts, self._problems)
        self._steps.append(step)
        for before in self._awaited:
            self._edges[before, place] = EdgeKind.ORDER
        for before in (*self._setters, *self._mentioned(step)):
            self._edges[before, place] = EdgeKind.DATA
        if own:
            self._names[own] = place
        return place

    def _mentioned(self, step: Declared) -> list[int]:
        """Return the steps above of which a step wants to know something."""
        if not self._ended or not step.mentions:
            return []
        if not step.mentions.isdisjoint({"steps", "steps.*"}):
            return list(self._ended.values())
        named = sorted(each.removeprefix("steps.") for each in step.mentions if each.startswith("steps."))
        return [self._ended[own] for own in named if own in self._ended]

    def _own_id(self, node: MappingNode) -> str:
        written = node.get("id")
        own = text_of(written)
        # A number would be taken for another step's place in the list.
        if own.replace(".", "").isdecimal():
            return ""
        if own in self._names and written is not None:
            message = f"job `{self._job}` has two steps with the id `{own}`"
            self._problems.warn(BAD_STEP_ID, message, written, hints=("rename one: GitHub refuses the file",))
            return ""
        return own
