"""What a run used over time, measured or estimated."""

from itertools import pairwise

import pytest

from tests.support.stories import attempt, large_story
from wfopt.model.history import Sample
from wfopt.render.html.usage import usage_curve


def test_what_was_measured_is_shown_as_it_was() -> None:
    measured = (Sample(0.5, 1.0, 100, 1), Sample(1.0, 2.0, 200, 2))
    curve = usage_curve(measured, [attempt("a", cpu_s=9.0)])
    assert (curve.samples, curve.estimated) == (measured, False)


def test_steps_without_samples_give_an_estimate() -> None:
    attempts = [
        attempt("a", 0.0, 4.0, cpu_s=2.0, peak_memory_bytes=100),
        attempt("b", 1.0, 2.0, cpu_s=4.0, peak_memory_bytes=50),
        attempt("skipped", None, None),
    ]
    curve = usage_curve((), attempts)
    assert curve.estimated
    assert curve.samples == (
        Sample(0.0, 0.5, 100, 1),
        Sample(1.0, 2.5, 150, 2),
        Sample(3.0, 0.5, 100, 1),
        Sample(4.0, 0.0, 0, 0),
    )


def test_idle_time_between_steps_is_idle() -> None:
    curve = usage_curve((), [attempt("a", 1.0, 1.0, cpu_s=1.0), attempt("b", 5.0, 1.0)])
    assert [(each.at, each.running) for each in curve.samples] == [(0, 0), (1, 1), (2, 0), (5, 1), (6, 0)]
    # Nothing is known of the second step's cpus or memory.
    assert [each.cpus for each in curve.samples] == [0, 1, 0, 0, 0]


@pytest.mark.parametrize("attempts", [[], [attempt("a", None, None)], [attempt("a", 0.0, 0.0)]])
def test_nothing_that_ran_gives_nothing_to_draw(attempts: list[object]) -> None:
    assert usage_curve((), attempts).samples == ()


def test_a_moment_that_stands_for_many_shows_their_mean() -> None:
    samples = usage_curve((), [attempt(f"s{at}", at, 0.5, cpu_s=0.5) for at in range(1500)]).samples
    # One and a half seconds hold between one and two of the half seconds in which one cpu is busy.
    assert min(each.cpus for each in samples[:-1]) >= 0.33
    assert max(each.cpus for each in samples) <= 0.67


def test_thousands_of_moments_are_averaged_without_losing_any_cpu_time() -> None:
    story = large_story(2000)
    samples = usage_curve((), story.attempts).samples
    assert 100 < len(samples) <= 1001
    total = sum(first.cpus * (then.at - first.at) for first, then in pairwise(samples))
    assert total == pytest.approx(sum(each.cpu_s or 0.0 for each in story.attempts), rel=1e-3)
    assert samples[-1].running == 0
