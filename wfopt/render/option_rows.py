"""What options are set to and where that comes from, as text and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from wfopt.dataclass import dataclass
from wfopt.render.cells import pad, text_width
from wfopt.render.harmless import harmless

_VALUE_WIDTH_LIMIT = 40

OptionValue = str | bool | list[str] | None
"""What an option is set to; None if it is not set."""


class Source(Enum):
    """Where the value of an option comes from, the strongest first; the value stands in documents."""

    COMMAND_LINE = "command-line"
    ENVIRONMENT = "environment"
    CONFIG = "config"
    DEFAULT = "default"


_WORDS = {
    Source.COMMAND_LINE: "command line",
    Source.ENVIRONMENT: "environment variable",
    Source.CONFIG: "",
    Source.DEFAULT: "default",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """One option.

    Attributes:
        name: as on the command line, without `--`; `param.NAME` for a param of the workflow.
        value: what it is set to.
        source: where that comes from.
        place: the name of the environment variable or the path of the config file, or "".
    """

    name: str
    value: OptionValue
    source: Source
    place: str = ""

    @property
    def origin(self) -> str:
        """Where the value comes from, in words."""
        return " ".join(filter(None, (_WORDS[self.source], self.place)))


def option_text(rows: Sequence[OptionRow]) -> str:
    """Return a line for each option: its name, its value and where that comes from."""
    return "".join(f"{line}\n" for line in _lines(rows))


def option_document(rows: Sequence[OptionRow], file: str) -> dict[str, object]:
    """Return the `wfopt.config/1` document; `file` is the config file, or ""."""
    return {
        "schema": "wfopt.config/1",
        "file": file or None,
        "options": [
            {"name": row.name, "value": row.value, "source": row.source.value, "place": row.place or None}
            for row in rows
        ],
    }


def _lines(rows: Sequence[OptionRow]) -> Iterator[str]:
    shown = [(harmless(row.name), _value(row.value), harmless(row.origin)) for row in rows]
    name_width = max((text_width(name) for name, _, _ in shown), default=0)
    value_width = min(max((text_width(value) for _, value, _ in shown), default=0), _VALUE_WIDTH_LIMIT)
    for name, value, origin in shown:
        yield f"{pad(name, name_width)}  {pad(value, value_width)}  {origin}"


def _value(value: OptionValue) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value if isinstance(value, str) else " ".join(value)) or "-"
