"""Where control groups for steps can be made."""

from __future__ import annotations

from pathlib import Path

from wfopt.resources.limits import own_groups

CGROUP = "8:pids:/\n6:freezer:/a\n4:memory:/x/y\n3:cpuset:/\n1:cpu,cpuacct:/b\n0::/c\n"
MOUNTINFO = """\
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
37 31 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer
39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
"""


def test_returns_the_innermost_group_of_each_hierarchy(tmp_path: Path) -> None:
    own = tmp_path / "proc" / "self"
    own.mkdir(parents=True)
    (own / "cgroup").write_text(CGROUP)
    (own / "mountinfo").write_text(MOUNTINFO)
    root = str(tmp_path)
    assert own_groups(root) == {
        "cpu": f"{root}/sys/fs/cgroup/cpu,cpuacct/b",
        "memory": f"{root}/sys/fs/cgroup/memory/x/y",
        "freezer": f"{root}/sys/fs/cgroup/freezer/a",
        "pids": f"{root}/sys/fs/cgroup/pids",
        "": f"{root}/sys/fs/cgroup/unified/c",
    }


def test_there_are_none_without_them(tmp_path: Path) -> None:
    assert own_groups(str(tmp_path)) == {}
