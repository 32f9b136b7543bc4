"""What becomes of a workflow file, as far as its text can say it."""

from pathlib import Path

import pytest

from wfopt.api import optimize as module
from wfopt.api.optimize import OptimizeOptions, Outcome, optimize_file
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.rewriting import NotWritableError, rewritten
from wfopt.model.workflow import Workflow
from wfopt.optimizer.passes.drop_order_only_needs import DropOrderOnlyNeeds
from wfopt.resources.pool import Capacity
from wfopt.scheduler.registry import strategy_named
from wfopt.source import SourceFile

MACHINE = Capacity(slots=2, cpu_milli=2000, memory_bytes=1 << 20)
SCRIPT = """wfopt: 1
steps:
  - { id: a, run: echo a > a, inputs: [], outputs: [a], effects: [] }
  - { id: b, run: echo b > b, inputs: [], outputs: [b], effects: [] }
"""


def optimized(folder: Path, text: str, **more: object) -> Outcome:
    (folder / "wfopt.yml").write_text(text)
    strategy = strategy_named("fifo")
    assert strategy is not None
    options = OptimizeOptions(
        file=str(folder / "wfopt.yml"),
        workspace=str(folder),
        state_folder=str(folder / ".wfopt"),
        capacity=MACHINE,
        strategy=strategy,
        **more,  # type: ignore[arg-type]
    )
    return optimize_file(options, lambda: 0.0)


def test_what_cannot_be_written_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_it_is(source: SourceFile, before: Workflow, after: Workflow, options: LoadOptions) -> str:
        if len(after.edges) < len(before.edges):
            raise NotWritableError("all orders must stay")
        return rewritten(source, before, after, options)

    monkeypatch.setattr(module, "rewritten", as_it_is)
    report = optimized(tmp_path, SCRIPT).report
    assert (report.text, report.is_changed) == (SCRIPT, False)
    (refusal,) = [each for each in report.optimized.refusals if "is not written" in each.what]
    assert (refusal.made_by, refusal.why) == (DropOrderOnlyNeeds.name, "all orders must stay")


def test_the_last_one_is_left_out_if_each_could_be_written_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def first_fails(*arguments: object) -> str:
        calls.append(arguments)
        if len(calls) == 1:
            raise NotWritableError("together they cannot")
        return "written"

    monkeypatch.setattr(module, "rewritten", first_fails)
    report = optimized(tmp_path, SCRIPT).report
    assert (report.text, len(calls)) == (SCRIPT, 2)
    (refusal,) = [each for each in report.optimized.refusals if each.why == "together they cannot"]
    assert refusal.made_by == DropOrderOnlyNeeds.name


def test_undeclared_files_keep_their_order(tmp_path: Path) -> None:
    text = SCRIPT.replace("echo a > a", "sh src/make.sh > a")
    outcome = optimized(tmp_path, text)
    assert set(outcome.facts.undeclared) == {"a"}
    assert not outcome.report.is_changed


def test_only_named_passes_run_whatever_the_goal(tmp_path: Path) -> None:
    outcome = optimized(tmp_path, SCRIPT, passes=(DropOrderOnlyNeeds.name,))
    assert list(outcome.report.optimized.seconds) == [DropOrderOnlyNeeds.name]
