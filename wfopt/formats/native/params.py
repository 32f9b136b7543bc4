"""The params of a run: declared in the file, set on the command line or by the environment."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from wfopt.codes import BAD_PARAM, MISSING_PARAM
from wfopt.errors import Diagnostic
from wfopt.formats.native.context import LoadOptions
from wfopt.formats.native.shapes import Record
from wfopt.formats.positions import ScalarNode
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.model.expressions import Value
from wfopt.source import closest_match

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")

Declared = Mapping[str, tuple[ScalarNode, Any]]


def variable(name: str) -> str:
    """Return the environment variable that carries a param.

    >>> variable("build-type")
    'WFOPT_PARAM_BUILD_TYPE'
    """
    return "WFOPT_PARAM_" + name.upper().replace("-", "_")


def resolve(
    declared: Declared, options: LoadOptions, problems: Problems
) -> tuple[dict[str, str], dict[str, Value]]:
    """Return the params as text and as values; what is wrong with them goes to `problems`.

    The command line comes before `WFOPT_PARAM_<NAME>`, that before the variable in `env`, that before
    the default.
    """
    for name in options.params:
        if name not in declared:
            near = closest_match(name, declared)
            known = ", ".join(f"`{each}`" for each in declared) or "none"
            problems.add(
                (
                    Diagnostic(
                        code=BAD_PARAM,
                        message=f"`-p {name}=...` sets a param that the workflow does not declare",
                        hints=tuple(filter(None, (did_you_mean(near), f"declared: {known}"))),
                    ),
                )
            )
    texts: dict[str, str] = {}
    values: dict[str, Value] = {}
    for name, (key, read) in declared.items():
        if not _NAME.fullmatch(name):
            hint = "letters, digits, `_` and `-`, a letter first"
            problems.error(BAD_PARAM, f"`{name}` cannot be a param's name", key, hints=(hint,))
            continue
        fields: Mapping[str, Any] = read.values if isinstance(read, Record) else {"default": read}
        text = _given(name, fields, options)
        # Known even if it is wrong, so that each mention of it is not an error, too.
        values[name] = text or ""
        if text is None:
            if fields.get("required") or "default" not in fields:
                hint = f"give it with `-p {name}=VALUE`"
                problems.error(MISSING_PARAM, f"param `{name}` has no value", key, hints=(hint,))
            continue
        value, trouble = _typed(text, fields)
        if trouble:
            problems.error(BAD_PARAM, f"param `{name}`: `{text}` {trouble}", key)
            continue
        texts[name], values[name] = text, value
    return texts, values


def _given(name: str, fields: Mapping[str, Any], options: LoadOptions) -> str | None:
    if name in options.params:
        return options.params[name]
    twin = options.environ.get(variable(name)) if options.param_twins else None
    if twin is not None:
        return twin
    named = options.environ.get(fields["env"]) if "env" in fields else None
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
