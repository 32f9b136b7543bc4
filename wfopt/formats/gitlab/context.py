"""What the parts of one reading share."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.dataclass import dataclass, field
from wfopt.formats.gitlab.remarks import TEMPLATE, Remarks
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.positions import Node
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.source import SourceFile, closest_match

MOST_HINTS = 20


@dataclass(slots=True, kw_only=True)
class Reading:
    """One pipeline that is being read.

    Attributes:
        source: the file that was named.
        options: what the outside contributes.
        problems: takes errors and warnings.
        remarks: takes what has no counterpart.
        is_partial: whether a file that belongs to the pipeline is not here.
        included: the files that were included.
        hints: how often a near name was looked for.
    """

    source: SourceFile
    options: LoadOptions
    problems: Problems = field(default_factory=Problems)
    remarks: Remarks = field(default_factory=Remarks)
    is_partial: bool = False
    included: list[SourceFile] = field(default_factory=list)
    hints: int = 0

    def near(self, name: str, known: Iterable[str]) -> str | None:
        """Return a hint for a misspelt name; after some of them there are no more, as they take time."""
        self.hints += 1
        return did_you_mean(closest_match(name, known)) if self.hints <= MOST_HINTS else None

    def excuse(self, at: Node) -> bool:
        """Return whether a name that is unknown may stand in a file that is not here, after a remark."""
        if self.is_partial:
            self.remarks.add(TEMPLATE, at, "not known here")
        return self.is_partial
