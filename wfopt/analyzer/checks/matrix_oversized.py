"""WF305: matrices with many cells."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Gain, Saving
from wfopt.analyzer.jobs import first_line, jobs_with_places, weight_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job, Matrix

_PRODUCTS = re.compile(r"wheel|packag|publish|release|binar|image")

MANY = 20
"""From so many cells on, a matrix is worth a second look."""


class MatrixOversized:
    """A matrix of 20 cells or more.

    Cells multiply, what they tell does not: most faults depend on one axis or on two at a time, and
    far fewer cells meet every pair of values.

    Before:

        matrix:
          os: [linux, macos, windows]
          python: ["3.10", "3.11", "3.12", "3.13"]
          database: [sqlite, postgres]

    After:

        matrix:
          os: [linux]
          python: ["3.10", "3.11", "3.12", "3.13"]
          database: [sqlite, postgres]
          include:
            - { os: macos, python: "3.13", database: sqlite }
            - { os: windows, python: "3.13", database: sqlite }

    Does not apply to a matrix of one axis, to cells that `include` adds one by one, nor to a job whose name
    says that it makes wheels, packages, images or a release, as each cell makes a product of its own then;
    nor to a matrix that only the run knows.
    """

    code = Code("WF305", "matrix-oversized", "a matrix has more cells than it is worth")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding a job."""
        for job, place in jobs_with_places(case):
            matrix = job.matrix
            if matrix is None or (matrix.cells or 0) < MANY or _PRODUCTS.search(job.id.lower()):
                continue
            wide = sorted((len(values) for values in matrix.axes.values() if len(values) > 1), reverse=True)
            # Cells that `include` names one by one were each wanted.
            if len(wide) < 2 or math.prod(wide) < MANY:
                continue
            axes = " x ".join(map(str, wide))
            yield Finding(
                code=MatrixOversized.code,
                message=f"the matrix of `{job.id}` has {matrix.cells} cells",
                severity=Severity.NOTE,
                confidence=Confidence.LOW,
                primary=Label(first_line(matrix.places.get("matrix", place)), f"{axes} values"),
                steps=job.steps,
                saving=_saving(case, job, matrix, wide),
                causes=(f"{wide[0] * wide[1]} cells or few more can meet every pair of values",),
                hints=(
                    "keep the full range of one axis and add single cells for the others by `include`",
                    "or move the rare combinations to a scheduled run",
                ),
                identity=job.id,
            )


def _saving(case: Case, job: Job, matrix: Matrix, wide: list[int]) -> Saving | None:
    """Return what the cells weigh that no pair of values needs; at least nothing."""
    cells = matrix.cells or 1
    spare = max(0, cells - wide[0] * wide[1]) / cells * weight_of(case, job.steps)
    return case.saving(Gain.WORK, spare / 2, low=0.0, high=spare)
