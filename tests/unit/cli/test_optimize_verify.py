"""`wfopt optimize --verify` runs both versions and tells what differs; the steps are real."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.support.optimizing import SEQUENCE, Command, lie, runner
from tests.support.portraits import portrait
from wfopt.api import verify_folders
from wfopt.api.run import StoppedError

TARGETS = SEQUENCE.replace("steps:", "targets: [sort]\nsteps:")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    work = tmp_path / "work"
    (work / ".git").mkdir(parents=True)
    (tmp_path / "tmp").mkdir()
    (work / "wfopt.yml").write_text(SEQUENCE)
    (work / "notes.txt").write_text("b\na\n")
    monkeypatch.chdir(work)
    monkeypatch.delenv("WFOPT_VERIFY_RUNS", raising=False)
    return work


@pytest.fixture
def verify(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    command = runner(monkeypatch, capsys)
    temporary = str(place.parent / "tmp")
    return lambda *words, **environ: command(
        "optimize", "--verify", "--no-diff", *words, **{"TMPDIR": temporary, **environ}
    )


@pytest.mark.slow
def test_equal_versions(verify: Command, place: Path) -> None:
    before = portrait(place)
    done = verify()
    assert (done.status, done.log) == (0, "")
    assert "verified\n4/4 files equal, 2/2 statuses equal, " in done.out
    assert "medians of 3 runs of the original and 4 runs of the optimized version" in done.out
    assert (portrait(place), os.listdir(place.parent / "tmp")) == (before, [])
    assert not (place / ".wfopt").exists()


@pytest.mark.slow
def test_a_wrong_rewrite_is_found_and_nothing_is_written(verify: Command, place: Path) -> None:
    lie(place, "echo x > one.txt; echo secret > hidden.txt\n", "cat hidden.txt > two.txt || true\n")
    done = verify("--write", WFOPT_JOBS="1")
    assert done.status == 1
    assert "6/7 files equal, 2/2 statuses equal" in done.out
    assert "`two.txt` has other content" in done.out
    assert done.log.endswith("the two versions differ: nothing was written\n")
    assert sorted(os.listdir(place)) == [".git", "first.sh", "notes.txt", "then.sh", "wfopt.yml"]


@pytest.mark.slow
def test_a_step_that_fails_in_one_version_only(verify: Command, place: Path) -> None:
    lie(place, "echo x > one.txt; echo > hidden.txt\n", "cat hidden.txt > two.txt\n")
    document = json.loads(verify("--format", "json", WFOPT_JOBS="1").out)["verified"]
    assert (document["equal"], document["statuses_compared"], document["statuses_differing"]) == (False, 2, 1)
    assert "`then` ended with `failed` instead of `succeeded`" in document["differences"]


@pytest.mark.slow
def test_another_value_is_found(verify: Command, place: Path) -> None:
    lie(place, "echo x > one.txt; echo > hidden.txt\n", "touch two.txt; ls hidden.txt || echo none\n")
    text = (place / "wfopt.yml").read_text()
    (place / "wfopt.yml").write_text(text.replace("id: then,", "id: then, capture: { stdout: found },"))
    done = verify(WFOPT_JOBS="1")
    assert done.status == 1
    assert "2/2 statuses equal, 0/1 values equal" in done.out
    assert "`then` hands on another `found`" in done.out


@pytest.mark.slow
def test_what_differs_anyway_is_left_out(verify: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(SEQUENCE.replace("wc -l < notes.txt", "date +%N"))
    done = verify("--verify-runs", "1")
    assert done.status == 0
    assert "3/3 files equal" in done.out
    assert "left out: 1 that differ between two runs of the original" in done.out


@pytest.mark.slow
def test_what_nobody_wants_is_left_out(verify: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(TARGETS.replace("count.txt", "out/count.txt"))
    done = verify("--verify-runs", "1")
    assert done.status == 0
    assert "3/3 files equal, 1/1 statuses equal" in done.out
    assert "left out: 1 file that nobody wants and nothing makes any more" in done.out


@pytest.mark.slow
def test_failures_of_the_original_are_compared(verify: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(SEQUENCE.replace("wc -l <", "false; wc -l <"))
    done = verify("--verify-runs", "1")
    assert "the original fails (`count`): what failed and what was left then was compared" in done.out
    assert done.status == 0


def test_effects_are_refused_unless_allowed(verify: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(SEQUENCE.replace("effects: []\n\n", "effects: [publish]\n\n"))
    done = verify()
    assert (done.status, done.out) == (2, "")
    assert "step `count` has effects outside of the workspace: `publish`" in done.log
    assert "--allow-effects publish" in done.log


@pytest.mark.slow
@pytest.mark.parametrize("allowed", ["publish", "count", "sort,count"])
def test_allowed_effects(allowed: str, verify: Command, place: Path) -> None:
    (place / "wfopt.yml").write_text(SEQUENCE.replace("effects: []\n\n", "effects: [publish]\n\n"))
    assert verify("--allow-effects", allowed, "--verify-runs", "1").status == 0


def test_steps_for_elsewhere_are_refused(verify: Command, place: Path) -> None:
    folder = place / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: windows-latest\n    steps: [{ run: dir }, { run: dir }]\n"
    )
    done = verify(".github/workflows/ci.yml")
    assert done.status == 2
    assert "both versions cannot be run: 2 of its steps can only run elsewhere" in done.log


@pytest.mark.slow
def test_an_odd_workspace(verify: Command, place: Path) -> None:
    (place / "folder").mkdir()
    (place / "folder" / "file").write_text("x")
    (place / "folder" / "file").chmod(0o400)
    (place / "folder").chmod(0o555)
    (place / "link").symlink_to("folder/file")
    (place / "absolute").symlink_to(place / "notes.txt")
    (place / "dangling").symlink_to("nowhere")
    (place / "to-folder").symlink_to("folder")
    os.mkfifo(place / "pipe")
    done = verify("--verify-runs", "1")
    (place / "folder").chmod(0o755)
    assert done.status == 0
    assert "9/9 files equal" in done.out
    assert os.listdir(place.parent / "tmp") == []


def test_a_disk_without_room(verify: Command, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "notes.txt")

    monkeypatch.setattr(verify_folders, "copy_file", full)
    done = verify()
    assert (done.status, done.out) == (2, "")
    assert "the workspace cannot be copied: no space left on device" in done.log
    assert os.listdir(place.parent / "tmp") == []


def test_what_a_run_left_cannot_be_read(
    verify: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: str) -> None:
        raise PermissionError(13, "Permission denied", "secret")

    monkeypatch.setattr("wfopt.api.verify.tree_of", closed)
    done = verify()
    assert done.status == 2
    assert "what a run left cannot be read: permission denied" in done.log
    assert "it is about `secret`" in done.log
    assert os.listdir(place.parent / "tmp") == []


def test_a_signal_ends_it(verify: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise StoppedError(signal.SIGINT)

    monkeypatch.setattr("wfopt.api.verify.verify", stopped)
    done = verify()
    assert (done.status, done.out) == (130, "")
