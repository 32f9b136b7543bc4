"""`$[[ inputs.name ]]`: what the `spec` header of a file declares, filled in with values or defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from wfopt.codes import TOO_COMPLEX
from wfopt.errors import Diagnostic, Label, LoadError
from wfopt.formats.gitlab.trees import member, pairs_of, rewritten, text_of, texts_of
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode

MAX_FILLED = 4_000_000
"""How many characters filling in may make, all inputs of a file together."""

OPEN = re.compile(r"\$\[\[")
"""Stands where an input without a value is left in a text."""

_INPUT = re.compile(r"\$\[\[ *inputs\.([\w-]{1,255}) *((?:\|[^|\]]{1,100}){0,3})\]\]", re.ASCII)
_CUT = re.compile(r"truncate\( *(\d{1,9}) *, *(\d{1,9}) *\)", re.ASCII)


def declared_defaults(header: Node) -> dict[str, Node]:
    """Return the inputs with a default that a header `spec: inputs:` declares."""
    found = {}
    for key, rule in pairs_of(member(header, "spec", "inputs")):
        default = member(rule, "default")
        if default is not None:
            found[key.text] = default
    return found


def fill_in(root: Node, values: Mapping[str, Node]) -> Node:
    """Return a document with its inputs filled in; those without a value stay as they are.

    Raises:
        LoadError: the result would be too large.
    """
    return rewritten(root, _Filler(values).change, {})


class _Filler:
    """Replaces inputs in nodes."""

    def __init__(self, values: Mapping[str, Node]) -> None:
        self._values = values
        self._made = 0

    def change(self, node: Node) -> Node | None:
        """Return what stands in place of a node, or None to look into it."""
        if isinstance(node, MappingNode):
            return self._with_keys(node)
        if not isinstance(node, ScalarNode) or not OPEN.search(node.text):
            return None
        whole = _INPUT.fullmatch(node.text.strip())
        value = self._values.get(whole[1]) if whole and not whole[2].strip() else None
        if value is not None and not isinstance(value, ScalarNode):
            return value
        return node.with_text(self._filled(node))

    def _with_keys(self, node: MappingNode) -> MappingNode | None:
        """Return a mapping with inputs in its keys filled in, and its values, too; or None without such."""
        if not any(OPEN.search(key.text) for key, _ in node.pairs):
            return None
        pairs = {}
        for key, value in node.pairs:
            named = key.with_text(self._filled(key))
            pairs[named.text] = (named, rewritten(value, self.change, {}))
        return node.with_pairs(list(pairs.values()))

    def _filled(self, node: ScalarNode) -> str:
        def fill(found: re.Match[str]) -> str:
            value = self._values.get(found[1])
            text = None if value is None else _shown(value)
            for function in filter(None, (each.strip() for each in found[2].split("|"))):
                text = None if text is None else _applied(function, text)
            self._made += len(text or "")
            if self._made > MAX_FILLED:
                message = f"the inputs of the file fill in more than {MAX_FILLED:,} characters"
                label = Label(node.span, "the limit is passed here")
                raise LoadError((Diagnostic(code=TOO_COMPLEX, message=message, primary=label),))
            return found[0] if text is None else text

        return _INPUT.sub(fill, node.text)


def _shown(value: Node) -> str | None:
    if isinstance(value, SequenceNode):
        return json.dumps(texts_of(value), ensure_ascii=False)
    return None if isinstance(value, MappingNode) else text_of(value) or ""


def _applied(function: str, text: str) -> str | None:
    """Return what one of GitLab's functions makes of a text, or None if it is not known here."""
    if function == "expand_vars":
        # The shell expands variables in a script, the list of variables those in it.
        return text
    cut = _CUT.fullmatch(function)
    return None if cut is None else text[int(cut[1]) :][: int(cut[2])]
