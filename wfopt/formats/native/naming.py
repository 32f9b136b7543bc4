"""What one file calls steps, and the ids that the whole workflow knows them by."""

from __future__ import annotations

from collections.abc import Collection

from wfopt.formats.problems import did_you_mean
from wfopt.model.expressions import ExpressionError, Reference
from wfopt.model.selectors import Directory
from wfopt.source import closest_match

_MOST_HINTS = 20
_SHOWN_CELLS = 4


class UnknownStepError(ExpressionError):
    """A reference names a step that does not exist."""


class SelfReferenceError(ExpressionError):
    """An expression of a step asks for what becomes of the step itself."""


class StepNames:
    """Finds the steps that one file names.

    Attributes:
        directory: all steps of the workflow.
        prefix: what stands before the ids of the file's own steps.
        absent: the prefixes of files that are missing, which is allowed.
    """

    def __init__(self, directory: Directory, prefix: str, absent: Collection[str]) -> None:
        self.directory = directory
        self.prefix = prefix
        self._absent = absent
        self._nearest: dict[str, str | None] = {}
        self._known: dict[str, tuple[int, ...]] = {}

    def select(self, name: str) -> tuple[int, ...]:
        """Return the positions of the steps that the file calls `name`."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self.directory.select(self.prefix + name)
        return found

    def is_absent(self, name: str) -> bool:
        """Return whether `name` belongs to an included file that is missing, which is allowed."""
        return any(f"{self.prefix}{name}/".startswith(each) for each in self._absent)

    def hint(self, name: str) -> str | None:
        """Return what to do about a name that does not exist."""
        if self.is_absent(name):
            return "the file is missing, which `optional` allows"
        near = self.nearest(name)
        if near is None and self.prefix:
            return "an included file knows its own steps, and those of the files that it includes"
        return did_you_mean(near)

    def nearest(self, name: str) -> str | None:
        """Return the known name that is nearest to a misspelt one, as the file would write it."""
        # To compare with 10,000 names takes a tenth of a second.
        if name not in self._nearest and len(self._nearest) < _MOST_HINTS:
            names = (*self.directory.by_definition, *self.directory.by_file)
            own = [each[len(self.prefix) :] for each in names if each.startswith(self.prefix)]
            inner = (each for each in own if each.endswith(f"/{name}"))
            self._nearest[name] = next(inner, None) or closest_match(name, own)
        return self._nearest.get(name)

    def resolve(self, reference: Reference, own: str = "") -> Reference:
        """Return a reference to steps with the name that the whole workflow knows them by.

        Args:
            reference: any reference; those that do not start with `needs` stay as they are.
            own: the definition in which it stands: a step cannot ask for its own end.

        Raises:
            UnknownStepError: no step has this name.
            SelfReferenceError: the only steps of this name are those of `own`.
            ExpressionError: a value is asked for that several steps have.
        """
        if reference.root != "needs":
            return reference
        name = str(reference.path[0])
        found = self.select(name)
        steps = self.directory.steps
        if not found:
            raise UnknownStepError(f"there is no step `{name}`", reference.offset, self.hint(name))
        if all(steps[place].definition == own for place in found):
            raise SelfReferenceError(f"step `{name}` asks for its own end", reference.offset)
        if len(found) == 1:
            key = steps[found[0]].id
        elif reference.path[1] == "out":
            raise self._ambiguous(reference, found)
        else:
            key = self.prefix + name
        return Reference("needs", (key, *reference.path[1:]), reference.offset)

    def _ambiguous(self, reference: Reference, found: tuple[int, ...]) -> ExpressionError:
        ids = [self.directory.steps[place].id[len(self.prefix) :] for place in found]
        shown = ", ".join(f"`{each}`" for each in ids[:_SHOWN_CELLS])
        more = f" and {len(ids) - _SHOWN_CELLS} more" if len(ids) > _SHOWN_CELLS else ""
        return ExpressionError(
            f"`{reference.path[0]}` is {len(found)} steps, and `out` asks for one",
            reference.offset,
            f"name one, as in `needs['{ids[0]}'].out.{reference.path[2]}`; there are {shown}{more}",
        )
