"""What `wfopt stats` prints, and its exit status."""

import csv
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.history import past_run, story
from tests.support.portraits import untouched
from tests.support.powers import bound_by_bits
from tests.support.told_history import (
    NOW,
    SOUTH,
    WORKFLOW,
    moved,
    told_rewrite,
    told_stories,
    write_history,
)
from wfopt.cli import stats_showing
from wfopt.cli.boundary import guarded

FIXTURES = Path(__file__).parents[2] / "fixtures" / "stats"
TWINS = ("SINCE", "BRANCH", "LIMIT", "GATE", "GATE_FLOOR", "STATE_DIR", "WORKSPACE")
VIEWS = ("runs", "trend", "resources", "cache", "optimization", "health")


class Done(NamedTuple):
    status: int
    out: str
    log: str


Stats = Callable[..., Done]


class FrozenClock:
    def wall(self) -> float:
        return NOW


class Disk(NamedTuple):
    f_bavail: int = 80 << 18
    f_blocks: int = 250 << 18
    f_frsize: int = 4096


@pytest.fixture
def stats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Stats]:
    """Run `wfopt stats` with some words in a workspace; named values are the environment."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stats_showing, "SystemClock", FrozenClock)
    monkeypatch.setattr(os, "statvfs", lambda _: Disk())
    for name in TWINS:
        monkeypatch.delenv(f"WFOPT_{name}", raising=False)

    def run(*words: str, **environ: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["wfopt", "stats", *words])
        with monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            status = guarded(dict(environ))
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A history with something to tell, as the content of its file."""
    folder = tmp_path_factory.mktemp("told")
    return write_history(folder, told_stories(), [told_rewrite()]).read_bytes()


@pytest.fixture
def place(tmp_path: Path, told: bytes) -> Path:
    """A workspace with that history and its workflow file."""
    (tmp_path / "wfopt.yml").write_text(WORKFLOW)
    (tmp_path / ".wfopt").mkdir()
    (tmp_path / ".wfopt" / "history.db").write_bytes(told)
    return tmp_path


def steady(text: str) -> str:
    """Return text without the size of the database, which depends on the version of SQLite."""
    return re.sub(r"(40 runs), [0-9.]+ KiB", r"\1, 99 KiB", text)


@pytest.mark.parametrize("name", ["overview", *VIEWS, "step", "compare-runs", "compare-branches"])
@pytest.mark.parametrize("output", ["table", "json", "csv", "markdown"])
def test_each_view_in_each_format(
    name: str, output: str, stats: Stats, place: Path, expect: Callable[[str, Path], None]
) -> None:
    words = {
        "overview": (),
        "step": ("--step", "build"),
        "compare-runs": ("--compare", "last~1", "last"),
        "compare-branches": ("--compare", "feature/fast", "main"),
    }.get(name, (f"--{name}",))
    done = stats(*words, "--format", output, COLUMNS="80")
    assert (done.status, done.log) == (0, "")
    ending = {"table": "txt", "markdown": "md"}.get(output, output)
    expect(steady(done.out), FIXTURES / f"{name}.{ending}")


@pytest.mark.parametrize("name", ["overview", *VIEWS])
def test_lines_fit_into_80_columns(name: str, stats: Stats, place: Path) -> None:
    words = () if name == "overview" else (f"--{name}",)
    assert max(map(len, stats(*words, COLUMNS="80").out.splitlines())) <= 80


def test_nothing_is_cut_where_nobody_looks(stats: Stats, place: Path) -> None:
    assert "…" in stats("--step", "build", COLUMNS="70").out
    assert "…" not in stats("--step", "build").out
    assert "input src/main.c changed" in stats("--step", "build").out


def test_colors(stats: Stats, place: Path) -> None:
    assert "\x1b[1;33mslower\x1b[0m" in stats(FORCE_COLOR="1").out
    assert "\x1b" not in stats().out


def test_the_document_has_the_promised_fields(stats: Stats, place: Path) -> None:
    document = json.loads(stats("--format", "json").out)
    assert document["schema"] == "wfopt.stats/1"
    assert document.keys() >= {
        *("runs", "success_rate", "wall_s", "cache", "utilization", "steps", "trends"),
        *("optimization", "prediction", "health"),
    }
    assert list(document["wall_s"]) == ["p50", "p90", "mean", "stddev"]
    assert list(document["cache"]) == ["hits", "misses", "hit_rate", "bytes", "saved_s"]
    assert document["utilization"].keys() >= {"cpu", "memory"}
    assert document["trends"][0].keys() >= {"step", "metric", "before", "after", "ratio", "since_run"}
    assert document["optimization"].keys() >= {"runs", "predicted_saving_s", "measured_saving_s"}
    assert document["prediction"].keys() >= {"median_ape", "coverage"}
    assert document["health"].keys() == {"status", "checks"}


@pytest.mark.parametrize("name", ["overview", *VIEWS])
def test_without_a_history_nothing_is_invented_or_made(name: str, stats: Stats, tmp_path: Path) -> None:
    words = () if name == "overview" else (f"--{name}",)
    done = stats(*words, "--gate", "wall p50 +10%")
    assert (done.status, done.log) == (0, "")
    assert ("no run is remembered yet: `wfopt run` adds one" in done.out) == (name != "health")
    document = json.loads(stats(*words, "--format", "json").out)
    assert document["runs"] == 0
    assert document["success_rate"] is None
    assert document["wall_s"] == {"p50": None, "p90": None, "mean": None, "stddev": None}
    assert document["cache"] == {"hits": 0, "misses": 0, "hit_rate": None, "bytes": 0, "saved_s": 0}
    assert document["prediction"] == {
        "runs": 0,
        "median_ape": None,
        "coverage": None,
        "over_time": [],
    }
    assert sorted(each.name for each in tmp_path.iterdir()) == [".git"]


@pytest.mark.parametrize("name", ["overview", *VIEWS])
def test_looking_changes_nothing(name: str, stats: Stats, place: Path, told: bytes) -> None:
    assert stats(*(() if name == "overview" else (f"--{name}",))).status == 0
    assert sorted(each.name for each in place.iterdir()) == [".git", ".wfopt", "wfopt.yml"]
    assert [each.name for each in (place / ".wfopt").iterdir()] == ["history.db"]
    assert (place / ".wfopt" / "history.db").read_bytes() == told


@pytest.mark.parametrize("name", ["overview", *VIEWS])
def test_a_history_that_cannot_be_written_can_be_read(name: str, stats: Stats, place: Path) -> None:
    (place / ".wfopt" / "history.db").chmod(0o444)
    (place / ".wfopt").chmod(0o555)
    before = untouched(place)
    with bound_by_bits():
        assert stats(*(() if name == "overview" else (f"--{name}",))).status == 0
    assert untouched(place) == before
    (place / ".wfopt").chmod(0o755)


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        ((), 40),
        (("--limit", "7"), 7),
        (("--branch", "feature/fast"), 10),
        (("--host", "north"), 40),
        (("--host", "elsewhere"), 0),
        (("--since", "5h"), 5),
        (("--since", "2026-01-03T08:00:00+00:00"), 11),
        (("--since", "2040-01-01"), 0),
    ],
)
def test_filters(words: tuple[str, ...], runs: int, stats: Stats, place: Path) -> None:
    done = stats(*words, "--format", "json")
    assert (done.status, json.loads(done.out)["runs"]) == (0, runs)


def test_a_date_is_local_time(stats: Stats, place: Path) -> None:
    midnight = datetime(2026, 1, 3).timestamp()  # noqa: DTZ001 - that is the point
    later = sum(each.run.started_at >= midnight for each in told_stories())
    assert json.loads(stats("--since", "2026-01-03", "--format", "json").out)["runs"] == later


def test_filters_that_leave_nothing_say_so(stats: Stats, place: Path) -> None:
    done = stats("--host", "elsewhere")
    assert done.out == (
        "wfopt.yml: 0 runs on host elsewhere\n\nnone of the 40 runs in the history is among these\n"
    )


@pytest.mark.parametrize(
    ("words", "environ", "message"),
    [
        (("--runs", "--trend"), {}, "`--runs` and `--trend` are different views"),
        (("--since", "yesterday"), {}, "`--since yesterday`: neither a duration nor a date"),
        (("--since", "7x"), {}, "`--since 7x`: `x` is not a unit of time"),
        (("--since", "0001-01-01"), {}, "`--since 0001-01-01`: neither a duration nor a date"),
        (("--limit", "0"), {}, "`--limit 0` is not a number of runs"),
        (("--limit", "many"), {}, "`--limit many` is not a number of runs"),
        ((), {"WFOPT_LIMIT": "-1"}, "`--limit -1` is not a number of runs"),
        (("--gate-floor", "5"), {}, "`--gate-floor 5`: `5` has no unit"),
        (("nothing",), {}, "`nothing` is no workflow file"),
        ((".wfopt",), {}, "`.wfopt` is no workflow file"),
        (("wfop.yml",), {}, "`wfop.yml` does not exist, and no run of it is remembered"),
        (("--workspace", "none"), {}, "`--workspace none` is not a folder"),
        (("--step", "biuld"), {}, "`--step biuld`: no run has a step `biuld`"),
        (("--gate", "step:biuld wall p50 +1%"), {}, "no run has a step `biuld`"),
        (("--compare", "last", "last~40"), {}, "`--compare last~40`: there are only 40 runs"),
        (("--compare", "run-0", "last"), {}, "`--compare run-0`: 40 runs start like that"),
        (("--compare", "aa0", "last"), {}, "no run, commit or branch is called `aa0`"),
        (("--compare", "fature/fast", "last"), {}, "did you mean `feature/fast`?"),
        (("--compare", "", "last"), {}, "no run, commit or branch is called ``"),
    ],
)
def test_what_cannot_be_used(
    words: tuple[str, ...], environ: dict[str, str], message: str, stats: Stats, place: Path
) -> None:
    done = stats(*words, **environ)
    assert (done.status, done.out) == (2, "")
    assert message in done.log


def test_a_gate_that_cannot_be_read_is_pointed_at(stats: Stats, place: Path) -> None:
    done = stats("--gate", "wall p5 +10%", "--gate", "wall p50 10%")
    assert done.status == 2
    assert done.log == (
        "error[WF600]: `p5` is not a stat\n"
        " --> --gate:1:6\n"
        "  |\n"
        "1 | wall p5 +10%\n"
        "  |      ^^\n"
        "  |\n"
        "  = hint: did you mean `p50`?\n"
        "\n"
        "error[WF600]: `10%` is not a rise\n"
        " --> --gate:1:10\n"
        "  |\n"
        "1 | wall p50 10%\n"
        "  |          ^^^\n"
        "  |\n"
        "  = hint: write a percentage with its sign: `+10%`\n"
        "\n"
        "2 errors\n"
    )


def test_gates_that_trip(stats: Stats, place: Path, expect: Callable[[str, Path], None]) -> None:
    words = ("--gate", "step:build wall p50 +10%", "--gate", "wall p90 +10%", "--gate", "cpu mean +50%")
    done = stats("--runs", *words, GITHUB_ACTIONS="true", COLUMNS="80")
    assert done.status == 1
    expect(done.out, FIXTURES / "gates.txt")
    expect(done.log, FIXTURES / "gates.log")
    gates = json.loads(stats(*words, "--format", "json").out)["gates"]
    assert [(gate["gate"], gate["tripped"]) for gate in gates] == [
        ("step:build wall p50 +10%", True),
        ("wall p90 +10%", False),
        ("cpu mean +50%", False),
    ]


def test_a_gate_whose_step_is_gone_names_the_file(stats: Stats, place: Path) -> None:
    (place / "wfopt.yml").write_text("wfopt: 1\nsteps: {other: {run: x}}\n")
    log = stats("--gate", "step:build wall p50 +10%").log
    assert "\n --> wfopt.yml\n" in log
    (place / "wfopt.yml").write_text("steps: [")
    assert stats("--gate", "step:build wall p50 +10%").log == log
    (place / "wfopt.yml").unlink()
    done = stats("--gate", "step:build wall p50 +10%")
    assert (done.status, "-->" in done.log) == (1, False)


def test_the_floor_of_gates(stats: Stats, place: Path) -> None:
    gate = ("--gate", "step:build wall p50 +10%")
    assert stats(*gate, "--gate-floor", "2s").status == 1
    assert stats(*gate, "--gate-floor", "1h").status == 0
    assert stats(*gate, "--gate-floor", "1TiB").status == 1


def test_variables_and_the_config_set_options(stats: Stats, place: Path) -> None:
    gates = "step:build wall p50 +10%; wall p90 +999%"
    done = stats("--format", "json", WFOPT_GATE=gates, WFOPT_LIMIT="36", WFOPT_HOST="a-name")
    assert (done.status, [gate["tripped"] for gate in json.loads(done.out)["gates"]]) == (1, [True, False])
    (place / ".wfopt.toml").write_text('gate = ["wall p90 +999%"]\nlimit = 3\nbranch = "main"\n')
    document = json.loads(stats("--format", "json").out)
    assert (document["runs"], len(document["gates"])) == (3, 1)
    assert document["filters"]["branch"] == "main"
    assert json.loads(stats("--format", "json", "--limit", "9").out)["runs"] == 9


def test_a_history_that_cannot_be_read(stats: Stats, place: Path) -> None:
    (place / ".wfopt" / "history.db").write_bytes(b"something else entirely" * 100)
    for name in ("overview", *VIEWS):
        done = stats(*(() if name == "overview" else (f"--{name}",)))
        assert done.status == 2
        assert "error[WF517]: the history " in done.log
        assert ("history  unhealthy: cannot be read: " in done.out) == (name == "health")


def test_several_machines(stats: Stats, tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(WORKFLOW)
    runs = [each if number % 4 else moved(each, host=SOUTH) for number, each in enumerate(told_stories())]
    write_history(tmp_path, runs)
    shown = stats().out
    assert "these runs are of north and south: trends and gates never compare two machines" in " ".join(
        shown.split()
    )
    assert "build      slower" in shown
    assert " north\n" in shown
    assert "gates (on north)" in stats("--gate", "wall p50 +999%").out
    assert "--host NAME" in stats("--runs").out
    assert "--host NAME" not in stats("--runs", "--host", "south").out
    assert "different machines" in stats("--compare", "run-0036", "last").out
    assert "different machines" not in stats("--compare", "run-0032", "run-0036").out


def test_several_workflows(stats: Stats, tmp_path: Path) -> None:
    other = [story(past_run(f"x{number}", workflow="ci.wfopt.yml"), []) for number in range(3)]
    write_history(tmp_path, [*told_stories()[:12], *other])
    shown = stats(COLUMNS="80").out
    assert shown.startswith("all workflows: 15 runs\n")
    assert re.search(r"^wfopt\.yml +12 +92 % ", shown, re.MULTILINE)
    assert re.search(r"^ci\.wfopt\.yml +3 +100 % ", shown, re.MULTILINE)
    assert stats("--runs").status == 0
    for words in (("--trend",), ("--step", "build"), ("--compare", "a", "b"), ("--gate", "wall p50 +1%")):
        done = stats(*words)
        assert (done.status, done.out) == (2, "")
        assert "is about one workflow, and the history has 2: `ci.wfopt.yml`, `wfopt.yml`" in done.log
    assert json.loads(stats("wfopt.yml", "--format", "json").out)["runs"] == 12
    (tmp_path / "other.yml").write_text("")
    assert stats("other.yml", COLUMNS="200").out.endswith(
        "\n\nno run of `other.yml` is remembered yet; there are runs of `ci.wfopt.yml`, `wfopt.yml`\n"
    )


def test_the_only_workflow_of_the_history_is_meant(stats: Stats, place: Path) -> None:
    (place / "wfopt.yml").unlink()
    assert stats().out.startswith("wfopt.yml: 40 runs\n")
    assert stats("--trend").status == 0


def test_another_folder(stats: Stats, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "below").mkdir()
    monkeypatch.chdir(place / "below")
    assert stats("../wfopt.yml").out.startswith("wfopt.yml: 40 runs\n")
    assert stats("-C", "..").out.startswith("wfopt.yml: 40 runs\n")
    monkeypatch.chdir(place / "below")
    assert stats("--state-dir", "../.wfopt").out.startswith("wfopt.yml: 40 runs\n")
    assert stats("--workspace", "..").out.startswith("wfopt.yml: 40 runs\n")


def test_tables_for_other_programs_have_plain_numbers(stats: Stats, place: Path) -> None:
    rows = list(csv.DictReader(stats("--format", "csv").out.splitlines()))
    assert [row["id"] for row in rows] == ["build", "test", "fetch"]
    assert all(float(row["mean_s"]) > 0 for row in rows)


def test_names_are_completed(
    stats: Stats, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def offered(line: str) -> list[str]:
        variables = {
            "_WFOPT_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["wfopt"])
        assert guarded(variables) == 0
        return capsys.readouterr().out.split()

    assert offered("wfopt stats --step ") == ["fetch", "build", "test"]
    assert offered("wfopt stats --step t") == ["test"]
    assert offered("wfopt stats --branch ") == ["main", "feature/fast"]
    assert offered("wfopt stats --host ") == ["north"]
    assert offered("wfopt stats --compare last") == ["last", "last~1"]
    assert offered("wfopt stats w") == ["wfopt.yml"]
    (place / ".wfopt" / "history.db").write_bytes(b"something else entirely" * 100)
    assert offered("wfopt stats --step ") == []


def test_what_cannot_be_told_is_null(stats: Stats, tmp_path: Path) -> None:
    write_history(tmp_path, [story(past_run("r1", cpu_s=0.0, foreseen=None), [])])
    document: dict[str, Any] = json.loads(stats("--format", "json").out)
    assert document["utilization"] == dict.fromkeys(document["utilization"])
    assert document["wall_s"]["stddev"] is None


def test_a_page_is_written_and_said_where(stats: Stats, place: Path) -> None:
    done = stats("--html", "out/page.html")
    assert done == (0, "", "wrote out/page.html\n")
    page = (place / "out" / "page.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "run-0039" in page


def test_a_page_has_the_runs_that_are_asked_for(stats: Stats, place: Path) -> None:
    stats("--html", "page.html", "--limit", "3")
    page = (place / "page.html").read_text()
    assert ("run-0037" in page, "run-0036" in page) == (True, False)


def test_a_page_that_cannot_be_written_is_an_error(stats: Stats, place: Path) -> None:
    done = stats("--html", ".")
    assert (done.status, done.out) == (2, "")
    assert "`--html .` could not be written: is a directory" in done.log


def test_gates_count_for_a_page_too(stats: Stats, place: Path) -> None:
    done = stats("--html", "page.html", "--gate", "step:build wall p50 +10%")
    assert (done.status, done.out) == (1, "")
    assert done.log.startswith("wrote page.html\nerror[WF518]: wall p50 of `build` went from ")
    assert stats("--html", "page.html", "--gate", "step:build wall p50 +90%").status == 0


def test_a_page_of_a_history_that_cannot_be_read(stats: Stats, place: Path) -> None:
    (place / ".wfopt" / "history.db").write_bytes(b"no database" * 1000)
    done = stats("--html", "page.html")
    assert (done.status, done.out) == (2, "")
    assert done.log.startswith("error[WF517]")
    assert not (place / "page.html").exists()
