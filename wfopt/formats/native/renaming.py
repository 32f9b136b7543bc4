"""Gives steps of any format ids that the native format takes, and lets expressions follow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from wfopt.formats.native.expression_text import NotExpressibleError
from wfopt.formats.native.scalars import STEP_ID
from wfopt.model.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    Logic,
    Not,
    Reference,
    Template,
)
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import Step, StepId, Workflow

LONGEST = 100
"""Characters of an id."""

_ODD = re.compile(r"[^A-Za-z0-9_.-]+")
_WORST_FIRST = ("failed", "cancelled", "succeeded")


def ids_for(names: Sequence[str]) -> dict[str, str]:
    """Return a native id for each name: the name itself where it can be one.

    No two ids differ only by case, as some file systems do not tell such names apart.
    """
    kept = [name for name in names if STEP_ID.pattern.fullmatch(name)]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in (*kept, *(each for each in names if each not in set(kept))):
        found[name] = _free(name, taken)
        taken.add(found[name].lower())
    return {name: found[name] for name in names}


class Renaming:
    """New ids for the steps of a workflow.

    Args:
        workflow: the workflow.

    Attributes:
        ids: the new id of each step.
    """

    def __init__(self, workflow: Workflow) -> None:
        self._steps: Sequence[Step] = workflow.steps
        self._directory = directory_of(workflow.steps)
        self.ids: Mapping[str, str] = ids_for([step.id for step in workflow.steps])

    def names_of(self, ids: Sequence[StepId]) -> list[str]:
        """Return the new ids of steps; those that do not exist are left out."""
        return [self.ids[each] for each in ids if each in self.ids]

    def template(self, template: Template) -> Template:
        """Return a text whose expressions use the new ids.

        Raises:
            NotExpressibleError: an expression cannot.
        """
        if template.static is not None:
            return template
        parts = template.parts
        return Template.of(part if isinstance(part, str) else self.expression(part) for part in parts)

    def expression(self, expression: Expression) -> Expression:
        """Return an expression that uses the new ids.

        Raises:
            NotExpressibleError: it asks for several steps at once in a way that cannot be written out.
        """
        match expression:
            case Literal():
                return expression
            case Reference():
                return self._reference(expression)
            case Call(name, arguments):
                return Call(name, tuple(map(self.expression, arguments)))
            case Not(operand):
                return Not(self.expression(operand))
            case Comparison(operator, left, right):
                several = self._of_several(expression)
                return several or Comparison(operator, self.expression(left), self.expression(right))
            case Logic(operator, operands):
                return Logic(operator, tuple(map(self.expression, operands)))

    def _reference(self, reference: Reference) -> Expression:
        if reference.root != "needs" or not reference.path:
            return reference
        name, *rest = reference.path
        if str(name) not in self.ids:
            steps = [self._steps[place].id for place in self._directory.select(str(name))]
            if rest == ["status"] and len(steps) != 1:
                return self._worst(steps)
            if len(steps) != 1:
                raise NotExpressibleError(f"an expression that asks for several steps: `{name}`")
            name = steps[0]
        return Reference("needs", (self.ids[str(name)], *rest))

    def _of_several(self, comparison: Comparison) -> Expression | None:
        """Return how several steps under one name ended, asked step by step; None if it is one step."""
        match comparison:
            case Comparison("==" | "!=", Reference("needs", (str(name), "status")), Literal(str(word))):
                if name in self.ids:
                    return None
                steps = [self._steps[place].id for place in self._directory.select(name)]
                if len(steps) == 1:
                    return None
                found = self._common(steps, word)
                return found if comparison.operator == "==" else Not(found)
            case _:
                return None

    def _worst(self, steps: Sequence[str]) -> Expression:
        """Return how several steps ended, as the word for the worst of it."""
        words = (Logic("&&", (self._common(steps, word), Literal(word))) for word in _WORST_FIRST if steps)
        return Logic("||", (*words, Literal("skipped"))) if steps else Literal("skipped")

    def _common(self, steps: Sequence[str], word: str) -> Expression:
        """Return whether the worst of the ways in which steps ended is the one that a word names."""
        if not steps:
            return Literal(word == "skipped")
        if word == "skipped":
            return Logic("&&", tuple(self._ended(step, word, "==") for step in steps))
        worse = _WORST_FIRST[: _WORST_FIRST.index(word)] if word in _WORST_FIRST else ()
        without = [self._ended(step, each, "!=") for each in worse for step in steps]
        some = Logic("||", tuple(self._ended(step, word, "==") for step in steps))
        return Logic("&&", (*without, some)) if without else some

    def _ended(self, step: str, word: str, operator: str) -> Comparison:
        return Comparison(operator, Reference("needs", (self.ids[step], "status")), Literal(word))


def _free(name: str, taken: set[str]) -> str:
    text = _ODD.sub("-", name).strip("-") or "step"
    if not (text[0].isalpha() or text[0] == "_"):
        text = f"_{text}"
    text = text[:LONGEST] if STEP_ID.pattern.fullmatch(name) is None else name
    number, found = 1, text
    while found.lower() in taken:
        number += 1
        end = f"-{number}"
        found = text[: LONGEST - len(end)] + end
    return found
