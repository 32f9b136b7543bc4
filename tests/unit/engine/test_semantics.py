"""What happens to a step: every rule, shown by a workflow that is run for real."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.semantics import EXPECTED, WORKFLOW, Case, outcome_of, read_case

FIXTURES = Path(__file__).parents[2] / "fixtures" / "semantics"
CASES = [read_case(path.parent) for path in sorted(FIXTURES.glob(f"*/{WORKFLOW}"))]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.folder.name, marks=[pytest.mark.slow] if case.slow else [])
        for case in CASES
    ],
)
def test_a_rule_holds(case: Case, tmp_path: Path, expect: Callable[[str, Path], None]) -> None:
    expect(outcome_of(case, tmp_path), case.folder / EXPECTED)


def test_every_fixture_states_its_rule() -> None:
    assert [case.folder.name for case in CASES if not case.rule.endswith(".")] == []
