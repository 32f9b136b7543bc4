"""Workflows of other tools, read from texts and folders."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wfopt.formats.imported import Format, Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.outside import Outside
from wfopt.formats.plain import plain
from wfopt.formats.positions import parse_yaml
from wfopt.formats.reading import read_source
from wfopt.source import SourceFile

DAMAGE: tuple[Any, ...] = (
    None,
    "",
    "x",
    "{{.X}}",
    "${x}",
    "../..",
    0,
    1.5,
    True,
    [],
    [[]],
    ["a"],
    {},
    {"a": {}},
)
"""What a node is replaced with."""


def read_text(
    reader: Format, text: str, folder: Path, environ: Mapping[str, str] | None = None, name: str = "file.yml"
) -> Imported:
    """Return what a text in a folder says."""
    variables = environ or {}
    options = LoadOptions(
        workspace=str(folder), path=str(folder / name), environ=variables, outside=Outside(variables)
    )
    return reader.read(SourceFile(name=name, text=text), options)


def damaged(path: Path, rounds: random.Random) -> str:
    """Return the text of a YAML file with one to three of its nodes removed or replaced."""
    value = plain(parse_yaml(read_source(str(path)))[0])
    for _ in range(rounds.randint(1, 3)):
        places = list(_places(value))
        if not places:
            break
        holder, key = rounds.choice(places)
        if rounds.random() < 0.3:
            del holder[key]
        else:
            holder[key] = rounds.choice(DAMAGE)
    return json.dumps(value)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield value, key
            yield from _places(value[key])
