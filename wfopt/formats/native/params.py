"""The params of a file, set on the command line, by an `include`, by the environment or by the file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from wfopt.codes import BAD_PARAM, MISSING_PARAM
from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic, Label
from wfopt.formats.native.records import Record
from wfopt.formats.positions import Node, ScalarNode
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.model.expressions import Value
from wfopt.model.params import variable
from wfopt.source import Span, closest_match

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")

Declared = Mapping[str, tuple[ScalarNode, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What params get from outside their file.

    Attributes:
        texts: values by param name.
        environ: the process environment.
        twins: whether `WFOPT_PARAM_<NAME>` variables give params, too.
        nodes: where the values stand that come from an `include`; also of those that are wrong.
        include: the `include` entry, or None for a file that is run itself.
        lenient: whether a param without a value is empty instead of wrong.
    """

    texts: Mapping[str, str]
    environ: Mapping[str, str]
    twins: bool
    nodes: Mapping[str, Node] = field(default_factory=dict)
    include: Span | None = None
    lenient: bool = False


def resolve(declared: Declared, given: Given, problems: Problems) -> tuple[dict[str, str], dict[str, Value]]:
    """Return the params as text and as values; what is wrong with them goes to `problems`.

    The command line or the `include` come before `WFOPT_PARAM_<NAME>`, that before the variable in `env`,
    that before the default. A param without any of these is null if it says `required: false`.
    """
    _refuse_undeclared(declared, given, problems)
    texts: dict[str, str] = {}
    values: dict[str, Value] = {}
    for name, (key, read) in declared.items():
        fields: Mapping[str, Any] = read.values if isinstance(read, Record) else {"default": read}
        text = _given(name, fields, given)
        # Known even if it is wrong, so that each mention of it is not an error, too.
        values[name] = text or ""
        if name in given.nodes and name not in given.texts:
            continue
        if isinstance(read, Record):
            _refuse_useless_limits(name, read, problems)
        if text is None:
            if given.lenient:
                values[name] = ""
            elif fields.get("required", True):
                _refuse_missing(name, key, given, problems)
            else:
                values[name] = None
            continue
        value, trouble = _typed(text, fields)
        if trouble:
            at = given.nodes.get(name)
            related = (Label(key.span, "declared here"),) if at else ()
            problems.error(BAD_PARAM, f"param `{name}`: `{text}` {trouble}", at or key, related=related)
            continue
        texts[name], values[name] = text, value
    return texts, values


def _refuse_undeclared(declared: Declared, given: Given, problems: Problems) -> None:
    known = ", ".join(f"`{each}`" for each in declared) or "none"
    for name in given.texts:
        if name in declared:
            continue
        hints = tuple(filter(None, (did_you_mean(closest_match(name, declared)), f"declared: {known}")))
        at = given.nodes.get(name)
        if at is not None:
            message = f"the included file declares no param `{name}`"
            problems.error(BAD_PARAM, message, at, hints=hints)
        else:
            message = f"`-p {name}=...` sets a param that the workflow does not declare"
            problems.add((Diagnostic(code=BAD_PARAM, message=message, hints=hints),))


def _refuse_useless_limits(name: str, read: Record, problems: Problems) -> None:
    if read.get("type") in ("int", "float"):
        return
    for limit in ("min", "max"):
        if limit in read.values:
            message = f"param `{name}` has a `{limit}`, but is no number"
            hint = "write `type: int` or `type: float` as well"
            problems.error(BAD_PARAM, message, read.nodes[limit], hints=(hint,))


def _refuse_missing(name: str, key: ScalarNode, given: Given, problems: Problems) -> None:
    message = f"param `{name}` has no value"
    if given.include is None:
        problems.error(MISSING_PARAM, message, key, hints=(f"give it with `-p {name}=VALUE`",))
    else:
        hint = f"give it in the `include`: `params: {{ {name}: VALUE }}`"
        related = (Label(given.include, "included here"),)
        problems.error(MISSING_PARAM, message, key, hints=(hint,), related=related)


def _given(name: str, fields: Mapping[str, Any], given: Given) -> str | None:
    if name in given.texts:
        return given.texts[name]
    twin = given.environ.get(variable(name)) if given.twins else None
    if twin is not None:
        return twin
    named = given.environ.get(fields["env"]) if "env" in fields else None
    default: str | None = fields.get("default")
    return default if named is None else named


def _typed(text: str, fields: Mapping[str, Any]) -> tuple[Value, str]:
    """Return the value of a param's text and "", or None and why it is not allowed."""
    kind = fields.get("type", "str")
    value: Value = text
    if kind == "int":
        if not _INTEGER.fullmatch(text):
            return None, "is not a whole number"
        value = int(text)
    elif kind == "float":
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            return None, "is not a number"
    elif kind == "bool":
        if text.lower() not in ("true", "false", "1", "0"):
            return None, "is neither true nor false"
        value = text.lower() in ("true", "1")
    elif "\0" in text or (kind == "path" and not text):
        return None, "is not a path" if kind == "path" else "holds a NUL character"
    return (value, "") if not (trouble := _out_of_range(text, value, fields)) else (None, trouble)


def _out_of_range(text: str, value: Value, fields: Mapping[str, Any]) -> str:
    choices = fields.get("choices")
    if choices and text not in choices:
        return "is not one of " + ", ".join(f"`{choice}`" for choice in choices)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < fields.get("min", -math.inf):
            return f"is less than {fields['min']:g}"
        if value > fields.get("max", math.inf):
            return f"is more than {fields['max']:g}"
    return ""
