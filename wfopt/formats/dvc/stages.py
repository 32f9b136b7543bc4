"""The stages of a dvc.yaml, `foreach` and `matrix` unrolled under DVC's own names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from wfopt.codes import BAD_STEP_ID, IGNORED_KEY, MISSING_RUN, OPEN_MATRIX, WRONG_TYPE
from wfopt.dataclass import dataclass
from wfopt.formats.dvc.contexts import Values
from wfopt.formats.dvc.interpolation import InterpolationError, fill_all, text_of
from wfopt.formats.plain import Plain, plain
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.formats.problems import Problems
from wfopt.formats.remarks import Remarks
from wfopt.source import closest_match

MAX_CELLS = 10_000
"""So many stages may one `foreach` or `matrix` make."""

_KEYS = frozenset(
    {
        *("cmd", "wdir", "deps", "params", "vars", "outs", "metrics", "plots", "frozen", "meta", "desc"),
        *("always_changed", "matrix", "foreach", "do", "locked", "md5", "live"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage, before its values are filled in.

    Attributes:
        id: its name, such as `train` or `train@en`.
        group: the name under which the file declares it.
        cell: what tells it from the others that `foreach` or `matrix` makes.
        node: its keys; those of `do` for a `foreach`.
        key: where its name stands.
        values: what its `${...}` can name.
    """

    id: str
    group: str
    node: MappingNode
    key: ScalarNode
    values: Values
    cell: tuple[tuple[str, str], ...] = ()


def stages_of(root: MappingNode, values: Values, problems: Problems, remarks: Remarks) -> list[Stage]:
    """Return the stages of a file; what makes one unusable goes to `problems`."""
    node = root.get("stages")
    found: dict[str, Stage] = {}
    if node is not None and not isinstance(node, MappingNode):
        if not isinstance(node, ScalarNode) or plain(node) is not None:
            problems.error(WRONG_TYPE, "`stages` must be a mapping of names to stages", node)
        return []
    for key, entry in node.pairs if node is not None else ():
        for stage in _of_entry(key, entry, values, problems, remarks):
            if stage.id in found:
                problems.error(BAD_STEP_ID, f"there are two stages `{stage.id}`", key)
            found[stage.id] = stage
    return list(found.values())


def _of_entry(
    key: ScalarNode, node: Node, values: Values, problems: Problems, remarks: Remarks
) -> Iterator[Stage]:
    if not isinstance(node, MappingNode):
        problems.error(WRONG_TYPE, f"stage `{key.text}` must be a mapping with `cmd`", node)
        return
    body = node.get("do") if node.get("foreach") is not None else node
    if not isinstance(body, MappingNode) or body.get("cmd") is None:
        problems.error(MISSING_RUN, f"stage `{key.text}` has no `cmd`", key)
        return
    _note_unknown_keys((*node.pairs, *(body.pairs if body is not node else ())), remarks)
    try:
        for name, cell, item in _cells(node, values):
            inner = {**values, **item}
            suffix = f"@{name}" if name is not None else ""
            stage = f"{key.text}{suffix}"
            yield Stage(id=stage, group=key.text, node=body, key=key, values=inner, cell=cell)
    except InterpolationError as error:
        remarks.warn(OPEN_MATRIX, f"the stages of `{key.text}` are left out: it needs {error}", key.span)


_Cell = tuple["str | None", tuple[tuple[str, str], ...], Mapping[str, Plain]]
"""The name of a stage in its group, what tells it apart, and the values that it has."""


def _cells(node: MappingNode, values: Values) -> Iterator[_Cell]:
    if (loop := node.get("foreach")) is not None:
        yield from _of_foreach(fill_all(plain(loop), values))
    elif (matrix := node.get("matrix")) is not None:
        yield from _of_matrix(fill_all(plain(matrix), values))
    else:
        yield None, (), {}


def _of_foreach(data: Plain) -> Iterator[_Cell]:
    if isinstance(data, dict):
        for name, item in data.items():
            yield name, (("key", name),), {"item": item, "key": name}
    elif isinstance(data, list):
        _refuse_many(len(data))
        is_plain = not any(isinstance(item, list | dict) for item in data)
        names = {text_of(item) if is_plain else str(place): item for place, item in enumerate(data)}
        for name, item in names.items():
            yield name, (("item", name),), {"item": item}
    else:
        raise InterpolationError("a list or a mapping to go through")


def _of_matrix(data: Plain) -> Iterator[_Cell]:
    if not isinstance(data, dict) or not all(isinstance(axis, list) for axis in data.values()):
        raise InterpolationError("a list for each axis of its matrix")
    axes: dict[str, list[tuple[str, Plain]]] = {}
    count = 1
    for axis, items in data.items():
        entries = items if isinstance(items, list) else []
        axes[axis] = [(_fragment(axis, place, item), item) for place, item in enumerate(entries)]
        count *= len(entries)
    _refuse_many(count)
    for combination in itertools.product(*axes.values()):
        parts = [(axis, text) for axis, (text, _) in zip(axes, combination, strict=True)]
        item: dict[str, Plain] = {axis: value for axis, (_, value) in zip(axes, combination, strict=True)}
        name = "-".join(text for _, text in parts)
        yield name, tuple(parts), {"item": item, "key": name}


def _fragment(axis: str, place: int, item: Plain) -> str:
    return f"{axis}{place}" if isinstance(item, list | dict) else text_of(item)


def _refuse_many(count: int) -> None:
    if count > MAX_CELLS:
        raise InterpolationError(f"more than {MAX_CELLS:,} stages")


def _note_unknown_keys(pairs: tuple[tuple[ScalarNode, Node], ...], remarks: Remarks) -> None:
    for key, _ in pairs:
        if key.text not in _KEYS:
            near = closest_match(key.text, _KEYS)
            hint = f"did you mean `{near}`?" if near else ""
            remarks.warn(IGNORED_KEY, f"a stage has no key `{key.text}`", key.span, hint=hint)
