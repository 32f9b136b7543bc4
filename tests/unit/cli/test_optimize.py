"""What `wfopt optimize` prints and writes, and its exit status."""

import json
import os
import re
import stat
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from tests.support.history import past_attempt, past_run, story
from tests.support.optimizing import SEQUENCE, Command, runner
from wfopt.api.optimize import optimize_file
from wfopt.cli import console as console_module
from wfopt.cli import optimize_showing
from wfopt.cli.optimize_options import OptimizeRequest, least_of
from wfopt.metrics.store import open_history, read_history
from wfopt.model.history import Host
from wfopt.optimizer.registry import PASSES

FIXTURES = Path(__file__).parents[2] / "fixtures" / "optimization"
OPTIMIZED = SEQUENCE.replace("- id: sort\n", "- id: sort\n    needs: []\n    ahead-of: [count]\n")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(SEQUENCE)
    (tmp_path / "notes.txt").write_text("b\na\n")
    monkeypatch.chdir(tmp_path)
    for name in ("LEVEL", "SKIP", "GOAL", "MIN_SAVING", "VERIFY_RUNS", "QUIET", "VERBOSE", "STATE_DIR"):
        monkeypatch.delenv(f"WFOPT_{name}", raising=False)
    return tmp_path


@pytest.fixture
def optimize(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    assert place.is_dir()
    command = runner(monkeypatch, capsys)
    return lambda *words, **environ: command("optimize", *words, **environ)


def remember(place: Path, **walls: float) -> None:
    """Let there be a history of one run in which steps took so many seconds."""
    (place / ".wfopt").mkdir(exist_ok=True)
    attempts = [past_attempt(step, wall_s=wall) for step, wall in walls.items()]
    run = past_run("r1", workflow="wfopt.yml", wall_s=sum(walls.values()), host=Host(name="here", cpus=2))
    with open_history(
        str(place / ".wfopt" / "history.db"), wall=lambda: 0.0, monotonic=lambda: 0.0, warn=lambda _: None
    ) as history:
        assert history.write(story(run, attempts))


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize("name", ["untimed", "timed"])
def test_each_format(
    name: str, output: str, optimize: Command, place: Path, expect: Callable[[str, Path], None]
) -> None:
    if name == "timed":
        remember(place, count=3.0, sort=2.0)
    done = optimize("--format", output, "-v")
    told = re.sub(r"[0-9.]+ ms", "[TIME]", re.sub(r'"seconds": [0-9.e-]+', '"seconds": 0', done.out))
    expect(told, FIXTURES / f"{name}.{'txt' if output == 'table' else 'json'}")
    assert (done.status, done.log) == (0, "")


def test_the_document_has_what_it_promises(optimize: Command) -> None:
    found = json.loads(optimize("--format", "json").out)
    assert found["schema"] == "wfopt.optimize/1"
    wanted = {"file", "level", "before", "after", "changes", "refused", "verified"}
    assert wanted <= found.keys()
    assert {"steps", "edges", "makespan_s", "basis"} <= found["before"].keys()
    assert found["verified"] is None
    (change,) = found["changes"]
    assert {"pass", "steps", "edge", "evidence", "why", "saving"} <= change.keys()
    assert change["edge"] == ["count", "sort"]
    assert found["before"]["makespan_s"] is None


def test_a_diff_stands_alone(optimize: Command) -> None:
    done = optimize("--diff")
    assert done.out.startswith("--- a/wfopt.yml\n+++ b/wfopt.yml\n@@")
    assert "saves 1 step" in done.log
    assert optimize("--diff", "-q").log == ""


def test_on_a_terminal_there_is_a_diff(optimize: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(StringIO):
        def isatty(self) -> bool:
            return True

    written = Screen()
    usual = console_module.console_for

    def on_screen(*arguments: object) -> object:
        console = usual(*arguments)  # type: ignore[arg-type]
        object.__setattr__(console, "out", written)
        return console

    monkeypatch.setattr("wfopt.cli.boundary.console_for", on_screen)
    assert optimize(TERM="dumb").status == 0
    assert "+    needs: []" in written.getvalue()
    written.truncate(0)
    assert optimize("--no-diff", TERM="dumb").status == 0
    assert "+    needs: []" not in written.getvalue()


def test_the_result_goes_to_another_file(optimize: Command, place: Path) -> None:
    done = optimize("-o", "new.yml", "-q")
    assert (done.status, done.out, done.log) == (0, "", "wrote new.yml\n")
    assert (place / "new.yml").read_text() == OPTIMIZED
    again = optimize("-o", "new.yml")
    assert again.status == 2
    assert "`-o new.yml`: the file exists" in again.log
    assert "could not be written" in optimize("-o", "notes.txt/x.yml").log


def test_the_result_goes_to_stdout_alone(optimize: Command) -> None:
    done = optimize("-o", "-")
    assert done.out == OPTIMIZED
    assert "saves 1 step" in done.log


def test_writing_keeps_a_copy(optimize: Command, place: Path) -> None:
    done = optimize("--write", "-q")
    assert (done.status, done.log) == (0, "wrote wfopt.yml; as it was, it is wfopt.yml.bak\n")
    assert (place / "wfopt.yml").read_text() == OPTIMIZED
    assert (place / "wfopt.yml.bak").read_text() == SEQUENCE
    assert optimize("--write", "-q").log == "wfopt.yml stays as it is\n"
    (place / "wfopt.yml").write_text(SEQUENCE)
    assert optimize("--write", "-q").log.endswith("wfopt.yml.bak2\n")


@pytest.mark.parametrize("ending", ["crlf", "bom", "no end"])
def test_the_form_of_the_file_stays(ending: str, optimize: Command, place: Path) -> None:
    change: Callable[[bytes], bytes] = {
        "crlf": lambda raw: raw.replace(b"\n", b"\r\n"),
        "bom": lambda raw: b"\xef\xbb\xbf" + raw,
        "no end": lambda raw: raw.rstrip(b"\n"),
    }[ending]
    (place / "wfopt.yml").write_bytes(change(SEQUENCE.encode()))
    assert optimize("--write", "-q").status == 0
    assert (place / "wfopt.yml").read_bytes() == change(OPTIMIZED.encode())


def test_permissions_and_links_stay(optimize: Command, place: Path) -> None:
    real = place / "real.yml"
    (place / "wfopt.yml").rename(real)
    real.chmod(0o640)
    (place / "wfopt.yml").symlink_to("real.yml")
    assert optimize("--write", "-q").status == 0
    assert (place / "wfopt.yml").is_symlink()
    assert real.read_text() == OPTIMIZED
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert (place / "real.yml.bak").read_text() == SEQUENCE


def test_a_file_that_changed_meanwhile_stays(
    optimize: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*arguments: object) -> object:
        found = optimize_file(*arguments)  # type: ignore[arg-type]
        (place / "wfopt.yml").write_text("# mine\n" + SEQUENCE)
        return found

    monkeypatch.setattr(optimize_showing, "optimize_file", meanwhile)
    done = optimize("--write", "-q")
    assert done.status == 2
    assert "has changed meanwhile: nothing was written" in done.log
    assert (place / "wfopt.yml").read_text() == "# mine\n" + SEQUENCE
    assert sorted(os.listdir(place)) == [".git", "notes.txt", "wfopt.yml"]


def test_a_disk_without_room(optimize: Command, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wfopt.api.optimize_writing.os.replace", full)
    done = optimize("--write", "-q")
    assert done.status == 2
    assert "could not be written: no space left on device" in done.log
    assert (place / "wfopt.yml").read_text() == SEQUENCE
    assert not list(place.glob("*.part"))


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 1),
        (("--min-saving", "40%"), 1),
        (("--min-saving", "50%"), 1),
        (("--min-saving", "51%"), 0),
        (("--skip", "drop-order-only-needs"), 0),
    ],
)
def test_a_check(words: tuple[str, ...], status: int, optimize: Command) -> None:
    assert optimize("--check", "-q", *words).status == status


def test_a_check_in_seconds(optimize: Command, place: Path) -> None:
    done = optimize("--check", "--min-saving", "1s", "-q")
    assert done.status == 0
    assert "run it first, or ask for a share" in done.log
    remember(place, count=3.0, sort=2.0)
    assert optimize("--check", "--min-saving", "2s", "-q") == (1, "", "")
    assert optimize("--check", "--min-saving", "2100ms", "-q") == (0, "", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--passes", "drop-order"), "did you mean `drop-order-only-needs`?"),
        (("--skip", "merge,drop-implied-need"), "there is no pass `drop-implied-need`"),
        (("--targets", "sorted"), "did you mean `sort`?"),
        (("--targets", "zzzzzz"), "`--targets` names `zzzzzz`, which does not exist"),
        (("--describe", "drop-implied"), "did you mean `drop-implied-needs`?"),
        (("--describe", "zzzzz"), "see `--list-passes`"),
        (("--level", "guessed"), "'guessed' is not one of"),
        (("--write", "-o", "x.yml"), "leave one out"),
        (("--min-saving", "3s"), "add `--check`"),
        (("--check", "--min-saving", "much"), "`--min-saving much`"),
        (("--check", "--min-saving", "x%"), "is no share from `0%` to `100%`"),
        (("--check", "--min-saving", "101%"), "is no share from `0%` to `100%`"),
        (("--assume", "enable-cache"), "add `--level assumed`"),
        (("--from", "gitlub"), "`--from gitlub`"),
        (("nothing.yml",), "there is no file `nothing.yml`"),
        (("nothing", "--write"), "there is no file `nothing`"),
        (("--skip", "merge"), "did you mean `merge-duplicate-steps`?"),
        (("--skip", "drop"), "there are: `remove-dead-steps`, "),
        (("--describe", "dead"), "did you mean `remove-dead-steps`?"),
        (("--passes", "enable-cache"), "add `--level assumed`"),
        (("--passes", "enable-cache", "--level", "observed"), "and the level is `observed`"),
        (("--passes", "drop-order-only-needs,fuse-short-steps"), "add `--level observed`"),
        (("--passes", "set-timeouts", "--level", "observed", "--skip", "set-timeouts"), "leave one out"),
    ],
)
def test_what_is_wrong_is_said(words: tuple[str, ...], told: str, optimize: Command) -> None:
    done = optimize(*words)
    assert (done.status, done.out) == (2, "")
    assert told in done.log


def test_without_a_file_the_only_one_is_meant(optimize: Command, place: Path) -> None:
    (place / "other.wfopt.yml").write_text(SEQUENCE)
    assert "this folder has several workflows" in optimize().log
    (place / "other.wfopt.yml").unlink()
    (place / "wfopt.yml").unlink()
    assert "this folder has no `wfopt.yml`" in optimize().log


def test_a_broken_file(optimize: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(SEQUENCE.replace("id: sort", "id: count"))
    done = optimize()
    assert (done.status, done.out) == (2, "")
    assert "error[WF004]" in done.log


def test_passes_are_chosen(optimize: Command) -> None:
    def ran(*words: str, **environ: str) -> list[str]:
        found = json.loads(optimize("--format", "json", *words, **environ).out)
        return [each["name"] for each in found["passes"]]

    declared = [each.name for each in PASSES if each.level.value == "declared"]
    assert ran() == declared
    assert ran("--passes", "drop-implied-needs, remove-dead-steps") == [
        "remove-dead-steps",
        "drop-implied-needs",
    ]
    assert ran("--skip", ",".join(declared[1:])) == declared[:1]
    assert ran(WFOPT_SKIP=" ".join(declared[1:])) == declared[:1]
    assert ran("--level", "assumed") == [each.name for each in PASSES]
    assert ran(WFOPT_LEVEL="assumed", WFOPT_GOAL="cpu") == [
        each.name for each in PASSES if each.name not in {"drop-order-only-needs", "right-size-resources"}
    ]


def test_assumptions_need_consent(optimize: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(
        SEQUENCE.replace("effects: []\n\n", "effects: [time]\n\n"),
    )
    refused = optimize("--level", "assumed", "--no-diff")
    assert "allow it with `--level assumed --assume enable-cache`" in refused.out.replace("\n", " ")
    assert "+    cache: true" in optimize("--level", "assumed", "--assume", "enable-cache", "--diff").out


def test_targets_make_the_rest_dead(optimize: Command) -> None:
    assert "`count` is left out" in optimize("--targets", "sort").out


def test_targets_of_the_file_stay(optimize: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(SEQUENCE.replace("steps:", "targets: [count]\nsteps:"))
    assert "`sort` is left out" in optimize().out
    assert "is left out" not in optimize("--targets", "sort").out


def test_config_and_variables_set_options(optimize: Command, place: Path) -> None:
    (place / "pyproject.toml").write_text('[tool.wfopt]\nskip = ["drop-order-only-needs"]\n')
    assert "nothing to change" in optimize().out
    (place / "pyproject.toml").write_text('[tool.wfopt]\nmin-saving = "51%"\n')
    assert optimize("--check", "-q").status == 0
    assert optimize("-q").status == 0


def test_passes_are_listed_and_described(optimize: Command, place: Path) -> None:
    (place / "wfopt.yml").unlink()
    listed = optimize("--list-passes").out.splitlines()
    assert [line.split()[:2] for line in listed] == [[each.name, each.level.value] for each in PASSES]
    for each in PASSES:
        told = optimize("--describe", each.name).out
        assert told.startswith(f"{each.name} (level {each.level.value})\n\n")
        assert "Before:" in told


def test_explaining_shows_the_plan_although_nothing_changes(optimize: Command) -> None:
    done = optimize("--explain", "-q", "--skip", "drop-order-only-needs")
    assert "nothing to change" in done.out
    assert "makespan, 2 slots" in done.out
    assert "makespan, 2 slots" not in optimize("--skip", "drop-order-only-needs").out


def test_params_need_no_values(optimize: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(SEQUENCE + "params: { who: { type: str, required: true } }\n")
    assert optimize().status == 0
    done = optimize("--verify")
    assert done.status == 2
    assert "param `who` has no value" in done.log


def test_included_steps_stay(optimize: Command, place: Path) -> None:
    part = SEQUENCE.replace("count.txt", "n.txt").replace("sorted.txt", "s.txt")
    (place / "part.yml").write_text(part)
    (place / "wfopt.yml").write_text("wfopt: 1\ninclude: [{ path: part.yml, as: part }]\n")
    done = optimize("--diff", "-v")
    assert (done.status, done.out) == (0, "")


def test_other_formats_are_not_written(optimize: Command, place: Path) -> None:
    (place / "Taskfile.yml").write_text("version: '3'\ntasks:\n  a:\n    cmds: [echo a]\n")
    assert optimize("Taskfile.yml").status == 0
    done = optimize("Taskfile.yml", "--write")
    assert done.status == 2
    assert "`taskfile`" in done.log


def test_control_characters_do_no_harm(optimize: Command, place: Path) -> None:
    text = SEQUENCE.replace("# both", "# \u202e both").replace("sort notes", "sort '\\x1b[2J' notes")
    (place / "evil\x1b[2J.yml").write_text(text)
    done = optimize("evil\x1b[2J.yml", "-v")
    assert done.status == 0
    assert "\x1b" not in done.out + done.log


def test_trust_scales_what_is_expected(
    optimize: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(place, count=3.0, sort=2.0)
    monkeypatch.setattr("wfopt.api.optimize.trust_of", lambda *_: {"drop-order-only-needs": 0.5})
    found = json.loads(optimize("--format", "json").out)
    assert (found["saving"]["time_s"], found["saving"]["share"]) == (1.0, 0.2)
    told = optimize("--no-diff").out
    assert "saves 1.00 s of the makespan (2.00 s, but 50 % of such promises came true so far)" in told


def test_what_was_written_is_noted(optimize: Command, place: Path) -> None:
    remember(place, count=3.0, sort=2.0)
    assert optimize("--write", "-q").status == 0
    with read_history(str(place / ".wfopt" / "history.db")) as history:
        (noted,) = history.rewrites("wfopt.yml")
    assert noted.passes == ("drop-order-only-needs",)
    assert noted.predicted_saving_s == pytest.approx(2.0)


def test_the_least_saving_is_optional() -> None:
    assert least_of(OptimizeRequest()) is None
