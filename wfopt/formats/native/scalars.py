"""The single values of the native format: how each is parsed and described."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from wfopt.codes import (
    BAD_ALLOW_FAILURE,
    BAD_CACHE,
    BAD_CAPTURE,
    BAD_DURATION,
    BAD_EFFECTS,
    BAD_ENV,
    BAD_PARAM,
    BAD_SIZE,
    BAD_STEP_ID,
    MISSING_RUN,
    Code,
)
from wfopt.codes import WRONG_TYPE as WRONG
from wfopt.formats.native.shapes import ANY_SCALAR, KeyRule, MisfitError, Scalar, or_null
from wfopt.formats.scalars import Kind
from wfopt.model.quantities import QuantityError, parse_cpu, parse_duration, parse_size
from wfopt.source import closest_match

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_NAME_HINT = "letters, digits, `_` and `-`, a letter first"
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?=\.?[0-9])[0-9]{0,18}(\.[0-9]{0,18})?([eE][-+]?[0-9]{1,2})?")


def _text(text: str, kind: Kind) -> str:
    if kind is Kind.NULL:
        raise MisfitError("there is nothing", f'if you mean the text, write "{text}"' if text else None)
    return text


def _any(text: str, kind: Kind) -> str:
    return text


def _flag(text: str, kind: Kind) -> bool:
    if kind is not Kind.BOOL:
        near = "true" if text.lower() in ("yes", "on", "y") else "false"
        hint = f"write `{near}`" if text.lower() in ("yes", "no", "on", "off", "y", "n") else None
        raise MisfitError(f"`{text}` is neither true nor false", hint)
    return text.lower() == "true"


def _quantity(parse: Callable[[str], Any]) -> Callable[[str, Kind], Any]:
    def read(text: str, kind: Kind) -> Any:
        try:
            return parse(text)
        except QuantityError as error:
            raise MisfitError(error.message, error.hint) from None

    return read


def _run(text: str, kind: Kind) -> Any:
    if not text.strip():
        raise MisfitError("there is nothing to run")
    if kind is not Kind.STR:
        raise MisfitError(f"`{text}` is not a script", f'if you mean a program of this name, write "{text}"')
    return text


def _cache(text: str, kind: Kind) -> str | bool:
    if kind is Kind.BOOL:
        return text.lower() == "true"
    if text != "auto":
        raise MisfitError(f"`{text}` is not known", "write `auto`, true or false")
    return text


def _effect(text: str, kind: Kind) -> str:
    if not _NAME.fullmatch(text):
        raise MisfitError(
            f"`{text}` is not the name of an effect", "known: network, publish, deploy, time, ..."
        )
    return text


def whole(low: int, high: int, *, code: Code = WRONG) -> Scalar:
    """Return the shape of an integer from `low` to `high`."""

    def parse(text: str, kind: Kind) -> int:
        if kind is not Kind.INT or not _INTEGER.fullmatch(text):
            raise MisfitError(f"`{text}` is not a whole number")
        if not low <= int(text) <= high:
            wanted = str(low) if low == high else f"from {low} to {high}"
            raise MisfitError(f"{text} is out of range", f"write {wanted}")
        return int(text)

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Scalar(wants="a whole number", parse=parse, accepts=schema, code=code)


def number(low: float = -math.inf, high: float = math.inf, *, code: Code = WRONG) -> Scalar:
    """Return the shape of a finite number from `low` to `high`."""

    def parse(text: str, kind: Kind) -> float:
        if kind not in (Kind.INT, Kind.FLOAT) or not _NUMBER.fullmatch(text):
            raise MisfitError(f"`{text}` is not a number")
        value = float(text)
        if not low <= value <= high:
            raise MisfitError(f"{text} is out of range", f"write a number from {low:g} to {high:g}")
        return value

    schema: dict[str, Any] = {"type": "number"}
    if math.isfinite(low):
        schema |= {"minimum": low, "maximum": high}
    return Scalar(wants="a number", parse=parse, accepts=schema, code=code)


def choice(*names: str, integers: bool = False, code: Code = WRONG) -> Scalar:
    """Return the shape of one of some words, or with `integers` also an exit status."""
    listed = ", ".join(f"`{name}`" for name in names) + (" or an exit status" if integers else "")

    def parse(text: str, kind: Kind) -> str | int:
        if text in names:
            return text
        if integers and kind is Kind.INT and _INTEGER.fullmatch(text) and 0 <= int(text) <= 255:
            return int(text)
        near = closest_match(text, names)
        raise MisfitError(f"`{text}` is not known", f"did you mean `{near}`?" if near else f"write {listed}")

    schema: dict[str, Any] = {"enum": list(names)}
    if integers:
        schema = {"anyOf": [schema, {"type": "integer", "minimum": 0, "maximum": 255}]}
    return Scalar(wants=f"one of {listed}", parse=parse, accepts=schema, code=code)


def word(rule: KeyRule) -> Scalar:
    """Return the shape of a value that obeys a rule for keys."""

    def parse(text: str, kind: Kind) -> str:
        if not rule.pattern.fullmatch(text):
            raise MisfitError(f"`{text}` cannot be {rule.what}", rule.hint)
        return text

    return Scalar(wants=rule.what, parse=parse, accepts=rule.schema(), code=rule.code)


_N = r"[0-9]+(\.[0-9]+)? *"
_DURATION = rf"^(?=.*[0-9]) *({_N}d *)?({_N}h *)?({_N}m(?!s) *)?({_N}s *)?({_N}ms *)?$"

STEP_ID = KeyRule(
    pattern=re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}"),
    what="a step id",
    hint="a letter or `_`, then up to 99 letters, digits, `_`, `.` and `-`",
    code=BAD_STEP_ID,
)
PARAM_NAME = KeyRule(pattern=_NAME, what="a param's name", hint=_NAME_HINT, code=BAD_PARAM)
VARIABLE = KeyRule(
    pattern=re.compile(r"[A-Za-z_][A-Za-z0-9_]*"),
    what="a variable's name",
    hint="letters, digits and `_`, a letter first",
    code=BAD_ENV,
)
CAPTURED = KeyRule(pattern=_NAME, what="a captured value's name", hint=_NAME_HINT, code=BAD_CAPTURE)

TEXT = Scalar(wants="text", parse=_text, accepts=ANY_SCALAR)
DEFAULT = Scalar(wants="a value", parse=_any, accepts=or_null(ANY_SCALAR))
FLAG = Scalar(wants="true or false", parse=_flag, accepts={"type": "boolean"})
RUN = Scalar(wants="text", parse=_run, accepts={"type": "string", "pattern": r"\S"}, code=MISSING_RUN)
CONDITION = Scalar(wants="an expression", parse=_text, accepts=ANY_SCALAR)
DURATION = Scalar(
    wants="a duration such as `90s`",
    parse=_quantity(parse_duration),
    accepts={"type": "string", "pattern": _DURATION},
    code=BAD_DURATION,
    templated=True,
)
SIZE = Scalar(
    wants="a size such as `512MiB`",
    parse=_quantity(parse_size),
    accepts={"type": "string", "pattern": rf"^ *{_N}([KMGT]i?)?B *$"},
    code=BAD_SIZE,
    templated=True,
)
CPU = Scalar(
    wants="a number of cpus such as 2 or 0.5",
    parse=_quantity(parse_cpu),
    accepts={
        "anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": r"^\s*[0-9]{1,9}(\.[0-9]{1,3})?\s*$"},
        ]
    },
    templated=True,
)
CACHE = Scalar(
    wants="`auto`, true or false", parse=_cache, accepts={"enum": ["auto", True, False]}, code=BAD_CACHE
)
ALLOW_FAILURE = Scalar(
    wants="true, false or an expression",
    parse=_flag,
    accepts={"type": "boolean"},
    code=BAD_ALLOW_FAILURE,
    templated=True,
)
EFFECT = Scalar(
    wants="the name of an effect",
    parse=_effect,
    accepts={"type": "string", "pattern": f"^{_NAME.pattern}$"},
    code=BAD_EFFECTS,
)
