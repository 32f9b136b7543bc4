"""`wfopt run` says why each step runs again: the file, the variable, the line that changed."""

from pathlib import Path

import pytest

from tests.support.cache_stores import keys_in, store_at
from tests.support.cached import ran, workspace

pytestmark = pytest.mark.slow

BEFORE = """params: {level: low, unused: a}
steps:
  line: {run: "echo one\\necho two", inputs: [], outputs: []}
  words: {run: [echo, a, b], inputs: [], outputs: []}
  kind: {run: echo kind, inputs: [], outputs: []}
  env: {run: echo env, inputs: [], outputs: [], env: {CFLAGS: -O2, GONE: x}}
  param: {run: "echo ${{ params.level }}", inputs: [], outputs: []}
  twin: {run: echo twin $WFOPT_PARAM_LEVEL, inputs: [], outputs: []}
  other: {run: echo other, inputs: [], outputs: []}
  edited: {run: echo edited, inputs: [edited.txt], outputs: []}
  mode: {run: echo mode, inputs: [tool], outputs: []}
  absent: {run: echo absent, inputs: [late.txt], outputs: []}
  glob: {run: echo glob, inputs: ["src/*.c"], outputs: []}
  folder: {run: echo folder, inputs: [dir/], outputs: []}
  shell: {run: echo shell, inputs: [], outputs: []}
  cwd: {run: echo cwd, cwd: dir, inputs: [], outputs: []}
  declared: {run: echo declared > made, inputs: [], outputs: [made]}
  capture: {run: echo capture, inputs: [], outputs: [], capture: {stdout: one}}
  text: {run: echo text, inputs: [], outputs: [], cache: {key: [v1]}}
  file: {run: echo file, inputs: [], outputs: [], cache: {key: [{file: key.txt}]}}
  variable: {run: echo variable, inputs: [], outputs: [], cache: {key: [{env: COMPILER}]}}
  command: {run: echo command, inputs: [], outputs: [], cache: {key: [same, {command: cat version}]}}
  forced: {run: echo forced, inputs: [], outputs: []}
  many: {run: echo many, inputs: ["many/*"], outputs: []}
"""
FILES = {
    "edited.txt": "1\n",
    "tool": "tool\n",
    "src/old.c": "old\n",
    "src/same.c": "same\n",
    "dir/file": "1\n",
    "key.txt": "1\n",
    "version": "1\n",
} | {f"many/{number}": "" for number in range(5)}
CHANGES = {
    "echo two": "echo three",
    "[echo, a, b]": "[echo, a, c]",
    "kind: {run: echo kind": "kind: {run: [echo]",
    "CFLAGS: -O2, GONE: x": "CFLAGS: -O3, MORE: y",
    "shell: {": "shell: {shell: bash, ",
    "cwd: dir": "cwd: src",
    "outputs: [made]": "outputs: [{path: made, optional: true}]",
    "stdout: one": "stdout: two",
    "key: [v1]": "key: [v2]",
}
REASONS = {
    "line": "script changed (line 2)",
    "words": "command changed (argument 3)",
    "kind": "script changed, shell changed",
    "env": 'env CFLAGS: "-O2" to "-O3", env MORE is new, env GONE is gone',
    "param": 'param level: "low" to "high", script changed (line 1)',
    "twin": 'param level: "low" to "high"',
    "edited": "input edited.txt changed",
    "mode": "input tool changed its mode",
    "absent": "input late.txt exists now",
    "glob": "input src/new.c is new, input src/old.c is gone",
    "folder": "input dir/file changed",
    "shell": "shell changed",
    "cwd": 'folder to run in: "dir" to "src"',
    "declared": "outputs declared differently",
    "capture": "captured under another name",
    "text": "cache.key text 1 changed",
    "file": "cache.key file 1 changed",
    "variable": "cache.key env 1 changed",
    "command": "cache.key command 2 changed",
    "forced": "forced",
    "many": "input many/0 changed, input many/1 changed, input many/2 changed and 2 more",
}


def test_every_kind_of_change_has_its_own_words(tmp_path: Path) -> None:
    space = workspace(tmp_path, BEFORE, FILES)
    first = ran(space, env={"COMPILER": "gcc"})
    assert set(first.reasons.values()) == {"never ran"}
    after = BEFORE
    for old, new in CHANGES.items():
        assert old in after
        after = after.replace(old, new)
    (space / "src/old.c").unlink()
    (space / "tool").chmod(0o755)
    edited = ("edited.txt", "late.txt", "src/new.c", "dir/file", "key.txt", "version")
    many = [f"many/{number}" for number in range(5)]
    workspace(space, after, dict.fromkeys((*edited, *many), "2"))
    params = ("-p", "level=high", "-p", "unused=b")
    second = ran(space, *params, "--force-step", "forced", env={"COMPILER": "clang"})
    assert {name: second.reasons[name] for name in second.executed} == REASONS
    assert ran(space, *params, env={"COMPILER": "clang"}).executed == []


def test_results_that_are_gone_or_damaged_are_said_to_be(tmp_path: Path) -> None:
    steps = """steps:
  record: {run: echo, inputs: [], outputs: []}
  output: {run: echo 1 > out, inputs: [], outputs: [out]}
  flipped: {run: echo 2 > flipped, inputs: [], outputs: [flipped]}
  log: {run: seq 1000, inputs: [], outputs: []}
"""
    space = workspace(tmp_path, steps)
    first = ran(space)
    with store_at(space / ".wfopt/cache") as store:
        store.records.delete_many([first.steps["record"]["cache_key"]])
        assert len(keys_in(store)) == 3
    for path in (space / ".wfopt/cache/v1/cas").glob("*/*"):
        path.chmod(0o600)
        content = path.read_bytes()
        if content == b"1\n":
            path.unlink()
        else:
            path.write_bytes(b"3" + content[1:])
    (space / "out").unlink()
    (space / "flipped").unlink()
    second = ran(space)
    assert second.reasons == {
        "record": "its last result is not in the cache any more",
        "output": "output out is not in the cache any more",
        "flipped": "output flipped was damaged in the cache",
        "log": "what it printed was damaged in the cache",
    }
    assert second.executed == list(first.steps)
    assert (space / "flipped").read_text() == "2\n"
    assert second.code == 0
    (space / "flipped").unlink()
    assert ran(space).executed == []
    assert (space / "flipped").read_text() == "2\n"
