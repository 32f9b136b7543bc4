"""A trace counts as long as nothing of what it is evidence for changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from wfopt.api.fingerprints import fingerprint_of
from wfopt.dataclass import replace
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.model.workflow import Opaque, Step, StepId
from wfopt.source import SourceFile

HEAD = "wfopt: 1\nsecrets: [KEY]\nsteps:\n  - {id: z, run: 'true'}\n  - id: a\n    "


def print_of(body: str, environ: Mapping[str, str] | None = None) -> tuple[str, str]:
    loaded, _ = load(SourceFile("wfopt.yml", HEAD + body), LoadOptions(workspace="/work"))
    found = next(each for each in loaded.steps if each.id == "a")
    return fingerprint_of(found, loaded, {"PATH": "/bin:/usr/bin"} if environ is None else environ, "/work")


PLAIN = print_of("run: echo 1\n    env: {A: x, KEY: y}")


@pytest.mark.parametrize(
    ("body", "environ", "same"),
    [
        ("run: echo 1\n    env: {KEY: y, A: x}", None, True),
        ("run: echo 1\n    env: {A: x, KEY: other}", None, True),
        ("run: echo 1\n    env: {A: x, KEY: y}\n    timeout: 3s\n    outputs: [o]", None, True),
        ("run: echo 1\n    env: {A: x, KEY: y}", {"PATH": "/bin:/usr/bin", "X": "1"}, True),
        ("run: echo 2\n    env: {A: x, KEY: y}", None, False),
        ("run: echo 1\n    env: {A: z, KEY: y}", None, False),
        ("run: echo 1\n    env: {A: x}", None, False),
        ("run: echo 1\n    env: {A: x, KEY: y}\n    shell: sh", None, False),
        ("run: echo 1\n    env: {A: x, KEY: y}\n    cwd: sub", None, False),
        ("run: echo 1\n    env: {A: x, KEY: y}", {"PATH": "/usr/bin:/bin"}, False),
        ("run: [echo, '1']\n    env: {A: x, KEY: y}", None, False),
    ],
)
def test_what_counts(body: str, environ: dict[str, str] | None, same: bool) -> None:
    found, why = print_of(body, environ)
    assert (found == PLAIN[0], why) == (same, "")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("run: echo ${{ needs.z.status }}", "only a run knows its script"),
        ("run: [echo, '${{ needs.z.status }}']", "only a run knows its script"),
        ("run: echo\n    env: {A: '${{ needs.z.status }}'}", "only a run knows its variable `A`"),
    ],
)
def test_what_only_a_run_knows_has_none(body: str, why: str) -> None:
    assert print_of(f"{body}\n    needs: [z]") == ("", why)


@pytest.mark.parametrize(
    "one",
    [
        Step(id=StepId("a"), run=Opaque(what="x", why="an action")),
        replace(step("a"), session="job"),
    ],
)
def test_what_wfopt_does_not_run_alone_has_none(one: Step) -> None:
    found, why = fingerprint_of(one, workflow([one]), {}, "/work")
    assert found == ""
    assert why


def test_another_version_of_the_program_is_another_one(tmp_path: Path) -> None:
    tool = tmp_path / "bash"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    before = print_of("run: echo 1", {"PATH": str(tmp_path)})
    tool.write_text("#!/bin/sh\n\n")
    assert print_of("run: echo 1", {"PATH": str(tmp_path)}) != before
    tool.unlink()
    assert print_of("run: echo 1", {"PATH": str(tmp_path)})[0]
