"""How long it takes to find the loosest order."""

import time
from itertools import pairwise

import pytest

from tests.support.builders import edge, workflow
from wfopt.dataclass import replace
from wfopt.model.workflow import EdgeKind, Origin
from wfopt.optimizer.loosening import Loosening
from wfopt.optimizer.units import Units


def seconds_for(count: int) -> float:
    """Return the cpu-seconds of loosening a list of so many steps that share nothing; the best of three."""
    names = [f"s{number}" for number in range(count)]
    edges = [replace(edge(*pair, EdgeKind.ORDER), origin=Origin.LIST) for pair in pairwise(names)]
    units = Units(replace(workflow(names, edges), listed=True))
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        found = Loosening(units, [None] * count)
        best = min(best, time.process_time() - started)
    assert len(found.loosened) == count - 1
    return best


@pytest.mark.slow
@pytest.mark.untraced
def test_a_long_list_takes_hardly_longer_for_each_step() -> None:
    assert seconds_for(4000) < 9 * seconds_for(1000)
