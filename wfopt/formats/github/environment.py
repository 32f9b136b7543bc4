"""The variables of workflows, jobs and steps, each level on top of the one above."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.formats.github.meaning import unknowns
from wfopt.formats.github.scope import Scope
from wfopt.formats.github.shapes import pairs_of, text_of
from wfopt.formats.github.texts import split
from wfopt.formats.github.translate import template_of
from wfopt.formats.positions import Node, ScalarNode
from wfopt.model.expressions import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Variables with their values.

    Attributes:
        values: what each is set to.
        unknown: those whose value only the service knows, with what it knows.
        mentions: what the expressions of the values mention.
        secret: those that hold a secret.
    """

    values: Mapping[str, Template] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)
    mentions: frozenset[str] = frozenset()
    secret: tuple[str, ...] = ()

    @property
    def known(self) -> Mapping[str, Template]:
        """The variables that a run here can set; the others keep what the process has."""
        if not self.unknown:
            return self.values
        return {name: value for name, value in self.values.items() if name not in self.unknown}


def extended(above: Environment, node: Node | None, scope: Scope) -> Environment:
    """Return an environment with the variables of an `env` on top.

    Args:
        above: the environment.
        node: the mapping, or None.
        scope: what names in its expressions mean.
    """
    pairs = [(key.text, value) for key, value in pairs_of(node) if isinstance(value, ScalarNode)]
    if not pairs:
        return above
    names = {name for name, _ in pairs}
    values = dict(above.values)
    unknown = {name: what for name, what in above.unknown.items() if name not in names}
    secret = [name for name in above.secret if name not in names]
    mentions = set(above.mentions)
    for name, value in pairs:
        text = text_of(value)
        if "${{" not in text:
            values[name] = Template.plain(text, value.span)
            continue
        parts = split(text)
        values[name] = found = template_of(parts, scope, value.span)
        mentions |= parts.mentions
        if open_parts := unknowns(found):
            unknown[name] = open_parts[0]
        if any(each.startswith("secrets.") for each in parts.mentions):
            secret.append(name)
    return Environment(values=values, unknown=unknown, mentions=frozenset(mentions), secret=tuple(secret))
