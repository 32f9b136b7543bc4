"""What a file of any format becomes, and what a reader of a format is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic
from wfopt.formats.load_options import LoadOptions
from wfopt.model.pipeline import Pipeline
from wfopt.model.workflow import Opaque, StepId, Workflow
from wfopt.source import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A workflow that came from a file.

    Attributes:
        format: the name of the format.
        workflow: the steps and edges.
        pipeline: what a CI service knows beside them, or None.
        remarks: warnings and notes, in file order: what is odd, and what could not be mapped.
        durations: seconds that the file says steps took, where it tells of a past run.
    """

    format: str
    workflow: Workflow
    pipeline: Pipeline | None = None
    remarks: tuple[Diagnostic, ...] = ()
    durations: Mapping[StepId, float] = field(default_factory=dict)

    @property
    def runnable(self) -> int:
        """How many steps wfopt can run itself."""
        return sum(
            not isinstance(step.run, Opaque) or step.run.stand_in is not None for step in self.workflow.steps
        )


class Format(Protocol):
    """Reads the files of one format; nothing is run or fetched, nor guessed.

    Attributes:
        name: what `--from` calls it.
        title: what people call it, such as `GitHub Actions`.
    """

    name: str
    title: str

    def claims(self, path: str, keys: Sequence[str]) -> bool:
        """Return whether a file is of this format.

        Args:
            path: its path, `/`-separated, as far as it is known.
            keys: the keys at its top.
        """

    def read(self, source: SourceFile, options: LoadOptions) -> Imported:
        """Return what a file says.

        Raises:
            LoadError: it cannot be used; with every problem that was found.
        """
