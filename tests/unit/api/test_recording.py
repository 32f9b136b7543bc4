"""What is remembered of a run."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import Plan as Script
from tests.support.stages import Stage
from wfopt.api import recording
from wfopt.api.recording import PRINTED_BYTES
from wfopt.cache.policy import CachePolicy, Mode
from wfopt.engine.runner import Alive
from wfopt.metrics.store import read_history
from wfopt.model.history import Ending, Host, Revision, RunStory, Scope, Shape
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Retries, StepId
from wfopt.resources.machine import total_memory, usable_cpus
from wfopt.version import __version__

COMMIT, OTHER = "a" * 40, "b" * 40
A, B, C = (StepId(name) for name in "abc")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    made = Stage(tmp_path)
    # Nothing of the machine is measured: the processes of these runs are not there.
    monkeypatch.setattr(type(made.runner), "alive", lambda _: Alive({}))
    return made


def check_out(stage: Stage, commit: str, branch: str = "main") -> None:
    git = stage.workspace / ".git"
    (git / "refs/heads").mkdir(parents=True, exist_ok=True)
    (git / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    (git / f"refs/heads/{branch}").write_text(f"{commit}\n")


def kept(stage: Stage) -> dict[str, RunStory]:
    """Return what the history has, by the ending of the runs."""
    with read_history(str(stage.state / "history.db")) as history:
        found = [history.story(run.run_id) for run in history.runs(Scope())]
    return {each.run.ending.value: each for each in found if each is not None}


def test_a_run_with_all_its_figures(stage: Stage) -> None:
    check_out(stage, COMMIT)
    steps = [step("a", cpu_milli=500, memory_bytes=4096), step("b", cpu_milli=3000), step("c")]
    scripts = {
        "a": Script(duration_s=2.0, cpu_s=1.5, peak_memory_bytes=1024),
        "b": Script(duration_s=4.0, cpu_s=3.0, peak_memory_bytes=9000, exit_code=2, output=b"no luck\n"),
    }
    report = stage.run(workflow(steps, [("a", "b"), ("b", "c")], finally_steps=["finally:x"]), scripts)
    (found,) = stage.stories
    run = found.run
    assert (run.run_id, run.workflow, run.origin) == (report.run_id, "w.yml", "run")
    assert run.revision == Revision(commit=COMMIT, branch="main")
    assert run.host == Host(name=platform.node(), cpus=usable_cpus(), memory_bytes=total_memory())
    assert (run.cpus, run.memory_bytes, run.slots, run.strategy) == (1.0, None, 1, "fifo")
    assert (run.ending, run.exit_code) == (Ending.FAILED, 1)
    assert (run.started_at, run.wall_s) == (1_700_000_050.0, 7.0)
    assert (run.cpu_s, run.peak_memory_bytes) == (4.5, 9000)
    # What asks for more cpus than there are holds all of them; the hook counts, too.
    assert run.reserved_cpu_s == 2.0 * 0.5 + 4.0 * 1.0 + 1.0 * 1.0
    # Only `a` asked for memory.
    assert (run.reserved_memory_byte_s, run.used_memory_byte_s) == (2.0 * 4096, 2.0 * 1024)
    assert (run.critical_path_s, run.lower_bound_s) == (6.0, report.lower_bound_s)
    assert (run.hits, run.misses, run.saved_s, run.restored_bytes) == (0, 0, 0.0, 0)
    assert (run.options, run.alerts) == ({}, ())
    assert run.versions == {"wfopt": __version__, "python": platform.python_version()}
    assert len(run.content) == 32
    assert found.shape == Shape((A, B, C), ((0, 1), (1, 2)))
    assert [(each.step, each.status) for each in found.attempts] == [
        (A, StepStatus.SUCCEEDED),
        (B, StepStatus.FAILED),
        (C, StepStatus.SKIPPED),
        (StepId("finally:x"), StepStatus.SUCCEEDED),
    ]
    assert [each.step for each in found.attempts if each.critical] == [A, B]
    assert found.printed == {B: "no luck\n"}


def test_what_is_written_is_what_is_handed_on(stage: Stage) -> None:
    stage.run(workflow("ab", [("a", "b")]), {"a": Script(exit_code=1, output=b"why")})
    assert kept(stage) == {"failed": stage.stories[0]}


def test_a_run_in_which_nothing_happens(stage: Stage) -> None:
    stage.run(workflow([]))
    run = stage.stories[0].run
    assert (run.cpu_s, run.peak_memory_bytes, run.reserved_cpu_s) == (0, None, 0)
    assert stage.stories[0].shape == Shape(())


def test_a_stopped_run(stage: Stage) -> None:
    stage.interrupts.numbers.append(15)
    stage.run(workflow("a"))
    run = stage.stories[0].run
    assert (run.ending, run.exit_code) == (Ending.CANCELLED, 143)


def test_a_run_that_goes_on_is_written_as_it_stands(stage: Stage) -> None:
    seen: list[RunStory] = []

    def look() -> None:
        seen.extend(kept(stage).values())

    scripts = {
        "a": Script(duration_s=6.0, cpu_s=2.0, output=b"half", exit_code=1),
        "b": Script(duration_s=4.5, action=look),
    }
    stage.run(workflow("ab"), scripts, keep_going=True)
    (unfinished,) = seen
    run = unfinished.run
    assert (run.ending, run.exit_code) == (Ending.UNFINISHED, None)
    # The last look before the end of `b` was at 10 s, the one before that at 5 s.
    assert 10.0 <= run.wall_s < 10.5
    assert [each.step for each in unfinished.attempts] == [A]
    assert (run.cpu_s, unfinished.printed) == (2.0, {})
    assert unfinished.samples
    (ended,) = kept(stage).values()
    assert ended == stage.stories[0]
    assert (ended.run.ending, len(ended.attempts)) == (Ending.FAILED, 2)


def test_the_name_that_the_machine_was_given_counts(stage: Stage) -> None:
    stage.run(workflow("a"), host="runner")
    assert stage.stories[0].run.host.name == "runner"


def test_what_was_checked_out_at_the_start_counts(stage: Stage) -> None:
    check_out(stage, COMMIT)
    stage.run(workflow("a"), {"a": Script(action=lambda: check_out(stage, OTHER, "release"))})
    assert stage.stories[0].run.revision == Revision(commit=COMMIT, branch="main")


def test_options_beyond_the_usual_are_kept_without_secrets(stage: Stage) -> None:
    stage.run(
        workflow("a", secrets=("TOKEN",)),
        environ={"TOKEN": "hush-hush"},
        steps=("a",),
        params={"b": "x hush-hush y", "a": "1"},
        keep_going=True,
        cache=CachePolicy(mode=Mode.OFF, forced=("a", "c")),
    )
    assert stage.stories[0].run.options == {
        "steps": "a",
        "params": "a=1 b=x *** y",
        "keep-going": "true",
        "cache": "off",
        "force": "a c",
    }


def test_that_every_step_was_to_run_is_kept(stage: Stage) -> None:
    stage.run(workflow("a"), cache=CachePolicy(force=True, forced=("a",)))
    assert stage.stories[0].run.options == {"force": "true"}


def test_secrets_are_not_in_what_is_kept(stage: Stage) -> None:
    stage.run(
        workflow([step("a"), "b"], secrets=("TOKEN",)),
        {"a": Script(output=b"it is hush-hush!", exit_code=1)},
        environ={"TOKEN": "hush-hush"},
    )
    assert stage.stories[0].printed == {A: "it is ***!"}


def test_only_the_end_of_what_a_failed_step_printed_is_kept(stage: Stage) -> None:
    text = b"".join(b"%08d\n" % number for number in range(2000))
    stage.run(workflow("abc"), {"a": Script(output=text), "b": Script(output=text, exit_code=1)})
    printed = stage.stories[0].printed
    assert set(printed) == {B}
    assert printed[B].encode() == text[-PRINTED_BYTES:]


def test_output_that_is_no_text_is_kept_as_far_as_it_is(stage: Stage) -> None:
    stage.run(workflow("a"), {"a": Script(output=b"\xff\x00ok", exit_code=1)})
    assert stage.stories[0].printed == {A: "\ufffd\x00ok"}
    assert kept(stage)["failed"] == stage.stories[0]


def test_a_step_that_failed_without_a_word_has_none(stage: Stage) -> None:
    stage.run(workflow("a"), {"a": Script(exit_code=1)})
    assert stage.stories[0].printed == {}


def test_a_log_that_cannot_be_read_costs_only_its_text(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(recording, "open", refuse, raising=False)
    stage.run(workflow("a"), {"a": Script(output=b"x", exit_code=1)})
    assert stage.stories[0].printed == {}
    assert kept(stage)["failed"] == stage.stories[0]


def test_of_a_step_that_came_through_at_last_the_failed_attempt_can_be_read(stage: Stage) -> None:
    scripts = [Script(exit_code=1, output=b"first"), Script(output=b"second")]
    retries = Retries(max=1, jitter=False)
    stage.run(workflow([step("a", retries=retries)]), {"a": scripts})  # type: ignore[dict-item]
    found = stage.stories[0]
    assert [(each.attempt, each.status) for each in found.attempts] == [
        (1, StepStatus.FAILED),
        (2, StepStatus.SUCCEEDED),
    ]
    assert found.run.ending is Ending.SUCCEEDED
    assert found.printed == {A: "firstsecond"}


def test_a_run_that_is_not_to_be_remembered_leaves_no_history(stage: Stage) -> None:
    stage.run(workflow("a"), {"a": Script(duration_s=20.0)}, keep=None)
    assert not [name for name in os.listdir(stage.state) if name.startswith("history")]
    # What reports are made of is there all the same.
    assert stage.stories[0].run.ending is Ending.SUCCEEDED


def test_trouble_with_the_history_changes_nothing_about_the_run(stage: Stage) -> None:
    (stage.state / "history.db").mkdir(parents=True)
    (stage.state / "history.db.lock").mkdir()
    report = stage.run(workflow("a"), {"a": Script(duration_s=20.0)})
    assert report.exit_code == 0
    (told,) = stage.messages
    assert told.message.endswith("/history.db` cannot be written")
