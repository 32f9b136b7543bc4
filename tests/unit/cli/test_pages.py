"""A run and the runs before it on one page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.history import FakeHistory, past_attempt, past_run, stories, story
from tests.support.told_history import told_stories, write_history
from wfopt.cli import pages as module
from wfopt.cli.pages import newest_page, page_of, past_of
from wfopt.model.history import RunStory, Scope
from wfopt.render.html.past import PageHistory

TOLD = told_stories()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[RunStory | None, PageHistory | None]]:
    """What pages are made of, instead of pages."""
    made: list[tuple[RunStory | None, PageHistory | None]] = []

    def draw(run: RunStory | None, past: PageHistory | None) -> str:
        made.append((run, past))
        return "page"

    monkeypatch.setattr(module, "render_page", draw)
    return made


def test_what_the_past_has() -> None:
    past = past_of(FakeHistory(TOLD), Scope())
    assert [point.run_id for point in past.runs] == [each.run.run_id for each in TOLD]
    # What takes longest comes first.
    assert list(past.steps) == ["build", "test", "fetch"]
    assert len(past.steps["build"]) == len(TOLD)
    assert past.hit_rates["run-0002"] == 0.5
    assert past.hit_rates["run-0003"] == 0.0
    marks = {mark.step: mark for mark in past.trends}
    assert set(marks) == {None, "build"}
    assert marks["build"].since_run == "run-0030"
    assert marks["build"].after > 1.3 * marks["build"].before


def test_of_runs_without_a_cache_no_rate_is_known() -> None:
    assert past_of(FakeHistory(stories(3)), Scope()).hit_rates == {}


def test_only_the_steps_that_take_longest_are_shown() -> None:
    attempts = [past_attempt(f"s{number}", float(number + 1)) for number in range(20)]
    idle = past_attempt("idle")._replace(attempt=0, started_s=None, wall_s=None, cpu_s=None)
    past = past_of(FakeHistory([story("r1", [*attempts, idle])]), Scope())
    assert list(past.steps) == [f"s{number}" for number in range(19, 7, -1)]


def test_steps_are_ranked_by_what_one_attempt_takes() -> None:
    often = [past_attempt("often", 1.0, attempt=number) for number in range(1, 9)]
    past = past_of(FakeHistory([story("r1", [*often, past_attempt("rarely", 2.0)])]), Scope())
    assert list(past.steps) == ["rarely", "often"]


def test_a_step_that_never_ran_has_no_line() -> None:
    idle = past_attempt("idle")._replace(attempt=0, started_s=None, wall_s=None, cpu_s=None)
    assert past_of(FakeHistory([story("r1", [idle])]), Scope()).steps == {}


def test_a_page_has_the_runs_of_the_same_workflow(
    tmp_path: Path, drawn: list[tuple[RunStory, PageHistory]]
) -> None:
    write_history(tmp_path, [*stories(3), story(past_run("other", workflow="other.yml"))])
    assert page_of(story("now"), str(tmp_path / ".wfopt")) == "page"
    ((run, past),) = drawn
    assert run.run.run_id == "now"
    assert [point.run_id for point in past.runs] == ["run-0000", "run-0001", "run-0002"]


def test_without_a_history_there_is_no_past(
    tmp_path: Path, drawn: list[tuple[RunStory, PageHistory | None]]
) -> None:
    page_of(story("now"), str(tmp_path))
    (tmp_path / "history.db").write_bytes(b"no database" * 1000)
    page_of(story("now"), str(tmp_path))
    (_, none), (_, unreadable) = drawn
    assert none is not None
    assert none.runs == []
    assert unreadable is None


def test_the_page_of_the_newest_run(drawn: list[tuple[RunStory, PageHistory]]) -> None:
    newest_page(FakeHistory(TOLD), Scope(limit=5, branch="main"))
    ((run, past),) = drawn
    assert run == TOLD[-1]
    assert [point.run_id for point in past.runs][-1] == "run-0039"
    assert len(past.runs) == 5


def test_a_page_of_no_run(drawn: list[tuple[RunStory | None, PageHistory]]) -> None:
    newest_page(FakeHistory(), Scope(workflow="w.yml"))
    ((run, past),) = drawn
    assert (run, past.runs) == (None, [])


@pytest.mark.parametrize(("asked", "shown"), [(None, 1000), (5000, 1000), (3, 3)])
def test_a_page_has_so_many_runs_at_most(asked: int | None, shown: int) -> None:
    limits: list[int | None] = []

    class Noting(FakeHistory):
        def run_points(self, scope: Scope) -> list[object]:  # type: ignore[override]
            limits.append(scope.limit)
            return []

    newest_page(Noting(TOLD), Scope(limit=asked))
    assert limits == [shown]


def test_pages_are_real() -> None:
    assert newest_page(FakeHistory(TOLD), Scope()).startswith("<!doctype html>")
    assert newest_page(FakeHistory(), Scope()).startswith("<!doctype html>")
