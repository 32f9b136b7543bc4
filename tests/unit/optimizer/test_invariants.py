"""Every kind of broken rewrite is noticed, and said in words."""

import pytest

from tests.support.builders import edge, step, workflow
from wfopt.dataclass import replace
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import EdgeKind, Opaque, Origin, Step, StepId, Workflow
from wfopt.optimizer.base import Facts
from wfopt.optimizer.invariants import violations


def closed(name: str, reads: str = "", writes: str = "") -> Step:
    inputs = (PathPattern(reads),) if reads else ()
    outputs = (PathPattern(writes),) if writes else ()
    return step(name, inputs=inputs, outputs=outputs, effects=frozenset())


def told(before: Workflow, after: Workflow, gone: dict[str, str | None] | None = None) -> list[str]:
    stands_for = {
        StepId(name): None if instead is None else StepId(instead) for name, instead in (gone or {}).items()
    }
    return list(violations(before, after, stands_for, Facts()))


A, B, C = closed("a", writes="x"), closed("b", reads="x"), closed("c")
FREE = workflow([C, closed("d")], [edge("c", "d")])


P, Q, OTHER = step("p"), step("q"), step("other")
HELD = edge("q", "other", origin=Origin.FILES)
FOREIGN = replace(step("foreign"), run=Opaque(what="x", why="y"))
OPEN = workflow([P, Q, OTHER], [edge("p", "q")])


def overtaking(*, ahead: bool) -> Workflow:
    late = replace(FREE.steps[1], ahead_of=(StepId("c"),) if ahead else ())
    return replace(FREE, steps=(C, late), edges=())


def test_a_good_rewrite_breaks_nothing() -> None:
    assert told(OPEN, replace(OPEN, steps=(P, replace(Q, right_after=StepId("p")), OTHER))) == []
    assert told(FREE, FREE) == []
    cells = tuple(replace(Q, id=StepId(f"q[x={each}]"), right_after=StepId("p")) for each in (1, 2))
    alone = replace(Q, right_after=StepId("p"))
    both, now = [edge("p", each.id) for each in cells], [edge("p", "q")]
    assert (
        told(workflow([P, *cells], both), workflow([P, alone], now), {each.id: "q" for each in cells}) == []
    )
    still = workflow([P, Q, OTHER], [edge("p", "q"), edge("q", "other")])
    assert told(replace(still, edges=(*still.edges, edge("p", "other"))), still) == []
    first = closed("a"), replace(closed("b"), right_after=StepId("a")), closed("c"), closed("d")
    waits = [("a", "b"), ("c", "d")]
    assert told(workflow(first, waits), workflow(first[:3], [*waits[:1], ("c", "b")]), {"d": "b"}) == []
    assert told(FREE, overtaking(ahead=True)) == []


@pytest.mark.parametrize(
    ("before", "after", "gone", "message"),
    [
        (FREE, workflow([C, C]), {}, "two steps have the same id"),
        (FREE, workflow([C], [edge("c", "d")]), {}, "an edge joins `c` and `d`, which do not both exist"),
        (
            FREE,
            workflow(FREE.steps, [edge("c", "d"), edge("d", "c")]),
            {},
            "steps wait for each other in a circle",
        ),
        (FREE, replace(FREE, listed=not FREE.listed), {}, "`listed` of the workflow has changed"),
        (
            OPEN,
            replace(OPEN, steps=(P, replace(Q, right_after=StepId("other")), OTHER)),
            {},
            "`q` is to start right after `other`, but cannot take its place",
        ),
        (
            replace(OPEN, edges=(*OPEN.edges, edge("p", "other"))),
            replace(
                OPEN,
                edges=(*OPEN.edges, edge("p", "other")),
                steps=(P, *(replace(each, right_after=StepId("p")) for each in (Q, OTHER))),
            ),
            {},
            "`q` is to start right after `p`, but cannot take its place",
        ),
        (
            workflow([C, closed("e", writes="y")], [edge("c", "e")]),
            workflow([C, replace(closed("e", writes="y"), right_after=StepId("c"))], [edge("c", "e")]),
            {},
            "`e` is to start right after `c`, but cannot take its place",
        ),
        (
            workflow([P, FOREIGN], [edge("p", "foreign")]),
            workflow([P, replace(FOREIGN, right_after=StepId("p"))], [edge("p", "foreign")]),
            {},
            "`foreign` is to start right after `p`, but cannot take its place",
        ),
        (
            workflow([P, Q, OTHER], [edge("p", "q"), HELD, edge("p", "other")]),
            workflow([P, Q, OTHER], [edge("p", "q"), HELD]),
            {},
            "`other` is no longer skipped if `p` fails",
        ),
        (
            workflow([P, Q, OTHER], [edge("p", "q"), HELD]),
            workflow([P, Q, OTHER], [edge("p", "q"), HELD, edge("p", "other")]),
            {},
            "`other` is now skipped if `p` fails",
        ),
        (
            workflow([P, Q, OTHER], [HELD, edge("p", "q", origin=Origin.LIST)]),
            workflow([P, Q, OTHER], [edge("p", "q"), edge("q", "other", origin=Origin.LIST)]),
            {},
            "`other` is now skipped if `p` fails",
        ),
        (FREE, workflow([C]), {}, "`d` is gone, and nothing says what became of it"),
        (FREE, workflow([C]), {"d": "e"}, "`e` is to stand for `d`, but does not exist"),
        (
            workflow([A, B], [edge("a", "b", EdgeKind.DATA)]),
            workflow([B]),
            {"a": None},
            "`a` is gone, but `b` uses what it makes",
        ),
        (
            workflow([C, B], [edge("c", "b", EdgeKind.REF)]),
            workflow([B]),
            {"c": "b"},
            "`c` is gone, but `b` asks for its status or values",
        ),
        (workflow([A, step("open")]), workflow([step("open")]), {"a": None},
         "`a` is gone, but `open` may read what it makes"),
        (workflow([A, B]), workflow([B]), {"a": None}, "`a` is gone, but `b` may read what it makes"),
        (
            replace(FREE, targets=(StepId("d"),)),
            replace(workflow([C]), targets=(StepId("d"),)),
            {"d": None},
            "`d` is gone, but it is a target",
        ),
        (FREE, replace(FREE, steps=(C, replace(FREE.steps[1], cwd="x"))), {}, "`cwd` of `d` has changed"),
        (
            workflow([C, step("open")], [edge("c", "open")]),
            workflow([C, step("open")]),
            {},
            "`open` no longer waits for `c`, and one of them must keep its order",
        ),
        (
            workflow([A, B], [edge("a", "b")]),
            workflow([A, B]),
            {},
            "`b` no longer waits for `a`, but they may touch the same files",
        ),
        (
            replace(FREE, targets=(StepId("d"),)),
            replace(overtaking(ahead=True), targets=(StepId("d"),)),
            {},
            "`c` no longer runs, as no target waits for it",
        ),
        (FREE, overtaking(ahead=False), {}, "`d` may overtake `c`, and nothing undoes it if that fails"),
    ],
)  # fmt: skip
def test_a_broken_rewrite_is_told(
    before: Workflow, after: Workflow, gone: dict[str, str | None], message: str
) -> None:
    assert message in told(before, after, gone)
