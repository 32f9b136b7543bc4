"""Which hierarchies a step gets groups in."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.support.fake_cgroups import V1_FILES, V2_FILES, FakeCgroups
from wfopt.engine.spawning.control import Control
from wfopt.engine.spawning.groups import V2


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCgroups:
    return FakeCgroups(tmp_path, monkeypatch)


def _runs(kernel: FakeCgroups) -> list[str]:
    return sorted(str(path.relative_to(kernel.root)) for path in kernel.root.glob("*/wfopt-*"))


def test_makes_nothing_where_there_is_nothing() -> None:
    control = Control(b"run", {})
    assert control.make({b"memory": 1}) is None
    assert not control.has(b"memory")
    control.close()


def test_makes_one_folder_in_version_2(kernel: FakeCgroups) -> None:
    control = Control(b"run", {V2: kernel.base("x", V2_FILES)})
    group = control.make({b"memory": 5000, b"pids": 3, b"nice": 1})
    assert group is not None
    group.limit({b"memory": 5000, b"pids": 3})
    assert kernel.text(os.fsencode(kernel.root / "x/wfopt-run/1"), "memory.max") == "5000"
    control.drop(group)
    control.close()
    assert _runs(kernel) == []


def test_each_controller_has_its_home_where_both_versions_are(kernel: FakeCgroups) -> None:
    bases = {
        V2: kernel.base("unified", V2_FILES | {"cgroup.controllers": "hugetlb"}),
        b"memory": kernel.base("memory", V1_FILES),
        b"freezer": kernel.base("freezer", V1_FILES),
    }
    control = Control(b"run", bases)
    assert (control.has(b"memory"), control.has(b"pids")) == (True, False)
    assert control.make({b"memory": 5000}) is not None
    # The best means to kill makes the freezer superfluous.
    assert _runs(kernel) == ["memory/wfopt-run", "unified/wfopt-run"]
    control.close()
    assert _runs(kernel) == []


def test_kills_with_the_freezer_where_there_is_no_other_means(kernel: FakeCgroups) -> None:
    control = Control(b"run", {b"freezer": kernel.base("freezer", V1_FILES)})
    group = control.make({b"memory": 5000})
    assert group is not None
    group.kill()
    assert ("freezer/wfopt-run/1/freezer.state", b"FROZEN") in kernel.written


def test_goes_without_what_cannot_be_used(kernel: FakeCgroups) -> None:
    control = Control(b"run", {b"pids": kernel.base("pids", V1_FILES)})
    kernel.refused["pids/wfopt-run/0/cgroup.procs"] = errno.EACCES
    assert not control.has(b"pids")
    assert control.make({b"pids": 3}) is None
    control.close()


def test_what_cannot_be_made_leaves_nothing(kernel: FakeCgroups, monkeypatch: pytest.MonkeyPatch) -> None:
    control = Control(b"run", {b"pids": kernel.base("pids", V1_FILES)})
    assert control.has(b"pids")
    os.mkdir(os.fsencode(kernel.root / "pids/wfopt-run/1"))
    make = os.mkdir

    def refuse(path: bytes) -> None:
        make(path)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("wfopt.engine.spawning.groups.os.mkdir", refuse)
    with pytest.raises(OSError, match=r"full|exists"):
        control.make({b"pids": 3})
    assert os.listdir(kernel.root / "pids/wfopt-run").count("1") == 0


def test_removes_later_what_is_not_empty_yet(kernel: FakeCgroups) -> None:
    control = Control(b"run", {b"pids": kernel.base("pids", V1_FILES)})
    group = control.make({b"pids": 3})
    assert group is not None
    folder = os.fsencode(kernel.root / "pids/wfopt-run/1")
    kernel.set(folder, "cgroup.procs", "9")
    control.drop(group)
    assert os.path.isdir(folder)
    kernel.set(folder, "cgroup.procs", "")
    control.make({b"pids": 3})
    assert not os.path.isdir(folder)
