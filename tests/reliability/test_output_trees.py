"""Properties of outputs that go into the cache and come back."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.campaign import spoils, trees
from tests.campaign.expecting import Declared, Expectation, items_trouble
from tests.campaign.forest import grown, plant
from tests.support.portraits import Seen, allocated, portrait, untouched
from tests.support.powers import bound_by_bits
from tests.support.trees import bring_back, differences
from wfopt.cache.blobs import BlobStore
from wfopt.cache.differences import Change, Difference
from wfopt.cache.entry import Item, Kind
from wfopt.cache.intake import take_in
from wfopt.model.patterns import parse_pattern

OUT = [parse_pattern("out/")]
FILE, OTHER, FOLDER = Seen("file", 0o644, "a"), Seen("file", 0o644, "b"), Seen("folder", 0o755)
randoms = st.randoms(use_true_random=False)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(randoms)
def test_spoiled_trees_are_compared_and_restored_exactly(rnd: Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, trouble, _ = trees.checked(trees.case_of(rnd), rnd, Path(folder, "case"))
    assert not trouble


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(randoms)
def test_what_comes_back_is_taken_in_as_the_same(rnd: Random) -> None:
    with tempfile.TemporaryDirectory() as folder, BlobStore(f"{folder}/store") as store:
        work = Path(folder, "work")
        work.mkdir()
        plant(work, grown(rnd, "out"))
        items = take_in(str(work), OUT, store)
        kept = sorted(blob.digest for blob in store)
        assert differences(work, items, OUT) == []
        shutil.rmtree(work / "out")
        assert {each.change for each in differences(work, items, OUT)} == {Change.MISSING}
        assert bring_back(work, items, OUT, store) is None
        assert take_in(str(work), OUT, store) == items
        assert sorted(blob.digest for blob in store) == kept


@pytest.mark.parametrize("place", ["out/usr", "out/l/x", "out/../../x"])
def test_nothing_behind_a_link_is_ever_spoiled(tmp_path: Path, place: str) -> None:
    """The campaign runs as root now and then, and its trees hold links that lead anywhere."""
    work = tmp_path / "work"
    (work / "in/d").mkdir(parents=True)
    (work / "in/l").symlink_to("/")
    (work / "out").symlink_to("/")
    assert spoils.places_in(work, "out") == [f"{work}/out"]
    assert sorted(spoils.places_in(work, "in")) == [f"{work}/in", f"{work}/in/d", f"{work}/in/l"]
    with pytest.raises(ValueError, match="is not in"):
        spoils.refuse_outside(work, f"{work}/{place}")
    spoils.refuse_outside(work, f"{work}/out")
    spoils.refuse_outside(work, f"{work}/in/d/x")


@pytest.mark.parametrize(
    ("spoiled", "after", "trouble"),
    [
        ({}, {"out": FOLDER, "out/x": FILE}, ""),
        ({}, {"out": FOLDER, "out/x": OTHER}, "'out/x' is"),
        ({}, {"out": FOLDER, "out/x": FILE._replace(mode=0o600)}, "'out/x' is"),
        ({}, {"out": FOLDER}, "'out/x' is None"),
        ({"out/y": FILE}, {"out": FOLDER, "out/x": FILE, "out/y": FILE}, "'out/y' is"),
        ({"y": FILE}, {"out": FOLDER, "out/x": FILE}, "'y' is None"),
        ({"y": FILE}, {"out": FOLDER, "out/x": FILE, "y": FILE}, ""),
    ],
)
def test_a_wrong_restore_is_noticed(spoiled: dict[str, Seen], after: dict[str, Seen], trouble: str) -> None:
    expected = Expectation(Declared("whole"), {"out": FOLDER, "out/x": FILE}, spoiled)
    found = expected.restored_trouble(after)
    assert trouble in found
    assert bool(trouble) == bool(found)


@pytest.mark.parametrize(
    ("spoiled", "after", "trouble"),
    [
        ({"out/x": OTHER}, {"out/x": OTHER}, ""),
        ({"out/x": OTHER}, {"out/x": FILE}, ""),
        ({"out/x": OTHER}, {"out/x": Seen("file", 0o644, "c")}, "never was"),
        ({"y": FILE}, {}, "nobody's to delete"),
        ({"out/y": FILE}, {}, ""),
        ({}, {"out": FOLDER._replace(mode=0o700)}, ""),
    ],
)
def test_harm_by_a_restore_that_fails_is_noticed(
    spoiled: dict[str, Seen], after: dict[str, Seen], trouble: str
) -> None:
    expected = Expectation(Declared("whole"), {"out": FOLDER, "out/x": FILE}, spoiled)
    found = expected.missed_trouble(after)
    assert trouble in found
    assert bool(trouble) == bool(found)


def test_a_wrong_comparison_or_record_is_noticed() -> None:
    before = {"out": FOLDER, "out/x": FILE}
    expected = Expectation(Declared("whole"), before, {"out": FOLDER, "out/y": FILE})
    missing, extra = Difference("out/x", Change.MISSING), Difference("out/y", Change.EXTRA)
    assert expected.comparison_trouble([missing, extra]) == ""
    assert "other differences" in expected.comparison_trouble([extra])
    assert "other extra" in expected.comparison_trouble([missing])
    items = [Item("out", Kind.FOLDER, 0o755), Item("out/x", Kind.FILE, 0o644, 1, "a")]
    assert items_trouble(items, before) == ""
    assert "twice" in items_trouble([*items, items[0]], before)
    assert "'out/x' was recorded as None" in items_trouble(items[:1], before)


def test_any_touch_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/x").write_bytes(b"x")
    before = untouched(tmp_path)
    (tmp_path / "d/x").read_bytes()
    os.listdir(tmp_path / "d")
    assert untouched(tmp_path) == before
    (tmp_path / "d/x").chmod(0o600)
    changed = untouched(tmp_path)
    assert [path for path in before if before[path] != changed[path]] == ["d/x"]
    (tmp_path / "d/y").touch()
    assert [path for path in changed if changed[path] != untouched(tmp_path)[path]] == ["d"]


def test_portraits(tmp_path: Path) -> None:
    (tmp_path / ".wfopt").mkdir()
    (tmp_path / "l").symlink_to("/")
    os.mkfifo(tmp_path / "p", 0o600)
    with open(tmp_path / "x", "wb") as file:
        file.truncate(1 << 20)
    (tmp_path / "x").chmod(0o751)
    found = portrait(tmp_path)
    assert sorted(found) == ["l", "p", "x"]
    assert (found["l"], found["p"]) == (Seen("link", 0, "/"), Seen("other", 0o600))
    assert (found["x"].kind, found["x"].mode) == ("file", 0o751)
    assert allocated(f"{tmp_path}/x") < 1 << 20


@pytest.mark.skipif(os.geteuid() != 0, reason="everybody else obeys permission bits anyway")
def test_root_can_obey_permission_bits(tmp_path: Path) -> None:
    (tmp_path / "x").touch(0)
    with bound_by_bits(), pytest.raises(PermissionError):
        (tmp_path / "x").read_bytes()
    with bound_by_bits(wanted=False):
        assert (tmp_path / "x").read_bytes() == b""
