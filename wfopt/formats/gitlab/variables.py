"""Variables: of the pipeline, of a job and of a cell, with variables inside their values filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wfopt.dataclass import dataclass
from wfopt.formats.gitlab.trees import is_null, is_true, member, pairs_of, text_of, texts_of
from wfopt.formats.positions import MappingNode, Node

MAX_LENGTH = 32_768
"""How long a value may become by filling in; a longer one stays as it is written."""

MAX_FILLED = 20_000_000
"""How many characters filling in may make in all; after that, values stay as they are written."""

MAX_ROUNDS = 20
"""How many variables may stand inside each other."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MENTION = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as written.

    Attributes:
        text: its value.
        expands: whether variables in it are filled in.
    """

    text: str
    expands: bool = True


def read_variables(node: Node | None) -> dict[str, Variable]:
    """Return the variables of a `variables` mapping; a name that no environment takes is left out."""
    found = {}
    for key, value in pairs_of(node):
        if not NAME.fullmatch(key.text):
            continue
        if isinstance(value, MappingNode):
            inner = value.get("value")
            text = None if inner is None else text_of(inner) or ""
            if text is not None:
                found[key.text] = Variable(text, is_true(value.get("expand")) is not False)
        elif is_null(value):
            found[key.text] = Variable("")
        else:
            text = text_of(value)
            if text is not None and "\0" not in text:
                found[key.text] = Variable(text)
    return found


def inherited(variables: Mapping[str, Variable], inherit: Node | None) -> dict[str, Variable]:
    """Return those variables of the pipeline that a job's `inherit: variables:` lets through."""
    rule = member(inherit, "variables")
    if rule is None or is_true(rule) is True:
        return dict(variables)
    if is_true(rule) is False:
        return {}
    wanted = set(texts_of(rule))
    return {name: value for name, value in variables.items() if name in wanted}


class Expander:
    """Fills variables into the values of others, as GitLab does before the shell sees them."""

    def __init__(self) -> None:
        self._left = MAX_FILLED

    def expanded(self, variables: Mapping[str, Variable], known: Mapping[str, str]) -> dict[str, str]:
        """Return the values of some variables.

        Args:
            variables: those that the file sets.
            known: what else is known; other variables stay as they are written.
        """
        values: dict[str, str] = {}
        for name in variables:
            self._fill(name, variables, known, values, ())
        return values

    def _fill(
        self,
        name: str,
        variables: Mapping[str, Variable],
        known: Mapping[str, str],
        values: dict[str, str],
        chain: tuple[str, ...],
    ) -> str | None:
        """Return the value of a variable, and note it; None if it is not known or stands in itself."""
        if name in values or name not in variables:
            return values[name] if name in values else known.get(name)
        if name in chain or len(chain) >= MAX_ROUNDS:
            return None
        variable = variables[name]
        values_of: dict[str, str] = {}
        if variable.expands and "$" in variable.text:
            for each in mentions(variable.text):
                value = self._fill(each, variables, known, values, (*chain, name))
                if value is not None:
                    values_of[each] = value
        text = self._filled(variable.text, values_of) if variable.expands else variable.text
        values[name] = text
        return text

    def _filled(self, text: str, values: Mapping[str, str]) -> str:
        """Return a text with its variables filled in, or as it is if that makes it too long."""
        # The length is known before anything is copied.
        found = (each[1] or each[2] for each in _MENTION.finditer(text))
        growth = sum(len(values.get(name or "", "")) for name in found)
        self._left -= growth
        if len(text) + growth > MAX_LENGTH or self._left < 0:
            return text
        return fill(text, values)


def mentions(text: str) -> tuple[str, ...]:
    """Return the variables that stand in a text, each once."""
    found = (each[1] or each[2] for each in _MENTION.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name))


def fill(text: str, known: Mapping[str, str]) -> str:
    """Return a text with the variables in it that are known filled in; `$$` stands for `$`."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return "$" if name is None else known.get(name, found[0])

    return _MENTION.sub(value, text)
