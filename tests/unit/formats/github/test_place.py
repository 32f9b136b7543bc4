"""Ids of steps."""

import pytest

from tests.support.github_files import mapping
from wfopt.formats.github.declared import declared
from wfopt.formats.github.jobs import read_jobs
from wfopt.formats.github.place import definitions_of, ids_of, may_fail
from wfopt.formats.github.remarks import Remarks
from wfopt.formats.problems import Problems


def test_ids_name_the_job_its_cell_and_the_step() -> None:
    text = "my job: {strategy: {matrix: {a: ['x y']}}, steps: [{run: a, id: one}, {run: b}]}"
    job = read_jobs(mapping(text), Remarks(Problems()))["my job"]
    assert ids_of(job, job.expansion.cells[0]) == ("my%20job[a=x%20y]/one", "my%20job[a=x%20y]/2")
    assert definitions_of(job) == ("my%20job/one", "my%20job/2")


@pytest.mark.parametrize(
    ("written", "expected"), [("true", True), ("false", False), ("~", False), ("${{ x }}", True)]
)
def test_steps_that_may_fail(written: str, expected: bool) -> None:
    node = mapping(f"run: a\ncontinue-on-error: {written}")
    assert may_fail(declared("1", "", node)) is expected
