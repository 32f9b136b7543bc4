"""Workflows played through on a machine."""

from __future__ import annotations

import pytest

from tests.support.builders import step
from wfopt.api import predict_play as module
from wfopt.api.predict_play import Play, most_at_once
from wfopt.graph.order import dag_of
from wfopt.resources.pool import Capacity
from wfopt.scheduler.schedule import Schedule
from wfopt.scheduler.strategies.fifo import Fifo

STEPS = [step("a"), step("b"), step("c")]


def play(slots: int = 2) -> Play:
    return Play(STEPS, dag_of(3, [(0, 1)]), Capacity(slots=slots, cpu_milli=slots * 1000), Fifo(), {})


def test_what_runs_at_the_end_is_added() -> None:
    assert play().makespan([1.0, 2.0, 2.5]) == 3.0
    assert play().makespan([1.0, 2.0, 2.5, 0.5, 0.25]) == 3.75


def test_the_chain_leaves_out_what_takes_no_time() -> None:
    assert play().chain([1.0, 2.0, 2.5]) == [0, 1]
    assert play().chain([0.0, 2.0, 1.0]) == [1]
    assert play().chain([0.0, 0.0, 0.0]) == []


def test_the_same_seconds_are_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    played, real = [], module.simulate
    monkeypatch.setattr(module, "simulate", lambda *args: played.append(1) or real(*args))
    it = play()
    it.makespan([1.0, 2.0, 3.0, 9.0])
    it.chain([1.0, 2.0, 3.0])
    assert len(played) == 1
    it.makespan([1.0, 2.0, 4.0])
    assert len(played) == 2


def schedule(*spans: tuple[float, float]) -> Schedule:
    starts, ends = zip(*spans, strict=True)
    return Schedule(order=(), ready=starts, starts=starts, ends=ends, makespan=max(ends))


def test_the_most_that_is_held_at_once() -> None:
    assert most_at_once(schedule((0, 2), (1, 3), (2, 4)), [5, 3, 4]) == 8
    assert most_at_once(schedule((0, 1), (1, 2)), [5, 6]) == 6
    assert most_at_once(schedule((0, 0), (1, 2)), [50, 6]) == 6
    assert most_at_once(schedule((0, 2), (0, 2)), [0, 0]) == 0
