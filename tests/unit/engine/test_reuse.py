"""Without a cache every step runs."""

from pathlib import Path

from tests.support.cache_stores import keys_in
from tests.support.reusing import RESOLVED, Desk, making
from wfopt.engine.reuse import Miss, NoReuse

MADE = making("out dir/", "in")


def test_no_reuse_runs_everything_and_keeps_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("in", "1")
    results = desk.results()
    found = results.find(MADE, RESOLVED, alone=True)
    assert isinstance(found, Miss)
    assert found.ticket is not None
    none = NoReuse(lambda step: f"why {step.id}")
    assert none.find(MADE, RESOLVED, alone=True) == Miss(reason="why a")
    assert none.find_quickly(MADE) is None
    assert none.keep(MADE, found.ticket, desk.done()) == ""
    none.forget(MADE)
    none.close()
    assert keys_in(results.lookup.store) == []
    desk.close()
