"""`wfopt cache verify --rerun` as a user meets it."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, pid_from, run, start, until
from tests.support.portraits import portrait
from tests.support.record_files import tree

pytestmark = pytest.mark.slow

VERIFY = ["cache", "verify", "--rerun"]

SOUND = """wfopt: 1
params: {word: {default: fine}}
steps:
  build:
    run: mkdir -p out/deep; tr a-z A-Z < src/a > out/deep/a; ln -s a out/deep/l
    inputs: [src/]
    outputs: [out/]
  size:
    run: echo "size=$(wc -c < out/deep/l)" >> "$WFOPT_STEP_OUTPUT"; date +%N
    inputs: [out/]
    outputs: []
  note: {run: "echo ${{ needs.size.out.size }} ${{ params.word }} > note", inputs: [], outputs: [note]}
"""


def workspace(folder: Path, text: str) -> Path:
    (folder / "src").mkdir()
    (folder / "src/a").write_text("one\ntwo\n")
    (folder / "other").write_text("other\n")
    (folder / "w.yml").write_text(text)
    return folder


def one(script: str, keys: str = "") -> str:
    text = json.dumps(script)
    return f"wfopt: 1\nsteps: {{one: {{run: {text}, inputs: [src/], outputs: [out]{keys}}}}}\n"


def test_a_sound_workflow_is_the_same_and_nothing_changes(tmp_path: Path) -> None:
    workspace(tmp_path, SOUND)
    assert run(["run", "w.yml", "-q"], tmp_path).returncode == 0
    before = portrait(tmp_path), tree(tmp_path), sorted(os.listdir(tmp_path / ".wfopt"))
    done = run([*VERIFY, "w.yml"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "same        build  [TIME]\n"
        "same        size  [TIME]\n"
        "              note: its output text differs\n"
        "same        note  [TIME]\n"
        "3 steps: 3 same\n"
    )
    assert (portrait(tmp_path), tree(tmp_path), sorted(os.listdir(tmp_path / ".wfopt"))) == before


@pytest.mark.measured
def test_what_differs_and_what_fails_is_shown(tmp_path: Path) -> None:
    workspace(
        tmp_path,
        """wfopt: 1
steps:
  chance: {run: "mkdir -p d; echo $RANDOM $RANDOM > d/number; date", inputs: [], outputs: [d/]}
  reader: {run: cat other > read, inputs: [], outputs: [read]}
  never: {run: "true"}
""",
    )
    assert run(["run", "w.yml", "-q"], tmp_path).returncode == 0
    done = run([*VERIFY, "w.yml"], tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[:8] == [
        "differs     chance  [TIME]",
        "              content  d/number",
        "              note: its output text differs",
        "failed      reader  [TIME]  (exit status 1)",
        "              output: cat: other: No such file or directory",
        "              cause: `other` is in the workspace, but is not declared as an input",
        "not cached  never  (no inputs and outputs declared)",
        "3 steps: 1 differs, 1 failed, 1 not cached",
    ]
    shown = run([*VERIFY, "w.yml", "reader", "--format", "json"], tmp_path)
    document = json.loads(shown.stdout)
    assert (shown.returncode, document["exit_code"], document["file"]) == (1, 1, "w.yml")
    assert [(each["id"], each["verdict"]) for each in document["steps"]] == [("reader", "failed")]


def test_options_are_those_of_the_run(tmp_path: Path) -> None:
    workspace(tmp_path, SOUND)
    (tmp_path / "elsewhere").mkdir()
    words = ["w.yml", "-p", "word=other", "--cache-dir", "c", "--cache-namespace", "n", "--state-dir", "s"]
    assert run(["run", "-q", *words], tmp_path).returncode == 0
    assert run([*VERIFY, *words], tmp_path).stdout.endswith("3 steps: 3 same\n")
    default = run([*VERIFY, "w.yml", *words[3:]], tmp_path).stdout
    assert default.endswith("3 steps: 2 same, 1 no result\n")
    assert "no result   note  (param word" in default
    shared = run([*VERIFY, *words[:5], "--state-dir", "none"], tmp_path)
    assert "3 steps: 3 no result" in shared.stdout
    assert not (tmp_path / "none").exists()


@pytest.mark.measured
def test_another_state_folder_than_the_run_had_is_not_made(tmp_path: Path) -> None:
    workspace(tmp_path, SOUND)
    assert run(["run", "-q", "w.yml", "--cache-dir", "c"], tmp_path).returncode == 0
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    words = [*VERIFY, "w.yml", "--cache-dir", "c", "--state-dir", "none"]
    done = run(words, tmp_path, {"TMPDIR": str(temporary)})
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 steps: 3 same")
    assert not (tmp_path / "none").exists()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*VERIFY, "none.yml"], "none.yml"),
        ([*VERIFY, "w.yml", "bild"], "did you mean `build`?"),
        ([*VERIFY, "w.yml", "-p", "wrod=x"], "did you mean `word`?"),
        (["cache", "verify", "w.yml"], "with `--rerun` only"),
        (["cache", "verify", "-p", "word=x"], "with `--rerun` only"),
    ],
)
def test_wrong_input_is_2(tmp_path: Path, words: list[str], message: str) -> None:
    workspace(tmp_path, SOUND)
    done = run(words, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("number", "status"),
    [pytest.param(signal.SIGINT, 130, marks=pytest.mark.measured), (signal.SIGTERM, 143)],
)
def test_a_signal_ends_the_step_and_leaves_nothing(tmp_path: Path, number: int, status: int) -> None:
    first = f"if mkdir '{tmp_path}/first' 2>/dev/null; then echo > out; exit; fi"
    slow = f"{first}; echo $$ > '{tmp_path}/pid'; sleep 999"
    (tmp_path / "work").mkdir()
    work = workspace(tmp_path / "work", one(slow))
    assert run(["run", "w.yml", "-q"], work).returncode == 0
    before = tree(work), sorted(os.listdir(work / ".wfopt"))
    process = start([*VERIFY, "w.yml"], work)
    pid = pid_from(tmp_path / "pid")
    process.send_signal(number)
    out, errors = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, errors) == (status, "", "")
    until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the step")
    assert (tree(work), sorted(os.listdir(work / ".wfopt"))) == before


def test_a_step_that_takes_too_long_has_failed(tmp_path: Path) -> None:
    slow = f"mkdir '{tmp_path}/first' 2>/dev/null || sleep 999; echo > out"
    workspace(tmp_path, one(slow, ", timeout: 1s"))
    assert run(["run", "w.yml", "-q"], tmp_path).returncode == 0
    done = run([*VERIFY, "w.yml"], tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("failed      one  [TIME]  (timed out)\n")


def test_secrets_are_masked(tmp_path: Path) -> None:
    script = f"mkdir '{tmp_path}/first' 2>/dev/null || {{ echo it is $TOKEN; exit 3; }}; echo > out"
    workspace(tmp_path, one(script, ", secrets: [TOKEN]"))
    environ = {"TOKEN": "swordfish-7"}
    assert run(["run", "w.yml", "-q"], tmp_path, environ).returncode == 0
    done = run([*VERIFY, "w.yml"], tmp_path, environ)
    assert done.returncode == 1
    assert "output: it is ***\n" in done.stdout
    assert "swordfish" not in done.stdout + done.stderr


def test_a_link_to_a_file_is_laid_out_with_what_it_leads_to(tmp_path: Path) -> None:
    workspace(tmp_path, one("cat src/link src/far/x > out"))
    (tmp_path / "real").write_text("real\n")
    (tmp_path / "src/link").symlink_to("../real")
    (tmp_path / "far").mkdir()
    (tmp_path / "far/x").write_text("far\n")
    (tmp_path / "src/far").symlink_to(tmp_path / "far")
    assert run(["run", "w.yml", "-q"], tmp_path).returncode == 0
    assert run([*VERIFY, "w.yml"], tmp_path).stdout.endswith("1 step: 1 same\n")
