"""The sample workflows do what their README says, whether their steps run one by one or side by side."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.commands import ROOT, run

FOLDER = ROOT / "sample_workflows"
SAMPLES = ("data-preparation", "include", "matrix", "python-ci", "text-statistics", "wasteful")
NEEDS_COMPILER = "c-build"


def copied(sample: str, folder: Path) -> Path:
    shutil.copytree(FOLDER / sample, folder, ignore=shutil.ignore_patterns("out", ".wfopt"))
    return folder


def results(sample: str, jobs: str, folder: Path) -> dict[str, bytes]:
    done = run(["run", "-j", jobs, "--format", "json"], copied(sample, folder))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["status"] == "succeeded"
    assert {step["status"] for step in report["steps"]} == {"succeeded"}
    out = folder / "out"
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def check_same_with_one_job_and_with_four(sample: str, folder: Path) -> None:
    one = results(sample, "1", folder / "one")
    four = results(sample, "4", folder / "four")
    assert one
    assert sorted(one) == sorted(four)
    assert [name for name in one if one[name] != four[name]] == []


def test_every_sample_is_run() -> None:
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*wfopt.yml")}
    assert found == {f"{name}/wfopt.yml" for name in (*SAMPLES, NEEDS_COMPILER)} | {
        "release/fail-release.wfopt.yml"
    }
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in found if f"]({name})" not in listed] == []


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_gives_the_same_files_with_one_job_and_with_four(sample: str, tmp_path: Path) -> None:
    check_same_with_one_job_and_with_four(sample, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="this sample needs a C compiler"
)
def test_the_c_build_gives_the_same_files_with_one_job_and_with_four(tmp_path: Path) -> None:
    check_same_with_one_job_and_with_four(NEEDS_COMPILER, tmp_path)


def test_the_c_build_says_that_there_is_no_compiler(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    shell = shutil.which("sh")
    assert shell
    (tools / "sh").symlink_to(shell)
    done = run(["run"], copied(NEEDS_COMPILER, tmp_path / "work"), env={"PATH": str(tools)})
    assert done.returncode == 1
    assert "there is no C compiler: install gcc or clang, or set CC" in done.stderr


def test_the_release_fails_as_it_is_meant_to(tmp_path: Path) -> None:
    folder = copied("release", tmp_path / "work")
    done = run(["run", "--format", "json", "-j", "1"], folder)
    report = json.loads(done.stdout)
    assert done.returncode == report["exit_code"] == 1
    assert {step["id"]: step["status"] for step in report["steps"]} == {
        "fetch": "succeeded",
        "spelling": "failed",
        "version": "succeeded",
        "publish": "succeeded",
        "announce": "failed",
        "celebrate": "skipped",
        "lament": "succeeded",
    }
    assert report["steps"][0]["attempts"] == 2
    assert [(hook["hook"], hook["name"], hook["status"]) for hook in report["hooks"]] == [
        ("rollback", "publish", "succeeded"),
        ("on-failure", "tell", "succeeded"),
        ("finally", "tidy", "succeeded"),
    ]
    assert "[publish] version 1.2, uploaded with ***" in done.stderr
    assert "[rollback:publish] taking version 1.2 out of the shop" in done.stderr
    assert "[on-failure:tell] failed were announce" in done.stderr
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["sources.txt"]
