"""Expressions of `${{ }}`: their parts, their evaluation, and texts with expressions in them.

An expression is a tree of frozen nodes. `bind` fills in what is known when a file is loaded, `evaluate`
works out the rest during the run. Nothing here reads text: the parser stands with the formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from wfopt.dataclass import dataclass, field
from wfopt.model.values import ExpressionError, Value, call, compare, is_true, look_up, text_of
from wfopt.source import Span

__all__ = [
    "CONTEXTS",
    "STATUS_FUNCTIONS",
    "Call",
    "Comparison",
    "Expression",
    "ExpressionError",
    "Literal",
    "Logic",
    "Not",
    "Reference",
    "Template",
    "Value",
    "bind",
    "evaluate",
    "map_references",
    "references",
    "text_of",
]

CONTEXTS = ("params", "env", "matrix", "item", "needs", "failed")
"""The names with which a reference may start."""

STATUS_FUNCTIONS = frozenset({"success", "failure", "always", "cancelled"})
"""The functions whose value only the run knows."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it is; a list or mapping only comes from `bind`."""

    value: Value
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a context holds under a path of keys: `matrix.python`, `needs['a.b'].status`, `item[0]`."""

    root: str
    path: tuple[str | int, ...] = ()
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        """Return the part that tells references apart, such as `needs.build` or `item`."""
        return self.root if self.root == "item" or not self.path else f"{self.root}.{self.path[0]}"


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; one of `STATUS_FUNCTIONS` has none."""

    name: str
    arguments: tuple[Expression, ...] = ()
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """`!operand`."""

    operand: Expression
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands with `==`, `!=`, `<`, `<=`, `>` or `>=` between them."""

    operator: str
    left: Expression
    right: Expression
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """Two or more operands with `&&` or `||` between them: one node for a chain, so chains may be long."""

    operator: str
    operands: tuple[Expression, ...]
    offset: int = field(default=0, compare=False)


Expression: TypeAlias = Literal | Reference | Call | Not | Comparison | Logic
"""What stands in `${{ }}`; each node knows its 0-based `offset`, which equality ignores."""


def references(expression: Expression) -> frozenset[str]:
    """Return what an expression mentions.

    References are cut to what tells them apart (`params.top`, `needs.build`, `matrix.python`, `env.X`,
    `failed.ids`, `item`); status functions are written `success()`.
    """
    match expression:
        case Literal():
            return frozenset()
        case Reference():
            return frozenset({str(expression)})
        case Call():
            own = {f"{expression.name}()"} & {f"{name}()" for name in STATUS_FUNCTIONS}
            return frozenset(own).union(*map(references, expression.arguments))
        case Not():
            return references(expression.operand)
        case Comparison():
            return references(expression.left) | references(expression.right)
        case Logic():
            return frozenset().union(*map(references, expression.operands))


def map_references(expression: Expression, replace: Callable[[Reference], Reference]) -> Expression:
    """Return the expression with each reference replaced by what `replace` makes of it."""
    match expression:
        case Literal():
            return expression
        case Reference():
            return replace(expression)
        case Call(name, arguments, offset):
            return Call(name, tuple(map_references(each, replace) for each in arguments), offset)
        case Not(operand, offset):
            return Not(map_references(operand, replace), offset)
        case Comparison(operator, left, right, offset):
            return Comparison(operator, map_references(left, replace), map_references(right, replace), offset)
        case Logic(operator, operands, offset):
            return Logic(operator, tuple(map_references(each, replace) for each in operands), offset)


def evaluate(expression: Expression, contexts: Mapping[str, Value], status: Mapping[str, bool]) -> Value:
    """Return the value of an expression.

    `&&` and `||` stop at the first operand that decides, and have its value. A name that is missing in `env`,
    `matrix` or `item` is null.

    Args:
        expression: what to evaluate.
        contexts: what the names at the start of references hold.
        status: the values of the status functions, by their names without brackets.

    Raises:
        ExpressionError: a name has no value here, or a value has the wrong type.
    """
    match expression:
        case Literal():
            return expression.value
        case Reference():
            return look_up(contexts, expression.root, expression.path, expression.offset)
        case Call():
            return _evaluate_call(expression, contexts, status)
        case Not():
            return not is_true(evaluate(expression.operand, contexts, status))
        case Comparison():
            left = evaluate(expression.left, contexts, status)
            right = evaluate(expression.right, contexts, status)
            return compare(expression.operator, left, right, expression.offset)
        case Logic():
            return _evaluate_logic(expression, contexts, status)


def _evaluate_call(expression: Call, contexts: Mapping[str, Value], status: Mapping[str, bool]) -> Value:
    if expression.name not in STATUS_FUNCTIONS:
        arguments = tuple(evaluate(each, contexts, status) for each in expression.arguments)
        return call(expression.name, arguments, expression.offset)
    if expression.name not in status:
        raise ExpressionError(f"`{expression.name}()` has no value here", expression.offset)
    return status[expression.name]


def _evaluate_logic(expression: Logic, contexts: Mapping[str, Value], status: Mapping[str, bool]) -> Value:
    value: Value = None
    for operand in expression.operands:
        value = evaluate(operand, contexts, status)
        if _decides(expression.operator, value):
            break
    return value


def bind(expression: Expression, contexts: Mapping[str, Value]) -> Expression:
    """Fill in what is known and evaluate what then waits for nothing.

    What is left depends on other contexts or on the status functions. Operands of `&&` and `||` behind one
    that decides are not looked at, as when evaluating.

    Raises:
        ExpressionError: as `evaluate`, already now.
    """
    match expression:
        case Literal():
            return expression
        case Reference(root, path, offset):
            return Literal(look_up(contexts, root, path, offset), offset) if root in contexts else expression
        case Call():
            arguments = tuple(bind(each, contexts) for each in expression.arguments)
            return _folded(Call(expression.name, arguments, expression.offset), arguments)
        case Not():
            operand = bind(expression.operand, contexts)
            return _folded(Not(operand, expression.offset), (operand,))
        case Comparison():
            sides = (bind(expression.left, contexts), bind(expression.right, contexts))
            return _folded(Comparison(expression.operator, *sides, expression.offset), sides)
        case Logic():
            return _bind_logic(expression, contexts)


def _bind_logic(expression: Logic, contexts: Mapping[str, Value]) -> Expression:
    """Bind a chain: keep what may still decide, up to an operand that does."""
    left: list[Expression] = []
    for operand in expression.operands:
        # A literal that does not decide has a say only in the last place.
        if left and isinstance(left[-1], Literal):
            left.pop()
        bound = bind(operand, contexts)
        left.append(bound)
        if isinstance(bound, Literal) and _decides(expression.operator, bound.value):
            break
    return left[0] if len(left) == 1 else Logic(expression.operator, tuple(left), expression.offset)


def _decides(operator: str, value: Value) -> bool:
    """Return whether an operand with this value ends a chain of `&&` or `||`."""
    return is_true(value) == (operator == "||")


def _folded(expression: Call | Not | Comparison, operands: Iterable[Expression]) -> Expression:
    """Return the expression's value as a literal if its operands are literals, else the expression."""
    waits = isinstance(expression, Call) and expression.name in STATUS_FUNCTIONS
    if waits or not all(isinstance(operand, Literal) for operand in operands):
        return expression
    return Literal(evaluate(expression, {}, {}), expression.offset)


@dataclass(frozen=True, slots=True)
class Template:
    """A text in which expressions may stand.

    Attributes:
        parts: strings and expressions in their order; no two strings are neighbors, none is empty.
        span: where it stands.
    """

    parts: tuple[str | Expression, ...]
    span: Span | None = field(default=None, compare=False, repr=False)

    @classmethod
    def plain(cls, text: str, span: Span | None = None) -> Template:
        """Return a template without expressions."""
        return cls((text,) if text else (), span)

    @classmethod
    def of(cls, parts: Iterable[str | Expression], span: Span | None = None) -> Template:
        """Return a template of any parts: strings next to each other become one."""
        merged: list[str | Expression] = []
        for part in parts:
            if isinstance(part, str) and merged and isinstance(merged[-1], str):
                merged[-1] += part
            elif part != "":
                merged.append(part)
        return cls(tuple(merged), span)

    @property
    def static(self) -> str | None:
        """The text, if no expression is in it."""
        if not self.parts:
            return ""
        first = self.parts[0]
        return first if len(self.parts) == 1 and isinstance(first, str) else None

    @property
    def only(self) -> Expression | None:
        """The expression, if there is nothing else: its value need not become text."""
        if len(self.parts) != 1 or isinstance(self.parts[0], str):
            return None
        return self.parts[0]

    @property
    def references(self) -> frozenset[str]:
        """What its expressions mention, as `references` says it."""
        return frozenset().union(*(references(part) for part in self.parts if not isinstance(part, str)))

    def map_references(self, replace: Callable[[Reference], Reference]) -> Template:
        """Return the template with each reference replaced, as the function `map_references` does."""
        mapped = (part if isinstance(part, str) else map_references(part, replace) for part in self.parts)
        return Template(tuple(mapped), self.span)

    def bind(self, contexts: Mapping[str, Value]) -> Template:
        """Fill in what is known; an expression that waits for nothing becomes text.

        Whoever wants the value of a single expression, such as a list, binds `only` instead.

        Raises:
            ExpressionError: as the function `bind`, or a value has no text form.
        """
        if self.static is not None:
            return self
        bound = (part if isinstance(part, str) else bind(part, contexts) for part in self.parts)
        return Template.of(
            (text_of(part.value, part.offset) if isinstance(part, Literal) else part for part in bound),
            self.span,
        )

    def render(self, contexts: Mapping[str, Value], status: Mapping[str, bool]) -> str:
        """Return the text with the values of all expressions in it.

        Raises:
            ExpressionError: as `evaluate`, or a value has no text form.
        """
        return "".join(
            part if isinstance(part, str) else text_of(evaluate(part, contexts, status), part.offset)
            for part in self.parts
        )
