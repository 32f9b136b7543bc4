"""Disks that are full or read-only, links that lead elsewhere, services, secrets: no harm is done."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, clean_environ, command, pid_from, run, start, until
from tests.support.processes import living

pytestmark = pytest.mark.slow

READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"'
SMALL_DISK = 'mount -t tmpfs -o size=64k none "$1"'
FULL_DISK = f'{SMALL_DISK} && {{ head -c 1000000 /dev/zero > "$1/ballast" 2>/dev/null || true; }}'


def workflow(folder: Path, steps: str, name: str = "wfopt.yml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"wfopt: 1\ndefaults: {{shell: sh}}\n{steps}")
    return folder


def mounted(
    mount: str, place: Path, words: Sequence[str], cwd: Path, *, copy: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run wfopt where something is mounted at `place`; with `copy`, what lies there afterwards is copied.

    Only this command sees the mount, in a namespace of its own, for which nobody needs to be root.
    """
    probe = subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True)
    if probe.returncode:
        pytest.skip("no namespace for mounts here")
    after = f'; status=$?; cp -a "$1/." {copy}; exit $status' if copy else ""
    script = f'place=$1; {mount} && cd "$2" || exit 99; shift 2; {{ "$@"{after.replace("$1", "$place")}; }}'
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(place), str(cwd), *command(words)],
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )


def files_in(folder: Path) -> dict[str, str]:
    """Return the texts of the files of a workspace, but for wfopt's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".wfopt" not in path.parts
    }


def test_a_workspace_that_is_read_only_is_named_with_the_way_out(tmp_path: Path) -> None:
    space = workflow(tmp_path / "space", "steps:\n  a: {run: 'true'}\n")
    done = mounted(READ_ONLY, space, ["run"], space)
    assert done.returncode == 2, done.stderr
    assert "the state folder" in done.stderr
    assert "read-only file system" in done.stderr
    assert "--state-dir" in done.stderr
    assert os.listdir(space) == ["wfopt.yml"]


def test_with_its_state_elsewhere_a_run_only_reads_a_workspace_that_is_read_only(tmp_path: Path) -> None:
    steps = """steps:
  reads: {run: cat wfopt.yml, inputs: [wfopt.yml], outputs: []}
  writes: {run: touch ../ran, outputs: [new/out.txt]}
  apart: {run: echo apart}
"""
    space = workflow(tmp_path / "space", steps)
    state = tmp_path / "state"
    done = mounted(
        READ_ONLY, space, ["run", "-k", "-j1", "--state-dir", str(state), "--format", "json"], space
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert [step["status"] for step in report["steps"]] == ["succeeded", "failed", "succeeded"]
    assert "step `writes` could not be started: read-only file system: `" in done.stderr
    assert os.listdir(space) == ["wfopt.yml"]
    assert not (tmp_path / "ran").exists()
    assert (state / "runs" / report["run_id"] / "apart.log").read_text() == "apart\n"


def test_a_step_that_fills_the_disk_leaves_nothing_half_written_in_place(tmp_path: Path) -> None:
    steps = """steps:
  fills: {run: head -c 1000000 /dev/zero > big.bin, outputs: [big.bin]}
  below: {run: cat big.bin, inputs: [big.bin]}
"""
    source, space, copy = workflow(tmp_path / "source", steps), tmp_path / "space", tmp_path / "copy"
    space.mkdir()
    copy.mkdir()
    mount = f"{SMALL_DISK} && cp {source}/wfopt.yml $1"
    done = mounted(mount, space, ["run", str(space / "wfopt.yml"), "--format", "json"], tmp_path, copy=copy)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert [step["status"] for step in report["steps"]] == ["failed", "skipped"]
    assert "step `fills` failed with exit status 1" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(files_in(copy)) == ["wfopt.yml"]
    (moved,) = (copy / ".wfopt" / "runs").glob("*/outputs/fills/big.bin")
    assert moved.stat().st_size < 1_000_000


def test_a_full_disk_behind_the_state_folder_is_said_before_anything_runs(tmp_path: Path) -> None:
    space, state = workflow(tmp_path / "space", "steps:\n  a: {run: touch ran}\n"), tmp_path / "state"
    state.mkdir()
    done = mounted(FULL_DISK, state, ["run", "--state-dir", str(state)], space)
    assert done.returncode == 2, done.stderr
    assert f"the state folder `{state}` cannot be written: no space left on device" in done.stderr
    assert os.listdir(space) == ["wfopt.yml"]


def test_a_disk_that_fills_up_with_logs_costs_only_the_logs(tmp_path: Path) -> None:
    steps = (
        "steps:\n  talks: {run: 'yes words | head -c 500000; echo the end > out.txt', outputs: [out.txt]}\n"
    )
    space, state = workflow(tmp_path / "space", steps), tmp_path / "state"
    state.mkdir()
    done = mounted(SMALL_DISK, state, ["run", "--state-dir", str(state)], space)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("[talks] words\n") > 80_000
    assert "could not be written to their logs: no space left on device\n" in done.stderr
    assert (space / "out.txt").read_text() == "the end\n"


@pytest.mark.parametrize("output", ["notes.txt", "tree/"])
def test_what_cannot_be_moved_to_a_full_disk_stays_whole(output: str, tmp_path: Path) -> None:
    steps = f"steps:\n  makes: {{run: touch ran, outputs: [{output}]}}\n"
    space, state = workflow(tmp_path / "space", steps), tmp_path / "state"
    state.mkdir()
    large = "precious" * 50_000
    (space / "notes.txt").write_text(large)
    (space / "tree").mkdir()
    (space / "tree" / "a.txt").write_text("a")
    (space / "tree" / "b.txt").write_text(large)
    before = files_in(space)
    done = mounted(SMALL_DISK, state, ["run", "--state-dir", str(state)], space)
    assert done.returncode == 1, done.stderr
    assert "step `makes` could not be started: no space left on device: " in done.stderr
    assert files_in(space) == before


def test_outputs_of_a_failed_step_leave_their_place_though_the_other_disk_is_full(tmp_path: Path) -> None:
    steps = "steps:\n  bad: {run: 'head -c 500000 /dev/zero > big.bin; exit 3', outputs: [big.bin]}\n"
    space, state = workflow(tmp_path / "space", steps), tmp_path / "state"
    state.mkdir()
    done = mounted(SMALL_DISK, state, ["run", "--state-dir", str(state)], space)
    assert done.returncode == 1, done.stderr
    assert "failed with exit status 3" in done.stderr
    assert "WF509" not in done.stderr
    assert not (space / "big.bin").exists()
    (kept,) = (space / ".wfopt" / "outputs").rglob("big.bin")
    assert kept.stat().st_size == 500_000


@pytest.mark.parametrize("output", ["link/x.txt", "link/new/x.txt", "link/*.txt", "link/deep/"])
def test_an_output_behind_a_link_that_leads_out_is_refused(output: str, tmp_path: Path) -> None:
    steps = f"steps:\n  escapes: {{run: touch ran, outputs: ['{output}']}}\n"
    space, outside = workflow(tmp_path / "space", steps), tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "x.txt").write_text("precious")
    (outside / "deep" / "y.txt").write_text("precious")
    (space / "link").symlink_to("../outside")
    done = run(["run"], space)
    assert done.returncode == 1
    assert "leads out of the workspace" in done.stderr
    assert files_in(outside) == {"deep/y.txt": "precious", "x.txt": "precious"}
    assert not (space / "ran").exists()
    assert not (space / ".wfopt" / "trash").exists()


def test_a_step_that_swaps_its_folder_for_a_link_moves_nothing_from_outside(tmp_path: Path) -> None:
    steps = """steps:
  swaps:
    run: rm -r out && ln -s ../outside out; exit 1
    outputs: [out/x.txt, 'out/*.log']
"""
    space, outside = workflow(tmp_path / "space", steps), tmp_path / "outside"
    outside.mkdir()
    (outside / "x.txt").write_text("precious")
    (outside / "y.log").write_text("precious")
    done = run(["run"], space)
    assert done.returncode == 1
    assert "WF509" in done.stderr
    assert files_in(outside) == {"x.txt": "precious", "y.log": "precious"}


SERVES = """steps:
  serve:
    run: |
      (echo ready > ready; exec sleep 1000) & echo $! > service.new
      until [ -e ready ]; do sleep 0.01; done; mv service.new service
    effects: [service]
  use:
    needs: [serve]
    run: |
      echo $$ > pid.new; mv pid.new pid
      until [ -e go ]; do sleep 0.01; done
"""


def test_a_service_ends_with_the_run(tmp_path: Path) -> None:
    process = start(["run"], workflow(tmp_path, SERVES))
    pid_from(tmp_path / "pid")
    service = {pid_from(tmp_path / "service")}
    assert living(service) == service
    (tmp_path / "go").touch()
    _, stderr = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, stderr
    assert living(service) == set()
    assert "WF505" not in stderr


def test_no_service_outlives_a_killed_wfopt(tmp_path: Path) -> None:
    process = start(["run"], workflow(tmp_path, SERVES))
    pids = {pid_from(tmp_path / "pid"), pid_from(tmp_path / "service")}
    assert living(pids) == pids
    process.kill()
    process.communicate(timeout=LIMIT_S)
    until(lambda: not living(pids), "the step and the service end")


SECRET = "open%sesame=7"
TELLS = """secrets: [TOKEN]
steps:
  tells:
    run: |
      echo "it is $TOKEN"; echo "$TOKEN" >&2; printf "%s" "$TOKEN"
      echo "made=$TOKEN" >> "$WFOPT_STEP_OUTPUT"
      touch "$TOKEN"; cat "none-$TOKEN"
  skipped: {run: 'true', needs: [tells]}
"""


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "github"])
def test_a_secret_is_told_nowhere(form: str, tmp_path: Path) -> None:
    done = run(["run", "--format", form], workflow(tmp_path, TELLS), env={"TOKEN": SECRET})
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "it is ***" in said
    kept = [
        path.read_bytes().decode("utf-8", "replace")
        for path in (tmp_path / ".wfopt").rglob("*")
        if path.is_file()
    ]
    assert any("it is ***" in text for text in kept)
    assert [text for text in (said, *kept) if SECRET in text] == []
    # It is there all the same, for the step.
    assert (tmp_path / SECRET).exists()


def test_steps_of_an_included_file_run_in_their_own_folder(tmp_path: Path) -> None:
    (tmp_path / "ci").mkdir()
    lint = "wfopt: 1\ndefaults: {shell: sh}\nsteps:\n  ruff: {run: pwd > where.txt, outputs: [where.txt]}\n"
    (tmp_path / "ci" / "lint.wfopt.yml").write_text(lint)
    steps = """include:
  - {path: ci/lint.wfopt.yml, as: lint}
steps:
  report: {run: cp ci/where.txt report.txt, needs: [lint/ruff]}
"""
    done = run(["run", "--format", "json"], workflow(tmp_path, steps))
    assert done.returncode == 0, done.stderr
    assert [step["id"] for step in json.loads(done.stdout)["steps"]] == ["report", "lint/ruff"]
    assert (tmp_path / "report.txt").read_text() == f"{tmp_path / 'ci'}\n"


def test_a_shell_that_is_missing_is_said_before_anything_runs(tmp_path: Path) -> None:
    steps = "steps:\n  first: {run: touch ran}\n  odd: {shell: [no-such-shell, -c], run: 'true'}\n"
    done = run(["run"], workflow(tmp_path, steps))
    assert done.returncode == 2
    assert "WF041" in done.stderr
    assert "step `odd` needs the shell `no-such-shell`, which is not on the PATH" in done.stderr
    assert "wfopt.yml:5:" in done.stderr
    assert os.listdir(tmp_path) == ["wfopt.yml"]


@pytest.mark.parametrize("size", ["8k", "24k", "64k", "300k"])
@pytest.mark.parametrize("kept", [True, False])
def test_nothing_is_proved_on_a_full_disk(kept: bool, size: str, tmp_path: Path) -> None:
    steps = "".join(
        f"  - {{id: {name}, run: cat in in > {name}, inputs: [in], outputs: [{name}], effects: []}}\n"
        for name in "ab"
    )
    space, small = workflow(tmp_path / "space", f"steps:\n{steps}"), tmp_path / "small"
    (space / "in").write_text("x" * 20_000)
    small.mkdir()
    before = {path: path.stat().st_mtime_ns for path in space.rglob("*")}
    (tmp_path / "left").mkdir()
    mount = SMALL_DISK.replace("64k", size)
    state = f"mkdir {small}/state; export WFOPT_STATE_DIR={small}/state"
    where = state if kept else f"export TMPDIR={small}"
    words = ["optimize", "--verify", "--write"]
    done = mounted(f"{mount} && {{ {where}; }}", small, words, space, copy=tmp_path / "left")
    assert done.returncode == 2, done.stderr
    place, way = (small / "state", "`--state-dir`") if kept else (small, "the variable `TMPDIR`")
    assert f"not enough room for copies of the workspace in `{place}`: its disk is full" in done.stderr
    assert f"name a folder on another disk with {way}" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in space.rglob("*")} == before
    assert [path.name for path in (tmp_path / "left").iterdir()] == ["state"] * kept
