"""The functions of Taskfile templates that have the same value wherever and whenever they are called.

They are those of https://taskfile.dev/reference/templating, as far as files use them. The others, such as
`now`, depend on the moment.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from functools import reduce

from wfopt.formats.plain import Plain
from wfopt.formats.taskfile.comparing import ORDERINGS, equal
from wfopt.formats.taskfile.machine import ARCH, OS
from wfopt.formats.taskfile.templates import TemplateError
from wfopt.formats.taskfile.texts import go_text, is_empty

LONGEST = 100_000
"""Characters or items of what one function makes."""


def _texts(values: Plain) -> list[str]:
    return [go_text(value) for value in values] if isinstance(values, list) else [go_text(values)]


def _list(value: Plain) -> list[Plain]:
    if not isinstance(value, list):
        raise TemplateError("a template that needs a list")
    return value


def _int(value: Plain) -> int:
    if isinstance(value, bool | int | float):
        return int(value) if abs(value) < 1e18 else 0
    text = go_text(value)
    return int(text) if re.fullmatch(r"[-+]?\d{1,18}", text) else 0


def _divide(first: Plain, second: Plain) -> int:
    divisor = _int(second)
    if not divisor:
        raise TemplateError("a template that divides by zero")
    found = abs(_int(first)) // abs(divisor)
    return found if (_int(first) < 0) == (divisor < 0) else -found


def _remainder(first: Plain, second: Plain) -> int:
    return _int(first) - _int(second) * _divide(first, second)


def _default(fallback: Plain, value: Plain = None) -> Plain:
    return fallback if is_empty(value) else value


def _coalesce(*values: Plain) -> Plain:
    return next((value for value in values if not is_empty(value)), None)


def _ternary(then: Plain, otherwise: Plain, condition: Plain) -> Plain:
    return then if condition is True else otherwise


def _index(value: Plain, *keys: Plain) -> Plain:
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(go_text(key))
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            raise TemplateError("a template that looks for what is not there")
    return value


def _length(value: Plain) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, list | dict):
        return len(value)
    raise TemplateError("a template that needs a list")


def _repeat(count: Plain, text: Plain) -> str:
    times, piece = max(_int(count), 0), go_text(text)
    if times * len(piece) > LONGEST:
        raise TemplateError("a template that makes too long a text")
    return piece * times


def _until(count: Plain) -> list[Plain]:
    if _int(count) > LONGEST:
        raise TemplateError("a template that makes too long a list")
    return list(range(_int(count)))


def _printf(form: Plain, *values: Plain) -> str:
    rest = list(values)

    def filled(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if not rest or len(found[1]) > 4:
            raise TemplateError("a template with a `printf` that cannot be filled in")
        value = rest.pop(0)
        match found[2]:
            case "d":
                return f"%{found[1]}d" % _int(value)
            case "f":
                number = float(value) if isinstance(value, int | float) else 0.0
                return f"%{found[1]}f" % number
            case "q":
                return _quoted(value)
            case _:
                return f"%{found[1]}s" % go_text(value)

    return re.sub(r"%([-+0-9.]*)([a-zA-Z%])", filled, go_text(form))


def _quoted(*values: Plain) -> str:
    return " ".join(json.dumps(go_text(each), ensure_ascii=False) for each in values if each is not None)


def _title(text: Plain) -> str:
    return re.sub(r"(?<![\w'])[^\W\d_]", lambda found: found[0].upper(), go_text(text))


def _clean(path: Plain) -> str:
    cleaned = posixpath.normpath(go_text(path) or ".")
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _folder(path: Plain) -> str:
    return _clean(posixpath.dirname(go_text(path)) or ".")


def _base(path: Plain) -> str:
    text = go_text(path)
    return posixpath.basename(text.rstrip("/")) or ("/" if text else ".")


def _suffix(path: Plain) -> str:
    name = posixpath.basename(go_text(path))
    return name[name.rindex(".") :] if "." in name else ""


def _joined(*parts: Plain) -> str:
    kept = [text for text in map(go_text, parts) if text]
    return _clean("/".join(kept)) if kept else ""


def _split_words(text: Plain) -> list[Plain]:
    try:
        return list(shlex.split(go_text(text)))
    except ValueError:
        raise TemplateError("a template with quotes that are not closed") from None


def _dict(*pairs: Plain) -> dict[str, Plain]:
    return {go_text(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=False)}


def _same(first: Plain, *others: Plain) -> bool:
    return any(equal(first, other) for other in others)


def _failing(*_: Plain) -> Plain:
    raise TemplateError("a template that fails on purpose")


_TEXT: Mapping[str, Callable[..., Plain]] = {
    "upper": lambda text: go_text(text).upper(),
    "lower": lambda text: go_text(text).lower(),
    "title": _title,
    "trim": lambda text: go_text(text).strip(),
    "trimAll": lambda cut, text: go_text(text).strip(go_text(cut)),
    "trimPrefix": lambda cut, text: go_text(text).removeprefix(go_text(cut)),
    "trimSuffix": lambda cut, text: go_text(text).removesuffix(go_text(cut)),
    "replace": lambda old, new, text: go_text(text).replace(go_text(old), go_text(new)),
    "contains": lambda part, text: go_text(part) in go_text(text),
    "hasPrefix": lambda part, text: go_text(text).startswith(go_text(part)),
    "hasSuffix": lambda part, text: go_text(text).endswith(go_text(part)),
    "nospace": lambda text: re.sub(r"\s", "", go_text(text)),
    "repeat": _repeat,
    "quote": _quoted,
    "squote": lambda *values: " ".join(f"'{go_text(each)}'" for each in values if each is not None),
    "shellQuote": lambda text: shlex.quote(go_text(text)),
    "q": lambda text: shlex.quote(go_text(text)),
    "cat": lambda *values: " ".join(map(go_text, values)),
    "print": lambda *values: "".join(map(go_text, values)),
    "printf": _printf,
    "toString": go_text,
    "catLines": lambda text: re.sub(r"\r?\n", " ", go_text(text)),
}

_PATHS: Mapping[str, Callable[..., Plain]] = {
    **dict.fromkeys(("osBase", "base"), _base),
    **dict.fromkeys(("osDir", "dir"), _folder),
    **dict.fromkeys(("osExt", "ext"), _suffix),
    **dict.fromkeys(("osClean", "clean"), _clean),
    **dict.fromkeys(("toSlash", "fromSlash", "ToSlash", "FromSlash"), go_text),
    "osIsAbs": lambda path: go_text(path).startswith("/"),
    "joinPath": _joined,
    "relPath": lambda base, path: posixpath.relpath(go_text(path), go_text(base) or "."),
}

_LISTS: Mapping[str, Callable[..., Plain]] = {
    "list": lambda *values: list(values),
    "dict": _dict,
    "index": _index,
    "get": _index,
    "hasKey": lambda mapping, key: isinstance(mapping, dict) and go_text(key) in mapping,
    "keys": lambda mapping: list[Plain](sorted(mapping)) if isinstance(mapping, dict) else [],
    "len": _length,
    "first": lambda values: next(iter(_list(values)), None),
    "last": lambda values: next(reversed(_list(values)), None),
    "rest": lambda values: _list(values)[1:],
    "initial": lambda values: _list(values)[:-1],
    "reverse": lambda values: _list(values)[::-1],
    "append": lambda values, value: [*_list(values), value],
    "prepend": lambda values, value: [value, *_list(values)],
    "concat": lambda *lists: [item for each in lists for item in _list(each)],
    "has": lambda value, values: value in _list(values),
    "join": lambda separator, values: go_text(separator).join(_texts(values)),
    "splitList": lambda separator, text: list(_split(go_text(separator), go_text(text))),
    "splitLines": lambda text: list(go_text(text).replace("\r\n", "\n").split("\n")),
    "splitArgs": _split_words,
    "sortAlpha": lambda values: list[Plain](sorted(_texts(values))),
    "uniq": lambda values: [each for place, each in enumerate(_list(values)) if each not in values[:place]],
    "until": _until,
}


def _split(separator: str, text: str) -> list[str]:
    return text.split(separator) if separator else list(text)


_REST: Mapping[str, Callable[..., Plain]] = {
    "OS": lambda: OS,
    "ARCH": lambda: ARCH,
    "exeExt": lambda: "",
    "ExeExt": lambda: "",
    "default": _default,
    "coalesce": _coalesce,
    "empty": is_empty,
    "ternary": _ternary,
    "fail": _failing,
    "not": is_empty,
    "eq": _same,
    "ne": lambda first, second: not equal(first, second),
    **ORDERINGS,
    "int": _int,
    "add": lambda *values: sum(map(_int, values)),
    "add1": lambda value: _int(value) + 1,
    "sub": lambda first, second: _int(first) - _int(second),
    "mul": lambda first, *others: reduce(_times, map(_int, others), _int(first)),
    "div": _divide,
    "mod": _remainder,
    "max": lambda *values: max(map(_int, values)),
    "min": lambda *values: min(map(_int, values)),
}


def _times(first: int, second: int) -> int:
    return max(min(first * second, sys.maxsize), -sys.maxsize)


FUNCTIONS: Mapping[str, Callable[..., Plain]] = {**_TEXT, **_PATHS, **_LISTS, **_REST}
"""The functions by name; each may raise `TemplateError`, or `TypeError` for a wrong number of arguments."""
