"""`${...}` in dvc.yaml: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#templating."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

from wfopt.formats.plain import Plain

_EXPRESSION = re.compile(r"(?<!\\)\$\{(.*?)\}", re.DOTALL)

LONGEST = 500_000
"""Characters of a text with everything filled in."""


class InterpolationError(ValueError):
    """A text cannot be filled in; says why in a few words."""


def fill(text: str, context: Mapping[str, Plain], *, is_command: bool = False) -> Plain:
    r"""Return a text with all `${...}` filled in; `\${` stands for itself.

    Args:
        text: the text; if it is nothing but one expression, its value is returned as it is.
        context: the values.
        is_command: whether a mapping may be filled in, too: as the options `--key value` of a command.

    Raises:
        InterpolationError: a value is missing, or cannot stand in a text.

    >>> fill("a ${x.y[1]} \\${z}", {"x": {"y": [1, True]}})
    'a true ${z}'
    """
    whole = _EXPRESSION.fullmatch(text)
    if whole is not None and len(_EXPRESSION.findall(text)) == 1:
        value = select(whole[1], context)
        return value if not is_command else _shown(whole[1], value, is_command=True)
    pieces: list[str] = []
    length, end = 0, 0
    for found in _EXPRESSION.finditer(text):
        shown = _shown(found[1], select(found[1], context), is_command=is_command)
        pieces += [text[end : found.start()], shown]
        length += len(shown)
        end = found.end()
        if length > LONGEST:
            raise InterpolationError("a text that grows too long")
    return "".join([*pieces, text[end:]]).replace("\\${", "${")


def fill_all(value: Plain, context: Mapping[str, Plain]) -> Plain:
    """Return a value with all texts in it filled in, keys as well.

    Raises:
        InterpolationError: as `fill`.
    """
    if isinstance(value, str):
        return fill(value, context)
    if isinstance(value, list):
        return [fill_all(item, context) for item in value]
    if isinstance(value, dict):
        return {text_of(fill(key, context)): fill_all(item, context) for key, item in value.items()}
    return value


def select(expression: str, context: Mapping[str, Plain]) -> Plain:
    """Return the value under a path such as `train.layers[0]`.

    Raises:
        InterpolationError: there is none.
    """
    value: Plain = dict(context)
    for name in expression.replace("[", ".").replace("]", "").split("."):
        key = name.strip()
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and re.fullmatch(r"-?\d{1,9}", key) and _is_in(int(key), value):
            value = value[int(key)]
        else:
            raise InterpolationError(f"the value `{expression.strip()}`, which is not known here")
    return value


def text_of(value: Plain) -> str:
    """Return a single value as text.

    >>> text_of(True), text_of(0.5)
    ('true', '0.5')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_in(place: int, values: list[Plain]) -> bool:
    return -len(values) <= place < len(values)


def _shown(expression: str, value: Plain, *, is_command: bool) -> str:
    if isinstance(value, dict) and is_command:
        return " ".join(_options(value, ""))
    if isinstance(value, list | dict):
        raise InterpolationError(f"`{expression.strip()}`, which is no single value")
    return text_of(value)


def _options(value: Mapping[str, Plain], prefix: str) -> Iterator[str]:
    """Yield a mapping as options: `--lr 0.1 --layers 1 2 --verbose`; false is left out."""
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict):
            yield from _options(item, f"{name}.")
        elif isinstance(item, bool):
            yield from [f"--{name}"] * item
        elif isinstance(item, list):
            if any(isinstance(each, list | dict) for each in item):
                raise InterpolationError(f"`{name}`, which has lists in a list")
            words = [shlex.quote(each) if isinstance(each, str) else str(each) for each in item]
            yield from [f"--{name} {' '.join(words)}"] * bool(words)
        else:
            yield f"--{name} {shlex.quote(item) if isinstance(item, str) else text_of(item)}"
