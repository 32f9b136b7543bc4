"""The hash of what a workflow does, and how it is remembered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from wfopt.api import content as module
from wfopt.api.content import FILE, content_of
from wfopt.api.loading import Loaded
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.dataclass import replace
from wfopt.engine.masking import Masker
from wfopt.model.expressions import Template
from wfopt.model.workflow import Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

CAPACITY = Capacity(slots=1, cpu_milli=1000)
PLAIN = workflow("ab", [("a", "b")])


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    return RunOptions(
        file="w.yml",
        workspace=str(tmp_path),
        state_folder=str(tmp_path),
        capacity=CAPACITY,
        strategy=Fifo(),
    )


def prepared(wanted: Workflow, whole: Workflow | None = None, identity: str = "") -> Prepared:
    """Return a workflow as it is before a run; with `whole` or an identity, as one that was loaded."""
    loaded = Loaded(whole or wanted, (), identity=identity) if whole or identity else None
    return Prepared(wanted, (), CAPACITY, loaded=loaded)


def content(options: RunOptions, each: Prepared, *secrets: str) -> str:
    masker = Masker()
    for secret in secrets:
        masker.add(secret)
    return content_of(each, options, masker)


def with_env(value: str) -> Workflow:
    return workflow([step("a", env={"X": Template((value,), value)})])


def test_it_says_what_is_done_and_not_how_it_is_written(options: RunOptions) -> None:
    plain = content(options, prepared(PLAIN))
    assert len(plain) == 32
    assert int(plain, 16)
    described = replace(PLAIN, steps=tuple(replace(each, description="x") for each in PLAIN.steps))
    assert content(options, prepared(described)) == plain
    assert content(options, prepared(workflow("ab"))) != plain
    assert content(options, prepared(workflow("ac", [("a", "c")]))) != plain


def test_it_is_that_of_the_whole_workflow_whatever_is_wanted_of_it(options: RunOptions) -> None:
    assert content(options, prepared(workflow("a"), PLAIN)) == content(options, prepared(PLAIN))


def test_secrets_have_no_part_in_it(options: RunOptions) -> None:
    one, other = (content(options, prepared(with_env(value)), value) for value in ("hush-one", "hush-two"))
    assert one == other
    assert content(options, prepared(with_env("hush-one"))) != one


def test_text_that_is_no_unicode_has_a_hash(options: RunOptions) -> None:
    assert len(content(options, prepared(with_env("\udcff")))) == 32


def test_without_an_identity_nothing_is_remembered(options: RunOptions, tmp_path: Path) -> None:
    content(options, prepared(PLAIN))
    content(options, prepared(PLAIN, PLAIN))
    assert os.listdir(tmp_path) == []


def test_with_one_it_is_worked_out_once(options: RunOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    first = content(options, prepared(PLAIN, identity="one"))
    assert first == content(options, prepared(PLAIN))
    worked_out: list[bool] = []

    def hashed(_data: bytes) -> None:
        worked_out.append(True)
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr(module, "sha256", hashed)
        assert content(options, prepared(PLAIN, identity="one")) == first
        with pytest.raises(AssertionError):
            content(options, prepared(PLAIN, identity="two"))
    assert worked_out == [True]


@pytest.mark.parametrize("damage", [b"", b"garbage", b"wfopt-contents-1\n" + b"\0" * 40])
def test_damage_costs_only_time(damage: bytes, options: RunOptions, tmp_path: Path) -> None:
    first = content(options, prepared(PLAIN, identity="one"))
    (tmp_path / FILE).write_bytes(damage)
    assert content(options, prepared(PLAIN, identity="one")) == first
    assert (tmp_path / FILE).read_bytes() != damage


def test_a_changed_byte_is_noticed(options: RunOptions, tmp_path: Path) -> None:
    first = content(options, prepared(PLAIN, identity="one"))
    data = bytearray((tmp_path / FILE).read_bytes())
    data[data.index(first.encode())] ^= 1
    (tmp_path / FILE).write_bytes(data)
    assert content(options, prepared(PLAIN, identity="one")) == first


def test_that_it_cannot_be_remembered_is_no_error(options: RunOptions, tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    assert content(options, prepared(PLAIN, identity="one")) == content(options, prepared(PLAIN))


def test_only_the_newest_are_remembered(options: RunOptions, tmp_path: Path) -> None:
    for number in range(60):
        content(options, prepared(PLAIN, identity=f"<{number}>"))
    data = (tmp_path / FILE).read_bytes()
    assert [number for number in range(60) if b"<%d>" % number in data] == list(range(10, 60))
