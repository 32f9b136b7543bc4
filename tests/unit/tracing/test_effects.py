"""Links are followed, what concerns nobody is left out, and what cannot be told is a taint."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.traces import GROUND, FakeFiles
from wfopt.model.effects import Effects
from wfopt.tracing import effects as finding
from wfopt.tracing.disk import Disk
from wfopt.tracing.effects import ALIASES, LINKS, OUTSIDE, RIGHTS, effects_of
from wfopt.tracing.seen import TOO_MANY, Seen


@pytest.mark.parametrize(
    ("seen", "files", "expected"),
    [
        (Seen(reads={"/w/a", "/usr/b", "/w/.wfopt/c"}), {}, Effects(reads=frozenset({"a"}))),
        (Seen(reads={"/w", "/"}), {}, Effects(reads=frozenset({""}))),
        (Seen(reads={"/w2/a"}), {}, Effects()),
        (Seen(reads={"/w/l"}), {"links": {"/w/l": "/w/a"}}, Effects(reads=frozenset({"a", "l"}))),
        (Seen(reads={"/w/l"}, own={"/w/l"}), {"links": {"/w/l": "/w/a"}}, Effects(reads=frozenset({"l"}))),
        (Seen(reads={"/w/l/b"}), {"links": {"/w/l": "/w/a"}}, Effects(reads=frozenset({"a/b"}))),
        (Seen(reads={"/home/l/b"}), {"links": {"/home/l": "/w/a"}}, Effects(reads=frozenset({"a/b"}))),
        (Seen(writes={"/w/a"}), {}, Effects(writes=frozenset({"a"}))),
        (Seen(writes={"/root/a"}), {}, Effects(taints=frozenset({OUTSIDE}))),
        (
            Seen(writes={"/w/l"}),
            {"links": {"/w/l": "/etc/a"}},
            Effects(writes=frozenset({"l"}), taints=frozenset({OUTSIDE})),
        ),
        (Seen(writes={"/w/.wfopt/history.db"}), {}, Effects(taints=frozenset({OUTSIDE}))),
        (Seen(writes={"/w/.wfopt/runs/1/x", "/dev/null", "/dev/pts/3", "pipe:[3]"}), {}, Effects()),
        (Seen(writes={"/usr/lib/__pycache__/a.pyc"}), {}, Effects()),
        (Seen(writes={"/w/__pycache__/a.pyc"}), {}, Effects(writes=frozenset({"__pycache__/a.pyc"}))),
        (
            Seen(writes={"/w/a"}),
            {"aliased": {"/w/a"}},
            Effects(writes=frozenset({"a"}), taints=frozenset({ALIASES})),
        ),
        (Seen(aliases=[("/w/a", "/w/b")]), {}, Effects(taints=frozenset({ALIASES}))),
        (Seen(aliases=[("/w/a", "/w/b")], unlinked={"/w/a"}), {}, Effects()),
        (Seen(links={"/w/a"}), {}, Effects(taints=frozenset({LINKS}))),
        (Seen(links={"/w/a"}), {"links": {"/w/a": "/w/b"}}, Effects()),
        (
            Seen(reads={"/w/a/b"}, unlinked={"/w/a"}),
            {},
            Effects(reads=frozenset({"a/b"}), taints=frozenset({LINKS})),
        ),
        (Seen(executed={"/bin/su"}), {"rights": {"/bin/su"}}, Effects(taints=frozenset({RIGHTS}))),
        (Seen(executed={"/w/s"}), {"scripts": {"/w/s": "/w/sh"}}, Effects(reads=frozenset({"sh"}))),
        (
            Seen(writes={"/w/t", "/w/o"}, names={"/w/t", "/w/o"}, fresh={"/w/t"}),
            {},
            Effects(writes=frozenset({"t", "o"}), names=frozenset({"t", "o"}), passing=frozenset({"t"})),
        ),
    ],
)  # fmt: skip
def test_effects(seen: Seen, files: dict[str, object], expected: Effects) -> None:
    assert effects_of(seen, GROUND, FakeFiles(**files)) == expected  # type: ignore[arg-type]


def test_too_many_paths_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_KEPT", 2)
    found = effects_of(Seen(reads={"/w/a", "/w/b", "/w/c"}), GROUND, FakeFiles())
    assert found == Effects(taints=frozenset({TOO_MANY}))


def test_several_runs_are_joined() -> None:
    one = Effects(reads=frozenset("a"), writes=frozenset("tx"), passing=frozenset("tx"))
    other = Effects(reads=frozenset("b"), writes=frozenset("t"), taints=frozenset({"network"}))
    joined = one.joined(other)
    assert joined.reads == {"a", "b"}
    assert (joined.writes, joined.passing, joined.lasting) == ({"t", "x"}, {"x"}, {"t"})
    assert joined.taints == {"network"}


def test_the_disk_is_asked(tmp_path: Path) -> None:
    base, disk = os.path.realpath(tmp_path), Disk()
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_text("#! /bin/sh -e\n")
    (tmp_path / "b").write_text("text")
    (tmp_path / "b").chmod(0o4755)
    os.link(tmp_path / "b", tmp_path / "c")
    (tmp_path / "l").symlink_to("sub")
    assert disk.real(f"{base}/l/x", own=False) == f"{base}/sub/x"
    assert disk.real(f"{base}/l/../a", own=False) == f"{base}/a"
    assert disk.real(f"{base}/l/..", own=True) == base
    assert disk.real(f"{base}/l", own=True) == f"{base}/l"
    assert disk.real(f"{base}/l", own=False) == f"{base}/sub"
    assert disk.real("/", own=True) == "/"
    assert (disk.is_link(f"{base}/l"), disk.is_link(f"{base}/a")) == (True, False)
    assert [disk.has_other_names(f"{base}/{name}") for name in ("a", "b", "sub", "gone")] == [
        False,
        True,
        False,
        False,
    ]
    assert (disk.gives_rights(f"{base}/b"), disk.gives_rights(f"{base}/a")) == (True, False)
    assert [disk.interpreter(f"{base}/{name}") for name in ("a", "b", "gone")] == ["/bin/sh", "", ""]
