"""The single values of the native format: how each is parsed and described."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from wfopt.codes import BAD_ALLOW_FAILURE, BAD_CACHE, BAD_DURATION, BAD_EFFECTS, BAD_SIZE, MISSING_RUN, Code
from wfopt.codes import WRONG_TYPE as WRONG
from wfopt.formats.native.shapes import MisfitError, Scalar
from wfopt.formats.scalars import Kind
from wfopt.model.quantities import QuantityError, parse_cpu, parse_duration, parse_size
from wfopt.source import closest_match

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?=\.?[0-9])[0-9]{0,18}(\.[0-9]{0,18})?([eE][-+]?[0-9]{1,2})?")


def _text(text: str, kind: Kind) -> str:
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


def _name(text: str, kind: Kind) -> str:
    if not _NAME.fullmatch(text):
        raise MisfitError(f"`{text}` is not a name", "letters, digits, `_` and `-`, a letter first")
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


def number(low: float = -math.inf) -> Scalar:
    """Return the shape of a finite number that is at least `low`."""

    def parse(text: str, kind: Kind) -> float:
        if kind not in (Kind.INT, Kind.FLOAT) or not _NUMBER.fullmatch(text):
            raise MisfitError(f"`{text}` is not a number")
        value = float(text)
        if value < low:
            raise MisfitError(f"{text} is out of range", f"write at least {low:g}")
        return value

    schema = {"type": "number"} if low == -math.inf else {"type": "number", "minimum": low}
    return Scalar(wants="a number", parse=parse, accepts=schema)


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


_ANY_SCALAR = {"type": ["string", "number", "boolean"]}

TEXT = Scalar(wants="text", parse=_text, accepts=_ANY_SCALAR)
NAME = Scalar(wants="a name", parse=_name, accepts={"type": "string", "pattern": f"^{_NAME.pattern}$"})
FLAG = Scalar(wants="true or false", parse=_flag, accepts={"type": "boolean"})
RUN = Scalar(wants="text", parse=_run, accepts={"type": "string", "minLength": 1}, code=MISSING_RUN)
CONDITION = Scalar(wants="an expression", parse=_text, accepts={"type": ["string", "boolean"]})
DURATION = Scalar(
    wants="a duration such as `90s`",
    parse=_quantity(parse_duration),
    accepts={"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)"},
    code=BAD_DURATION,
    templated=True,
)
SIZE = Scalar(
    wants="a size such as `512MiB`",
    parse=_quantity(parse_size),
    accepts={"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?([kKMGT]i?)?B$"},
    code=BAD_SIZE,
    templated=True,
)
CPU = Scalar(
    wants="a number of cpus such as 2 or 0.5",
    parse=_quantity(parse_cpu),
    accepts={"type": "number", "exclusiveMinimum": 0},
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
