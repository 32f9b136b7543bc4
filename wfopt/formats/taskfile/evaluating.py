"""Works out Go templates from what a Taskfile says, or says why that is not possible."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from wfopt.dataclass import dataclass
from wfopt.formats.plain import Plain
from wfopt.formats.taskfile.functions import FUNCTIONS
from wfopt.formats.taskfile.templates import (
    Branch,
    Constant,
    Dot,
    Field,
    Function,
    Operand,
    Part,
    Pipeline,
    Range,
    TemplateError,
    Variable,
    is_template,
    parse_pipeline,
    parse_template,
)
from wfopt.formats.taskfile.texts import go_text, is_empty

MAX_WORK = 20_000
"""So many parts of one template are worked out; loops in loops make more."""

MAX_LENGTH = 500_000
"""Characters of a text that a template makes."""


@dataclass(frozen=True, slots=True)
class Open:
    """A value that only a run of Task knows; `why` says so in a few words."""

    why: str


Known: TypeAlias = "Plain | Open"
"""A value, or why there is none."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a template can name.

    Attributes:
        values: the variables.
        environ: the process environment; a variable that is in neither is null.
    """

    values: Mapping[str, Known]
    environ: Mapping[str, str]

    def look_up(self, name: str) -> Plain:
        """Return the value of a variable.

        Raises:
            TemplateError: only a run of Task knows it.
        """
        value = self.values[name] if name in self.values else self.environ.get(name)
        if isinstance(value, Open):
            raise TemplateError(value.why)
        return value


def fill(text: str, scope: Scope) -> str:
    """Return a template with everything filled in.

    Raises:
        TemplateError: it cannot be read, or needs what is not known.
    """
    return _Run(scope).text(parse_template(text), None) if is_template(text) else text


def value_of_reference(text: str, scope: Scope) -> Plain:
    """Return the value of a pipeline, as `ref` has it, not as text.

    Raises:
        TemplateError: as `fill`.
    """
    return _Run(scope).value(parse_pipeline(text), None)


class _Run:
    """The evaluation of one template; the dot is None where it means all variables."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._variables: dict[str, Plain] = {}
        self._work = 0

    def text(self, parts: Sequence[Part], dot: Plain) -> str:
        """Return the text of parts."""
        pieces: list[str] = []
        length = 0
        for part in parts:
            piece = part if isinstance(part, str) else self._part(part, dot)
            length += len(piece)
            if length > MAX_LENGTH:
                raise TemplateError("a template that makes too long a text")
            pieces.append(piece)
        return "".join(pieces)

    def _part(self, part: Pipeline | Branch | Range, dot: Plain) -> str:
        self._count()
        if isinstance(part, Pipeline):
            value = self.value(part, dot)
            return "" if part.variable else go_text(value)
        if isinstance(part, Range):
            return self._loop(part, dot)
        value = self.value(part.pipeline, dot)
        if is_empty(value):
            return self.text(part.otherwise, dot)
        return self.text(part.then, value if part.keyword == "with" else dot)

    def _loop(self, loop: Range, dot: Plain) -> str:
        items = list(_items(self.value(loop.pipeline, dot)))
        if not items:
            return self.text(loop.otherwise, dot)
        pieces: list[str] = []
        length = 0
        for key, item in items:
            self._count()
            if loop.names:
                self._variables[loop.names[-1]] = item
            if len(loop.names) == 2:
                self._variables[loop.names[0]] = key
            pieces.append(self.text(loop.body, item))
            length += len(pieces[-1])
            if length > MAX_LENGTH:
                raise TemplateError("a template that makes too long a text")
        return "".join(pieces)

    def value(self, operand: Operand, dot: Plain) -> Plain:
        """Return the value of an operand."""
        self._count()
        match operand:
            case Constant(value):
                return value
            case Pipeline():
                return self._pipeline(operand, dot)
            case Function(name, arguments):
                return self._call(name, arguments, dot, ())
            case Field(start, names):
                return self._field(start, names, dot)
            case Variable(name) if name in self._variables:
                return self._variables[name]
            case Dot() if dot is not None:
                return dot
            case _:
                raise TemplateError("a template that needs all variables at once")

    def _pipeline(self, pipeline: Pipeline, dot: Plain) -> Plain:
        value: Plain = None
        for place, command in enumerate(pipeline.commands):
            if not place:
                value = self.value(command, dot)
            elif isinstance(command, Function):
                value = self._call(command.name, command.arguments, dot, (value,))
            else:
                raise TemplateError("a template that hands arguments to a value")
        if pipeline.variable:
            self._variables[pipeline.variable] = value
        return value

    def _field(self, start: Operand, names: Sequence[str], dot: Plain) -> Plain:
        value: Plain
        is_top = (isinstance(start, Dot) and dot is None) or (isinstance(start, Variable) and not start.name)
        if is_top:
            value, names = self._scope.look_up(names[0]), names[1:]
        else:
            value = self.value(start, dot)
        for name in names:
            if not isinstance(value, dict):
                raise TemplateError("a template that looks for what is not there")
            value = value.get(name)
        return value

    def _call(self, name: str, arguments: Sequence[Operand], dot: Plain, last: tuple[Plain, ...]) -> Plain:
        if name in {"and", "or"}:
            return self._choose(name, arguments, dot, last)
        values = [*(self.value(each, dot) for each in arguments), *last]
        if name == "env":
            return self._environment(values)
        function = FUNCTIONS.get(name)
        if function is None:
            raise TemplateError(f"the function `{name}` in a template")
        try:
            value = function(*values)
        except (TypeError, ValueError, OverflowError) as error:
            if isinstance(error, TemplateError):
                raise
            raise TemplateError(f"the function `{name}` with values that it does not take") from error
        self._count(len(value) // 100 if isinstance(value, str | list) else 0)
        return value

    def _choose(self, name: str, arguments: Sequence[Operand], dot: Plain, last: tuple[Plain, ...]) -> Plain:
        """Return the first argument that decides; those behind it are not worked out."""
        value: Plain = None
        for value in itertools.chain((self.value(each, dot) for each in arguments), last):
            if is_empty(value) == (name == "and"):
                break
        return value

    def _environment(self, values: Sequence[Plain]) -> str:
        return self._scope.environ.get(go_text(values[0]), "") if values else ""

    def _count(self, amount: int = 1) -> None:
        self._work += amount
        if self._work > MAX_WORK:
            raise TemplateError("a template that takes too much work")


def _items(value: Plain) -> Iterator[tuple[Plain, Plain]]:
    if isinstance(value, dict):
        yield from ((key, value[key]) for key in sorted(value))
    elif isinstance(value, list):
        yield from enumerate(value)
    elif value is not None:
        raise TemplateError("a template that needs a list")
