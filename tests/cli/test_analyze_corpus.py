"""`wfopt analyze` on a folder of many real files: all are read, quickly, and without a flood of findings.

Variable `WFOPT_DATA` names a folder in whose `corpus` the files lie, in one folder a format.
"""

import collections
import json
import os
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.commands import run
from tests.support.sarif_schema import SARIF

CORPUS = os.path.join(os.environ.get("WFOPT_DATA", ""), "corpus")  # noqa: TID251 - where it is, if anywhere

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.isdir(CORPUS), reason="`WFOPT_DATA` names no folder with a `corpus`"),
]

LIMIT_S = 25.0

# What share of the files of a format is used. The others are no workflows (parts of others, mere settings),
# are wrong on purpose, or have unquoted templates.
LEAST_USED = {"github": 0.97, "gitlab": 0.9, "taskfile": 1.0, "dvc": 1.0}

# Between how many findings a check should have, if it has more than a few. Far more would be a flood, far
# fewer a check that has gone blind.
EXPECTED = {
    "WF101": (4, 12),
    "WF103": (3, 12),
    "WF109": (4, 14),
    "WF201": (8, 30),
    "WF202": (22, 50),
    "WF203": (6, 24),
    "WF209": (8, 25),
    "WF301": (430, 750),
    "WF302": (110, 200),
    "WF303": (20, 50),
    "WF304": (24, 46),
    "WF306": (8, 30),
    "WF401": (5, 14),
    "WF406": (3, 10),
}
MOST_OF_OTHERS = 10


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def told(place: Path) -> Any:
    started = time.perf_counter()
    done = run(["analyze", CORPUS, "--format", "json", "--fail-on", "never"], place)
    taken = time.perf_counter() - started
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 2}
    return {**json.loads(done.stdout), "taken": taken}


def files_of(kind: str) -> list[Path]:
    found = Path(CORPUS, kind).rglob("*")
    return [path for path in found if path.suffix in {".yml", ".yaml"}]


def test_every_file_gives_a_result_or_a_located_error(told: Any) -> None:
    broken = {each["file"] for each in told["errors"]}
    assert all(each["file"] and each["line"] and each["column"] for each in told["errors"])
    count = sum(len(files_of(kind)) for kind in LEAST_USED)
    assert len(told["files"]) + len(broken) + sum(told["left_out"].values()) == count
    assert told["left_out"].keys() <= {"no-workflow", "included"}


@pytest.mark.parametrize("kind", LEAST_USED)
def test_nearly_all_files_are_used(kind: str, told: Any) -> None:
    used = [each for each in told["files"] if f"/{kind}/" in each["file"]]
    assert {each["format"] for each in used} == {kind}
    assert len(used) >= LEAST_USED[kind] * len(files_of(kind))


def test_only_unquoted_templates_are_no_yaml(told: Any) -> None:
    wrong = [each for each in told["errors"] if each["code"] == "WF008"]
    assert [each for each in wrong if not any("{{" in hint for hint in each["hints"])] == []
    assert len({each["file"] for each in wrong}) <= 2


def test_no_check_floods_or_is_blind(told: Any) -> None:
    counts = collections.Counter(each["code"] for file in told["files"] for each in file["findings"])
    odd = {
        code: counts[code] for code, (least, most) in EXPECTED.items() if not least <= counts[code] <= most
    }
    many = {code: count for code, count in counts.items() if code not in EXPECTED and count > MOST_OF_OTHERS}
    assert odd | many == {}


def test_no_file_is_flooded(told: Any) -> None:
    worst = max(len(file["findings"]) / (1 + len(file["graph"]["slack"])) for file in told["files"])
    assert worst <= 3


def test_what_is_found_stands_in_the_file_and_is_told_apart(told: Any) -> None:
    for file in told["files"]:
        lines = Path(file["file"]).read_text(encoding="utf-8").count("\n") + 2
        assert all(1 <= each["line"] <= lines for each in file["findings"])
        marks = [each["fingerprint"] for each in file["findings"]]
        assert len(set(marks)) == len(marks), file["file"]


def test_the_whole_is_valid_sarif(told: Any, place: Path) -> None:
    document = json.loads(run(["analyze", CORPUS, "--format", "sarif", "--fail-on", "never"], place).stdout)
    jsonschema.validate(document, SARIF)
    results = document["runs"][0]["results"]
    assert len(results) >= sum(len(file["findings"]) for file in told["files"])


def test_the_whole_takes_no_time(told: Any) -> None:
    assert told["taken"] < LIMIT_S
