"""Builds out of the log of Ninja."""

from __future__ import annotations

import pytest

from wfopt.codes import UNSUPPORTED_VERSION
from wfopt.errors import UserError
from wfopt.formats.history.ninja import read_ninja_log
from wfopt.formats.history.records import Problems
from wfopt.model.history import RunStory
from wfopt.source import SourceFile

Row = tuple[int, int, int, str, str]


def read(*rows: Row, version: int = 7, name: str = "out/.ninja_log") -> tuple[RunStory, ...]:
    lines = [f"# ninja log v{version}", *("\t".join(map(str, row)) for row in rows), ""]
    return read_ninja_log(SourceFile(name, "\n".join(lines)), Problems(name))


def steps(story: RunStory) -> list[str]:
    return [each.step for each in story.attempts]


def test_what_takes_long_starts_early_and_is_written_late() -> None:
    (build,) = read((0, 100, 0, "a", "1"), (100, 200, 0, "b", "2"), (5, 600, 0, "c", "3"))
    assert steps(build) == ["a", "b", "c"]
    assert build.run.wall_s == 0.6
    assert build.run.slots == 2


def test_a_build_starts_where_the_end_goes_back() -> None:
    builds = read((0, 300, 0, "a", "1"), (0, 299, 0, "b", "2"), (0, 299, 0, "c", "3"))
    assert [steps(each) for each in builds] == [["a"], ["b", "c"]]


def test_a_build_starts_where_an_output_comes_again() -> None:
    builds = read((0, 300, 0, "a", "1"), (300, 400, 0, "a", "1"), (400, 500, 0, "b", "2"))
    assert [steps(each) for each in builds] == [["a"], ["a", "b"]]


def test_outputs_of_one_command_are_one_step() -> None:
    (build,) = read((0, 300, 0, "x.h", "1"), (0, 300, 0, "x.c", "1"), (0, 300, 0, "y.c", "2"))
    assert steps(build) == ["x.c", "y.c"]


@pytest.mark.parametrize(
    ("version", "stamp", "started_at"),
    [
        (7, 1_740_823_200_500_000_000, 1_740_823_200.0),
        (6, 1_740_823_200_500_000_000, 1_740_823_200.0),
        (5, 1_740_823_201_500_000_000, 1_740_823_200.0),
        (5, 1_740_823_202, 1_740_823_200.5),
        (7, 0, 0.0),
        (7, -1, 0.0),
        (7, 99_999_999_999_999_999, 99_999_999.5),
        (7, 9_999_999_999_999_999_999, 0.0),
        (5, 1, 0.0),
    ],
)
def test_time_stamps_tell_when_a_build_started(version: int, stamp: int, started_at: float) -> None:
    (build,) = read((500, 1500, stamp, "a", "1"), version=version)
    assert build.run.started_at == pytest.approx(started_at)


def test_one_old_time_stamp_does_not_matter() -> None:
    now = 1_740_823_200_000_000_000
    (build,) = read((0, 10, now, "a", "1"), (0, 20, 77, "b", "2"), (0, 30, now, "c", "3"))
    assert build.run.started_at == 1_740_823_200.0


def test_builds_follow_one_another() -> None:
    later = 1_740_823_200_000_000_000
    first, second = read((0, 2000, later, "a", "1"), (0, 1000, 1_000_000_000_000_000_000, "a", "1"))
    assert second.run.started_at == first.run.started_at + 2.0


def test_a_longer_log_repeats_the_builds_of_a_shorter_one() -> None:
    rows: list[Row] = [(0, 300, 0, "a", "1"), (0, 200, 0, "a", "1"), (0, 100, 0, "a", "1")]
    before = [each.run.run_id for each in read(*rows[:2])]
    assert [each.run.run_id for each in read(*rows)][:2] == before


def test_a_log_that_was_written_anew_is_one_run() -> None:
    mixed = [(0, 100 + (number * 37) % 100, 0, f"o{number}", "1") for number in range(30)]
    builds = read(*mixed, (0, 50, 0, "o3", "1"), (0, 60, 0, "o4", "1"))
    assert [len(each.attempts) for each in builds] == [30, 2]


def test_a_log_may_hold_nothing_but_what_was_written_anew() -> None:
    (run,) = read(*[(0, 100 + (number * 37) % 100, 0, f"o{number}", "1") for number in range(30)])
    assert run.run.wall_s == pytest.approx(0.199)


def test_a_large_first_build_is_in_order() -> None:
    rows = [(0, 100 + number, 0, f"o{number}", "1") for number in range(30)]
    assert [len(each.attempts) for each in read(*rows, (0, 50, 0, "new", "1"))] == [30, 1]


def test_a_line_that_was_not_finished_is_dropped() -> None:
    source = SourceFile("f", "# ninja log v5\n0\t1\t0\ta\tff\n0\t2\t0\tb\tf")
    (build,) = read_ninja_log(source, Problems("f"))
    assert steps(build) == ["a"]


@pytest.mark.parametrize("version", [4, 8, 55])
def test_other_versions_are_refused(version: int) -> None:
    with pytest.raises(UserError) as caught:
        read((0, 1, 0, "a", "1"), version=version)
    assert [each.code for each in caught.value.diagnostics] == [UNSUPPORTED_VERSION]


def test_the_build_file_stands_beside_the_log() -> None:
    assert read((0, 1, 0, "a", "1"))[0].run.workflow == "out/build.ninja"
    assert read((0, 1, 0, "a", "1"), name=".ninja_log")[0].run.workflow == "build.ninja"
