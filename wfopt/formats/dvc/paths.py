"""The paths of a stage: `deps`, and `outs`, `metrics` and `plots`, with what stands beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from wfopt.codes import NOT_MAPPED, WRONG_TYPE
from wfopt.dataclass import dataclass, replace
from wfopt.formats.dvc.interpolation import InterpolationError, fill, fill_all, text_of
from wfopt.formats.dvc.stages import Stage
from wfopt.formats.plain import Plain, plain
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.remarks import Remarks
from wfopt.model.globs import WILDCARD
from wfopt.model.patterns import PathPattern, PatternError, check_output, parse_pattern


@dataclass(slots=True, kw_only=True)
class Paths:
    """What a stage reads and writes.

    Attributes:
        inputs: its dependencies.
        outputs: what it makes.
        is_complete: whether all of it could be said as paths in the workspace.
        why: why a path is not known, or "".
    """

    inputs: tuple[PathPattern, ...] = ()
    outputs: tuple[PathPattern, ...] = ()
    is_complete: bool = True
    why: str = ""


class PathReader:
    """Reads the paths of stages.

    Args:
        workspace: the absolute folder that paths become relative to.
        remarks: where notes go.
    """

    def __init__(self, workspace: str, remarks: Remarks) -> None:
        self._workspace = workspace
        self._remarks = remarks

    def read(self, stage: Stage, folder: str) -> Paths:
        """Return the paths of a stage that runs in an absolute folder."""
        found = Paths()
        found.inputs = tuple(self._patterns(stage, "deps", folder, found))
        outputs = [
            pattern
            for key in ("outs", "metrics", "plots")
            for pattern in self._patterns(stage, key, folder, found)
        ]
        found.outputs = tuple(dict.fromkeys(outputs))
        return found

    def _patterns(self, stage: Stage, key: str, folder: str, found: Paths) -> Iterator[PathPattern]:
        node = stage.node.get(key)
        if node is not None and not isinstance(node, SequenceNode) and plain(node) is not None:
            self._remarks.warn(WRONG_TYPE, f"`{key}` must be a list of paths", node.span)
            found.is_complete = False
        for item in node.items if isinstance(node, SequenceNode) else ():
            if isinstance(item, SequenceNode):
                self._remarks.warn(WRONG_TYPE, f"`{key}` takes no lists in its list", item.span)
                found.is_complete = False
            for at, options in _entries(item):
                try:
                    text = text_of(fill(at.text, stage.values))
                    keys = fill_all(options, stage.values)
                    if not text.startswith("#"):
                        yield self._pattern(text, keys, folder, at, key)
                except InterpolationError as error:
                    found.why = found.why or str(error)
                    found.is_complete = False
                except PatternError as error:
                    words = f"a path that cannot be declared: {error.message}"
                    self._remarks.note(NOT_MAPPED, words, at.span)
                    found.is_complete = False

    def _pattern(self, text: str, options: Plain, folder: str, at: Node, key: str) -> PathPattern:
        if "://" in text:
            raise PatternError(f"`{text}` is not a local path", "")
        full = os.path.normpath(os.path.join(folder, text))
        relative = os.path.relpath(full, self._workspace)
        if text.startswith("~") or "\0" in text or relative.split(os.sep)[0] == "..":
            raise PatternError(f"`{text}` lies outside the workspace", "")
        escaped = WILDCARD.sub(r"[\g<0>]", relative)
        pattern = replace(parse_pattern(escaped + "/" * text.endswith("/")), span=at.span)
        if key == "deps":
            return pattern
        check_output(pattern)
        said: Mapping[str, Plain] = options if isinstance(options, dict) else {}
        return replace(pattern, store=said.get("cache") is not False, persist=said.get("persist") is True)


def _entries(node: Node) -> Iterator[tuple[ScalarNode, Plain]]:
    """Yield the path of an entry, and what stands beside it."""
    if isinstance(node, ScalarNode):
        yield node, None
    elif isinstance(node, MappingNode):
        yield from ((key, plain(value)) for key, value in node.pairs)
