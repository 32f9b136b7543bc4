"""Reads a native workflow file: text in, a checked and expanded `Workflow` out."""

from __future__ import annotations

import os
import re
from typing import Any

from wfopt.codes import (
    BAD_STEP_ID,
    MATRIX_TOO_LARGE,
    NO_STEPS,
    UNKNOWN_STEP,
    UNSUPPORTED_KEY,
    UNSUPPORTED_VERSION,
)
from wfopt.errors import Diagnostic, Label
from wfopt.formats.native.context import Contexts, Definition, LoadOptions
from wfopt.formats.native.environment import Env, read_dotenv, read_env
from wfopt.formats.native.keys import WORKFLOW
from wfopt.formats.native.linking import Linker
from wfopt.formats.native.matrix import expand
from wfopt.formats.native.params import resolve, variable
from wfopt.formats.native.selectors import Directory, directory_of
from wfopt.formats.native.shapes import Record
from wfopt.formats.native.steps import StepReader
from wfopt.formats.positions import MappingNode, Node, SequenceNode, parse_yaml
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.model.expressions import Template, Value
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.source import SourceFile, closest_match

MAX_STEPS = 50_000
"""The most steps of a workflow, cells counted."""

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")

_OTHER_FORMATS = (
    ("jobs", "this looks like a GitHub Actions workflow"),
    ("tasks", "this looks like a Taskfile"),
    ("stages", "this looks like a dvc.yaml or a GitLab pipeline"),
)


def load(source: SourceFile, options: LoadOptions) -> tuple[Workflow, tuple[Diagnostic, ...]]:
    """Return the workflow of a file, and warnings and notes about it.

    Raises:
        LoadError: with every problem that was found.
    """
    problems = Problems()
    root, remarks = parse_yaml(source)
    problems.add(remarks)
    if not isinstance(root, MappingNode) or root.get("wfopt") is None:
        problems.error(
            UNSUPPORTED_VERSION,
            "this is not a wfopt workflow: it has no `wfopt: 1`",
            root,
            hints=(_guess(root),),
        )
        problems.stop_on_errors()
    record = WORKFLOW.read(root, "", problems)
    if record is None:
        problems.stop_on_errors()
        raise AssertionError  # a record is None only after an error
    _refuse_unsupported(record, problems)
    params, contexts = _contexts(record, options, problems)
    env, contexts = _environment(record, contexts, options, problems)
    listed = isinstance(record.nodes.get("steps"), SequenceNode)
    definitions = _definitions(record, problems)
    base = {**{variable(param): Template.plain(text) for param, text in params.items()}, **env}
    steps = _steps(definitions, record, base, contexts, problems)
    problems.stop_on_errors()
    directory = directory_of(steps)
    linker = Linker(definitions, directory, contexts, problems, listed=listed)
    linker.link()
    problems.stop_on_errors()
    steps = linker.with_needs()
    name = os.path.basename(source.name)
    workflow = Workflow(
        name=record.get("name", name),
        description=record.get("description", ""),
        steps=tuple(steps),
        edges=linker.edges.edges(steps),
        listed=listed,
        params=params,
        tokens={token: amount for token, (_, amount) in record.get("resources", {}).items()},
        targets=_targets(record, directory, problems),
        source=source,
    )
    problems.stop_on_errors()
    return workflow, problems.found


def _guess(root: Node) -> str:
    if isinstance(root, MappingNode):
        for key, words in _OTHER_FORMATS:
            if root.get(key) is not None:
                return f"{words}; this version runs wfopt workflows only"
    return "put `wfopt: 1` at the top"


def _refuse_unsupported(record: Record, problems: Problems) -> None:
    """Report keys whose meaning would be lost: ignoring them could do harm."""
    for key in ("include", "secrets", "on-failure", "finally"):
        if record.get(key):
            problems.error(UNSUPPORTED_KEY, f"`{key}` is not supported by this version", record.nodes[key])
    for step in _records(record.get("steps")):
        for key in ("secrets", "capture", "rollback", "interactive"):
            if step.get(key):
                problems.error(UNSUPPORTED_KEY, f"`{key}` is not supported by this version", step.nodes[key])
        if step.get("retries"):
            message = "`retries` is not supported by this version: the step is tried once"
            problems.warn(UNSUPPORTED_KEY, message, step.nodes["retries"])


def _records(steps: Any) -> list[Record]:
    if isinstance(steps, dict):
        return [record for _, record in steps.values()]
    return list(steps or ())


def _contexts(record: Record, options: LoadOptions, problems: Problems) -> tuple[dict[str, str], Contexts]:
    params, values = resolve(record.get("params", {}), options, problems)
    return params, {"params": values, "env": dict(options.environ)}


def _environment(
    record: Record, contexts: Contexts, options: LoadOptions, problems: Problems
) -> tuple[Env, Contexts]:
    """Return the variables under every step's own, and the contexts with all variables known so far.

    The order is: dotenv files, then `env`, then the defaults' `env`.
    """
    env: dict[str, Template | None] = {}
    known: dict[str, Value] = dict(options.environ)
    if record.get("dotenv"):
        texts = read_dotenv(record.values["dotenv"], record.nodes["dotenv"], options.workspace, problems)
        env.update({name: Template.plain(text) for name, text in texts.items()})
        known.update(texts)
    defaults = record.get("defaults")
    for read in (record.get("env"), defaults.get("env") if defaults else None):
        if read:
            env.update(read_env(read, {**contexts, "env": dict(known)}, problems))
            known.update({name: value.static for name, value in env.items() if value is not None})
            for unset in [name for name, value in env.items() if value is None]:
                known.pop(unset, None)
    return env, {**contexts, "env": known}


def _definitions(record: Record, problems: Problems) -> list[Definition]:
    read, node = record.get("steps"), record.nodes.get("steps")
    found: list[Definition] = []
    if isinstance(read, dict):
        found = [
            Definition(name, key.span, step, place) for place, (name, (key, step)) in enumerate(read.items())
        ]
    elif isinstance(read, list):
        for place, step in enumerate(read):
            at = step.nodes.get("id") or (step.node.pairs[0][0] if step.node.pairs else step.node)
            found.append(Definition(step.get("id", f"step-{place + 1}"), at.span, step, place))
    if not found and node is not None:
        problems.error(NO_STEPS, "the workflow has no steps", node)
    seen: dict[str, Definition] = {}
    for definition in found:
        if not _ID.fullmatch(definition.id):
            hint = "a letter or `_`, then up to 99 letters, digits, `_`, `.` and `-`"
            problems.error(
                BAD_STEP_ID, f"`{definition.id}` cannot be a step id", definition.span, hints=(hint,)
            )
        first = seen.setdefault(definition.id, definition)
        if first is not definition:
            problems.error(
                BAD_STEP_ID,
                f"two steps have the id `{definition.id}`",
                definition.span,
                related=(Label(first.span, "the first one"),),
            )
    return found


def _steps(
    definitions: list[Definition],
    record: Record,
    env: Env,
    contexts: Contexts,
    problems: Problems,
) -> list[Step]:
    """Return the steps of all definitions, matrices expanded."""
    tokens = {name: amount for name, (_, amount) in record.get("resources", {}).items()}
    reader = StepReader(record.get("defaults"), env, tokens, problems)
    steps: list[Step] = []
    for definition in definitions:
        for cell in expand(definition, contexts, problems):
            inner = {**contexts, **cell.contexts} if cell.contexts else contexts
            steps.append(reader.read(definition, cell, inner))
        if len(steps) > MAX_STEPS:
            problems.error(
                MATRIX_TOO_LARGE, f"the workflow has more than {MAX_STEPS:,} steps", definition.span
            )
            break
    return steps


def _targets(record: Record, directory: Directory, problems: Problems) -> tuple[StepId, ...]:
    read, node = record.get("targets"), record.nodes.get("targets")
    if not read or node is None:
        return ()
    places: list[int] = []
    for name in read if isinstance(read, list) else [read]:
        found = directory.select(name)
        if not found:
            hint = did_you_mean(closest_match(name, directory.by_definition))
            problems.error(
                UNKNOWN_STEP, f"`targets` names `{name}`, which does not exist", node, hints=(hint,)
            )
        places.extend(found)
    return tuple(directory.steps[place].id for place in dict.fromkeys(places))
