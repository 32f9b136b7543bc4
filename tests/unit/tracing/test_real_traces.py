"""What real programs touch is found in real logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.traces import PYTHON, needs_strace, traced

pytestmark = [needs_strace, pytest.mark.slow]

SHELL = [
    ("echo 1 > new", {"writes": "new", "names": "new"}),
    ("echo 1 >> old", {"writes": "old", "reads": "old"}),
    ("cat old", {"reads": "old"}),
    ("test -e gone || :", {"absent": "gone"}),
    ("ls sub", {"lists": "sub"}),
    ("cd sub; cat inner", {"reads": "sub/inner"}),
    ("cd sub; cd ..; cat old", {"reads": "old"}),
    ("cat link", {"reads": "link old"}),
    ("cat folder/inner", {"reads": "sub/inner"}),
    ("test -e folder/inner", {"reads": "sub/inner"}),
    ("cd folder; cat ../old", {"reads": "old"}),
    ("touch old", {"writes": "old"}),
    ("chmod 600 old", {"writes": "old"}),
    ("rm old", {"writes": "old", "names": "old"}),
    ("mv old other", {"writes": "old other", "trees": "old other"}),
    ("mv sub moved", {"writes": "sub moved", "trees": "sub moved"}),
    ("mkdir -p a/b", {"writes": "a a/b", "trees": "a a/b"}),
    ("rmdir empty", {"writes": "empty", "trees": "empty", "lists": "empty"}),
    ("ln -s old made", {"writes": "made", "names": "made"}),
    ("ln old made", {"writes": "made old", "taints": "files with several names"}),
    ("truncate -s 0 old", {"writes": "old"}),
    ("(cd sub && echo 1 > there)", {"writes": "sub/there"}),
    ("cp old 'a b<\"é>'", {"writes": 'a b<"é>', "reads": "old"}),
    ("cat <<< hi > new", {"writes": "new"}),
    ("echo > t; rm t", {"writes": "t", "names": "t"}),
    ("sort < old | cat > new", {"reads": "old", "writes": "new"}),
    ("./script", {"reads": "script"}),
    ("kill -0 $$", {}),
    ("sleep 5 & kill $!; wait || :", {}),
    ("(cat old; kill $BASHPID; cat sub/inner) & wait $! || :", {"reads": "old"}),
    ("(sleep 0.2; cat old) > /dev/null 2>&1 &", {"taints": "processes that it left behind"}),
    ("kill -0 $PPID", {"taints": "signals to other processes"}),
    ("ls /proc > /dev/null", {"taints": "it looks at other processes"}),
]

PROGRAMS = [
    ("os.chdir('sub'); open('inner')", {"reads": "sub/inner"}),
    ("os.fchdir(os.open('sub', 0)); open('inner')", {"reads": "sub/inner"}),
    (
        "open('inner', dir_fd=0) if 0 else os.open('inner', 0, dir_fd=os.open('sub', 0))",
        {"reads": "sub/inner"},
    ),
    (
        "t = threading.Thread(target=os.chdir, args=('sub',)); t.start(); t.join(); open('inner')",
        {"reads": "sub/inner"},
    ),
    ("os.chdir('sub'); subprocess.run(['cat', 'inner'], check=True)", {"reads": "sub/inner"}),
    ("subprocess.run(['cat', 'inner'], cwd='sub', check=True)", {"reads": "sub/inner"}),
    ("open('/proc/self/fd/%d' % os.open('old', 0))", {"reads": "old"}),
    ("open('old', 'r+')", {"writes": "old", "reads": "old"}),
    ("os.truncate('old', 0)", {"writes": "old"}),
    ("os.truncate(os.open('old', os.O_RDWR), 0)", {"writes": "old"}),
    ("os.fchmod(os.open('old', 0), 0o600)", {"writes": "old"}),
    ("os.utime(os.open('old', 0))", {"writes": "old"}),
    ("os.scandir('sub').__next__()", {"lists": "sub"}),
    ("os.open('gone/x', 0) if os.path.exists('gone/x') else 0", {"absent": "gone/x"}),
    ("os.mkfifo('fifo')", {"writes": "fifo"}),
    ("os.replace('old', 'link')", {"writes": "old link"}),
    (
        "os.symlink('sub', 'way'); open('way/inner'); os.remove('way')",
        {"writes": "way", "taints": "links that come and go"},
    ),
    ("socket.socket()", {"taints": "network"}),
    ("socket.socket(socket.AF_UNIX).bind('sock')", {"writes": "sock"}),
    (
        "u = socket.AF_UNIX; s = socket.socket(u); s.bind('k'); s.listen(); socket.socket(u).connect('k')",
        {"writes": "k"},
    ),
    ("socket.socket(socket.AF_UNIX).connect_ex('gone')", {"absent": "gone"}),
    ("socket.socket(socket.AF_UNIX).connect_ex('\\0name')", {"taints": "an abstract socket"}),
    ("socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)", {"taints": "a socket of another program"}),
    ("tempfile.TemporaryFile(dir='.').write(b'1')", {}),
    ("os.wait() if os.fork() else open('old')", {"reads": "old"}),
    ("os.wait() if os.fork() else (os.chdir('sub'), open('inner'))", {"reads": "sub/inner"}),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    (made / "sub").mkdir(parents=True)
    (made / "empty").mkdir()
    (made / "old").write_text("1\n")
    (made / "sub" / "inner").write_text("2\n")
    (made / "link").symlink_to("old")
    (made / "folder").symlink_to("sub")
    (made / "script").write_text("#!/bin/sh\ntrue\n")
    (made / "script").chmod(0o755)
    return made


def check(found: object, expected: dict[str, str]) -> None:
    for kind in ("writes", "taints"):
        wanted = expected.get(kind, "")
        names = {wanted} if kind == "taints" or " b<" in wanted else set(wanted.split())
        assert getattr(found, kind) == names - {""}, kind
    for kind in ("reads", "absent", "lists", "names", "trees"):
        assert set(expected.get(kind, "").split()) <= getattr(found, kind), kind


@pytest.mark.parametrize(
    ("script", "expected"), SHELL, ids=lambda each: each if isinstance(each, str) else ""
)
def test_shell(script: str, expected: dict[str, str], folder: Path) -> None:
    check(traced(script, folder), expected)


@pytest.mark.parametrize(
    ("text", "expected"), PROGRAMS, ids=lambda each: each if isinstance(each, str) else ""
)
def test_program(text: str, expected: dict[str, str], folder: Path) -> None:
    modules = "import os, socket, subprocess, tempfile, threading\n"
    check(traced(modules + text, folder, *PYTHON), expected)
