"""Draw findings at random, each with its place in the file, for somebody to label them.

    python -m tests.benchmarks.precision FOLDER --seed 7 --each 8 --around 15

Of every code that is found in the folder, up to `--each` findings are drawn; the same seed draws the same
ones as long as the findings are the same. Each is to be called right (a maintainer would agree that it is
true and the advice sensible), arguable, or wrong. The precision of a check is the share of the right ones
and half of the arguable ones.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from wfopt.analyzer.base import Finding
from wfopt.analyzer.case import case_of
from wfopt.analyzer.registry import CHECKS
from wfopt.dataclass import dataclass
from wfopt.errors import WfoptError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.outside import Outside
from wfopt.formats.reading import read_source
from wfopt.formats.registry import read_any
from wfopt.model.estimates import Knowledge

CPUS = Knowledge(cpu_milli=4000, slots=4)
"""A machine, and nothing that history tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finding and the file that it is in."""

    path: Path
    finding: Finding


def main(words: Sequence[str] | None = None) -> int:
    """Draw and show."""
    parser = argparse.ArgumentParser(description="Draw findings for labelling.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=8, help="findings of each code")
    parser.add_argument("--around", type=int, default=15, help="lines that are shown on each side")
    parser.add_argument("--only", default="", help="only this code, such as WF203")
    given = parser.parse_args(words)
    found = list(_found(given.folder))
    for code in sorted({each.finding.code.number for each in found}):
        if given.only not in {"", code}:
            continue
        own = [each for each in found if each.finding.code.number == code]
        # Each code has dice of its own, so that a change of one check leaves the samples of others alone.
        sample = random.Random(f"{given.seed} {code}").sample(own, min(given.each, len(own)))  # noqa: S311 - no secret
        sys.stdout.write(f"## {code}: {len(sample)} of {len(own)}\n\n")
        for each in sample:
            sys.stdout.write("\n".join(_shown(each, given.folder, given.around)) + "\n\n")
    return 0


def _found(folder: Path) -> Iterator[Drawn]:
    """Yield the findings of all files that can be read, in order of their paths."""
    for path in sorted(each for each in folder.rglob("*") if each.suffix in {".yml", ".yaml", ".json"}):
        options = LoadOptions(workspace=str(path.parent), path=str(path), outside=Outside({}))
        try:
            read = read_any(read_source(str(path), name=path.name), options, "")
        except (WfoptError, OSError):
            continue
        case = case_of(read.format, read.workflow, read.pipeline, CPUS, read.durations)
        for check in CHECKS:
            yield from (Drawn(path=path, finding=finding) for finding in check.run(case))


def _shown(drawn: Drawn, folder: Path, around: int) -> Iterator[str]:
    finding = drawn.finding
    at = finding.primary.span
    words = f"{finding.severity.value}, {finding.confidence.value} confidence, fix {finding.fix.value}"
    yield f"{finding.code.number} {drawn.path.relative_to(folder)}:{at.line} ({words})"
    yield f"  {finding.message}"
    yield from (f"  hint: {hint}" for hint in finding.hints)
    marked = {at.line: ">", **{label.span.line: "+" for label in finding.related}}
    lines = {
        line
        for center in marked
        for line in range(max(1, center - around), center + around + 1)
        if at.source.line(line)
    }
    for line in sorted(lines):
        yield f"  {line:4}{marked.get(line, ' ')} {at.source.line(line)}"


if __name__ == "__main__":
    sys.exit(main())
