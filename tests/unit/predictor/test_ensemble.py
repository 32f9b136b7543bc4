"""How models are weighed and how they vote."""

import pytest

from tests.support.predictions import noisy, samples_of, series_of
from wfopt.predictor.ensemble import losses_of, opinions_of, predict, score, weighted_median
from wfopt.predictor.learned import learn


@pytest.mark.parametrize(
    ("values", "middle"),
    [
        ([(3.0, 1.0)], 3.0),
        ([(3.0, 1.0), (1.0, 1.0)], 2.0),
        ([(3.0, 1.0), (1.0, 1.0), (9.0, 1.0)], 3.0),
        ([(3.0, 0.2), (1.0, 1.0), (9.0, 0.3)], 1.0),
        ([(3.0, 0.1 + 0.2), (1.0, 0.3), (9.0, 1e-14)], 2.0),
    ],
)
def test_the_median_heeds_weights(values: list[tuple[float, float]], middle: float) -> None:
    assert weighted_median(values) == middle


def test_the_best_model_is_named_first() -> None:
    sizes = [float(1 + number * 7 % 11) for number in range(20)]
    scored = score(series_of([3 + 2 * size for size in sizes], sizes), 16)
    best = scored.models[opinions_of(scored)[0].place].name
    assert best in {"line", "theil-sen", "lotaru"}
    assert losses_of(scored)[best] < 0.2
    assert len(opinions_of(scored)) < len(scored.models)


def test_without_sizes_only_models_that_need_none_are_asked() -> None:
    assert all(not model.sized for model in score(series_of(noisy(9)), 5).models)
    assert all(
        model.sized
        for model in score(series_of(noisy(9), [1.0 + x for x in range(9)]), 5, beyond=True).models
    )


def test_a_step_without_origins_trusts_what_others_tell() -> None:
    scored = score(series_of([4.0], [2.0]), 16)
    assert losses_of(scored) == {}
    assert len(opinions_of(scored)) == len(scored.models)
    borrowed = {model.name: 0.1 if model.name == "line" else 5.0 for model in scored.models}
    opinions = opinions_of(scored, borrowed)
    assert [scored.models[each.place].name for each in opinions] == ["line"]
    assert predict(scored, opinions, 8.0) == pytest.approx(2.772588722)
    assert scored.residuals == []


def test_residuals_are_those_of_a_model_that_others_chose() -> None:
    scored = score(series_of([5.0] * 10 + [10.0] * 10), 16)
    found = scored.residuals
    assert len(found) == 16
    assert max(found) == pytest.approx(0.693, abs=0.01)
    assert sum(abs(each) < 0.01 for each in found) >= 12


def test_what_is_kept_of_many_steps_estimates_the_same() -> None:
    sizes = [float(1 + number * 7 % 11) for number in range(20)]
    learned = learn(samples_of([3 + 2 * size for size in sizes], sizes), {"bytes": 5.0})
    assert learned is not None
    whole = learned.estimate({"bytes": 5.0}, 0.8)
    assert learned.lighter().estimate({"bytes": 5.0}, 0.8) == whole
    assert learned.lighter().scored.trails == ()
