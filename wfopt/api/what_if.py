"""What `--what-if` says: the parts of its text, each checked as far as that needs no workflow.

A text has parts with commas between them: `cpus=8`, `memory=4GiB`, `jobs=4`, `strategy=fifo`, `cache=off`,
`STEP=0.5x` and `STEP=12s` for durations, `-A:B` and `+A:B` for edges. Commas, colons and equal signs inside
square brackets belong to a step's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import isfinite

from wfopt.codes import BAD_OPTION
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label, UserError
from wfopt.model.quantities import QuantityError, parse_cpu, parse_duration, parse_size
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.registry import STRATEGIES, strategy_named
from wfopt.source import SourceFile, Span, closest_match

OPTION = "--what-if"

_FACTOR = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)x")
_DIGITS = re.compile(r"[0-9]{1,6}")
_MACHINE = ("cpus", "memory", "jobs", "strategy", "cache")


@dataclass(frozen=True, slots=True)
class Duration:
    """Another duration of some steps.

    Attributes:
        selector: which steps.
        factor: times the usual one, or None.
        seconds: instead of the usual one, or None.
        span: where it stands.
    """

    selector: str
    factor: float | None
    seconds: float | None
    span: Span


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges between some steps, which are added or taken away.

    Attributes:
        before: which steps go first.
        after: which steps wait.
        adds: whether they are added.
        span: where it stands.
    """

    before: str
    after: str
    adds: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Machine:
    """A figure of the machine, or how it is used.

    Attributes:
        name: which.
        value: a number, a strategy, or None for the cache that is off.
        span: where it stands.
    """

    name: str
    value: int | Strategy | None
    span: Span


Part = Duration | Edges | Machine
"""One thing that would be different."""


@dataclass(frozen=True, slots=True)
class Wish:
    """All that would be different at once.

    Attributes:
        name: as it was asked.
        parts: what, in order.
    """

    name: str
    parts: tuple[Part, ...]


def wishes_of(texts: tuple[str, ...]) -> tuple[Wish, ...]:
    """Return what is asked for.

    Raises:
        UserError: a text is malformed; all problems of all texts are told.
    """
    wishes: list[Wish] = []
    problems: list[Diagnostic] = []
    for text in texts:
        try:
            wishes.append(Wish(text, tuple(_parts(text))))
        except UserError as error:
            problems += error.diagnostics
    if problems:
        raise UserError(tuple(problems))
    return tuple(wishes)


def wrong_part(span: Span, message: str, *hints: str) -> UserError:
    """Return the error for a part that cannot be used; the message quotes the text and points at it."""
    return UserError(
        (Diagnostic(code=BAD_OPTION, message=message, primary=Label(span), hints=tuple(filter(None, hints))),)
    )


def _parts(text: str) -> Iterator[Part]:
    source = SourceFile(OPTION, text)
    start = 0
    for end in [*_outside(text, ","), len(text)]:
        word = text[start:end]
        column = start + 1 + len(word) - len(word.lstrip())
        word = word.strip()
        span = Span(source, 1, column, 1, column + max(1, len(word)))
        start = end + 1
        if not word:
            raise wrong_part(span, f"`{OPTION}` has an empty part", "write such as `cpus=8,build=0.5x`")
        yield _part(word, span)


def _part(word: str, span: Span) -> Part:
    """Return what one part says.

    Raises:
        UserError: it is malformed.
    """
    if word[0] in "+-":
        return _edges(word, span)
    places = list(_outside(word, "="))
    name, value = (word[: places[-1]].strip(), word[places[-1] + 1 :].strip()) if places else (word, "")
    if not name or not value:
        hint = "write `cpus=8`, `memory=4GiB`, `STEP=0.5x`, `STEP=12s`, `-A:B`, `+A:B` or `strategy=NAME`"
        raise wrong_part(span, f"`{word}` says nothing that could be different", hint)
    is_duration = _FACTOR.fullmatch(value) or (name not in _MACHINE and value)
    return _duration(name, value, span) if is_duration else Machine(name, _READERS[name](value, span), span)


def _edges(word: str, span: Span) -> Edges:
    places = list(_outside(word, ":"))
    before, after = (word[1 : places[0]].strip(), word[places[0] + 1 :].strip()) if places else ("", "")
    if len(places) != 1 or not before or not after:
        hint = "write `-A:B` to let B no longer wait for A, or `+A:B`"
        raise wrong_part(span, f"`{word}` names no two steps", hint)
    return Edges(before, after, word[0] == "+", span)


def _duration(name: str, value: str, span: Span) -> Duration:
    found = _FACTOR.fullmatch(value)
    if found is not None:
        factor = float(found[1])
        if not isfinite(factor) or factor > 1e6:
            raise wrong_part(span, f"`{value}` is too much", "write a factor such as `0.5x` or `3x`")
        return Duration(name, factor, None, span)
    try:
        return Duration(name, None, parse_duration(value), span)
    except QuantityError as error:
        near = closest_match(name, _MACHINE)
        hint = (
            f"did you mean `{near}=`?"
            if near
            else "write a factor such as `0.5x` or a duration such as `12s`"
        )
        raise wrong_part(
            span, f"`{value}` is neither a factor nor a duration: {error.message}", hint
        ) from error


def _cpus(value: str, span: Span) -> int:
    if not value.strip("0."):
        raise wrong_part(
            span, f"`cpus={value}`: a machine without cpus runs nothing", "write such as `cpus=8`"
        )
    return _quantity(parse_cpu, value, span)


def _memory(value: str, span: Span) -> int:
    size = _quantity(parse_size, value, span)
    if not size:
        raise wrong_part(span, "a machine without memory runs nothing", "write a size such as `4GiB`")
    return size


def _jobs(value: str, span: Span) -> int:
    if not _DIGITS.fullmatch(value) or not int(value):
        raise wrong_part(span, f"`{value}` is not a number of jobs", "write a number above 0")
    return int(value)


def _strategy(value: str, span: Span) -> Strategy:
    found = strategy_named(value)
    if found is None:
        names = [each.name for each in STRATEGIES]
        near = closest_match(value, names)
        known = ", ".join(f"`{name}`" for name in names)
        hint = f"did you mean `{near}`?" if near else f"known: {known}"
        raise wrong_part(span, f"there is no strategy `{value}`", hint)
    return found


def _cache(value: str, span: Span) -> None:
    if value != "off":
        raise wrong_part(span, f"`cache={value}` cannot be asked for", "write `cache=off`")


_READERS: dict[str, Callable[[str, Span], int | Strategy | None]] = {
    "cpus": _cpus,
    "memory": _memory,
    "jobs": _jobs,
    "strategy": _strategy,
    "cache": _cache,
}


def _quantity(parse: Callable[[str], int], value: str, span: Span) -> int:
    try:
        return parse(value)
    except QuantityError as error:
        raise wrong_part(span, error.message, error.hint) from error


def _outside(text: str, mark: str) -> Iterator[int]:
    """Yield where a character stands outside of square brackets."""
    depth = 0
    for place, char in enumerate(text):
        if char == "[":
            depth += 1
        elif char == "]":
            depth = max(0, depth - 1)
        elif char == mark and not depth:
            yield place
