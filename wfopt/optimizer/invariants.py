"""What every rewrite must leave as it is; looked at after each pass, without trust in what the pass says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from wfopt.dataclass import replace
from wfopt.graph.order import Dag, dag_of, topological
from wfopt.model.following import why_not_right_after
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import EdgeKind, Step, StepId, Workflow
from wfopt.optimizer.base import Facts
from wfopt.optimizer.freedom import reads_anything, watches_status
from wfopt.optimizer.relinking import chosen_by_targets
from wfopt.optimizer.sightings import may_spill, order_bond_of, order_meetings_of, spill_of
from wfopt.optimizer.spreading import by_member, settled, skipped_by

_SAME_IN_STEPS = (
    "run",
    "cell",
    "cwd",
    "env",
    "inputs",
    "outputs",
    "condition",
    "allow_failure",
    "effects",
    "keep_on_failure",
    "capture",
    "interactive",
    "secrets",
    "rollback",
)
"""What no pass may change in a step that stays; a fused step is looked at by its parts."""

DROPPING = "drop-order-only-needs"
"""The pass that the user may allow to leave behind what an overtaking step wrote."""

_SAME = ("name", "listed", "params", "tokens", "on_failure", "finally_steps", "secrets")


def violations(
    before: Workflow, after: Workflow, stands_for: Mapping[StepId, StepId | None], facts: Facts
) -> Iterator[str]:
    """Yield what a rewrite broke, in words.

    Args:
        before: the workflow that the pass was given.
        after: the workflow that it made of it.
        stands_for: for each step that is gone, the one that does its work, or None.
        facts: what the pass knew.
    """
    index = {step.id: place for place, step in enumerate(after.steps)}
    if len(index) < len(after.steps):
        yield "two steps have the same id"
        return
    lost = [edge for edge in after.edges if edge.before not in index or edge.after not in index]
    if lost:
        yield f"an edge joins `{lost[0].before}` and `{lost[0].after}`, which do not both exist"
        return
    if len(topological(_dag(after, index))) < len(after.steps):
        yield "steps wait for each other in a circle"
        return
    for name in _SAME:
        if getattr(before, name) != getattr(after, name):
            yield f"`{name}` of the workflow has changed"
    gone = list(_gone(before, index, stands_for))
    if gone:
        yield from gone
        return
    yield from _unread(before, index, stands_for, facts)
    for unwanted in sorted(chosen_by_targets(before) - chosen_by_targets(after) - stands_for.keys()):
        yield f"`{unwanted}` no longer runs, as no target waits for it"
    yield from _changed(before, after, index)
    yield from _hurried(before, after, stands_for)
    yield from _reordered(before, after, stands_for, facts)


def _dag(workflow: Workflow, index: Mapping[StepId, int]) -> Dag:
    pairs = [(index[edge.before], index[edge.after]) for edge in workflow.edges]
    return dag_of(len(workflow.steps), pairs)


def _gone(
    before: Workflow, index: Mapping[StepId, int], stands_for: Mapping[StepId, StepId | None]
) -> Iterator[str]:
    for step in before.steps:
        if step.id not in index and step.id not in stands_for:
            yield f"`{step.id}` is gone, and nothing says what became of it"
    for gone, instead in stands_for.items():
        if instead is not None and instead not in index:
            yield f"`{instead}` is to stand for `{gone}`, but does not exist"
    unneeded = {gone for gone, instead in stands_for.items() if instead is None}
    yield from _unfed(before, index, stands_for)
    for target in before.targets:
        if target in unneeded:
            yield f"`{target}` is gone, but it is a target"


def _unfed(
    before: Workflow, index: Mapping[StepId, int], stands_for: Mapping[StepId, StepId | None]
) -> Iterator[str]:
    for edge in before.edges:
        if edge.before not in stands_for or edge.after not in index:
            continue
        if edge.kind is EdgeKind.DATA and stands_for[edge.before] is None:
            yield f"`{edge.before}` is gone, but `{edge.after}` uses what it makes"
        if edge.kind is EdgeKind.REF:
            yield f"`{edge.before}` is gone, but `{edge.after}` asks for its status or values"


def _unread(
    before: Workflow,
    index: Mapping[StepId, int],
    stands_for: Mapping[StepId, StepId | None],
    facts: Facts,
) -> Iterator[str]:
    """Look for readers of what steps made that nobody does any more."""
    unneeded = [step for step in before.steps if step.id in stands_for and stands_for[step.id] is None]
    if not unneeded:
        return
    places = {step.id: place for place, step in enumerate(before.steps)}
    ancestors = _ancestors(before, places)
    left = [step for step in before.steps if step.id in index]
    for gone in unneeded:
        for step in left:
            is_earlier = ancestors[places[gone.id]] >> places[step.id] & 1
            reads = step.inputs or ()
            may_read = reads_anything(step, facts.undeclared) or any(
                relate(output, reads) is not Relation.NONE for output in gone.outputs or ()
            )
            if may_read and not is_earlier:
                yield f"`{gone.id}` is gone, but `{step.id}` may read what it makes"
                break


def _ancestors(workflow: Workflow, places: Mapping[StepId, int]) -> list[int]:
    dag = _dag(workflow, places)
    bits = [0] * len(workflow.steps)
    for node in topological(dag):
        for each in dag.before[node]:
            bits[node] |= bits[each] | 1 << each
    return bits


def _changed(before: Workflow, after: Workflow, index: Mapping[StepId, int]) -> Iterator[str]:
    for step in before.steps:
        if step.id in index:
            new = after.steps[index[step.id]]
            for name in _SAME_IN_STEPS:
                if getattr(step, name) != getattr(new, name):
                    yield f"`{name}` of `{step.id}` has changed"


def _hurried(before: Workflow, after: Workflow, stands_for: Mapping[StepId, StepId | None]) -> Iterator[str]:
    """Look at every step that starts right after another one, and did not before."""
    known = {(stands_for.get(step.id, step.id), step.right_after) for step in before.steps}
    steps, waits = {step.id: step for step in after.steps}, dict[StepId, set[StepId]]()
    for edge in after.edges:
        waits.setdefault(edge.after, set()).add(edge.before)
    taken = Counter(step.right_after for step in after.steps)
    for step in after.steps:
        first = step.right_after
        if first is None or (step.id, first) in known:
            continue
        if waits.get(step.id) != {first} or taken[first] > 1 or why_not_right_after(steps[first], step):
            yield f"`{step.id}` is to start right after `{first}`, but cannot take its place"


def _reordered(
    before: Workflow, after: Workflow, stands_for: Mapping[StepId, StepId | None], facts: Facts
) -> Iterator[str]:
    """Look at every pair of steps that had an order and has none, or another one."""
    steps = [step for step in before.steps if _now(step.id, stands_for) is not None]
    index = {step.id: place for place, step in enumerate(steps)}
    old = _old_ancestors(before, index)
    members = _members(after, steps, stands_for)
    new = _new_ancestors(after, members, len(steps))
    tied = [order_bond_of(step, facts) is not None or watches_status(step) for step in steps]
    ties = sum(1 << place for place, each in enumerate(tied) if each)
    meetings = order_meetings_of(steps, facts)
    covered = _covered(after, members, len(steps))
    for place, step in enumerate(steps):
        loose = old[place] & ~new[place]
        if not loose:
            continue
        if tied[place] or loose & ties:
            other = steps[_first(loose if tied[place] else loose & ties)]
            yield f"`{step.id}` no longer waits for `{other.id}`, and one of them must keep its order"
        elif loose & meetings[place]:
            other = steps[_first(loose & meetings[place])]
            yield f"`{step.id}` no longer waits for `{other.id}`, but they may touch the same files"
        elif step.id not in stands_for and loose & ~covered[place]:
            other = steps[_first(loose & ~covered[place])]
            yield f"`{step.id}` may overtake `{other.id}`, and nothing undoes it if that fails"
        elif spill_of(step, facts) is not None and not may_spill(
            [steps[each] for each in _places(loose)], facts, DROPPING
        ):
            other = steps[_first(loose)]
            yield f"`{step.id}` may overtake `{other.id}`, and not all that it writes is undone"
    yield from _skipped_otherwise(before, after, members, steps)


def _skipped_otherwise(
    before: Workflow, after: Workflow, members: Sequence[Sequence[int]], steps: Sequence[Step]
) -> Iterator[str]:
    """Look at every step that other failures skip than before."""
    left = {step.id for step in after.steps}
    is_shorter = len(left) < len(before.steps)
    if is_shorter:
        # What steps overtook that are gone is no longer told, and who does their work is skipped for them.
        before = replace(before, steps=tuple(replace(step, ahead_of=()) for step in before.steps))
    old = skipped_by(before, _members(before, steps, {}), len(steps))
    new = skipped_by(after, members, len(steps))
    for place, (step, was, now) in enumerate(zip(steps, old, new, strict=True)):
        if step.id not in left or watches_status(step):
            continue
        lost, gained = was & ~now, now & ~was & ~(1 << place)
        if lost:
            yield f"`{step.id}` is no longer skipped if `{steps[_first(lost)].id}` fails"
        if gained and not is_shorter:
            yield f"`{step.id}` is now skipped if `{steps[_first(gained)].id}` fails"


def _now(step: StepId, stands_for: Mapping[StepId, StepId | None]) -> StepId | None:
    seen: StepId | None = step
    while seen is not None and seen in stands_for:
        seen = stands_for[seen]
    return seen


def _old_ancestors(workflow: Workflow, index: Mapping[StepId, int]) -> list[int]:
    """Return what each of the steps waited for, also by way of steps that are gone, as bits."""
    places = {step.id: place for place, step in enumerate(workflow.steps)}
    dag = _dag(workflow, places)
    bits = [0] * len(workflow.steps)
    for node in topological(dag):
        for each in dag.before[node]:
            own = index.get(workflow.steps[each].id)
            bits[node] |= bits[each] | (0 if own is None else 1 << own)
    return [bits[places[name]] for name in index]


def _members(
    workflow: Workflow, steps: Sequence[Step], stands_for: Mapping[StepId, StepId | None]
) -> list[list[int]]:
    """Return, for each step of a new workflow, the places of the old steps whose work it does."""
    places = {step.id: place for place, step in enumerate(workflow.steps)}
    members: list[list[int]] = [[] for _ in workflow.steps]
    for place, step in enumerate(steps):
        now = _now(step.id, stands_for)
        if now is not None:
            members[places[now]].append(place)
    return members


def _new_ancestors(workflow: Workflow, members: Sequence[Sequence[int]], size: int) -> list[int]:
    """Return what each of the old steps waits for now, as bits of the old steps.

    The parts of one step that stands for several run one after another, in their old order.
    """
    dag = _dag(workflow, {step.id: place for place, step in enumerate(workflow.steps)})
    bits = [0] * len(workflow.steps)
    for node in topological(dag):
        for each in dag.before[node]:
            bits[node] |= bits[each] | _bits(members[each])
    found = [0] * size
    for node, own in enumerate(members):
        earlier = bits[node]
        for member in own:
            found[member] = earlier
            earlier |= 1 << member
    return found


def _covered(workflow: Workflow, members: Sequence[Sequence[int]], size: int) -> list[int]:
    """Return, for each old step, those whose failure undoes or skips it now, as bits of the old steps."""
    places = {step.id: place for place, step in enumerate(workflow.steps)}
    dag = _dag(workflow, places)
    overtaken = [[places[each] for each in step.ahead_of if each in places] for step in workflow.steps]
    own = [_bits(numbers) for numbers in members]

    def reached(node: int, found: Sequence[int]) -> int:
        bits = 0
        for each in (*dag.before[node], *overtaken[node]):
            bits |= found[each] | own[each]
        return bits

    return by_member(settled(topological(dag), reached), members, size)


def _bits(places: Sequence[int]) -> int:
    bits = 0
    for place in places:
        bits |= 1 << place
    return bits


def _places(bits: int) -> Iterator[int]:
    while bits:
        yield _first(bits)
        bits &= bits - 1


def _first(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
