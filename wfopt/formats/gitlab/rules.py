"""When a job runs: `rules`, `only`, `except` and `when`, decided as far as that can be here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum

from wfopt.codes import BAD_EXPRESSION
from wfopt.dataclass import dataclass
from wfopt.formats.gitlab.conditions import Truth, UnreadableError, both, decide, either, mentioned
from wfopt.formats.gitlab.context import Reading
from wfopt.formats.gitlab.remarks import RULE_NEEDS
from wfopt.formats.gitlab.trees import is_null, is_true, items_of, member, text_of, texts_of
from wfopt.formats.positions import MappingNode, Node, SequenceNode
from wfopt.model.globs import WILDCARD

MAX_SHOWN = 200
"""How many characters of a condition are kept for people."""


class When(Enum):
    """What a job waits for; the value is the word in the file."""

    SUCCESS = "on_success"
    ALWAYS = "always"
    FAILURE = "on_failure"
    DELAYED = "delayed"
    MANUAL = "manual"
    NEVER = "never"


_WHENS = {each.value: each for each in When}
_IDLE = (When.MANUAL, When.NEVER)

# What `only` and `except` call the kinds of pipelines, and the variables that tell.
_REFS: Mapping[str, str] = {
    "branches": "$CI_COMMIT_BRANCH",
    "tags": "$CI_COMMIT_TAG",
    "merge_requests": '$CI_PIPELINE_SOURCE == "merge_request_event"',
    "external_pull_requests": '$CI_PIPELINE_SOURCE == "external_pull_request_event"',
    "pushes": '$CI_PIPELINE_SOURCE == "push"',
    "schedules": '$CI_PIPELINE_SOURCE == "schedule"',
    "web": '$CI_PIPELINE_SOURCE == "web"',
    "api": '$CI_PIPELINE_SOURCE == "api"',
    "chat": '$CI_PIPELINE_SOURCE == "chat"',
    "external": '$CI_PIPELINE_SOURCE == "external"',
    "pipelines": '$CI_PIPELINE_SOURCE == "pipeline"',
    "triggers": '$CI_PIPELINE_SOURCE == "trigger"',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When a job runs.

    Attributes:
        when: what it waits for, as far as it is known; if in doubt, it runs.
        is_certain: whether GitLab would decide the same whatever it knows beside.
        text: the conditions as written, for people.
        variables: those that the conditions name.
    """

    when: When = When.SUCCESS
    is_certain: bool = True
    text: str = ""
    variables: tuple[str, ...] = ()


class OccasionReader:
    """Reads when jobs run.

    Args:
        reading: what is being read.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._decided: dict[tuple[str, frozenset[tuple[str, str]]], Truth] = {}

    def read(self, job: MappingNode, variables: Mapping[str, str]) -> Occasion:
        """Return when a job runs; `variables` are all that it knows."""
        usual = _WHENS.get(text_of(job.get("when")) or "", When.SUCCESS)
        rules = job.get("rules")
        if rules is not None and not is_null(rules):
            return self._by_rules(rules, usual, variables)
        only, never = job.get("only"), job.get("except")
        if is_null(only) and is_null(never):
            return Occasion(when=usual, text="" if usual is When.SUCCESS else usual.value)
        wanted = True if only is None else self._filter(only, variables, all_keys=True)
        unwanted = False if never is None else self._filter(never, variables, all_keys=False)
        holds = both(wanted, None if unwanted is None else not unwanted)
        words = [
            f"{name}: {', '.join(_words(node))}" for name, node in (("only", only), ("except", never)) if node
        ]
        return Occasion(
            when=When.NEVER if holds is False else usual,
            is_certain=holds is not None,
            text="; ".join(words)[:MAX_SHOWN],
            variables=mentioned(" ".join(words)),
        )

    def _by_rules(self, rules: Node, usual: When, variables: Mapping[str, str]) -> Occasion:
        possible: list[When] = []
        shown: list[str] = []
        is_decided = False
        for rule in items_of(rules):
            if not isinstance(rule, MappingNode):
                continue
            when = _WHENS.get(text_of(rule.get("when")) or "", usual)
            shown.append(_shown(rule, when))
            if rule.get("needs") is not None:
                self._reading.remarks.add(RULE_NEEDS, rule)
            holds = self._rule(rule, variables)
            if holds is not False and not is_decided:
                possible.append(when)
            is_decided = is_decided or holds is True
        if not is_decided:
            possible.append(When.NEVER)
        text = "; ".join(filter(None, shown))
        running = [each for each in possible if each not in _IDLE]
        manual = [each for each in possible if each is When.MANUAL]
        return Occasion(
            when=[*running, *manual, When.NEVER][0],
            is_certain=len(set(possible)) == 1,
            text=text[:MAX_SHOWN],
            variables=mentioned(text),
        )

    def _rule(self, rule: MappingNode, variables: Mapping[str, str]) -> Truth:
        """Return whether a rule applies."""
        holds: Truth = True
        condition = rule.get("if")
        if condition is not None:
            holds = self._decide(condition, variables)
        if not is_null(rule.get("changes")):
            holds = both(holds, None)
        exists = rule.get("exists")
        if exists is not None and not is_null(exists):
            holds = both(holds, self._any_exists(exists))
        return holds

    def _decide(self, node: Node, variables: Mapping[str, str]) -> Truth:
        text = text_of(node)
        if text is None:
            return None
        names = mentioned(text)
        key = (text, frozenset((name, variables[name]) for name in names if name in variables))
        if key not in self._decided:
            try:
                self._decided[key] = decide(text, variables)
            except UnreadableError as error:
                self._decided[key] = None
                self._reading.problems.warn(BAD_EXPRESSION, f"the condition {error}", node, "not understood")
        return self._decided[key]

    def _any_exists(self, node: Node) -> Truth:
        """Return whether one of some files exists; what wildcards find is not known."""
        paths = texts_of(member(node, "paths") if isinstance(node, MappingNode) else node)
        found: Truth = False
        for path in paths:
            is_plain = not WILDCARD.search(path) and "$" not in path and ".." not in path
            full = os.path.join(self._reading.options.workspace, path.lstrip("/"))
            found = either(found, self._reading.options.outside.exists(full) if is_plain else None)
        return found

    def _filter(self, node: Node, variables: Mapping[str, str], *, all_keys: bool) -> Truth:
        """Return whether `only` (with `all_keys`) or `except` applies."""
        if not isinstance(node, MappingNode):
            return self._refs(node, variables)
        holds: Truth = all_keys
        for key, value in node.pairs:
            each: Truth = None
            if key.text == "refs":
                each = self._refs(value, variables)
            elif key.text == "variables":
                each = False
                for item in items_of(value):
                    each = either(each, self._decide(item, variables))
            holds = both(holds, each) if all_keys else either(holds, each)
        return holds

    def _refs(self, node: Node, variables: Mapping[str, str]) -> Truth:
        found: Truth = False
        for name in texts_of(node):
            known = _REFS.get(name)
            if known is not None:
                holds = decide(known, variables)
            elif name.startswith("/") or "@" in name:
                holds = None
            else:
                ref = variables.get("CI_COMMIT_REF_NAME")
                holds = None if ref is None else ref == name
            found = either(found, holds)
        return found


def allows_failure(rules: Node | None) -> bool | None:
    """Return what rules say about `allow_failure` if all that let the job run agree, else None."""
    said = {
        is_true(rule.get("allow_failure"))
        for rule in items_of(rules)
        if isinstance(rule, MappingNode) and text_of(rule.get("when")) != "never"
    }
    return said.pop() if len(said) == 1 else None


def _shown(rule: MappingNode, when: When) -> str:
    words = [text_of(rule.get("if")) or ""]
    words += [name for name in ("changes", "exists") if rule.get(name) is not None]
    text = " and ".join(filter(None, words))
    if when is When.SUCCESS:
        return text
    return f"{text} -> {when.value}" if text else when.value


def _words(node: Node) -> list[str]:
    if isinstance(node, MappingNode):
        return [f"{key.text} {' '.join(texts_of(value))}".strip() for key, value in node.pairs]
    return texts_of(node) if isinstance(node, SequenceNode) else [text_of(node) or ""]
