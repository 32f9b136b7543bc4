"""What a workflow is given when it is started by hand or called: its inputs."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.codes import BAD_PARAM
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, LoadError
from wfopt.formats.github.shapes import flag_of, get, pairs_of, text_of
from wfopt.formats.positions import Node
from wfopt.formats.problems import did_you_mean
from wfopt.model.expressions import Value
from wfopt.model.values import number_of
from wfopt.source import SourceFile, closest_match

_EMPTY: Mapping[str, str] = {"boolean": "false", "number": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of a workflow.

    Attributes:
        values: what each is; one that is required but not given has no value.
        texts: the same as text.
        descriptions: what the file says each is for.
    """

    values: Mapping[str, Value]
    texts: Mapping[str, str]
    descriptions: Mapping[str, str]


def inputs_of(triggers: Node | None, given: Mapping[str, str], source: SourceFile) -> Inputs:
    """Return the inputs of a file.

    Args:
        triggers: its `on`.
        given: values from the command line.
        source: the file.

    Raises:
        LoadError: a value is given for an input that does not exist.
    """
    values: dict[str, Value] = {}
    texts: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    for event in ("workflow_call", "workflow_dispatch"):
        for key, declared in pairs_of(get(triggers, event, "inputs")):
            descriptions[key.text] = text_of(get(declared, "description"))
            text = given.get(key.text, _default(declared))
            if text is not None:
                texts[key.text] = text
                values[key.text] = _typed(text, text_of(get(declared, "type")))
    unknown = [name for name in given if name not in descriptions]
    if unknown:
        raise LoadError(tuple(_refused(name, descriptions, source) for name in unknown))
    return Inputs(values=values, texts=texts, descriptions=descriptions)


def _default(declared: Node) -> str | None:
    """Return what an input is if nobody says; None if somebody must."""
    default = get(declared, "default")
    if default is not None:
        return None if "${{" in text_of(default) else text_of(default)
    return None if flag_of(get(declared, "required")) else _EMPTY.get(text_of(get(declared, "type")), "")


def _typed(text: str, kind: str) -> Value:
    if kind == "boolean":
        return text == "true"
    found = number_of(text) if kind == "number" else None
    return text if found is None else found


def _refused(name: str, known: Mapping[str, str], source: SourceFile) -> Diagnostic:
    near = did_you_mean(closest_match(name, known))
    hint = near or ("it has none" if not known else f"it has {', '.join(f'`{each}`' for each in known)}")
    message = f"this workflow has no input `{name}`"
    return Diagnostic(code=BAD_PARAM, message=message, file=source.name, hints=(hint,))
