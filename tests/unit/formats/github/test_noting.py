"""Notes about jobs and keys."""

import pytest

from tests.support.github_files import imported, job_of
from wfopt.formats.github.remarks import MOST_WARNINGS


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ("container: node", "the steps of job `a` run in the container `node`, and not here"),
        ("services: {db: x, q: y}", "containers run beside job `a`, which wfopt does not start: `db`, `q`"),
        ("runs-on: macos-14", "a job asks for `macos-14`: its steps are left out here"),
        ("runs-on: [self-hosted, x64]", "a job asks for a machine with the labels `self-hosted, x64`"),
        (
            "continue-on-error: true",
            "`continue-on-error` of a job has no counterpart: if it fails, the run does",
        ),
        (
            "environment: x",
            "nobody is asked before a job with an `environment`, and none of its secrets are here",
        ),
        ("permissions: {id-token: write}", "there is no `id-token` of the service here"),
        ("timeout_minutes: 1", "a job has no key `timeout_minutes`: it is ignored"),
    ],
)
def test_a_job(job: str, message: str) -> None:
    assert [each.message for each in job_of("- run: a", job=job).remarks] == [message]


@pytest.mark.parametrize(
    "job", ["runs-on: ubuntu-24.04", "continue-on-error: false", "permissions: read-all", ""]
)
def test_nothing_to_note(job: str) -> None:
    assert job_of("- run: a", job=job).remarks == ()


def test_the_machine_of_each_cell_counts() -> None:
    cells = "{matrix: {os: [ubuntu-24.04, windows-2022, windows-2022, macos-14]}}"
    job = f"runs-on: ${{{{ matrix.os }}}}\nstrategy: {cells}"
    assert [each.message for each in job_of("- run: a", job=job).remarks] == [
        "a job asks for `windows-2022`: its steps are left out here",
        "a job asks for `macos-14`: its steps are left out here",
    ]


def test_the_same_unknown_key_is_warned_of_once() -> None:
    found = job_of("- {run: a, runn: x}\n- {run: b, runn: x}").remarks
    assert [(each.message, each.hints) for each in found] == [
        ("a step has no key `runn`: it is ignored", ("did you mean `run`?",))
    ]


def test_so_many_unknown_keys_are_warned_of() -> None:
    keys = "".join(f"key{n}: 1\n" for n in range(MOST_WARNINGS + 9))
    assert len(imported(f"{keys}on: push\njobs: {{a: {{steps: [{{run: a}}]}}}}").remarks) == MOST_WARNINGS
