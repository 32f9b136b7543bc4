"""What `wfopt analyze` prints and writes, and its exit status."""

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest

from tests.support.analyses import CHECKS, TEXT, UNTIMED
from tests.support.portraits import portrait
from tests.support.sarif_schema import SARIF
from wfopt.api.analyze import analyze as analyze_api
from wfopt.cli import analyze_showing
from wfopt.cli.boundary import guarded

FIXTURES = Path(__file__).parents[2] / "fixtures" / "analysis"
TWINS = (
    *("SELECT", "IGNORE", "SEVERITY", "MIN_SAVING", "FAIL_ON", "FROM", "UNSAFE_FIXES", "BASELINE", "JOBS"),
    *("CPUS", "STRATEGY", "HOST", "WORKSPACE", "STATE_DIR", "QUIET", "VERBOSE"),
)
ENDINGS = {
    "table": "txt",
    "json": "json",
    "sarif": "sarif",
    "github": "log",
    "gitlab": "gitlab.json",
    "markdown": "md",
}


class Done(NamedTuple):
    status: int
    out: str
    log: str


Analyze = Callable[..., Done]


@pytest.fixture
def analyze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Analyze:
    """Run `wfopt analyze` in a repository, on two cpus, with checks that are made up."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(analyze_showing, "analyze", partial(analyze_api, checks=CHECKS))
    for name in TWINS:
        monkeypatch.delenv(f"WFOPT_{name}", raising=False)

    def run(*words: str, **environ: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["wfopt", "analyze", *words])
        with monkeypatch.context() as patch:
            for name, value in {"WFOPT_JOBS": "2", **environ}.items():
                patch.setenv(name, value)
            status = guarded({"WFOPT_JOBS": "2", **environ})
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run


def codes(done: Done) -> list[str]:
    document = json.loads(done.out)
    files = document.get("files", [document])
    return [finding["code"] for file in files for finding in file["findings"]]


@pytest.mark.parametrize("output", list(ENDINGS))
@pytest.mark.parametrize("name", ["one", "folder"])
def test_each_format(
    output: str, name: str, analyze: Analyze, tmp_path: Path, expect: Callable[[str, Path], None]
) -> None:
    if name == "folder":
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "untimed.yml").write_text(UNTIMED)
        (tmp_path / "b" / "broken.yml").write_text("wfopt: 1\nsteps: {a: {run: echo, needs: [b]}}\n")
        (tmp_path / "b" / "pod.yml").write_text("kind: Pod\n")
    done = analyze("wfopt.yml" if name == "one" else ".", "--format", output)
    assert done.status == (1 if name == "one" else 2)
    assert done.log.startswith("error[WF050]: " if name == "folder" else "")
    assert name == "folder" or not done.log
    expect(done.out, FIXTURES / f"{name}.{ENDINGS[output]}")
    if output in {"json", "sarif", "gitlab"}:
        json.loads(done.out)


def test_everything_about_one_file(analyze: Analyze, expect: Callable[[str, Path], None]) -> None:
    expect(analyze("wfopt.yml", "-v").out, FIXTURES / "verbose.txt")


@pytest.mark.parametrize("words", [("wfopt.yml",), (".",)])
def test_sarif_is_what_its_schema_says(words: Sequence[str], analyze: Analyze, tmp_path: Path) -> None:
    (tmp_path / "bröken file.yml").write_text("wfopt: 1\nsteps: {a: {run: echo, needs: [b]}}\n")
    (tmp_path / "more.yml").write_text(UNTIMED)
    done = analyze(*words, "--format", "sarif")
    jsonschema.validate(json.loads(done.out), SARIF)
    assert len(json.loads(done.out)["runs"][0]["results"]) == (2 if words == ("wfopt.yml",) else 4)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 1),
        (("--fail-on", "error"), 1),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "never"), 0),
        (("--ignore", "WF301"), 0),
        (("--ignore", "no-timeout", "--fail-on", "warning"), 1),
        (("--select", "WF203"), 0),
        (("--select", "WF2,WF301"), 1),
        (("--ignore", "WF2", "--ignore", "WF3", "--fail-on", "note"), 0),
        (("--severity", "error", "--ignore", "WF301", "--fail-on", "note"), 0),
        (("--min-saving", "73s", "--fail-on", "note"), 0),
        (("--min-saving", "72s"), 1),
        (("--min-saving", "40%"), 1),
        (("--min-saving", "41 %"), 0),
    ],
)
def test_the_status_is_about_what_is_told(words: Sequence[str], status: int, analyze: Analyze) -> None:
    done = analyze("wfopt.yml", *words)
    assert (done.status, done.log) == (status, "")


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"WFOPT_IGNORE": "WF301"}, ["WF203"]),
        ({"WFOPT_IGNORE": "WF301 WF2"}, []),
        ({"WFOPT_SELECT": "WF301,WF101"}, ["WF301"]),
        ({"WFOPT_SEVERITY": "error"}, ["WF301"]),
        ({"WFOPT_MIN_SAVING": "1s"}, ["WF301"]),
    ],
)
def test_options_have_twins(environ: dict[str, str], found: list[str], analyze: Analyze) -> None:
    assert codes(analyze("wfopt.yml", "--format", "json", **environ)) == found


def test_a_config_file_sets_defaults(analyze: Analyze, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.wfopt]\nignore = ["WF203"]\nfail-on = "never"\n')
    done = analyze("wfopt.yml", "--format", "json")
    assert (done.status, codes(done)) == (0, ["WF301"])


def test_a_config_file_ignores_in_some_files(analyze: Analyze, tmp_path: Path) -> None:
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "more.yml").write_text(TEXT)
    (tmp_path / ".wfopt.toml").write_text('[per-file-ignores]\n"ci/**" = ["WF301", "duplicate-step"]\n')
    done = analyze(".", "--format", "json")
    assert {file["file"]: len(file["findings"]) for file in json.loads(done.out)["files"]} == {
        "wfopt.yml": 2,
        "ci/more.yml": 0,
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--select", "WF3O1"),
            "`--select WF3O1`: there is no code `WF3O1`\n  = hint: did you mean `WF301`?",
        ),
        (("--ignore", "no-timeuot"), "did you mean `no-timeout`?"),
        (("--ignore", "???"), "codes are numbers such as `WF103`, or names"),
        (("--explain", "WF3O1"), "`--explain WF3O1`: there is no code"),
        (("--explain", "WF30"), "name one code: `WF301`, `WF302`"),
        (("--from", "githup"), "`--from githup`: there is no such format"),
        (("--from", "x"), "there are: `native`"),
        (("--min-saving", "30"), "`--min-saving 30`: `30` has no unit"),
        (("--min-saving", "x%"), "`--min-saving x%` is no share from `0%` to `100%`"),
        (("--min-saving", "101%"), "is no share"),
        (("--limit", "many"), "`--limit many` is not a number of findings"),
        (("--strategy", "fastest"), "there is no strategy `fastest`"),
        (("-j", "none"), "`-j none` is not a number of jobs"),
        (("--baseline", "gone.json"), "there is no file `gone.json`"),
        (("--baseline", "wfopt.yml"), "`--baseline wfopt.yml` is no baseline: it is no JSON"),
        (("--diff", "--format", "json"), "`--diff` prints a diff"),
        (("--unsafe-fixes",), "add `--diff`"),
        (("--graph", "x.png"), "must end in `.dot`, `.mmd` or `.svg`"),
        (("--graph", "wfopt.yml/x.svg"), "could not be written"),
        (("--write-baseline", "wfopt.yml/x"), "`--write-baseline wfopt.yml/x` could not be written"),
        (("--workspace", "nowhere"), "`--workspace nowhere` is not a folder"),
        (("--format", "xml"), "xml"),
    ],
)
def test_wrong_options(words: Sequence[str], message: str, analyze: Analyze, tmp_path: Path) -> None:
    before = portrait(tmp_path)
    done = analyze("wfopt.yml", *words)
    assert portrait(tmp_path) == before
    assert (done.status, done.out) == (2, "")
    assert message in done.log


def test_an_option_that_a_variable_sets_is_named(analyze: Analyze) -> None:
    assert "= cause: it is set by `WFOPT_IGNORE`" in analyze("wfopt.yml", WFOPT_IGNORE="nothing").log
    assert "= cause: it is set by `WFOPT_FROM`" in analyze("wfopt.yml", WFOPT_FROM="nothing").log


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("gone.yml", None, "there is no file `gone.yml`"),
        ("empty.yml", b"", ""),
        ("binary.yml", b"\x7fELF\0", "`binary.yml` is not a text file: byte 4 is NUL"),
        ("latin.yml", b"a: \xe9", "`latin.yml` is not UTF-8"),
        ("pod.yml", b"kind: Pod\n", "this is no workflow in a format that wfopt knows"),
        ("folder", None, "there is no workflow in `folder`"),
    ],
)
def test_bad_files(name: str, data: bytes | None, message: str, analyze: Analyze, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    elif name == "folder":
        (tmp_path / name).mkdir()
    done = analyze(name, "--format", "json")
    assert (done.status, done.out) == (2, "")
    assert done.log.startswith("error[")
    assert message in done.log


def test_other_files_are_analyzed_all_the_same(analyze: Analyze) -> None:
    done = analyze("gone.yml", "wfopt.yml", "--format", "json")
    assert (done.status, codes(done)) == (2, ["WF301", "WF203"])
    assert [each["code"] for each in json.loads(done.out)["errors"]] == ["WF000"]
    assert "there is no file `gone.yml`" in done.log


def test_without_a_file_this_folder_is_meant(analyze: Analyze) -> None:
    assert [each["file"] for each in json.loads(analyze("--format", "json").out)["files"]] == ["wfopt.yml"]


def test_another_folder(analyze: Analyze, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.yml").write_text(TEXT)
    done = analyze("-C", "in", "x.yml", "--format", "json")
    assert json.loads(done.out)["file"] == "x.yml"


def test_a_baseline_hides_what_it_has(analyze: Analyze, tmp_path: Path) -> None:
    written = analyze(".", "--write-baseline", "known.json")
    assert (written.status, written.log) == (0, "wrote known.json\n")
    assert written.out.endswith("1 file: no findings; 2 in the baseline\n")
    (tmp_path / "wfopt.yml").write_text(f"# moved down\n\n{TEXT}")
    done = analyze(".", "--baseline", "known.json", "--fail-on", "note")
    assert done.status == 0
    (tmp_path / "more.yml").write_text(TEXT)
    more = analyze(".", "--baseline", "known.json", "--format", "json")
    assert {each["file"]: len(each["findings"]) for each in json.loads(more.out)["files"]} == {
        "wfopt.yml": 0,
        "more.yml": 2,
    }


@pytest.mark.parametrize("ending", ["dot", "mmd", "svg"])
def test_the_graph_is_written(ending: str, analyze: Analyze, tmp_path: Path) -> None:
    done = analyze("wfopt.yml", "--graph", f"out/g.{ending}", "--fail-on", "never")
    assert (done.status, done.log) == (0, f"wrote out/g.{ending}\n")
    assert "lint" in (tmp_path / "out" / f"g.{ending}").read_text()


def test_a_graph_is_of_one_file(analyze: Analyze) -> None:
    for files in ((".",), ("wfopt.yml", "wfopt.yml")):
        assert "`--graph` draws one workflow" in analyze(*files, "--graph", "g.svg").log


def test_a_diff_can_be_applied(analyze: Analyze, tmp_path: Path) -> None:
    done = analyze("wfopt.yml", "--diff", "--fail-on", "never")
    assert (done.status, done.log) == (0, "1 finding with a fix\n")
    assert done.out == (
        "--- a/wfopt.yml\n+++ b/wfopt.yml\n@@ -9,5 +9,6 @@\n"
        "     x-duration: 30s\n   test:\n     needs: [build]\n"
        "+    timeout: 5m\n     run: make test\n     x-duration: 120s\n"
    )
    assert (tmp_path / "wfopt.yml").read_text() == TEXT
    assert analyze("wfopt.yml", "--diff", "-q").log == ""
    assert analyze("wfopt.yml", "--diff", WFOPT_UNSAFE_FIXES="1").out == done.out


def test_findings_only(analyze: Analyze) -> None:
    done = analyze("wfopt.yml", "-q")
    assert done.out.startswith("error[WF301]: ")
    assert analyze("wfopt.yml", "-q", "--ignore", "WF").out == ""


def test_a_limit(analyze: Analyze) -> None:
    done = analyze("wfopt.yml", "--limit", "1")
    assert "… and 1 more, each worth no more" in done.out
    assert "WF203" not in done.out
    assert "WF203" in analyze("wfopt.yml", "--limit", "1", "-v").out
    assert "WF203" in analyze("wfopt.yml", "--limit", "all").out


def test_seconds_without_durations_are_warned_of(analyze: Analyze, tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text(UNTIMED)
    done = analyze("x.yml", "--min-saving", "30s")
    assert done.status == 0
    assert done.log.startswith("warning[WF600]: `--min-saving` in seconds leaves out all findings of `x.yml`")


def test_a_code_is_explained_without_a_file(analyze: Analyze, tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").unlink()
    done = analyze("--explain", "wf008")
    assert (done.status, done.log) == (0, "")
    assert done.out == "WF008 yaml-syntax\n\nthe file is not well-formed YAML\n"
    assert analyze("--explain", "no-timeout").out.startswith("WF301 no-timeout\n\n")


def test_in_a_job_of_github_findings_are_annotated(analyze: Analyze, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    done = analyze("wfopt.yml", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert done.out.startswith("wfopt.yml: wfopt\n")
    assert "::error file=wfopt.yml,line=10," in done.log
    assert summary.read_text().startswith("## wfopt analyze\n")
    again = analyze("wfopt.yml", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert again.log == ""
    assert summary.read_text().count("## wfopt analyze") == 2


def test_a_summary_that_cannot_be_written_is_no_failure(analyze: Analyze) -> None:
    done = analyze("wfopt.yml", "--fail-on", "never", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="/nowhere/x")
    assert done.status == 0
    assert done.log.endswith("warning: the summary could not be written: no such file or directory\n")


def test_colors(analyze: Analyze) -> None:
    assert "\x1b[1;31merror[WF301]\x1b[0m" in analyze("wfopt.yml", FORCE_COLOR="1").out
    assert "\x1b" not in analyze("wfopt.yml", FORCE_COLOR="1", NO_COLOR="1").out


def test_control_characters_are_harmless(analyze: Analyze, tmp_path: Path) -> None:
    name = "a\x1b]0;x\x07\n.yml"
    (tmp_path / name).write_text(TEXT)
    for output in ("table", "github", "markdown"):
        done = analyze(name, "--format", output)
        assert done.status == 1
        assert "\x1b" not in done.out
        assert "\x07" not in done.out


def test_history_is_the_basis_if_there_is_one(analyze: Analyze, tmp_path: Path) -> None:
    done = analyze("wfopt.yml", "--format", "json")
    assert json.loads(done.out)["graph"]["basis"] == "durations in the file"
    assert not (tmp_path / ".wfopt").exists()
