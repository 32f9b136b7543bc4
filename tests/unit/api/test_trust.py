"""How far promises of passes came true."""

from pathlib import Path

import pytest

from tests.support.history import past_run, rewrite, story
from tests.support.told_history import SOUTH
from wfopt.api.trust import trust_of
from wfopt.metrics.savings import savings_of
from wfopt.metrics.store import open_history
from wfopt.model.history import PastRun


def runs(content: str, wall: float, **more: object) -> list[PastRun]:
    return [
        past_run(f"{content}{number}", content=content, wall_s=wall, host=SOUTH, **more)  # type: ignore[arg-type]
        for number in range(3)
    ]


@pytest.mark.parametrize(("after", "trust"), [(8.0, 1.0), (6.0, 1.0), (9.0, 0.75), (10.0, 0.5), (12.0, 0.5)])
def test_one_promise(after: float, trust: float) -> None:
    noted = rewrite(before="a", after="b", predicted_saving_s=2.0)
    (record,) = savings_of([noted], [*runs("a", 10.0), *runs("b", after)]).passes
    assert (record.name, record.rewrites, record.predicted_s) == ("drop-order", 1, 2.0)
    assert record.measured_s == pytest.approx(10.0 - after)
    assert record.trust == pytest.approx(trust)


def test_several_promises() -> None:
    noted = [
        rewrite(before="a", after="b", predicted_saving_s=2.0),
        rewrite(before="b", after="c", predicted_saving_s=4.0),
    ]
    (record,) = savings_of(noted, [*runs("a", 10.0), *runs("b", 9.0), *runs("c", 9.0)]).passes
    assert (record.rewrites, record.predicted_s, record.measured_s) == (2, 6.0, 1.0)
    assert record.trust == pytest.approx((1 + 0.5 + 0.0) / 3)


@pytest.mark.parametrize("predicted", [None, 0.0])
def test_what_promised_nothing_proves_nothing(predicted: float | None) -> None:
    noted = rewrite(before="a", after="b", predicted_saving_s=predicted)
    assert savings_of([noted], [*runs("a", 10.0), *runs("b", 9.0)]).passes == ()


def test_runs_that_tell_little_do_not_count() -> None:
    noted = rewrite(before="a", after="b", predicted_saving_s=2.0)
    assert savings_of([noted], [*runs("a", 10.0), *runs("b", 9.0)[:2]]).passes == ()
    assert savings_of([noted], [*runs("a", 10.0, hits=3), *runs("b", 9.0)]).passes == ()
    assert savings_of([noted], [*runs("a", 10.0, slots=7), *runs("b", 9.0)]).passes == ()
    assert savings_of([noted], [*runs("a", 10.0, options={"steps": "x"}), *runs("b", 9.0)]).passes == ()


def test_runs_without_hits_are_compared_where_there_are_such() -> None:
    noted = rewrite(before="a", after="b", predicted_saving_s=2.0)
    past = [*runs("a", 10.0), *runs("b", 9.0)]
    warm = [past_run(f"w{number}", content="b", wall_s=0.1, host=SOUTH, hits=5) for number in range(9)]
    (each,) = savings_of([noted], [*past, *warm]).each
    assert (each.after_s, each.is_cold, each.is_certain) == (9.0, True, True)


def test_the_history_tells_it(tmp_path: Path) -> None:
    database = tmp_path / "history.db"
    assert trust_of(str(tmp_path), "wfopt.yml", "south") == {}
    with open_history(str(database), wall=lambda: 0.0, monotonic=lambda: 0.0, warn=lambda _: None) as history:
        for run in (*runs("a", 10.0), *runs("b", 9.0)):
            history.write(story(run))
        assert trust_of(str(tmp_path), "wfopt.yml", "south") == {}
        history.add_rewrite(rewrite(before="a", after="b", predicted_saving_s=2.0))
    assert trust_of(str(tmp_path), "wfopt.yml", "south") == {"drop-order": pytest.approx(0.75)}
    assert trust_of(str(tmp_path), "wfopt.yml", "north") == {}
    database.write_bytes(b"damaged" * 1000)
    assert trust_of(str(tmp_path), "wfopt.yml", "south") == {}
