"""Writes a changed workflow into the text that it came from: a few lines change, and all else stays as it is.

The new text is read again, and what it says must be what was meant; else nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.dataclass import replace
from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.editing import Editor, NotWritableError
from wfopt.formats.native.loader import load
from wfopt.formats.native.yaml_text import scalar
from wfopt.formats.positions import Node, ScalarNode, SequenceNode
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.source import SourceFile

__all__ = ["NotWritableError", "rewritten"]


def rewritten(source: SourceFile, before: Workflow, after: Workflow, options: LoadOptions) -> str:
    """Return the text of a file in which one workflow has become another.

    Args:
        source: the file.
        before: what it says.
        after: what it is to say; steps may be gone, and `needs`, `ahead-of`, `right-after`, `timeout`,
            `resources`, `cache`, `priority` and `matrix` of the others may differ.
        options: what it was loaded with.

    Raises:
        NotWritableError: a change cannot be made in this text, or the text would say something else.
    """
    writer = _Writer(source, before, after)
    text = writer.text()
    _check(SourceFile(source.name, text), after, options)
    return text


class _Writer:
    """Turns the differences of two workflows into edits."""

    def __init__(self, source: SourceFile, before: Workflow, after: Workflow) -> None:
        self._editor = Editor(source)
        self._before = directory_of(before.steps)
        self._after = directory_of(after.steps)
        self._old = _by_definition(before)
        self._new = _by_definition(after)
        self._named: set[str] = set()

    def text(self) -> str:
        for name, old in self._old.items():
            new = self._new.get(name)
            if new is not None and new == old:
                continue
            if name not in self._editor.entries:
                raise NotWritableError(f"`{name}` stands in another file")
            if new is None:
                self._editor.drop(name)
            else:
                self._change(name, old, new)
        for name in self._to_name():
            self._editor.name_it(name)
        return self._editor.result()

    def _to_name(self) -> list[str]:
        """Return the steps without `id` that others name from now on, or that move up in their list."""
        entries = list(self._editor.entries)
        first = next((place for place, name in enumerate(entries) if name not in self._new), len(entries))
        moved = set(entries[first:])
        return [
            name
            for name in entries
            if name in self._editor.nameless and name in self._new and (name in moved or name in self._named)
        ]

    def _change(self, name: str, old: Sequence[Step], new: Sequence[Step]) -> None:
        first, then = old[0], new[0]
        for key, named, wanted in (
            ("needs", _union(old, "needs"), _union(new, "needs")),
            ("ahead-of", _union(old, "ahead_of"), _union(new, "ahead_of")),
        ):
            if named != wanted and wanted is not None:
                self._name(name, key, wanted)
        if first.right_after != then.right_after:
            self._lead(name, then.right_after)
        if first.timeout_s != then.timeout_s and then.timeout_s is not None:
            self._editor.set(name, "timeout", _duration(then.timeout_s))
        if first.request != then.request:
            self._request(name, then)
        if first.cache.enabled is not then.cache.enabled:
            self._editor.set(name, "cache", str(bool(then.cache.enabled)).lower())
        if first.priority != then.priority:
            self._editor.set(name, "priority", str(then.priority))
        if first.cell and not then.cell:
            self._editor.drop_keys(name, ("matrix", "foreach", "max-parallel", "fail-fast"))

    def _lead(self, name: str, leader: StepId | None) -> None:
        if leader is None:
            self._editor.drop_keys(name, ("right-after",))
        else:
            self._editor.set(name, "right-after", scalar(self._selectors([leader])[0]))

    def _request(self, name: str, step: Step) -> None:
        """Write another request for memory, the only one that a pass changes."""
        if step.request.memory_bytes is None:
            raise NotWritableError(f"`{name}` is to reserve no memory")
        size = _size(step.request.memory_bytes)
        written = self._editor.value(name, "resources")
        if written is None:
            self._editor.set(name, "resources", f"{{ memory: {size} }}")
        else:
            self._editor.set_within(name, "resources", "memory", size)

    def _name(self, name: str, key: str, wanted: Sequence[StepId]) -> None:
        """Let `needs` or `ahead-of` name these steps; entries that still hold stay as they are written."""
        node = self._editor.value(name, key)
        items: list[Node] = []
        if node is not None:
            items = node.items if isinstance(node, SequenceNode) else [node]
        left = dict.fromkeys(wanted)
        kept, dropped = [], []
        for place, item in enumerate(items):
            # A glob may name what is gone as well.
            named = [each for each in self._selected(item, key, name) if each in self._after.by_id]
            if named and all(each in left for each in named):
                kept.append(item)
            else:
                dropped.append(place)
        covered = {each for item in kept for each in self._selected(item, key, name)}
        added = self._selectors([each for each in wanted if each not in covered])
        if self._is_in_lines(node):
            self._editor.change_items(name, key, dropped, [scalar(each) for each in added])
            return
        written = [item.written.strip() for item in kept if not isinstance(item, SequenceNode)]
        self._editor.set(name, key, f"[{', '.join((*written, *map(scalar, added)))}]")

    def _is_in_lines(self, node: Node | None) -> bool:
        return isinstance(node, SequenceNode) and not node.written.startswith("[")

    def _selected(self, item: Node, key: str, name: str) -> list[StepId]:
        text = item.text if isinstance(item, ScalarNode) else ""
        if not text or "${{" in text:
            raise NotWritableError(f"`{key}` of `{name}` holds an expression")
        found = dict[StepId, None]()
        for place in self._before.select(text):
            step = self._before.steps[place]
            # What was a matrix may be a single step now.
            found[StepId(step.id if step.id in self._after.by_id else step.definition)] = None
        return list(found)

    def _selectors(self, ids: Sequence[StepId]) -> list[str]:
        """Return names for steps: one for all cells of a matrix, if all are meant."""
        wanted, found = set(ids), dict[str, None]()
        for each in ids:
            step = self._after.steps[self._after.by_id[each]]
            name = step.definition or str(step.id)
            cells = self._after.by_definition.get(name, ())
            whole = all(self._after.steps[place].id in wanted for place in cells)
            found[name if whole else str(each)] = None
            self._named.add(name)
        return list(found)


def _union(steps: Sequence[Step], field: str) -> tuple[StepId, ...] | None:
    if getattr(steps[0], field) is None:
        return None
    return tuple(dict.fromkeys(each for step in steps for each in getattr(step, field)))


def _by_definition(workflow: Workflow) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in workflow.steps:
        found.setdefault(step.definition or str(step.id), []).append(step)
    return found


def _duration(seconds: float) -> str:
    """Return exactly this time as the format writes it."""
    whole = int(seconds)
    if whole != seconds:
        return f"{seconds:g}s"
    for unit, length in (("h", 3600), ("m", 60)):
        if whole and whole % length == 0:
            return f"{whole // length}{unit}"
    return f"{whole}s"


def _size(size: int) -> str:
    """Return exactly this size as the format writes it."""
    for unit, length in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size and size % length == 0:
            return f"{size // length}{unit}"
    return f"{size}B"


def _check(source: SourceFile, meant: Workflow, options: LoadOptions) -> None:
    """Read a text again and compare.

    Raises:
        NotWritableError: it is broken, or says something else.
    """
    try:
        read, _ = load(source, options)
    except LoadError as error:
        raise NotWritableError(f"the new text cannot be read: {error}") from error
    names = [step.id for step in meant.steps]
    if [step.id for step in read.steps] != names:
        raise NotWritableError("the new text has other steps: give all steps an `id` of their own")
    for one, other in zip(read.steps, meant.steps, strict=True):
        if _comparable(one) != _comparable(other):
            raise NotWritableError(f"the new text says something else of `{one.id}`")
    if set(read.edges) != set(meant.edges):
        odd = next(iter(set(read.edges) ^ set(meant.edges)))
        raise NotWritableError(f"the new text orders `{odd.before}` and `{odd.after}` in another way")


def _comparable(step: Step) -> Step:
    """Return a step without the order in which it names others."""
    needs = None if step.needs is None else tuple(sorted(step.needs))
    return replace(step, needs=needs, ahead_of=tuple(sorted(step.ahead_of)))
