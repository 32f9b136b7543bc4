"""What a pass makes of a file, as text, for comparing with expected files."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.case_text import knowledge_of
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.formats.native.rewriting import rewritten
from wfopt.formats.reading import read_source
from wfopt.model.effects import Effects, Sighting
from wfopt.model.workflow import StepId, Workflow
from wfopt.optimizer.base import Facts, Pass
from wfopt.optimizer.pipeline import optimize


def facts_of(path: Path, workflow: Workflow) -> Facts:
    """Return the facts of a fixture.

    `NAME.facts.json` beside it is what the history tells, as for checks, and may also have `wanted` (a list
    of steps), `undeclared` (from steps to paths), `consents` (a list of passes) and `sightings` (from
    steps to what was seen, see below).
    """
    beside = path.with_suffix(".facts.json")
    told = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    knowledge = knowledge_of(told)
    weights = {
        step.id: wall.expected for step in workflow.steps if (wall := knowledge.of(step.id).wall) is not None
    }
    return Facts(
        knowledge=knowledge,
        weights=weights,
        timed=bool(weights),
        basis=knowledge.source,
        undeclared={StepId(name): text for name, text in told.get("undeclared", {}).items()},
        wanted=tuple(StepId(each) for each in told["wanted"]) if "wanted" in told else None,
        consents=frozenset(told.get("consents", ())),
        sightings=_sightings(told["sightings"]) if "sightings" in told else None,
    )


def _sightings(told: Mapping[str, Mapping[str, Any]]) -> dict[StepId, Sighting]:
    """Return what was seen: lists of paths by kind, `runs` (1), and `why_not` if that is no evidence."""
    return {
        StepId(step): Sighting(
            runs=seen.get("runs", 1),
            why_not=seen.get("why_not", ""),
            effects=Effects(**{kind: frozenset(seen[kind]) for kind in Effects.__slots__ if kind in seen}),
        )
        for step, seen in told.items()
    }


def pass_text(one: Pass, path: Path) -> str:
    """Return what one pass makes of a file: edges that come and go, changes, refusals, and edits."""
    source = read_source(str(path), name=path.name)
    options = LoadOptions(workspace=str(path.parent))
    workflow, _ = load(source, options)
    result = optimize(workflow, (one,), facts_of(path, workflow), lambda: 0.0)
    again = optimize(result.after, (one,), facts_of(path, workflow), lambda: 0.0)
    assert again.after is result.after, "a second time changes something again"
    lines = list(_edges(workflow, result.after))
    for change in result.changes:
        saved = f" [work {change.work:g}]" * bool(change.work) + f" [memory {change.memory}]" * bool(
            change.memory
        )
        lines.append(f"+ {change.what}: {change.why} ({change.evidence}){saved}")
    for refusal in result.refusals:
        hint = f" -> {refusal.hint}" if refusal.hint else ""
        lines.append(f"- {refusal.what}: {refusal.why}{hint}")
    lines += [f"{gone} is done by {instead}" for gone, instead in result.stands_for.items()]
    if result.after is not workflow:
        text = rewritten(source, workflow, result.after, options)
        lines += difflib.unified_diff(
            source.text.splitlines(), text.splitlines(), "before", "after", lineterm=""
        )
    return "\n".join(lines) + "\n"


def _edges(before: Workflow, after: Workflow) -> Iterator[str]:
    old, new = ({(edge.before, edge.after) for edge in each.edges} for each in (before, after))
    yield from (f"no longer {first} -> {then}" for first, then in sorted(old - new))
    yield from (f"new {first} -> {then}" for first, then in sorted(new - old))
