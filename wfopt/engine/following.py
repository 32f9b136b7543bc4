"""Steps that start right after another one, in its place: what is decided about them beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfopt.dataclass import dataclass, field, replace
from wfopt.engine.plan import Changes, Plan
from wfopt.engine.reuse import Miss, Reuse
from wfopt.engine.runner import Launch
from wfopt.engine.world import Collaborators
from wfopt.model.expressions import ExpressionError
from wfopt.model.following import why_not_right_after
from wfopt.model.workflow import Step

MOST_AHEAD = 32
"""So many steps are lined up at once: each holds a pipe from then on."""


@dataclass(frozen=True, slots=True)
class Follower:
    """A step that starts right after another one, if that ends well.

    Attributes:
        node: its place in the plan.
        step: the step.
        miss: why it runs.
    """

    node: int
    step: Step
    miss: Miss


@dataclass(slots=True)
class Followers:
    """Lines steps up behind others, and takes them back.

    Attributes:
        plan: what waits for what.
        world: makes launches.
        reuse: knows whose results may be reused, which is looked up first.
    """

    plan: Plan
    world: Collaborators
    reuse: Reuse
    _candidates: Mapping[int, int] | None = None
    # By the node that they follow.
    _lined_up: dict[int, Follower] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._lined_up)

    def line_up(self, node: int) -> list[Launch]:
        """Return what may start right after a step that starts now, each after the one before it."""
        if self._candidates is None:
            self._candidates = candidates(self.plan)
        found: list[Launch] = []
        step = self.plan.workflow.steps[node]
        if node not in self._candidates or not self.plan.may_be_followed(node) or self._is_hindered(step):
            return found
        while node in self._candidates and len(self._lined_up) < MOST_AHEAD:
            follower = self._candidates[node]
            then = self.plan.workflow.steps[follower]
            miss = self.reuse.surely_runs(then)
            if miss is None:
                break
            following = self._launch(then)
            if following is None:
                break
            self._lined_up[node] = Follower(follower, then, miss)
            self.plan.promise(follower)
            found.append(replace(following, unless=self.world.launcher.values_path(step)))
            node, step = follower, then
        return found

    def _is_hindered(self, step: Step) -> bool:
        launcher = self.world.launcher
        is_late = self.world.stop.number is not None
        # What was seen of a step is looked up on the disk, which the next one may change.
        is_traced = launcher.tracer is not None
        return is_late or is_traced or bool(launcher.secrets) or self.reuse.surely_runs(step) is None

    def _launch(self, step: Step) -> Launch | None:
        launcher = self.world.launcher
        try:
            return launcher.launch(step, launcher.resolve(step, {}))
        except (ExpressionError, OSError):
            # It comes up again when the step starts in the ordinary way, and is told then.
            launcher.tidy(step)
            return None

    def take(self, node: int) -> Follower:
        """Return what has started right after a step."""
        return self._lined_up.pop(node)

    def withdraw(self, node: int) -> Changes:
        """Let what was lined up behind a step wait for its turn again; return what follows."""
        nodes = []
        for follower in self._chain(node):
            self.world.launcher.tidy(follower.step)
            nodes.append(follower.node)
        return self.plan.withdraw(nodes)

    def _chain(self, node: int) -> Iterator[Follower]:
        while (follower := self._lined_up.pop(node, None)) is not None:
            yield follower
            node = follower.node


def candidates(plan: Plan) -> dict[int, int]:
    """Return, for each step that one may start right after, that one."""
    steps = plan.workflow.steps
    if plan.has_overtakers or all(step.right_after is None for step in steps):
        return {}
    found: dict[int, int] = {}
    for node, step in enumerate(steps):
        before = plan.dag.before[node]
        if step.right_after is None or len(before) != 1:
            continue
        first = before[0]
        is_named = steps[first].id == step.right_after
        if is_named and first not in found and not why_not_right_after(steps[first], step):
            found[first] = node
    return found
