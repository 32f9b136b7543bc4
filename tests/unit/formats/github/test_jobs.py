"""Jobs as the file has them."""

import pytest

from tests.support.github_files import mapping
from wfopt.formats.github.jobs import DeclaredJob, image_of, read_jobs, services_of
from wfopt.formats.github.remarks import Remarks
from wfopt.formats.problems import Problems


def read(job: str, problems: Problems | None = None) -> DeclaredJob:
    return read_jobs(mapping(f"a: {job}"), Remarks(problems or Problems()))["a"]


def test_needs_are_a_name_or_a_list() -> None:
    assert [need.job for need in read("{needs: b, steps: [{run: a}]}").needs] == ["b"]
    assert [need.job for need in read("{needs: [b, [c], d], steps: [{run: a}]}").needs] == ["b", "d"]


@pytest.mark.parametrize(
    ("runs_on", "labels"),
    [("x", ("x",)), ("[x, y]", ("x", "y")), ("{labels: [x], group: g}", ("x", "g")), ("~", ())],
)
def test_runners(runs_on: str, labels: tuple[str, ...]) -> None:
    assert read(f"{{runs-on: {runs_on}, steps: [{{run: a}}]}}").runner == labels


def test_a_job_with_steps_is_not_called() -> None:
    assert read("{uses: ./x.yml}").called
    both = read("{uses: ./x.yml, steps: [{run: a}]}")
    assert not both.called
    assert len(both.flow.steps) == 1


def test_a_job_without_steps_is_warned_of() -> None:
    problems = Problems()
    assert read("{runs-on: x}", problems).flow.steps == ()
    assert [each.message for each in problems.found] == ["job `a` has no steps"]


def test_containers() -> None:
    job = read("{container: {image: x}, services: {db: {image: y}}, steps: [{run: a}]}")
    assert (image_of(job), services_of(job)) == ("x", ("db",))


def test_expressions_that_cannot_be_read_are_warned_of() -> None:
    problems = Problems()
    read("{if: (, env: {A: '${{ ) }}'}, steps: [{run: '${{'}]}", problems)
    assert [each.code.number for each in problems.found] == ["WF080"] * 3
