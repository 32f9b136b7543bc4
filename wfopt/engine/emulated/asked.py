"""What an expression of GitHub finds under `needs`: looked up when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from wfopt.model.expressions import Value


class Handed(Mapping[str, Value]):
    """The values that a step hands on; one that it does not have is empty, as on GitHub."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Value:
        return self._values.get(name, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Ended(Mapping[str, Value]):
    """How steps ended and what they hand on, by id.

    Args:
        told_of: says it of one step, or None.
    """

    def __init__(self, told_of: Callable[[str], Mapping[str, Value] | None]) -> None:
        self._told_of = told_of

    def __getitem__(self, name: str) -> Value:
        told = self._told_of(name)
        if told is None:
            # Steps that are not part of this run.
            return {"status": "skipped", "out": Handed({})}
        values = told.get("out")
        return {**told, "out": Handed(values if isinstance(values, Mapping) else {})}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
