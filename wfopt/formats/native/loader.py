"""Reads a native workflow file: text in, a checked and expanded `Workflow` out.

The way: files are read into scopes (`including`, `scope`), the steps that they declare are expanded into
slots (`expansion`), each slot becomes a step (`steps`), and the steps are joined (`linking`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from wfopt.codes import BAD_INCLUDE, NO_ORDER, UNKNOWN_STEP
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.bodies import BodyReader, names_of
from wfopt.formats.native.edges import TooManyEdgesError
from wfopt.formats.native.expansion import Slot, slots_of
from wfopt.formats.native.hooks import read_hooks
from wfopt.formats.native.including import FileTree, read_tree
from wfopt.formats.native.linking import Linker
from wfopt.formats.native.naming import StepNames
from wfopt.formats.native.records import Record
from wfopt.formats.native.scope import Scope
from wfopt.formats.native.steps import StepReader
from wfopt.formats.positions import Node, SequenceNode
from wfopt.formats.problems import Problems
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.source import SourceFile

__all__ = ["LoadOptions", "load"]

_ORDERING = frozenset({"needs", "inputs", "outputs"})

_MANY_STEPS = 3
"""So many steps without any order are probably not meant to run all at once."""


def load(source: SourceFile, options: LoadOptions) -> tuple[Workflow, tuple[Diagnostic, ...]]:
    """Return the workflow of a file, and warnings and notes about it.

    Raises:
        LoadError: with every problem that was found.
    """
    problems = Problems()
    tree = read_tree(source, options, problems)
    root = tree.scopes[0]
    parts = _read_parts(tree, problems)
    targets = _targets(root, parts.names[0], problems)
    linker = Linker(tree.scopes, parts.names, parts.slots, problems)
    try:
        linker.add_needs()
        problems.stop_on_errors()
        linker.link(parts.steps)
    except TooManyEdgesError:
        linker.refuse_size()
    problems.stop_on_errors()
    _note_missing_order(root, parts.steps, problems)
    steps = linker.with_needs(parts.steps)
    workflow = Workflow(
        name=root.record.get("name", os.path.basename(source.name)),
        description=root.record.get("description", ""),
        steps=tuple(steps),
        edges=linker.edges.edges(steps),
        listed=root.listed,
        params=root.params,
        param_descriptions=_param_descriptions(root.record),
        tokens=parts.tokens,
        targets=targets,
        on_failure=parts.on_failure,
        finally_steps=parts.finally_steps,
        secrets=tuple(
            dict.fromkeys(name for scope in tree.scopes for name in names_of(scope.record, "secrets"))
        ),
        source=source,
        included=tuple({scope.source.name: scope.source for scope in tree.scopes[1:]}.values()),
    )
    return workflow, problems.found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What the files give before the steps are joined.

    Attributes:
        slots: the steps by name.
        names: for each file, what it calls steps.
        steps: the steps, in the order of the slots.
        on_failure: what runs after a failed run.
        finally_steps: what runs at the end.
        tokens: the named resources of the machine.
    """

    slots: Sequence[Slot]
    names: Sequence[StepNames]
    steps: Sequence[Step]
    on_failure: tuple[Step, ...]
    finally_steps: tuple[Step, ...]
    tokens: Mapping[str, int]


def _read_parts(tree: FileTree, problems: Problems) -> _Parts:
    """Return the steps and hooks of all files.

    Raises:
        LoadError: not all steps are known, so it cannot be told whether the others name them rightly.
    """
    tokens = _tokens(tree.scopes, problems)
    errors = problems.errors
    slots = slots_of(tree.scopes, problems)
    incomplete = not tree.complete or problems.errors > errors
    directory = directory_of(slots)
    names = [StepNames(directory, scope.prefix, tree.absent) for scope in tree.scopes]
    checked = [None if incomplete else each for each in names]
    bodies = [BodyReader(scope) for scope in tree.scopes]
    readers = [StepReader(body, tokens, each, problems) for body, each in zip(bodies, checked, strict=True)]
    parts = _Parts(
        slots=slots,
        names=names,
        steps=[readers[slot.file].read(slot) for slot in slots],
        on_failure=_hooks("on-failure", bodies, checked, problems),
        finally_steps=_hooks("finally", bodies, checked, problems),
        tokens=tokens,
    )
    if incomplete:
        problems.stop_on_errors()
    return parts


def _hooks(
    key: str, bodies: Sequence[BodyReader], names: Sequence[StepNames | None], problems: Problems
) -> tuple[Step, ...]:
    return tuple(
        step
        for body, each in zip(bodies, names, strict=True)
        for step in read_hooks(key, body, each, problems)
    )


def _tokens(scopes: Sequence[Scope], problems: Problems) -> dict[str, int]:
    """Return the named resources of the machine, which all files share."""
    found: dict[str, int] = {}
    places: dict[str, Node] = {}
    for scope in scopes:
        for name, (key, amount) in scope.record.get("resources", {}).items():
            if found.setdefault(name, amount) != amount:
                message = f"there are {amount} of `{name}` here, but {found[name]} in another file"
                related = (Label(places[name].span, "declared here, too"),)
                hint = "the files share one machine: write the same number, or leave it out"
                problems.error(BAD_INCLUDE, message, key, related=related, hints=(hint,))
            places.setdefault(name, key)
    return found


def _param_descriptions(record: Record) -> dict[str, str]:
    return {
        name: read.get("description", "") if isinstance(read, Record) else ""
        for name, (_, read) in record.get("params", {}).items()
    }


def _targets(scope: Scope, names: StepNames, problems: Problems) -> tuple[StepId, ...]:
    """Return the ids of the steps that the file that is run wants."""
    node = scope.record.nodes.get("targets")
    read = scope.record.get("targets") or []
    selectors = read if isinstance(read, list) else [read]
    places: dict[int, None] = {}
    unknown = 0
    for number, name in enumerate(selectors):
        found = names.select(name)
        places.update(dict.fromkeys(found))
        if node is not None and not found and not names.is_absent(name):
            unknown += 1
            at = node.items[number] if isinstance(node, SequenceNode) else node
            message = f"`targets` names `{name}`, which does not exist"
            problems.error(UNKNOWN_STEP, message, at, hints=(names.hint(name),))
    if node is not None and selectors and not places and not unknown:
        problems.error(UNKNOWN_STEP, "`targets` only names steps of files that are missing", node)
    return tuple(StepId(names.directory.steps[place].id) for place in places)


def _note_missing_order(scope: Scope, steps: Sequence[Step], problems: Problems) -> None:
    """Say that nothing orders the steps of a mapping, if nothing does."""
    records = [definition.record for definition in scope.definitions]
    if scope.listed or len(records) < _MANY_STEPS:
        return
    if any(not _ORDERING.isdisjoint(record.nodes) for record in records):
        return
    if any(mention.startswith("needs.") for step in steps for mention in step.references):
        return
    problems.note(
        NO_ORDER,
        "no step waits for another one: all of them may run at once",
        scope.definitions[0].span,
        hints=("write the steps as a list to run them in order, or declare `needs`, `inputs` and `outputs`",),
    )
