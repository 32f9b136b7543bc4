"""A pipeline as a whole: its stages, what starts it, and what ends runs that are out of date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from wfopt.codes import NOT_MAPPED
from wfopt.formats.gitlab.context import Reading
from wfopt.formats.gitlab.drafts import Draft
from wfopt.formats.gitlab.keywords import FIRST, LAST, STAGES
from wfopt.formats.gitlab.trees import is_null, items_of, member, text_of, texts_of
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.model.pipeline import Concurrency, Trigger

USUAL_TIMEOUT = 3600.0
"""Seconds after which GitLab ends a job, where neither the file nor the project says another time."""

_SOURCE = re.compile(r"\$\{?CI_PIPELINE_SOURCE\}? *== *[\"'](\w{1,100})[\"']", re.ASCII)
_BRANCH = re.compile(r"\$\{?CI_COMMIT_(?:BRANCH|REF_NAME)\}? *== *[\"']([^\"']{1,255})[\"']")
_ANY_BRANCH = re.compile(r"\$\{?CI_COMMIT_BRANCH\b")
_TAG = re.compile(r"\$\{?CI_COMMIT_TAG\b")

Top = Mapping[str, tuple[ScalarNode, Node]]
"""What stands at the top of a pipeline, by name."""


def stages_of(top: Top, drafts: Sequence[Draft], reading: Reading) -> tuple[str, ...]:
    """Return all stages in order; one that only a job names is put behind the others, with a warning."""
    node = next((top[name][1] for name in ("stages", "types") if name in top), None)
    written = [name for name in texts_of(node) if name not in (FIRST, LAST)] if not is_null(node) else []
    stages = dict.fromkeys(written or STAGES)
    for draft in drafts:
        at = draft.node.get("stage")
        if draft.stage in stages or draft.stage in (FIRST, LAST):
            continue
        stages[draft.stage] = None
        if at is not None and not reading.is_partial:
            message = f"job `{draft.name}` is in stage `{draft.stage}`, which `stages` does not name"
            hints = (reading.near(draft.stage, written or STAGES),)
            reading.problems.warn(NOT_MAPPED, message, at, "put behind all others", hints=hints)
    return (FIRST, *stages, LAST)


def triggers_of(top: Top) -> tuple[Trigger, ...]:
    """Return the events that `workflow: rules` let start a pipeline, as far as the rules name them."""
    rules = member(top["workflow"][1], "rules") if "workflow" in top else None
    found: dict[Trigger, None] = {}
    for rule in items_of(rules):
        if isinstance(rule, MappingNode) and text_of(rule.get("when")) != "never":
            for trigger in _of_rule(rule):
                found.setdefault(trigger)
    return tuple(found)


def _of_rule(rule: MappingNode) -> Iterator[Trigger]:
    text = text_of(rule.get("if")) or ""
    by_path = not is_null(rule.get("changes"))
    branches = tuple(_BRANCH.findall(text)) or None
    events = _SOURCE.findall(text)
    for event in events:
        yield Trigger(event=event, branches=branches, is_filtered_by_path=by_path, span=rule.span)
    if events:
        return
    if _TAG.search(text):
        yield Trigger(event="push", tags=("*",), is_filtered_by_path=by_path, span=rule.span)
    elif branches or _ANY_BRANCH.search(text):
        yield Trigger(event="push", branches=branches, is_filtered_by_path=by_path, span=rule.span)


def concurrency_of(top: Top) -> Concurrency | None:
    """Return what `workflow: auto_cancel:` says, or None."""
    rule = member(top["workflow"][1], "auto_cancel") if "workflow" in top else None
    word = text_of(member(rule, "on_new_commit"))
    if rule is None or word is None:
        return None
    return Concurrency(group="auto_cancel", cancels=word != "none", span=rule.span)


def used_stages(stages: Sequence[str], drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Return the stages without the first and the last, if no job is in those."""
    used = {draft.stage for draft in drafts}
    return tuple(name for name in stages if name not in (FIRST, LAST) or name in used)
