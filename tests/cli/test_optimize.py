"""`wfopt optimize` as a user meets it, as processes of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, ROOT, clean_environ, command, pid_from, run, until
from tests.support.optimizing import SEQUENCE
from tests.support.terminals import Terminal

pytestmark = pytest.mark.slow

SAMPLES = ROOT / "sample_workflows"
README = (ROOT / "README.md").read_text(encoding="utf-8")
NEEDS_COMPILER = "c-build"
COMPILERS = ("cc", "gcc", "clang")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(SEQUENCE)
    (tmp_path / "notes.txt").write_text("b\na\n")
    return tmp_path


def copied(sample: str, folder: Path) -> Path:
    shutil.copytree(SAMPLES / sample, folder, ignore=shutil.ignore_patterns("out", ".wfopt"))
    return folder


def samples() -> Iterator[str]:
    for path in sorted(SAMPLES.glob("*/wfopt.yml")):
        # One takes long, and is verified along with what the README shows of it.
        if path.parent.name != "python-ci":
            yield path.parent.name


def test_every_sample_but_the_failing_one_is_verified() -> None:
    others = {path.parent.name for path in SAMPLES.glob("*/*wfopt.yml")} - set(samples())
    assert others == {"python-ci", "release"}


@pytest.mark.parametrize("sample", list(samples()))
def test_the_optimized_version_of_a_sample_leaves_the_same(sample: str, tmp_path: Path) -> None:
    if sample == NEEDS_COMPILER and not any(map(shutil.which, COMPILERS)):
        pytest.skip("this sample needs a C compiler")
    folder = copied(sample, tmp_path / "work")
    before = sorted(folder.rglob("*"))
    done = run(["optimize", "--verify", "--verify-runs", "1", "--format", "json"], folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["verified"]
    assert (found["equal"], found["differences"], found["noise"]) == (True, [], 0)
    assert found["files_compared"] >= 5
    assert found["statuses_compared"] >= 4
    assert sorted(folder.rglob("*")) == before


def test_a_sample_that_fails_on_purpose_fails_alike(tmp_path: Path) -> None:
    folder = copied("release", tmp_path / "work")
    file = "fail-release.wfopt.yml"
    refused = run(["optimize", file, "--verify"], folder)
    assert (refused.returncode, refused.stdout) == (2, "")
    words = ["--verify", "--verify-runs", "1", "--allow-effects", "publish", "--format", "json"]
    found = json.loads(run(["optimize", file, *words], folder).stdout)["verified"]
    assert (found["equal"], found["failed"]) == (True, ["spelling", "announce"])


def test_ctrl_c_ends_both_and_leaves_nothing(place: Path) -> None:
    scratch = place.parent / f"{place.name}-scratch"
    scratch.mkdir()
    (place / "wfopt.yml").write_text(
        f"wfopt: 1\nsteps: [{{ id: a, run: 'echo $$ > {place}/pid; sleep 60', shell: sh }}]\n"
    )
    with subprocess.Popen(
        command(["optimize", "--verify"]),
        cwd=place,
        env=clean_environ({"TMPDIR": str(scratch)}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        pid = pid_from(place / "pid")
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_S) == 130
    until(lambda: not os.path.exists(f"/proc/{pid}"), "the end of the step")
    assert os.listdir(scratch) == []


@pytest.mark.parametrize("words", [(), ("--diff",), ("--format", "json"), ("-o", "-"), ("--list-passes",)])
def test_a_reader_that_goes_away_is_no_failure(words: tuple[str, ...], place: Path) -> None:
    with subprocess.Popen(
        command(["optimize", *words]),
        cwd=place,
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(LIMIT_S) == 0


def test_on_a_terminal_there_is_a_diff(place: Path) -> None:
    words = command(["optimize"])
    with Terminal(words, place, clean_environ({"NO_COLOR": "1"})) as terminal:
        assert terminal.ended(LIMIT_S, drain=True) == 0
        assert b"+    needs: []" in terminal.said


def test_only_what_is_needed_is_loaded(place: Path) -> None:
    program = (
        "import sys\n"
        "sys.argv = ['wfopt', *sys.argv[1:]]\n"
        "from wfopt.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "found = [name for name in sys.modules if name.startswith(('wfopt.optimizer', 'wfopt.analyzer'))]\n"
        "print(len(found), file=sys.stderr)\n"
    )

    def loaded(*words: str) -> int:
        done = subprocess.run(
            [*command([])[:1], "-c", program, "run", "-q", *words],
            cwd=place,
            env=clean_environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=LIMIT_S,
        )
        return int(done.stderr.splitlines()[-1])

    assert loaded() == 0
    assert loaded("--optimize") > 0
    assert loaded() == 0


def figures_out(text: str) -> list[str]:
    """Return the words of a text, in which each figure is the same and durations have one unit."""
    plain = re.sub(r"\d+(\.\d+)?", "0", re.sub(r"\b(ms|s)\b", "s", text))
    plain = re.sub(r"\b0 run\b", "0 runs", plain)
    # On a machine that is busy otherwise, two processes may be no faster than one.
    plain = re.sub(r"as fast|0x (?:faster|slower)", "0x faster", plain)
    lines = (" ".join(line.split()) for line in plain.splitlines())
    # Which of the branches is the longest differs from machine to machine.
    return [line for line in lines if line and not line.startswith("critical path")]


def lighten(folder: Path) -> None:
    """Let the tests of the sample `python-ci` try less, which changes durations alone."""
    for name, much, less in (
        ("days", "date(2200,", "date(1750,"),
        ("days", "150_000", "40_000"),
        ("easter", "90_000", "20_000"),
        ("easter", "30_000", "10_000"),
        ("roman", "LONGEST_STRING = 6", "LONGEST_STRING = 5"),
        ("sheet", "8_000", "3_000"),
    ):
        path = folder / "tests" / f"test_{name}.py"
        before, found, after = path.read_text().partition(much)
        assert found, (name, much)
        path.write_text(before + less + after)


def test_the_readme_shows_what_is_printed(tmp_path: Path) -> None:
    shown = README.partition("$ wfopt optimize --verify\n")[2].partition("```")[0]
    folder = copied("python-ci", tmp_path / "work")
    lighten(folder)
    assert run(["run", "-q", "--cache", "off"], folder).returncode == 0
    done = subprocess.run(
        command(["optimize", "--verify", "--verify-runs", "1", "-j", "2"]),
        cwd=folder,
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=LIMIT_S * 3,
    )
    assert done.returncode == 0
    assert figures_out(shown) == figures_out(done.stdout)
