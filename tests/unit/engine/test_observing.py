"""When a run is looked at, and what is told of it."""

from __future__ import annotations

import pytest

from tests.support.eyes import FakeEyes
from tests.support.ticks import tick
from wfopt.engine.observing import EVERY_S, Eyes, Observer, Standing
from wfopt.engine.runner import Alive
from wfopt.events import AlertChanged, Event, Sampled
from wfopt.model.history import Alert
from wfopt.model.samples import Cleared, Raised

STANDING = Standing(alive=Alive({}), started_at={}, waiting=0)
RAISED = Raised(Alert(at=0.5, rule="memory", severity="warning", message="92 % of the memory is used"))
CLEARED = Cleared(at=1.0, rule="memory")


def observed(eyes: FakeEyes, *moments: float) -> list[Event]:
    events: list[Event] = []
    observer = Observer(open_eyes=lambda: eyes, emit=events.append)
    for at in moments:
        observer.observe(at, lambda: STANDING)
    return events


def test_each_look_is_told_with_the_alerts_that_change() -> None:
    assert observed(FakeEyes({1: [RAISED], 3: [CLEARED, RAISED]}), 0.5, 1.0, 1.5) == [
        Sampled(at=0.5, tick=tick(0.5)),
        AlertChanged(at=0.5, change=RAISED),
        Sampled(at=1.0, tick=tick(1.0)),
        Sampled(at=1.5, tick=tick(1.5)),
        AlertChanged(at=1.5, change=CLEARED),
        AlertChanged(at=1.5, change=RAISED),
    ]


@pytest.mark.parametrize(
    ("moments", "looks"),
    [
        ((), []),
        ((0.0, EVERY_S - 0.001), []),
        ((0.0, EVERY_S, EVERY_S + 0.1), [EVERY_S]),
        ((0.6, 1.0, 1.099, 1.1), [0.6, 1.1]),
        # After a pause there is one look, not one for each that was missed.
        ((0.5, 60.0, 60.1, 60.5), [0.5, 60.0, 60.5]),
    ],
)
def test_it_is_looked_when_it_is_time_to(moments: tuple[float, ...], looks: list[float]) -> None:
    eyes = FakeEyes()
    observed(eyes, *moments)
    assert eyes.moments == looks


def test_nothing_is_opened_or_asked_before_the_first_look_and_then_once() -> None:
    opened: list[Eyes] = []
    asked: list[float] = []

    def open_eyes() -> Eyes:
        opened.append(FakeEyes())
        return opened[-1]

    observer = Observer(open_eyes=open_eyes, emit=lambda _: None)

    def look(at: float) -> None:
        def standing() -> Standing:
            asked.append(at)
            return STANDING

        observer.observe(at, standing)

    look(0.1)
    assert (opened, asked) == ([], [])
    for at in (0.5, 0.7, 1.0, 1.5):
        look(at)
    assert (len(opened), asked) == (1, [0.5, 1.0, 1.5])


def test_when_it_looks_next_is_known() -> None:
    observer = Observer(open_eyes=FakeEyes, emit=lambda _: None)
    assert observer.due == EVERY_S
    observer.observe(0.9, lambda: STANDING)
    assert observer.due == 0.9 + EVERY_S
