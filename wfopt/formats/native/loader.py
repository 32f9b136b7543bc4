"""Reads a native workflow file: text in, a checked and expanded `Workflow` out."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from wfopt.codes import (
    BAD_STEP_ID,
    CYCLE,
    MATRIX_TOO_LARGE,
    NO_STEPS,
    OUTPUT_CONFLICT,
    SELF_NEED,
    UNKNOWN_STEP,
    UNSUPPORTED_KEY,
    UNSUPPORTED_VERSION,
)
from wfopt.errors import Diagnostic, Label
from wfopt.formats.native.context import Contexts, Definition, LoadOptions, bound_text
from wfopt.formats.native.edges import Data, EdgeSet, TooManyEdgesError, add_list_order
from wfopt.formats.native.environment import Env, read_dotenv, read_env
from wfopt.formats.native.keys import WORKFLOW
from wfopt.formats.native.matrix import expand
from wfopt.formats.native.params import resolve, variable
from wfopt.formats.native.selectors import Directory, directory_of
from wfopt.formats.native.shapes import Record
from wfopt.formats.native.steps import StepReader
from wfopt.formats.positions import MappingNode, Node, SequenceNode, parse_yaml
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.graph.order import dag_of, find_cycle
from wfopt.model.expressions import Template, Value
from wfopt.model.workflow import EdgeKind, Step, StepId, Workflow
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
            UNSUPPORTED_VERSION, "this is not a wfopt workflow: it has no `wfopt: 1`", root, hints=(_guess(root),)
        )
    record = WORKFLOW.read(root, "", problems)
    if record is None:
        problems.stop_on_errors()
        raise AssertionError  # a record is None only after an error
    _refuse_unsupported(record, problems)
    params, contexts = _contexts(record, options, problems)
    env, contexts = _environment(record, contexts, options, problems)
    listed = isinstance(record.nodes.get("steps"), SequenceNode)
    definitions = _definitions(record, problems)
    steps = _steps(definitions, record, env, contexts, params, options, problems)
    problems.stop_on_errors()
    edges = _edges(definitions, steps, contexts, problems, listed=listed)
    problems.stop_on_errors()
    directory = directory_of(steps)
    name = os.path.basename(source.name)
    workflow = Workflow(
        name=record.get("name", name),
        description=record.get("description", ""),
        steps=tuple(steps),
        edges=edges.edges(steps),
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
            problems.error(BAD_STEP_ID, f"`{definition.id}` cannot be a step id", definition.span, hints=(hint,))
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
    params: Mapping[str, str],
    options: LoadOptions,
    problems: Problems,
) -> list[Step]:
    """Return the steps of all definitions, matrices expanded."""
    tokens = {name: amount for name, (_, amount) in record.get("resources", {}).items()}
    base = {**{variable(name): Template.plain(text) for name, text in params.items()}, **env}
    reader = StepReader(record.get("defaults"), base, tokens, options.workspace, problems)
    steps: list[Step] = []
    for definition in definitions:
        for cell in expand(definition, contexts, problems):
            inner = {**contexts, **cell.contexts} if cell.contexts else contexts
            steps.append(reader.read(definition, cell, inner))
        if len(steps) > MAX_STEPS:
            problems.error(MATRIX_TOO_LARGE, f"the workflow has more than {MAX_STEPS:,} steps", definition.span)
            break
    return steps


def _edges(
    definitions: list[Definition], steps: list[Step], contexts: Contexts, problems: Problems, *, listed: bool
) -> EdgeSet:
    edges, directory = EdgeSet(), directory_of(steps)
    by_id = {definition.id: definition for definition in definitions}
    positions = [by_id[step.definition].position for step in steps]
    try:
        for place, step in enumerate(steps):
            _add_needs(place, step, by_id[step.definition].record, directory, contexts, edges, problems)
            _add_references(place, step, directory, edges, problems)
        if listed:
            add_list_order(
                (
                    (directory.by_definition[each.id], "needs" in each.record.nodes)
                    for each in definitions
                ),
                edges,
            )
        data = Data(steps, listed=listed, positions=positions)
        for conflict in data.conflicts():
            first, second = steps[conflict.first], steps[conflict.second]
            related = (Label(conflict.first_output.span, "and here"),) if conflict.first_output.span else ()
            problems.error(
                OUTPUT_CONFLICT,
                f"`{first.id}` and `{second.id}` both write `{conflict.second_output.text}`",
                conflict.second_output.span or by_id[second.definition].span,
                related=related,
                hints=("let one step write it, or give each its own path",),
            )
        data.link(edges)
    except TooManyEdgesError:
        problems.error(MATRIX_TOO_LARGE, "the steps depend on each other in too many ways", definitions[0].span)
        return edges
    _refuse_cycle(steps, edges, problems)
    return edges


def _add_needs(
    place: int,
    step: Step,
    record: Record,
    directory: Directory,
    contexts: Contexts,
    edges: EdgeSet,
    problems: Problems,
) -> None:
    node, read = record.nodes.get("needs"), record.get("needs")
    if node is None or read is None:
        return
    templates: list[Template] = read if isinstance(read, list) else [read]
    nodes: list[Node] = node.items if isinstance(node, SequenceNode) else [node]
    inner = {**contexts, "matrix": dict(step.cell), "item": dict(step.cell).get("item")} if step.cell else contexts
    for template, at in zip(templates, nodes, strict=False):
        selector = bound_text(template, at, inner, f"`needs` of `{step.definition}`", problems)
        if selector is None:
            continue
        found = directory.select(selector)
        others = [each for each in found if directory.steps[each].definition != step.definition]
        if not found:
            near = closest_match(selector, directory.by_definition)
            message = f"step `{step.definition}` needs `{selector}`, which does not exist"
            related = (_place_of(near, directory),) if near else ()
            problems.error(
                UNKNOWN_STEP,
                message,
                at,
                "no step has this id",
                hints=(did_you_mean(near),),
                related=tuple(each for each in related if each),
            )
        elif not others and "*" not in selector:
            problems.error(SELF_NEED, f"step `{step.definition}` needs itself", at, hints=("drop it",))
        for before in others:
            edges.add(before, place, EdgeKind.ORDER)


def _place_of(name: str, directory: Directory) -> Label | None:
    span = directory.steps[directory.by_definition[name][0]].span
    return Label(span, f"`{name}` is defined here") if span else None


def _add_references(
    place: int, step: Step, directory: Directory, edges: EdgeSet, problems: Problems
) -> None:
    """Add an edge for each step that an expression mentions."""
    for mention in sorted(step.references):
        if not mention.startswith("needs."):
            continue
        name = mention.removeprefix("needs.")
        found = directory.select(name)
        if not found and step.span:
            near = closest_match(name, directory.by_definition)
            message = f"an expression of `{step.definition}` mentions step `{name}`, which does not exist"
            problems.error(UNKNOWN_STEP, message, step.span, hints=(did_you_mean(near),))
        for before in found:
            if before != place:
                edges.add(before, place, EdgeKind.REF)


def _refuse_cycle(steps: list[Step], edges: EdgeSet, problems: Problems) -> None:
    cycle = find_cycle(dag_of(len(steps), edges.kinds))
    if not cycle:
        return
    ids = [steps[place].id for place in (*cycle, cycle[0])]
    shown = ids if len(ids) <= 12 else [*ids[:6], "...", *ids[-5:]]
    span = steps[cycle[0]].span
    if span is None:
        raise AssertionError  # steps from a file have places
    labels = tuple(
        Label(place, f"`{step.id}` is part of it")
        for step in (steps[each] for each in cycle[1:5])
        if (place := step.span)
    )
    problems.error(
        CYCLE,
        f"{len(cycle)} steps wait for each other: {' -> '.join(shown)}",
        span,
        "the circle starts here",
        hints=("`a -> b` means that `b` needs `a`, or reads what `a` writes",),
        related=labels,
    )


def _targets(record: Record, directory: Directory, problems: Problems) -> tuple[StepId, ...]:
    read, node = record.get("targets"), record.nodes.get("targets")
    if not read or node is None:
        return ()
    places: list[int] = []
    for name in read if isinstance(read, list) else [read]:
        found = directory.select(name)
        if not found:
            hint = did_you_mean(closest_match(name, directory.by_definition))
            problems.error(UNKNOWN_STEP, f"`targets` names `{name}`, which does not exist", node, hints=(hint,))
        places.extend(found)
    return tuple(directory.steps[place].id for place in dict.fromkeys(places))



