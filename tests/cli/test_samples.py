"""The sample workflows do the same, whether their steps run one by one or side by side."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.commands import ROOT, run

SAMPLES = ("data-preparation", "python-ci", "text-statistics")


def results(sample: str, jobs: str, folder: Path) -> dict[str, bytes]:
    shutil.copytree(
        ROOT / "sample_workflows" / sample, folder, ignore=shutil.ignore_patterns("out", ".wfopt")
    )
    done = run(["run", "-j", jobs, "--format", "json"], folder)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["status"] == "succeeded"
    assert {step["status"] for step in report["steps"]} == {"succeeded"}
    out = folder / "out"
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_every_sample_is_run() -> None:
    assert {path.parent.name for path in (ROOT / "sample_workflows").glob("*/wfopt.yml")} == set(SAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_gives_the_same_files_with_one_job_and_with_four(sample: str, tmp_path: Path) -> None:
    one = results(sample, "1", tmp_path / "one")
    four = results(sample, "4", tmp_path / "four")
    assert one
    assert sorted(one) == sorted(four)
    assert [name for name in one if one[name] != four[name]] == []
