"""Which failures skip a step although the run goes on."""

import pytest

from tests.support.builders import edge, step, workflow
from wfopt.dataclass import replace
from wfopt.model.workflow import Edge, Origin, StepId
from wfopt.optimizer.spreading import settled, skipped_by

A, B, C = 1, 2, 4


def of_chain(origins: tuple[Origin, Origin]) -> list[int]:
    """Return by whose failures `a`, `b` and `c` are skipped, which wait for each other in this order."""
    edges: list[Edge] = [
        replace(edge(*pair), origin=origin) for pair, origin in zip(("ab", "bc"), origins, strict=True)
    ]
    return skipped_by(workflow("abc", edges), [[0], [1], [2]], 3)


@pytest.mark.parametrize(
    ("second", "skips_c"), [(Origin.WRITTEN, A | B), (Origin.FILES, B), (Origin.LIST, A | B)]
)
def test_what_skipping_spreads_over(second: Origin, skips_c: int) -> None:
    assert of_chain((Origin.FILES, second)) == [0, A, skips_c]


def test_who_overtakes_a_step_is_skipped_with_it() -> None:
    hasty = replace(step("a"), ahead_of=(StepId("c"),))
    found = skipped_by(workflow([hasty, "b", "c"], [edge("b", "c")]), [[0], [1], [2]], 3)
    assert found == [B | C, 0, B]


def test_a_step_answers_for_all_whose_work_it_does() -> None:
    assert skipped_by(workflow("ab", [edge("a", "b")]), [[0], [1, 2]], 4) == [0, A, A, 0]


def test_it_goes_on_until_nothing_is_new() -> None:
    after = {0: 1, 1: 2}
    assert settled([0, 1, 2], lambda node, found: 1 << node | found[after.get(node, 2)]) == [7, 6, 4]
