"""`wfopt run --optimize`: what is run instead, what is said of it, and that trouble never matters."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.optimizing import SEQUENCE, Command, runner
from wfopt.api import optimize_run
from wfopt.api.optimize_kept import Kept
from wfopt.cli.bare import with_values
from wfopt.cli.optimizing import told_of
from wfopt.codes import BAD_OPTION
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, UserError
from wfopt.metrics.store import read_history
from wfopt.model.history import PastRun, Rewrite, Scope
from wfopt.model.workflow import Workflow
from wfopt.optimizer.base import Facts, PassResult
from wfopt.optimizer.passes.drop_order_only_needs import DropOrderOnlyNeeds
from wfopt.optimizer.registry import PASSES

LINE = "optimized: 2 steps, 50 % less makespan expected (drop-order-only-needs)\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(SEQUENCE)
    (tmp_path / "notes.txt").write_text("b\na\n")
    monkeypatch.chdir(tmp_path)
    for name in ("OPTIMIZE", "KEEP", "CACHE", "STATE_DIR", "FORMAT"):
        monkeypatch.delenv(f"WFOPT_{name}", raising=False)
    return tmp_path


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    assert place.is_dir()
    command = runner(monkeypatch, capsys)
    return lambda *words, **environ: command("run", *words, **environ)


def remembered(place: Path) -> tuple[Sequence[PastRun], Sequence[Rewrite]]:
    with read_history(str(place / ".wfopt" / "history.db")) as history:
        return history.runs(Scope()), history.rewrites(None)


@pytest.mark.parametrize("words", [("--optimize",), ("--optimize=observed",), ("--optimize=declared", "-k")])
def test_the_plan_is_the_optimized_one(words: tuple[str, ...], run: Command) -> None:
    done = run("-n", "--format", "json", *words)
    assert (done.status, done.log) == (0, LINE)
    assert json.loads(done.out)["waves"] == [["count", "sort"]]
    assert run("-n", "--format", "json").log == ""


def test_variables_and_the_config_ask_for_it(run: Command, place: Path) -> None:
    assert run("-n", WFOPT_OPTIMIZE="observed").log == LINE
    (place / ".wfopt.toml").write_text('optimize = "declared"\n')
    assert run("-n").log == LINE
    assert run("-n", "--optimize=off").log == ""
    assert run("--optimize=guessed").status == 2
    assert run("-n", WFOPT_OPTIMIZE="guessed").status == 2


def test_the_next_word_is_no_level(run: Command) -> None:
    assert run("-n", "--optimize", "wfopt.yml").log == LINE
    assert with_values(["run", "--optimize", "--", "--optimize"]) == [
        "run",
        "--optimize=declared",
        "--",
        "--optimize",
    ]


def test_nothing_is_said_in_a_quiet_run_and_everything_in_a_verbose_one(run: Command) -> None:
    assert run("-n", "-q", "--optimize").log == ""
    told = run("-n", "-v", "--optimize").log
    assert told == LINE + (
        "  `sort` no longer waits for `count`: they share no files, and neither changes anything else"
        " (declared)\n"
    )
    assert run("--list", "--optimize").log == ""


def test_nothing_to_change(run: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(SEQUENCE.replace("effects: []\n\n", "effects: [publish]\n\n"))
    assert run("-n", "--optimize").log == "optimized: nothing to change\n"


@pytest.mark.slow
def test_a_run_is_remembered_as_optimized(run: Command, place: Path) -> None:
    assert run("-q", "--cache", "off").status == 0
    for _ in range(3):
        assert run("-q", "--cache", "off", "--optimize").status == 0
    past, rewrites = remembered(place)
    assert [each.options.get("optimize", "") for each in past] == ["", "declared", "declared", "declared"]
    assert len({each.content for each in past[1:]}) == 1
    assert past[0].content != past[1].content
    assert {(each.before, each.after) for each in rewrites} == {(past[0].content, past[1].content)}
    assert len(rewrites) == 1
    assert rewrites[0].passes == ("drop-order-only-needs",)
    assert rewrites[0].predicted_saving_s is not None


@pytest.mark.slow
def test_runs_of_some_steps_are_not_noted(run: Command, place: Path) -> None:
    assert run("sort", "-q", "--optimize").status == 0
    assert run("-q", "--optimize", "--keep", "off").status == 0
    past, rewrites = remembered(place)
    assert ([each.options["steps"] for each in past], list(rewrites)) == (["sort"], [])


@pytest.mark.slow
def test_what_was_worked_out_is_kept(run: Command, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        assert run("-q", "--optimize", WFOPT_KEEP="off").status == 0
    kept = list((place / ".wfopt" / "optimized").iterdir())
    assert len(kept) == 2

    def never(*_: object) -> None:
        raise AssertionError("it is worked out again")

    with monkeypatch.context() as patch:
        patch.setattr(optimize_run, "optimize", never)
        assert run("-n", "--optimize").log == LINE
        assert "not optimized" in run("-n", "--optimize=observed").log
    for file in kept:
        file.write_bytes(b"x" + file.read_bytes()[1:])
    assert run("-n", "--optimize").log == LINE
    (place / "wfopt.yml").write_text(SEQUENCE + "  - { id: more, run: 'true' }\n")
    assert run("-n", "--optimize").log != LINE


class Faulty(DropOrderOnlyNeeds):
    """Breaks what it must keep, or cannot go on."""

    why = ""

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        if self.why == "lost":
            raise RuntimeError("lost")
        assert facts.weights
        return PassResult(replace(workflow, steps=workflow.steps[:1], edges=()))


@pytest.mark.parametrize("why", ["lost", "broken"])
def test_a_fault_in_a_pass_leaves_the_original(
    why: str, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty = Faulty()
    faulty.why = why
    monkeypatch.setattr(optimize_run, "PASSES", (faulty,))
    done = run("-n", "--format", "json", "--optimize")
    assert done.status == 0
    assert json.loads(done.out)["waves"] == [["count"], ["sort"]]
    assert "note[WF522]: the workflow is run as it is, not optimized" in done.log
    assert ("lost" if why == "lost" else "the pass `drop-order-only-needs` is wrong") in done.log


def test_only_passes_that_nobody_need_see_have_a_part() -> None:
    left = {each.name for each in PASSES} - optimize_run.NOT_IN_RUNS
    assert left == {
        *("remove-dead-steps", "share-matrix-invariant-steps", "merge-duplicate-steps"),
        *("drop-order-only-needs", "drop-implied-needs", "fail-fast-order"),
    } | (left & {"fuse-short-steps"})


def test_steps_that_are_wanted_stay(run: Command, place: Path) -> None:
    def planned(*words: str) -> list[str]:
        return [each["id"] for each in json.loads(run("-n", "--format", "json", *words).out)["steps"]]

    assert planned("sort") == ["count", "sort"]
    assert planned("--optimize", "sort") == ["sort"]
    assert planned("--optimize") == ["count", "sort"]
    (place / "wfopt.yml").write_text(SEQUENCE.replace("steps:", "targets: [count]\nsteps:"))
    assert planned("--optimize", "sort") == ["count", "sort"]
    assert planned("--optimize") == ["count"]


@pytest.mark.slow
def test_what_is_kept_for_all_steps_is_not_taken_for_some(run: Command) -> None:
    for _ in range(3):
        assert run("-q", "--optimize", WFOPT_KEEP="off").status == 0
    found = json.loads(run("-n", "--format", "json", "--optimize", "sort").out)
    assert [each["id"] for each in found["steps"]] == ["sort"]


def test_forced_steps_that_are_gone_are_forced_where_their_work_is_done(run: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(
        "wfopt: 1\ndefaults: { shell: sh }\nsteps:\n"
        "  a: { run: echo, inputs: [], outputs: [], effects: [] }\n"
        "  b: { run: echo, inputs: [], outputs: [], effects: [] }\n"
    )
    done = run("-n", "--format", "json", "--optimize", "--force-step", "b")
    assert done.status == 0


def test_other_formats_are_run_as_they_are(run: Command, place: Path) -> None:
    (place / "Taskfile.yml").write_text("version: '3'\ntasks:\n  default:\n    cmds: [echo a]\n")
    done = run("-n", "--optimize", "Taskfile.yml")
    assert done.status == 0
    assert "only the native format is optimized for a run" in done.log


def test_what_a_user_can_mend_is_said(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise UserError((Diagnostic(code=BAD_OPTION, message="it is too odd"),))

    monkeypatch.setattr(optimize_run, "optimize", refuse)
    done = run("-n", "--optimize")
    assert done.status == 0
    assert "= cause: it is too odd" in done.log


def test_no_gain_is_said() -> None:
    kept = Kept(is_changed=True, steps=3, timed=True, saving=0.0, share=0.0, predicted_s=0.0, passes=("x",))
    assert told_of(kept) == "3 steps, no less makespan expected (x)"
    assert told_of(replace(kept, saving=2.0, share=0.4)) == "3 steps, 2.00 s, 40 % less makespan expected (x)"
