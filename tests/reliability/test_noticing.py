"""What the campaigns check with would notice trouble."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.campaign import files, rehearsal
from tests.campaign.crew import ROOT, run
from tests.campaign.registry import NAMES, named
from tests.support.builders import plan_report, workflow
from tests.support.marks import MARK, left_after, marked
from tests.support.memory import forget_peak, peak_bytes
from tests.support.terminals import Terminal
from tests.support.visible import control_characters
from wfopt.api.prepare import Prepared
from wfopt.codes import BAD_OPTION
from wfopt.errors import Diagnostic, Severity
from wfopt.resources.pool import Capacity


@pytest.mark.slow
def test_a_case_that_fails_dies_or_hangs_is_a_failure_and_the_others_are_checked() -> None:
    tally = run(rehearsal.CAMPAIGN, range(len(rehearsal.TROUBLES)))
    failures = {each.case: each.trouble for each in tally.failures}
    assert sorted(failures) == [1, 2, 3, 4]
    assert failures[1] == "expected"
    assert "raised on purpose" in failures[2]
    assert "status -6" in failures[3]
    assert "no answer for 1.5 s" in failures[4]
    assert tally.cases == len(rehearsal.TROUBLES)
    assert "python -m tests.campaign rehearsal --seed 1 --case 2" in tally.explained()


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_the_same_every_time(name: str) -> None:
    campaign = named(name)
    assert campaign.name == name
    assert [campaign.material(5, number) for number in range(4)] == [
        campaign.material(5, number) for number in range(4)
    ]
    assert campaign.material(5, 0)


@pytest.mark.parametrize(
    ("diagnostics", "trouble"),
    [
        ((Diagnostic(code=BAD_OPTION, message="wrong", file="a.yml"),), ""),
        ((Diagnostic(code=BAD_OPTION, message="wrong"),), "no place: wrong"),
        (
            (Diagnostic(code=BAD_OPTION, message="odd", file="a.yml", severity=Severity.NOTE),),
            "without an error",
        ),
        ((), "without an error"),
    ],
)
def test_refusals(diagnostics: tuple[Diagnostic, ...], trouble: str) -> None:
    found = files.refusal_trouble(diagnostics)
    assert trouble in found
    assert bool(trouble) == bool(found)


def test_plans() -> None:
    sound = workflow(["a", "b"], [("a", "b")])
    prepared = Prepared(sound, (), Capacity(slots=1, cpu_milli=1000, memory_bytes=1))
    report = plan_report(sound)
    assert files.plan_trouble(prepared, report) == ""
    early = replace(report, waves=(tuple(step.id for step in sound.steps),))
    assert files.plan_trouble(prepared, early) == "`b` does not come after `a`"
    assert "every step once" in files.plan_trouble(prepared, replace(report, waves=report.waves[:1]))


@pytest.mark.parametrize(
    ("text", "colored", "odd"),
    [
        ("plain\ttext\n\u4e2d", False, ""),
        ("\x1b[31mred", False, "\x1b"),
        ("\x1b[1;31mred\x1b[0m", True, ""),
        ("\x1b[2J", True, "\x1b"),
        ("a\rb\u202e\x9b", False, "\r\x9b\u202e"),
    ],
)
def test_control_characters(text: str, colored: bool, odd: str) -> None:
    assert control_characters(text, colored=colored) == odd


def test_marked_processes_are_found_and_waited_for() -> None:
    mark = f"mark-{os.urandom(6).hex()}"
    with subprocess.Popen(["/bin/sleep", "60"], env={MARK: mark}) as process:
        try:
            assert process.pid in marked(mark)
            assert process.pid in left_after(mark, 0.0)
        finally:
            process.kill()
    assert left_after(mark, 5.0) == {}


def test_the_peak_of_memory_can_start_again() -> None:
    bytearray(64 << 20)
    before = peak_bytes()
    assert before > 64 << 20
    forget_peak()
    assert 0 < peak_bytes() <= before
    assert peak_bytes(os.getpid()) > 0
    assert peak_bytes(1 << 30) == 0


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        (r"printf '\033[?25l\033[31mx\033[0m\033[?25h'", ""),
        (r"printf '\033[?25lx'", "was not taken back"),
        (r"printf '\033[31mred'", "an open sequence"),
        (r"printf 'x\033['", "an open sequence"),
        ("stty -echo", "settings have changed"),
    ],
)
def test_what_a_command_leaves_of_a_terminal(script: str, trouble: str, tmp_path: Path) -> None:
    with Terminal(["/bin/sh", "-c", script], tmp_path, {"PATH": os.defpath}) as terminal:
        assert terminal.ended(20.0) == 0
        found = terminal.trouble()
        assert trouble in found
        assert bool(trouble) == bool(found)


@pytest.mark.slow
def test_the_command_line_repeats_a_case_and_shows_a_table(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "tests.campaign",
        "bytes",
        "--case",
        "3",
        "--write",
        str(tmp_path / "case"),
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "bytes             1        0" in done.stdout
    assert (tmp_path / "case").read_bytes() == named("bytes").material(1, 3)
