"""The Markdown on a job's summary page."""

import pytest

from tests.support.builders import run_report, step_report, workflow
from wfopt.model.outcome import StepStatus
from wfopt.render.github_summary import MAX_ROWS, markdown, summary_of

FAILED = StepStatus.FAILED


def rows(text: str) -> list[str]:
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]


def test_a_run_has_a_headline_counts_and_a_table() -> None:
    report = run_report(
        [
            step_report("quick", wall_s=1.0),
            step_report("slow", wall_s=2.0),
            step_report("bad", FAILED, reason="exit status 3", wall_s=0.5),
            step_report("left", StepStatus.SKIPPED, reason="`bad` failed"),
            step_report("odd", FAILED, reason="timed out", allowed=True),
        ],
        wall_s=4.0,
    )
    text = summary_of(report)
    head, counts, *_ = text.split("\n\n")
    assert head == "### wfopt: demo failed"
    assert counts.startswith("failed&#58; 5 steps in 4.00 s (2 succeeded, 2 failed, 1 skipped)")
    assert "| bad | failed | 0.50 s | exit status 3 |" in text
    assert "| odd | failed (allowed) |  | timed out |" in text
    assert rows(text) == ["Step", "---", "bad", "odd", "slow", "quick"]
    assert text.endswith("\n… and 1 more\n")


def test_a_run_in_which_nothing_ran_has_no_table() -> None:
    text = summary_of(run_report([step_report("a", StepStatus.CACHED)]))
    assert text == "### wfopt: demo succeeded\n\nsucceeded&#58; 1 step in 1.00 s (1 cached)\n"


def test_only_so_many_rows_are_shown_the_failed_ones_first() -> None:
    good = [step_report(f"good-{number}", wall_s=float(number)) for number in range(50)]
    text = summary_of(run_report([*good, step_report("bad", FAILED)]))
    assert rows(text)[2:5] == ["bad", "good-49", "good-48"]
    assert len(rows(text)) == 2 + MAX_ROWS
    assert "\n… and 11 more\n" in text


def test_hooks_have_a_table_of_their_own() -> None:
    report = run_report([step_report("a", wall_s=1.0)], hooks=[step_report("finally:clean", wall_s=2.0)])
    _, _, hooks = summary_of(report).partition("#### Hooks\n\n")
    assert rows(hooks) == ["Step", "---", "finally&#58;clean"]


@pytest.mark.parametrize("text", ["a|b", "`a`", "<script>", "[a](http://x)", "*a* _b_", "@me #1", "a&amp;"])
def test_markdown_means_nothing(text: str) -> None:
    shown = markdown(text)
    assert not set(shown.replace("&#", "").replace(";", "")) & set("|`<>[]*_@#&:")


def test_names_and_reasons_are_one_line_without_markup() -> None:
    report = run_report(
        [step_report("a|b", FAILED, reason="x\n| y | z |\n" + "w" * 500)],
        of=workflow(["a|b"], name="<b>\n# big"),
    )
    text = summary_of(report)
    assert text.splitlines()[0] == "### wfopt: &#60;b&#62;\\x0a&#35; big failed".replace("\\", "&#92;")
    row = text.splitlines()[-1]
    assert row.count("|") == 5
    assert len(row) < 400
