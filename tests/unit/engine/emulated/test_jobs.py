"""What steps of a job of GitHub tell each other through files."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.builders import step
from wfopt.dataclass import replace
from wfopt.engine.captures import ValuesError
from wfopt.engine.emulated.asked import Ended
from wfopt.engine.emulated.jobs import Jobs
from wfopt.engine.masking import Masker
from wfopt.model.expressions import Reference, Template, Value
from wfopt.model.workflow import Step
from wfopt.source import SourceFile, Span

SOURCE = SourceFile("ci.yml", "")
OUTER, INNER = Span(SOURCE, 1, 1, 9, 1), Span(SOURCE, 5, 1, 5, 9)


def of_job(name: str, env: Mapping[str, Template | None] | None = None, session: str = "build") -> Step:
    made = step(f"{session}/{name}", env=env)
    return replace(made, session=session, places={"env": Span(SOURCE, 4, 1, 6, 1)})


def jobs(
    folder: Path,
    *steps: Step,
    environ: Mapping[str, str] | None = None,
    told: Mapping[str, Mapping[str, Value]] | None = None,
) -> Jobs:
    known = told or {}
    return Jobs(
        steps,
        str(folder),
        environ=environ or {"PATH": "/bin"},
        usual={"CI": "true", "GITHUB_SHA": "abc", "GITHUB_WORKSPACE": "/w"},
        told_of=known.get,
        masker=Masker(),
    )


def told(work: Jobs, made: Step, **texts: str) -> dict[str, str]:
    """Let a step write texts into its files, and return the values that it hands on."""
    work.prepare(made)
    variables = work.variables(made)
    for name, text in texts.items():
        Path(variables[name]).write_text(text)
    try:
        return work.take(made)
    finally:
        work.tidy(made)


def test_later_steps_of_the_job_get_what_was_set(tmp_path: Path) -> None:
    first, second, other = of_job("1"), of_job("2"), of_job("1", session="test")
    work = jobs(tmp_path, first, second, other)
    values = told(
        work,
        first,
        GITHUB_OUTPUT="a=1\nb<<EOF\n$(touch x)\ntwo\nEOF\nc-d.e=\n",
        GITHUB_ENV="X=$(id)\nGITHUB_SHA=forged\n",
        GITHUB_PATH="/one\n\n/two\r\n",
    )
    assert values == {"a": "1", "b": "$(touch x)\ntwo", "c-d.e": ""}
    found = work.variables(second)
    assert (found["X"], found["PATH"], found["GITHUB_SHA"]) == ("$(id)", "/two:/one:/bin", "abc")
    assert {"X", "PATH"}.isdisjoint(work.variables(other))


def test_a_variable_of_the_step_counts_most_then_what_was_set_then_the_job(tmp_path: Path) -> None:
    first = of_job("1")
    env: dict[str, Template | None] = {
        "JOB": Template.plain("job", OUTER),
        "STEP": Template.plain("step", INNER),
        "FREE": Template.plain("free", OUTER),
        "NONE": None,
    }
    second = of_job("2", env)
    work = jobs(tmp_path, first, second)
    told(work, first, GITHUB_ENV="JOB=set\nSTEP=set\n")
    found = work.variables(second)
    assert (found["JOB"], found["STEP"], found["FREE"]) == ("set", "step", "free")
    assert "NONE" not in found
    unplaced = replace(second, places={})
    assert work.variables(unplaced)["STEP"] == "set"


def test_expressions_know_variables_values_and_how_steps_ended(tmp_path: Path) -> None:
    late = Template((Reference("env", ("CI",)), "-", Reference("needs", ("a", "out", "x"))))
    made = of_job("1", {"LATE": late})
    work = jobs(tmp_path, made, told={"a": {"status": "succeeded", "out": {"x": "1"}}})
    contexts = work.contexts(made)
    env = contexts["env"]
    assert isinstance(env, Mapping)
    assert (env["LATE"], env["PATH"]) == ("true-1", "/bin")


def test_what_the_environment_says_of_the_run_counts_more_than_what_is_made_up(tmp_path: Path) -> None:
    environ = {"GITHUB_SHA": "given", "GITHUB_WORKSPACE": "/elsewhere"}
    found = jobs(tmp_path, environ=environ).variables(of_job("1"))
    assert "GITHUB_SHA" not in found
    assert found["GITHUB_WORKSPACE"] == "/w"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("succeeded", "skipped"), "success"),
        (("succeeded", "cancelled"), "cancelled"),
        (("failed", "cancelled"), "failure"),
    ],
)
def test_the_status_of_a_job(words: tuple[str, str], status: str, tmp_path: Path) -> None:
    steps = [of_job("1"), of_job("2"), replace(of_job("3"), allow_failure=True)]
    known: dict[str, Mapping[str, Value]] = {
        each.id: {"status": word} for each, word in zip(steps, (*words, "failed"), strict=True)
    }
    assert jobs(tmp_path, *steps, told=known).variables(steps[0])["JOB_STATUS"] == status


@pytest.mark.parametrize(
    ("name", "text", "trouble"),
    [
        ("GITHUB_ENV", "nonsense\n", "line 1 is neither"),
        ("GITHUB_ENV", "A=x\0y\n", "the value of `A` holds a NUL character"),
        ("GITHUB_OUTPUT", "a<<EOF\nx\n", "has no end `EOF`"),
        ("GITHUB_OUTPUT", "a b=1\n", "`a b` cannot be a name"),
    ],
)
def test_what_is_malformed_is_named(name: str, text: str, trouble: str, tmp_path: Path) -> None:
    made = of_job("1")
    with pytest.raises(ValuesError, match=rf"`\${name}` cannot be used: .*") as error:
        told(jobs(tmp_path, made), made, **{name: text})
    assert trouble in str(error.value)


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    made = of_job("1")
    work = jobs(tmp_path, made)
    work.prepare(made)
    path = Path(work.variables(made)["GITHUB_PATH"])
    path.unlink()
    path.mkdir()
    with pytest.raises(ValuesError, match="`\\$GITHUB_PATH` cannot be used: it is no regular file"):
        work.take(made)
    work.tidy(made)


def test_files_are_made_before_and_removed_after_a_step(tmp_path: Path) -> None:
    made = of_job("1")
    work = jobs(tmp_path, made)
    work.prepare(made)
    work.prepare(made)
    found = work.variables(made)
    assert all(os.path.getsize(found[name]) == 0 for name in ("GITHUB_ENV", "GITHUB_STATE"))
    assert os.path.isdir(found["RUNNER_TEMP"])
    assert Path(found["GITHUB_EVENT_PATH"]).read_text() == "{}\n"
    work.tidy(made)
    work.close()
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_steps_of_jobs_leaves_everything_alone(tmp_path: Path) -> None:
    (tmp_path / "runner").mkdir()
    jobs(tmp_path).close()
    assert (tmp_path / "runner").exists()


def test_a_summary_stays_without_its_secrets(tmp_path: Path) -> None:
    made, masker = of_job("1"), Masker()
    masker.add("hidden-word")
    work = Jobs((made,), str(tmp_path), environ={}, usual={}, told_of=lambda _: None, masker=masker)
    told(work, made, GITHUB_STEP_SUMMARY="# It is hidden-word\n")
    (left,) = tmp_path.glob("*.md")
    assert "hidden-word" not in left.read_text()
    assert left.read_text().startswith("# It is ")


def test_steps_that_are_not_part_of_the_run_count_as_skipped() -> None:
    ended = Ended(lambda _: None)
    found = ended["x"]
    assert isinstance(found, Mapping)
    out = found["out"]
    assert isinstance(out, Mapping)
    assert (found["status"], out["y"], "y" in out, list(out), len(out)) == ("skipped", "", True, [], 0)
    assert ("x" in ended, list(ended), len(ended)) == (True, [], 0)
