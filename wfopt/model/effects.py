"""What a step was seen to do to files: what it read, looked for in vain, listed, wrote."""

from __future__ import annotations

from wfopt.dataclass import dataclass, field
from wfopt.model.workflow import StepId

Paths = frozenset[str]

NONE: Paths = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What one or several runs of a step were seen to touch.

    Paths are relative to the workspace, which is "" itself; those of temporary files are absolute. What lies
    elsewhere and was only read is not among them. The time stamps of a folder, which change with its entries,
    are not taken for something that a step reads; its names are.

    Attributes:
        reads: what was there when it was looked at or read.
        absent: what was looked for in vain.
        lists: the folders whose names were read.
        writes: what was made, changed or removed.
        names: those of `writes` that came into being or vanished, so that their folders changed.
        trees: folders that were made, removed or moved, and whatever was renamed: what is below goes along.
        passing: what the step itself made, and removed before it ended.
        taints: why this may not be all, in a few words each; empty if it is.
    """

    reads: Paths = NONE
    absent: Paths = NONE
    lists: Paths = NONE
    writes: Paths = NONE
    names: Paths = NONE
    trees: Paths = NONE
    passing: Paths = NONE
    taints: Paths = NONE

    @property
    def lasting(self) -> Paths:
        """What is still changed when the step has ended."""
        return self.writes - self.passing

    def joined(self, other: Effects) -> Effects:
        """Return what either of two runs was seen to touch."""
        return Effects(
            reads=self.reads | other.reads,
            absent=self.absent | other.absent,
            lists=self.lists | other.lists,
            writes=self.writes | other.writes,
            names=self.names | other.names,
            trees=self.trees | other.trees,
            # What lasts in one run lasts.
            passing=(self.passing | other.passing) - self.lasting - other.lasting,
            taints=self.taints | other.taints,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """One attempt of a step that was traced and ended well.

    Attributes:
        step: which step.
        fingerprint: the hash of what the trace is evidence for: the script, its shell and its variables.
        effects: what it was seen to touch.
    """

    step: StepId
    fingerprint: str
    effects: Effects


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is known of a step from traces of the same script.

    Attributes:
        runs: how many traces there are.
        effects: what was touched in any of them; nothing without a trace.
        why_not: in a few words, why they are no evidence, or "".
        hint: what the user can do about that, or "".
    """

    runs: int = 0
    effects: Effects = field(default_factory=Effects)
    why_not: str = ""
    hint: str = ""
