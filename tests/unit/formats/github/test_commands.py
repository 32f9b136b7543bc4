"""What steps run."""

import pytest

from tests.support.github_files import job_of, steps_by_id
from wfopt.model.expressions import Template
from wfopt.model.workflow import Argv, Opaque, Script


def command(step: str, *, head: str = "", job: str = "") -> Script | Argv | Opaque:
    return next(iter(steps_by_id(job_of(f"- {step}", head=head, job=job)).values())).run


@pytest.mark.parametrize(
    ("shell", "argv"),
    [
        ("", ("bash", "-e", "-c")),
        ("bash", ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")),
        ("sh", ("sh", "-e", "-c")),
        ("python", ("python3", "-c")),
    ],
)
def test_shells(shell: str, argv: tuple[str, ...]) -> None:
    found = command(f"{{run: x, shell: '{shell}'}}")
    assert isinstance(found, Script)
    assert (found.text, found.shell.argv) == (Template.plain("x"), argv)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("{run: x, shell: pwsh}", "a script for `pwsh`"),
        ("{run: x, shell: '${{ secrets.X }}'}", "a script for `${{ secrets.X }}`"),
        ("{run: 'x ${{ secrets.TOKEN }}'}", "uses secrets.TOKEN"),
        ("{run: x, env: {A: '${{ secrets.TOKEN }}'}}", "uses secrets.TOKEN"),
        ("{run: x, if: 'github.event.action && secrets.X'}", "its condition uses github.event.action"),
        ("{run: x, working-directory: ../up}", "works in `../up`"),
        ("{run: x, working-directory: '~/home'}", "works in `~/home`"),
        ("{run: 'x ${{ toJSON(github.event.pull_request.head.repo.full_name.and.so.on.for.long) }}'}",
         "uses toJSON(github.event.pull_request.head.repo.full_name.and.so...."),
    ],
)  # fmt: skip
def test_scripts_that_cannot_run_keep_their_text(step: str, why: str) -> None:
    found = command(step)
    assert isinstance(found, Opaque)
    assert (found.what[:1], found.why, found.stand_in) == ("x", why, None)


@pytest.mark.parametrize(
    ("job", "why"),
    [
        ("runs-on: windows-latest", "asks for windows-latest"),
        ("runs-on: [self-hosted, macOS]", "asks for macOS"),
        ("container: alpine", "in the container alpine"),
        ("container: {image: alpine}", "in the container alpine"),
        ("container: {}", ""),
        ("runs-on: {group: ubuntu-big}", ""),
    ],
)
def test_machines(job: str, why: str) -> None:
    for step in ("{run: x}", "{uses: actions/checkout@v4}"):
        found = command(step, job=job)
        runs = not isinstance(found, Opaque) or found.stand_in is not None
        assert runs == (not why)
        assert not why or (isinstance(found, Opaque) and found.why == why)


def test_variables_of_the_whole_job_matter_where_they_are_named() -> None:
    head = "env: {TOKEN: '${{ secrets.TOKEN }}', OTHER: x}"
    plain = steps_by_id(job_of("- run: make\n- run: make $TOKEN", head=head))
    assert isinstance(plain["a/1"].run, Script)
    assert set(plain["a/1"].env) == {"OTHER"}
    assert isinstance(plain["a/2"].run, Opaque)
    assert set(plain["a/2"].env) == {"TOKEN", "OTHER"}


@pytest.mark.parametrize(
    ("folder", "cwd"),
    [
        ("a/../b/", "b"),
        (".", ""),
        ("${{ github.workspace }}", ""),
        ("${{ github.workspace }}/x", "x"),
        ("${{ 'y' }}", "y"),
    ],
)
def test_folders(folder: str, cwd: str) -> None:
    step = steps_by_id(job_of(f"- {{run: x, working-directory: '{folder}'}}".replace("'y'", "''y''")))["a/1"]
    assert (step.cwd, isinstance(step.run, Script)) == (cwd, True)


@pytest.mark.parametrize(
    ("uses", "why"),
    [
        ("owner/name@v1", "an action"),
        ("./here", "an action of this repository"),
        ("docker://alpine", "a container"),
    ],
)
def test_unknown_actions_keep_their_options(uses: str, why: str) -> None:
    found = command(f"{{uses: {uses}, with: {{a: 1, b: '${{{{ secrets.X }}}}'}}}}")
    assert found == Opaque(what=uses, why=why, options={"a": "1", "b": "${{ secrets.X }}"})


def test_notes_count_places_and_not_cells() -> None:
    job = "strategy: {matrix: {x: [1, 2, 3]}}"
    found = job_of("- uses: o/a@v1\n- uses: o/a@v2\n- uses: o/b@v1", job=job)
    assert [each.message for each in found.remarks] == [
        "`o/a` is an action that wfopt does not run itself (2 places)",
        "`o/b` is an action that wfopt does not run itself",
    ]
