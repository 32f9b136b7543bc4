"""Signals as values during a run, as an end before and after it."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from wfopt.cli import signals as module
from wfopt.cli.signals import HANDLED, Interrupted, Signals, end_on_signals, ignore_signals

NUMBERS = (*HANDLED, signal.SIGALRM)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    statuses: list[int] = []
    monkeypatch.setattr(os, "_exit", statuses.append)
    return statuses


@pytest.mark.parametrize("number", HANDLED)
def test_outside_of_a_run_a_signal_ends_the_program(number: signal.Signals, ended: list[int]) -> None:
    signal.signal(number, signal.SIG_DFL)
    end_on_signals()
    signal.raise_signal(number)
    assert ended == [128 + number]


def test_a_hangup_stays_ignored_but_an_interrupt_does_not(ended: list[int]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_on_signals()
    signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGINT)
    with Signals() as signals:
        signal.raise_signal(signal.SIGHUP)
        assert signals.next() is None
    assert ended == [130]


@pytest.mark.parametrize("number", HANDLED)
def test_when_all_is_done_signals_come_too_late(number: signal.Signals, ended: list[int]) -> None:
    end_on_signals()
    ignore_signals()
    signal.raise_signal(number)
    assert ended == []


@pytest.mark.parametrize("number", HANDLED)
def test_during_a_run_a_signal_is_a_value(number: signal.Signals, ended: list[int]) -> None:
    with Signals() as signals:
        assert signals.next() is None
        signal.raise_signal(number)
        assert signals.next() == number
        assert signals.next() is None
    assert ended == []


def test_a_signal_ends_a_pause() -> None:
    with Signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        signals.pause(60)
        signals.pause(0)
        assert signals.next() == signal.SIGTERM


def test_after_the_run_a_signal_ends_the_program_again(ended: list[int]) -> None:
    with Signals():
        pass
    signal.raise_signal(signal.SIGINT)
    assert ended == [130]
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_what_came_too_late_for_the_loop_can_be_asked_for_afterwards() -> None:
    with Signals() as signals:
        signal.raise_signal(signal.SIGINT)
    assert signals.next() == signal.SIGINT


def test_two_signals_that_nobody_asks_for_break_the_run_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNHEARD_S", 0.001)
    before: list[str] = []
    with Signals(lambda: before.append("silent")):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interrupted) as caught:
            threading.Event().wait(20)
    assert caught.value.number == signal.SIGTERM
    assert before == ["silent"]


def test_a_run_is_broken_off_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNHEARD_S", 100)
    with Signals(lambda: None) as signals:
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGALRM)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGALRM)
        assert signals.next() == signal.SIGTERM


def test_two_signals_that_the_loop_takes_in_time_break_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNHEARD_S", 100)
    with Signals(lambda: None) as signals:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert [signals.next(), signals.next()] == [signal.SIGTERM, signal.SIGINT]
        signal.raise_signal(signal.SIGALRM)


def test_a_second_signal_counts_although_the_first_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNHEARD_S", 0.001)
    with Signals(lambda: None) as signals:
        signal.raise_signal(signal.SIGTERM)
        assert signals.next() == signal.SIGTERM
        threading.Event().wait(0.01)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interrupted):
            threading.Event().wait(20)
