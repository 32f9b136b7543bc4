"""What a run does ahead of its time, while its first steps run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module

from wfopt.api.prepare import Prepared, RunOptions
from wfopt.cache.policy import Mode
from wfopt.engine.chores import Chore
from wfopt.engine.plan import Plan

FORESEEN_S = 1.0
FORESEEN_STEP_S = 0.02
"""A run of fewer seconds, and so many more for each step, is not predicted: that would take too long."""

_SHARE = 0.7
"""A run that has gone on for so much of that time gets ready to be predicted."""

_LOOKED_AT_S = 0.2
"""A run that has gone on for so many seconds gets ready to be looked at."""

_REMEMBERED_S = 1.0
"""A run that has gone on for so many seconds opens the history: the spool takes the short ones."""

_STORING = ("sqlite3", "wfopt.cache.records", "wfopt.cache.due", "wfopt.cache.reserve")
_NOTING = ("wfopt.model.contents", "wfopt.metrics.spool")
_REMEMBERING = ("wfopt.metrics.store",)
_LOOKING = ("wfopt.resources.alerts.settings", "wfopt.api.watching")
_FORESEEING = (
    "wfopt.predictor.models.lotaru",
    "wfopt.predictor.registry",
    "wfopt.predictor.predict",
    "wfopt.api.predict_past",
    "random",
    "wfopt.api.predict_whole",
    "wfopt.api.foreseeing",
)
"""Modules that are loaded one by one, in this order: a step that ends meanwhile waits for one alone."""


def foreseen_from_s(prepared: Prepared) -> float:
    """Return how many seconds a run must take to be predicted."""
    return FORESEEN_S + FORESEEN_STEP_S * len(prepared.workflow.steps)


def chores_of(
    prepared: Prepared, options: RunOptions, keep_loaded: Callable[[], None], open_history: Callable[[], None]
) -> Iterator[Chore]:
    """Yield what every run has to load or to write in the end.

    Args:
        prepared: the workflow.
        options: how it is run.
        keep_loaded: keeps the workflow for later loads.
        open_history: opens the history for writing.
    """
    if options.cache.mode is Mode.RW and any(step.outputs for step in prepared.workflow.steps):
        yield from loading(0.0, *_STORING)
    yield Chore(0.0, keep_loaded)
    yield from loading(_LOOKED_AT_S, *_LOOKING)
    if options.keep is not None:
        yield from loading(0.0, *_NOTING)
        yield from loading(_REMEMBERED_S, *_REMEMBERING)
        yield Chore(_REMEMBERED_S, open_history)
        yield from loading(_SHARE * foreseen_from_s(prepared), *_FORESEEING)


def recalling(plan: Plan, slots: int, recall: Callable[[], object]) -> Iterator[Chore]:
    """Yield the chore of reading how long steps take, if some will have to wait for others.

    Args:
        plan: the steps.
        slots: how many of them run at once.
        recall: reads it, and is quick when it is called again.
    """

    def recall_if_it_matters() -> None:
        if plan.left > slots:
            recall()

    # So many are ready at once at most: those that wait for none, and what an end frees beside the next.
    most = sum(not before for before in plan.dag.before)
    most += sum(len(after) - 1 for after in plan.dag.after if after)
    if most > slots:
        yield Chore(0.0, recall_if_it_matters)


def loading(due_s: float, *modules: str) -> Iterator[Chore]:
    """Yield the chores of loading these modules, once a run has gone on for so many seconds."""
    return (Chore(due_s, partial(import_module, module)) for module in modules)
