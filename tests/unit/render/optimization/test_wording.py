"""What is said of an optimization and of its proof."""

import pytest

from wfopt.dataclass import replace
from wfopt.model.workflow import StepId
from wfopt.optimizer.report import Verification
from wfopt.render.optimization.wording import amount_text, verified_remarks, verified_text

PROOF = Verification(files=733, statuses=15, originals=3, runs=5, before_s=21.0, after_s=10.0, predicted=2.3)


def test_the_proof() -> None:
    assert verified_text(PROOF) == "733/733 files equal, 15/15 statuses equal, 2.1x faster (predicted 2.3x)"


@pytest.mark.parametrize(
    ("after_s", "predicted", "told"),
    [
        (10.0, None, ", 2.1x faster"),
        (21.5, None, ", as fast"),
        (42.0, 1.1, ", 2.0x slower (predicted 1.1x)"),
        (0.0, 1.1, ""),
    ],
)
def test_speed(after_s: float, predicted: float | None, told: str) -> None:
    found = replace(PROOF, after_s=after_s, predicted=predicted)
    assert verified_text(found) == f"733/733 files equal, 15/15 statuses equal{told}"


def test_differences_are_counted() -> None:
    found = replace(PROOF, unequal_files=2, unequal_statuses=1, values=3, unequal_values=3)
    assert not found.equal
    assert verified_text(found).startswith("731/733 files equal, 14/15 statuses equal, 0/3 values equal, ")


def test_remarks() -> None:
    assert list(verified_remarks(PROOF)) == [
        "21.0 s before, 10.0 s after: medians of 3 runs of the original and 5 runs of the optimized version"
    ]
    failed = tuple(StepId(f"s{number}") for number in range(6))
    found = replace(PROOF, noise=2, unmade=1, failed=failed)
    listed = ", ".join(f"`s{number}`" for number in range(5))
    assert list(verified_remarks(found))[1:] == [
        f"the original fails ({listed} and more): what failed and what was left then was compared",
        "left out: 2 that differ between two runs of the original",
        "left out: 1 file that nobody wants and nothing makes any more",
    ]


def test_amounts() -> None:
    assert [amount_text(amount, timed=False) for amount in (1.0, 2.0, 2.5)] == [
        "1 step",
        "2 steps",
        "2.5 steps",
    ]
    assert amount_text(2.0, timed=True) == "2.00 s"
