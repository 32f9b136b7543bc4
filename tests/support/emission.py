"""Compares a workflow with the native file that was made of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from wfopt.dataclass import replace
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.emitting import Emitted, emitted
from wfopt.formats.native.loader import load
from wfopt.formats.native.renaming import Renaming
from wfopt.graph.order import dag_of, topological
from wfopt.model.expressions import Template
from wfopt.model.workflow import AUTO_CACHE, Argv, CacheRule, Opaque, Script, Step, Workflow
from wfopt.source import SourceFile

UNSAID: Mapping[str, Any] = {
    "definition": "",
    "cell": (),
    "group": None,
    "description": "",
    "needs": None,
    "references": frozenset(),
    "span": None,
    "places": {},
    "session": "",
    "condition": None,
}
"""Fields that are another matter: names, places, and conditions, which have a test of their own."""


def emitted_and_read(
    workflow: Workflow, environ: Mapping[str, str] | None = None
) -> tuple[Emitted, Workflow]:
    """Return a workflow as a native file, and what that says."""
    found = emitted(workflow)
    folder = os.sep + "workspace"
    options = LoadOptions(
        workspace=folder, path=os.path.join(folder, "out.wfopt.yml"), lenient=True, environ=environ or {}
    )
    read, _ = load(SourceFile("out.wfopt.yml", found.text), options)
    return found, read


def comparable(workflow: Workflow, ids: Mapping[str, str]) -> dict[str, Step]:
    """Return the steps of a workflow under their new ids, without what a conversion may change."""
    renaming = Renaming(workflow)
    return {ids[step.id]: _plain(step, ids, renaming.template) for step in workflow.steps}


def ancestors(workflow: Workflow, ids: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return for each step, by its new id, all steps that it waits for."""
    places = {step.id: place for place, step in enumerate(workflow.steps)}
    dag = dag_of(
        len(places), dict.fromkeys((places[edge.before], places[edge.after]) for edge in workflow.edges)
    )
    names = [ids[step.id] for step in workflow.steps]
    found: dict[int, frozenset[str]] = {}
    for node in topological(dag):
        above = (found[each] | {names[each]} for each in dag.before[node])
        found[node] = frozenset().union(*above)
    return {names[node]: above for node, above in found.items()}


def _is_param(name: str) -> bool:
    """Return whether a variable has the value of a param: in one file, all steps get all params."""
    return name.startswith("WFOPT_PARAM_")


def _plain(step: Step, ids: Mapping[str, str], renamed: Callable[[Template], Template]) -> Step:
    run = step.run
    if isinstance(run, Opaque):
        run = run.stand_in or Argv(())
    if isinstance(run, Script):
        run = Script(renamed(run.text), run.shell)
    else:
        run = Argv(tuple(map(renamed, run.args)))
    changed: dict[str, Any] = {
        **UNSAID,
        "id": ids[step.id],
        "run": run,
        "env": {name: value and renamed(value) for name, value in step.env.items() if not _is_param(name)},
        "ahead_of": tuple(ids[each] for each in step.ahead_of),
        "right_after": step.right_after and ids[step.right_after],
    }
    if step.cache.enabled is False:
        changed["cache"] = CacheRule(enabled=False)
    elif step.cache.enabled is None and step.effects:
        changed["cache"] = AUTO_CACHE
    elif step.cache != AUTO_CACHE:
        changed["cache"] = replace(step.cache, enabled=True)
    if step.rollback is not None:
        changed["rollback"] = _plain(step.rollback, {step.rollback.id: "rollback"}, renamed)
    return replace(step, **changed)
