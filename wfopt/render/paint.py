"""The few styles of plain text, as ANSI sequences or as nothing.

The lines of a run go through here and not through Rich, whose import alone would cost more than a
run with nothing to do.
"""

from __future__ import annotations

from enum import Enum

from wfopt.dataclass import dataclass
from wfopt.errors import Severity
from wfopt.model.outcome import StepStatus


class Style(Enum):
    """What a piece of text means; the value is its ANSI "select graphic rendition" parameter."""

    ERROR = "1;31"
    WARNING = "1;33"
    NOTE = "1;36"
    OK = "32"
    SKIP = "33"
    BOLD = "1"
    DIM = "2"


SEVERITY_STYLES = {
    Severity.ERROR: Style.ERROR,
    Severity.WARNING: Style.WARNING,
    Severity.NOTE: Style.NOTE,
}

STATUS_STYLES = {
    StepStatus.SUCCEEDED: Style.OK,
    StepStatus.CACHED: Style.OK,
    StepStatus.FAILED: Style.ERROR,
    StepStatus.SKIPPED: Style.SKIP,
    StepStatus.CANCELLED: Style.SKIP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """Styles text.

    Attributes:
        color: whether to write ANSI sequences; if not, every text stays as it is.
    """

    color: bool

    def __call__(self, text: str, style: Style) -> str:
        """Return `text`, which holds no line end, in `style`."""
        return f"\x1b[{style.value}m{text}\x1b[0m" if self.color and text else text
