"""What `needs`, targets and the command line name: ids, `id[axis=value]`, included files and globs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from wfopt.dataclass import dataclass, field

_SELECTOR = re.compile(r"([^\[\]]+)(?:\[([^\]]*)\])?")
_ODD = re.compile(r"[^A-Za-z0-9_.+-]")


class Named(Protocol):
    """What a step is called."""

    @property
    def id(self) -> str:
        """The id of the step."""

    @property
    def definition(self) -> str:
        """The id under which its file declares it, with the prefixes of the files that include that one."""

    @property
    def cell(self) -> tuple[tuple[str, str], ...]:
        """The axes and values of a cell of a matrix."""


def escaped(text: str) -> str:
    """Return `text` with every character that ids do not allow percent-encoded."""
    return _ODD.sub(lambda odd: "".join(f"%{byte:02X}" for byte in odd[0].encode()), text)


def cell_id(definition: str, labels: tuple[tuple[str, str], ...]) -> str:
    """Return the id of a cell.

    >>> cell_id("test", (("python", "3.10"), ("os", "a b")))
    'test[python=3.10,os=a%20b]'
    """
    if not labels:
        return definition
    return f"{definition}[{','.join(f'{escaped(axis)}={escaped(value)}' for axis, value in labels)}]"


@dataclass(frozen=True, slots=True)
class Directory:
    """Finds steps by what a file or a user calls them.

    Attributes:
        steps: all steps in file order.
        by_definition: the positions of a declared step's cells.
        by_id: the position of a step.
        by_file: the positions of all steps of an included file and of those that it includes.
    """

    steps: Sequence[Named]
    by_definition: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    by_id: Mapping[str, int] = field(default_factory=dict)
    by_file: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def select(self, selector: str) -> tuple[int, ...]:
        """Return the positions of the steps that `selector` names, in file order; empty if there are none.

        A definition's id names all of its cells, `id[axis=value]` those that agree, the name of an included
        file all of its steps. `*` and `?` stand for characters of one name, not for `/`.
        """
        if selector in self.by_definition:
            return self.by_definition[selector]
        if selector in self.by_id:
            return (self.by_id[selector],)
        match = _SELECTOR.fullmatch(selector)
        if match is None:
            return ()
        found = self._named(match[1])
        if match[2] is None:
            return found
        wanted = [part.partition("=")[::2] for part in match[2].split(",")]
        return tuple(place for place in found if all(self._has(place, *pair) for pair in wanted))

    def _has(self, place: int, axis: str, value: str) -> bool:
        """Return whether a cell has a value on an axis; either may be written as the id shows it."""
        return any(
            axis in (name, escaped(name)) and value in (text, escaped(text))
            for name, text in self.steps[place].cell
        )

    def _named(self, name: str) -> tuple[int, ...]:
        if "*" not in name and "?" not in name:
            return self.by_definition.get(name) or self.by_file.get(name, ())
        glob = re.compile(re.escape(name).replace(r"\*", "[^/]*").replace(r"\?", "[^/]"))
        return _merged(
            places
            for names in (self.by_definition, self.by_file)
            for key, places in names.items()
            if glob.fullmatch(key)
        )


def directory_of(steps: Sequence[Named]) -> Directory:
    """Return the directory of some steps."""
    by_definition: dict[str, list[int]] = {}
    by_file: dict[str, list[int]] = {}
    for place, step in enumerate(steps):
        by_definition.setdefault(step.definition, []).append(place)
        end = step.definition.find("/")
        while end >= 0:
            by_file.setdefault(step.definition[:end], []).append(place)
            end = step.definition.find("/", end + 1)
    return Directory(
        steps,
        {key: tuple(places) for key, places in by_definition.items()},
        {step.id: place for place, step in enumerate(steps)},
        {key: tuple(places) for key, places in by_file.items()},
    )


def _merged(groups: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted({place for places in groups for place in places}))
