"""What files of DVC become, beyond what the fixtures show."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.imports import damaged, read_text
from wfopt.errors import LoadError
from wfopt.formats.dvc import stages
from wfopt.formats.dvc.format import DvcFormat

FIXTURES = Path(__file__).parents[3] / "fixtures" / "importers" / "dvc"
GOOD = sorted(path for path in FIXTURES.glob("*.yaml") if path.name[:4] not in ("bad-", "odd."))


@pytest.mark.parametrize(
    ("path", "keys", "is_claimed"),
    [
        ("dvc.yaml", (), True),
        ("a/dvc.yaml", (), True),
        ("other.yaml", ("stages", "vars"), True),
        ("other.yaml", ("stages", "build"), False),
        ("other.yaml", ("vars",), False),
    ],
)
def test_files_are_claimed_by_name_or_keys(path: str, keys: tuple[str, ...], is_claimed: bool) -> None:
    assert DvcFormat().claims(path, keys) is is_claimed


def test_too_many_stages_of_a_matrix_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "MAX_CELLS", 3)
    text = "stages: {a: {matrix: {x: [1, 2], y: [1, 2]}, cmd: a}, b: {foreach: [1, 2, 3, 4], do: {cmd: b}}}"
    found = read_text(DvcFormat(), text, tmp_path)
    assert not found.workflow.steps
    assert len(found.remarks) == 2


def test_stages_that_name_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wfopt.formats.native.edges.MAX_COMPARISONS", 0)
    text = "stages: {a: {cmd: a, outs: [x]}, b: {cmd: b, deps: [x]}}"
    with pytest.raises(LoadError, match="too many files"):
        read_text(DvcFormat(), text, tmp_path)


def test_values_that_are_no_yaml_are_told(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("[")
    (tmp_path / "more.toml").write_text("=")
    found = read_text(DvcFormat(), "vars: [more.toml, 3]\nstages: {a: {cmd: 'echo ${x}'}}", tmp_path)
    assert [each.code.number for each in found.remarks] == ["WF906", "WF906", "WF902"]
    assert found.runnable == 0


def test_cells_know_their_group(tmp_path: Path) -> None:
    text = "stages: {a: {matrix: {x: [1], y: [p]}, cmd: 'a ${item.x}'}}"
    (step,) = read_text(DvcFormat(), text, tmp_path).workflow.steps
    assert (step.id, step.definition, step.cell) == ("a@1-p", "a", (("x", "1"), ("y", "p")))
    assert step.group is not None
    assert not step.group.fail_fast


def test_outputs_know_whether_they_are_kept(tmp_path: Path) -> None:
    text = "stages: {a: {cmd: a, outs: [x: {cache: false}, y: {persist: true}, z]}}"
    (step,) = read_text(DvcFormat(), text, tmp_path).workflow.steps
    assert [(each.store, each.persist) for each in step.outputs or ()] == [
        (False, False),
        (True, True),
        (True, False),
    ]


@pytest.mark.slow
@pytest.mark.untraced
def test_damaged_files_are_read_or_refused() -> None:
    rounds = random.Random(7)  # noqa: S311 - the same cases every time
    for _ in range(300):
        text = damaged(rounds.choice(GOOD), rounds)
        start = time.process_time()
        with suppress(LoadError):
            found = read_text(DvcFormat(), text, FIXTURES)
            ids = [step.id for step in found.workflow.steps]
            assert len(set(ids)) == len(ids), text
            ends = {each for edge in found.workflow.edges for each in (edge.before, edge.after)}
            assert ends <= set(ids)
        assert time.process_time() - start < 2, text
