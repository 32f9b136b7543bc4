"""The `params` of a stage: which values of which files its result depends on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from wfopt.dataclass import dataclass
from wfopt.formats.dvc.contexts import DEFAULT_FILE, ValueFiles
from wfopt.formats.dvc.interpolation import InterpolationError, fill, select, text_of
from wfopt.formats.dvc.stages import Stage
from wfopt.formats.plain import Plain, text_in
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.model.expressions import Template
from wfopt.model.workflow import CacheExtra


@dataclass(frozen=True, slots=True)
class Param:
    """A value that a stage depends on.

    Attributes:
        file: the absolute path of its file.
        name: its path in the file, or "" for everything.
        node: where the stage names it.
    """

    file: str
    name: str
    node: Node


def params_of(stage: Stage, folder: str) -> list[Param]:
    """Return what a stage names.

    Args:
        stage: the stage.
        folder: the absolute folder that it runs in.

    Raises:
        InterpolationError: a name needs a value that is not known.
    """
    node = stage.node.get("params")
    found: list[Param] = []
    for item in node.items if isinstance(node, SequenceNode) else ():
        if isinstance(item, ScalarNode):
            found.append(_param(DEFAULT_FILE, text_in(item), item, stage, folder))
        elif isinstance(item, MappingNode):
            for file, names in item.pairs:
                entries = names.items if isinstance(names, SequenceNode) else ()
                found.extend(_param(file.text, text_in(each), each, stage, folder) for each in entries)
                if not entries:
                    found.append(_param(file.text, "", file, stage, folder))
    return found


def _param(file: str, name: str, node: Node, stage: Stage, folder: str) -> Param:
    path = text_of(fill(file, stage.values))
    return Param(os.path.normpath(os.path.join(folder, path)), text_of(fill(name, stage.values)), node)


def extras_of(
    params: list[Param], files: ValueFiles, workspace: str
) -> Iterator[tuple[CacheExtra, Template] | Param]:
    """Yield each value as part of what a result depends on, or the param itself if it is not known."""
    for param in params:
        values = files.read(param.file, param.node)
        if values is None:
            yield param
            continue
        value: Plain
        try:
            value = dict(values) if not param.name else select(param.name, values)
        except InterpolationError:
            yield param
            continue
        shown = json.dumps(value, sort_keys=True, default=str)
        file = os.path.relpath(param.file, workspace)
        yield CacheExtra.TEXT, Template.plain(f"{file}:{param.name}={shown}", param.node.span)
