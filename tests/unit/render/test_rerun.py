"""What is printed of steps that ran again."""

from wfopt.cache.deviations import Aspect, Deviation
from wfopt.engine.rerun_report import Rerun, RerunReport, Verdict
from wfopt.model.workflow import StepId
from wfopt.render.rerun import rerun_document, rerun_lines, summary_text

SAME = Rerun(step=StepId("build"), verdict=Verdict.SAME, wall_s=1.5, notes=("its output text differs",))
DIFFERS = Rerun(
    step=StepId("pack"),
    verdict=Verdict.DIFFERS,
    wall_s=0.25,
    deviations=(Deviation("out/a\x1b", Aspect.CONTENT), Deviation("size", Aspect.VALUE)),
)
FAILED = Rerun(
    step=StepId("test"),
    verdict=Verdict.FAILED,
    reason="exit status 1",
    cause="`x` is not declared",
    tail=("no\x07such file",),
    wall_s=0.01,
)
NONE = Rerun(step=StepId("late"), verdict=Verdict.NO_RESULT, reason="never ran")


def test_lines_of_a_step() -> None:
    assert rerun_lines(SAME) == "same        build  1.50 s\n              note: its output text differs\n"
    assert rerun_lines(DIFFERS) == (
        "differs     pack  0.25 s\n              content  out/a\\x1b\n              value    size\n"
    )
    assert rerun_lines(FAILED) == (
        "failed      test  10 ms  (exit status 1)\n"
        "              output: no\\x07such file\n"
        "              cause: `x` is not declared\n"
    )
    assert rerun_lines(NONE) == "no result   late  (never ran)\n"


def test_many_differences_are_counted() -> None:
    many = tuple(Deviation(f"f{number:02}", Aspect.EXTRA) for number in range(13))
    lines = rerun_lines(Rerun(step=StepId("s"), verdict=Verdict.DIFFERS, deviations=many)).splitlines()
    assert [line.split() for line in lines[-2:]] == [["extra", "f09"], ["and", "3", "more"]]


def test_the_summary_counts_and_hints_at_what_to_do() -> None:
    lines = summary_text(RerunReport("w.yml", (SAME, DIFFERS, FAILED, NONE))).splitlines()
    assert lines[0] == "4 steps: 1 same, 1 differs, 1 failed, 1 no result"
    assert ["effects: [time]" in lines[1], "`inputs`" in lines[2], len(lines)] == [True, True, 3]
    assert summary_text(RerunReport("w.yml", (SAME,))) == "1 step: 1 same\n"


def test_the_document_has_all_of_it() -> None:
    report = RerunReport("w.yml", (DIFFERS, FAILED, NONE))
    document = rerun_document(report)
    assert (report.exit_code, RerunReport("w.yml", (SAME, NONE)).exit_code) == (1, 0)
    assert document["schema"] == "wfopt.cache-verify-rerun/1"
    assert document["counts"] == {"same": 0, "differs": 1, "failed": 1, "no_result": 1, "not_cached": 0}
    steps = document["steps"]
    assert isinstance(steps, list)
    assert steps[2]["verdict"] == "no_result"
    assert steps[:2] == [
        {
            "id": "pack",
            "verdict": "differs",
            "reason": None,
            "cause": None,
            "wall_s": 0.25,
            "differences": [
                {"path": "out/a\x1b", "value": None, "change": "content"},
                {"path": None, "value": "size", "change": "value"},
            ],
            "notes": [],
            "output_tail": [],
        },
        {
            "id": "test",
            "verdict": "failed",
            "reason": "exit status 1",
            "cause": "`x` is not declared",
            "wall_s": 0.01,
            "differences": [],
            "notes": [],
            "output_tail": ["no\x07such file"],
        },
    ]
