"""`wfopt run` with a cache, as a user meets it: what runs again, what comes back, which options decide."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.cached import Ran, ran, trashed, workspace
from tests.support.commands import run
from tests.support.trees import look_at_tree

pytestmark = pytest.mark.slow

CHAIN = """steps:
  head: {run: head -n 1 in.txt > head.txt; echo made it, inputs: [in.txt], outputs: [head.txt]}
  body: {run: cat head.txt other.txt > body.txt, inputs: [head.txt, other.txt], outputs: [body.txt]}
  tail: {run: cat body.txt > tail.txt, inputs: [body.txt], outputs: [tail.txt]}
"""
FILES = {"in.txt": "first\nsecond\n", "other.txt": "other\n"}
ALL = ["head", "body", "tail"]


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Give a workspace in which everything has run once."""
    space = workspace(tmp_path / "space", CHAIN, FILES)
    assert ran(space).executed == ALL
    return space


def test_with_nothing_to_do_one_plain_line_is_the_result(chain: Path) -> None:
    (chain / "in.txt").write_text("first\nsecond\n")
    os.utime(chain / "other.txt", (1, 1))
    done = run(["run"], chain)
    assert (done.returncode, done.stderr) == (0, "")
    told = (
        r"\[head\] made it\nsucceeded: 3 steps in \[TIME\] \(3 cached\)"
        r" · cache 3 hits, 0 misses, saved \[TIME\]\n"
    )
    assert re.fullmatch(told, done.stdout)


def test_only_what_depends_on_changed_bytes_runs(chain: Path) -> None:
    (chain / "in.txt").write_text("first\nTHIRD\n")
    cut_off = ran(chain)
    assert cut_off.executed == ["head"]
    assert cut_off.reasons == {"head": "input in.txt changed", "body": "up to date", "tail": "up to date"}
    (chain / "other.txt").write_text("another\n")
    assert ran(chain).executed == ["body", "tail"]
    assert (chain / "tail.txt").read_text() == "first\nanother\n"
    (chain / "other.txt").write_text("other\n")
    back = ran(chain)
    assert back.executed == []
    assert back.reasons["body"] == "restored: input other.txt changed"
    assert (chain / "tail.txt").read_text() == "first\nother\n"


def test_outputs_that_are_gone_or_edited_come_back(chain: Path) -> None:
    before = look_at_tree(chain)
    (chain / "head.txt").unlink()
    (chain / "body.txt").write_text("by hand\n")
    (chain / "tail.txt").chmod(0o755)
    back = ran(chain)
    assert back.executed == []
    assert back.reasons == {
        "head": "restored: output head.txt is missing",
        "body": "restored: output body.txt was edited",
        "tail": "restored: output tail.txt changed its mode",
    }
    assert look_at_tree(chain) == before
    assert trashed(chain) == {"body.txt": "by hand\n"}
    assert [step["restored_files"] for step in back.report["steps"]] == [1, 1, 1]
    cache = back.report["cache"]
    assert (cache["hits"], cache["misses"], cache["restored_files"]) == (3, 0, 3)
    assert cache["saved_s"] > 0
    assert all(re.fullmatch(r"[\w-]{20}", step["cache_key"]) for step in back.report["steps"])


TREE = """steps:
  tree:
    run: |
      mkdir -p out/empty out/closed
      printf 'a\\377\\0b' > "out/$(printf 'n\\351 \\n')"
      printf 1 > out/run; chmod 750 out/run
      printf 2 > out/closed/two; chmod 500 out/closed; chmod 711 out
      ln -s run out/link; ln -s nowhere out/broken
    inputs: []
    outputs: [out/]
"""


def test_a_folder_comes_back_with_modes_links_and_nothing_extra(tmp_path: Path) -> None:
    space = workspace(tmp_path, TREE)
    assert ran(space).executed == ["tree"]
    before = look_at_tree(space)
    for path in (space / "out/closed", space / "out"):
        path.chmod(0o755)
    shutil.rmtree(space / "out")
    assert ran(space).executed == []
    assert look_at_tree(space) == before
    (space / "out/link").unlink()
    (space / "out/link").write_text("no link\n")
    (space / "out/empty").rmdir()
    (space / "out/extra/deep").mkdir(parents=True)
    (space / "out/extra/deep/file").write_text("mine\n")
    (space / "out/run").chmod(0o640)
    again = ran(space)
    assert again.executed == []
    assert "output out/link was edited" in again.reasons["tree"]
    assert look_at_tree(space) == before
    assert trashed(space) == {"out/link": "no link\n", "out/extra/deep/file": "mine\n"}


PRINTS = r"""steps:
  short: {run: "printf 'out\\351\\r\\n'; printf 'err\\n' >&2; printf end", inputs: [], outputs: []}
  long: {run: "seq 1000; echo on stderr >&2; seq 1000", inputs: [], outputs: []}
"""


def test_what_a_step_printed_is_printed_again(tmp_path: Path) -> None:
    space = workspace(tmp_path, PRINTS)
    # By default, what took longer in the first run would start first in the second.
    first, second = (run(["run", "-j1", "--strategy", "fifo"], space) for _ in range(2))
    printed = [line for line in first.stdout.splitlines() if line.startswith("[")]
    assert len(printed) == 2004
    assert [line for line in second.stdout.splitlines() if line.startswith("[")] == printed
    assert "2 cached" in second.stdout
    logs = (space / ".wfopt/runs").glob("*/*.log")
    assert sorted(path.name for path in logs) == ["long.log", "short.log"]
    silent = run(["run", "-q"], space)
    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")
    lines = [json.loads(line) for line in run(["run", "--format", "jsonl"], space).stdout.splitlines()]
    outputs = [line for line in lines if line["event"] == "step-output"]
    assert [line["text"] for line in outputs if line["step"] == "short"] == ["out\ufffd\r\nerr\nend"]
    assert {line["replayed"] for line in outputs} == {True}
    ends = [line for line in lines if line["event"] == "step-finished"]
    assert {(line["status"], line["reason"]) for line in ends} == {("cached", "up to date")}


VALUES = """steps:
  version: {run: cat v.txt, inputs: [v.txt], outputs: [], capture: {stdout: version}}
  more:
    run: echo "size=$(wc -c < v.txt)" >> $WFOPT_STEP_OUTPUT
    inputs: [v.txt]
    outputs: []
  use:
    run: echo "${{ needs.version.out.version }} ${{ needs.more.out.size }} ${{ needs.more.status }}" > use.txt
    inputs: []
    outputs: [use.txt]
  always: {run: "echo ${{ needs.version.out.version }} >> always.txt"}
"""


def test_values_of_cached_steps_flow_into_later_ones(tmp_path: Path) -> None:
    space = workspace(tmp_path, VALUES, {"v.txt": "3.10\n"})
    ran(space)
    (space / "use.txt").unlink()
    assert ran(space).executed == ["always"]
    assert (space / "use.txt").read_text() == "3.10 5 succeeded\n"
    assert (space / "always.txt").read_text() == "3.10\n3.10\n"
    (space / "v.txt").write_text("3.11\n")
    changed = ran(space)
    assert changed.executed == ["version", "more", "use", "always"]
    assert changed.reasons["use"] == "script changed (line 1)"
    assert (space / "use.txt").read_text() == "3.11 5 succeeded\n"


def test_force_runs_all_and_force_step_some(chain: Path) -> None:
    forced = ran(chain, "--force")
    assert forced.reasons == dict.fromkeys(ALL, "forced")
    some = ran(chain, "--force-step", "body")
    assert (some.executed, some.reasons["body"]) == (["body"], "forced")
    assert ran(chain).executed == []
    unknown = run(["run", "--force-step", "bdoy"], chain)
    assert unknown.returncode == 2
    assert "did you mean `body`?" in unknown.stderr


def test_a_cache_that_is_off_is_neither_read_nor_written(chain: Path) -> None:
    (chain / "head.txt").unlink()
    off = ran(chain, "--cache", "off")
    assert off.reasons == dict.fromkeys(ALL, "the cache is off")
    assert off.report["cache"]["hits"] == 0
    (chain / "in.txt").write_text("new\n")
    ran(chain, "--cache", "off")
    assert ran(chain).executed == ["head", "body", "tail"]


def cache_bytes(space: Path) -> dict[str, bytes]:
    found = sorted((space / ".wfopt/cache").rglob("*"))
    return {str(path): path.read_bytes() for path in found if path.is_file() and path.suffix != ".db-shm"}


def test_a_read_only_run_uses_results_and_changes_none(chain: Path, tmp_path: Path) -> None:
    before = cache_bytes(chain)
    (chain / "tail.txt").unlink()
    assert ran(chain, "--cache", "ro").executed == []
    assert (chain / "tail.txt").exists()
    (chain / "other.txt").write_text("changed\n")
    assert ran(chain, "--cache", "ro").executed == ["body", "tail"]
    assert ran(chain, "--cache", "ro", "--force").executed == ALL
    assert cache_bytes(chain) == before
    assert ran(chain).executed == ["body", "tail"]
    fresh = workspace(tmp_path / "fresh", CHAIN, FILES)
    assert ran(fresh, "--cache", "ro").reasons == dict.fromkeys(ALL, "there is no cache to read")
    assert not (fresh / ".wfopt/cache").exists()


def test_workspaces_share_a_cache_folder(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    one, other = (workspace(tmp_path / name, CHAIN, FILES) for name in ("one", "other"))
    ran(one, "--cache-dir", str(shared))
    assert not (one / ".wfopt/cache").exists()
    found = ran(other, "--cache-dir", "../shared")
    assert found.executed == []
    assert found.reasons["head"] == "restored: output head.txt is missing"
    assert look_at_tree(other) == look_at_tree(one)
    assert ran(other, env={"WFOPT_CACHE_DIR": str(shared)}).reasons == dict.fromkeys(ALL, "up to date")


def test_namespaces_keep_results_apart(chain: Path) -> None:
    apart = ran(chain, "--cache-namespace", "pull-1")
    assert apart.executed == ALL
    assert set(apart.reasons.values()) == {"namespace changed"}
    assert ran(chain, env={"WFOPT_CACHE_NAMESPACE": "pull-1"}).executed == []
    assert ran(chain).executed == []
    assert ran(chain, "--cache-namespace", "pull-2").executed == ALL


RULES = """steps:
  brief: {run: echo 1 > brief, inputs: [], outputs: [brief], cache: {ttl: 1ms}}
  hour: {run: echo 1 > hour, inputs: [], outputs: [hour], cache: {ttl: 1h}}
  tracked: {run: echo 1 > tracked, inputs: [], outputs: [tracked], cache: {restore: none}}
  bare: {run: echo 1 > bare; echo 2 > kept, inputs: [], outputs: [{path: bare, store: false}, kept]}
  maybe: {run: echo maybe, inputs: [], outputs: [{path: maybe, optional: true}]}
  grows: {run: echo more >> grows, inputs: [], outputs: [{path: grows, persist: true}]}
  never: {run: echo, inputs: [], outputs: [], cache: false}
  online: {run: echo, inputs: [], outputs: [], effects: [network]}
  trusted: {run: echo, inputs: [], outputs: [], effects: [network, time, random], cache: true}
  deploy: {run: echo, inputs: [], outputs: [], effects: [deploy]}
  half: {run: echo 1 > half, outputs: [half]}
  asked: {run: echo, inputs: [], cache: true}
"""
RUN_AGAIN = {
    "brief": "its result is older than [TIME]",
    "never": "not cached: cache: false",
    "online": "not cached: effect network",
    "deploy": "not cached: effect deploy",
    "half": "not cached: no inputs declared",
    "asked": "not cached: no outputs declared",
}


def test_each_step_says_how_its_results_are_kept(tmp_path: Path) -> None:
    space = workspace(tmp_path, RULES)
    ran(space)
    second = ran(space)
    assert {name: second.reasons[name] for name in second.executed} == RUN_AGAIN
    assert (space / "grows").read_text() == "more\n"
    for name in ("hour", "tracked", "bare", "kept", "grows"):
        (space / name).unlink()
    (space / "maybe").write_text("nobody made this\n")
    third = ran(space)
    again = {name: third.reasons[name] for name in third.executed if name not in RUN_AGAIN}
    assert again == {
        "tracked": "output tracked is missing",
        "bare": "output bare is not kept in the cache, for it has `store: false`",
    }
    assert third.reasons["maybe"] == "restored: output maybe was added"
    assert (space / "grows").read_text() == "more\n"
    assert not (space / "maybe").exists()
    assert trashed(space)["maybe"] == "nobody made this\n"
    old = ran(space, "--cache-ttl", "1ms")
    assert len(old.executed) == len(old.steps)
    assert ran(space, "--cache-ttl", "30d").executed == list(RUN_AGAIN)


def test_results_do_not_depend_on_names_places_and_order(chain: Path, tmp_path: Path) -> None:
    other = """steps:
  tail: {outputs: [tail.txt], inputs: [body.txt], run: cat body.txt > tail.txt}
  corpus: {inputs: [other.txt, head.txt], outputs: [body.txt], run: cat head.txt other.txt > body.txt}
  head: {outputs: [head.txt], inputs: [in.txt], run: head -n 1 in.txt > head.txt; echo made it}
defaults: {shell: sh}
"""
    (chain / "other.yml").write_text(f"wfopt: 1\n{other}")
    (chain / "noise").mkdir()
    moved = tmp_path / "elsewhere" / "moved"
    moved.parent.mkdir()
    shutil.move(chain, moved)
    assert ran(moved, file="other.yml", env={"UNRELATED": "1", "HOME": "/", "LANG": "C"}).executed == []
    assert ran(moved, "-j1", "-k", "--strategy", "fifo").executed == []
    from_outside = run(["run", "-C", str(moved), "--format", "json"], tmp_path)
    assert Ran(0, "", json.loads(from_outside.stdout)).executed == []


def test_the_state_may_be_elsewhere(tmp_path: Path) -> None:
    space, state = workspace(tmp_path / "space", CHAIN, FILES), tmp_path / "state"
    ran(space, "--state-dir", str(state))
    (space / "head.txt").unlink()
    assert ran(space, "--state-dir", str(state)).executed == []
    assert (state / "cache").is_dir()
    assert not (space / ".wfopt/cache").exists()
    assert (space / "head.txt").read_text() == "first\n"
    within = ran(space, "--state-dir", "build/state", "--cache-dir", "build/cache")
    assert within.executed == ALL
    assert ran(space, "--state-dir", "build/state", "--cache-dir", "build/cache").executed == []


EVERYTHING = """steps:
  counts: {run: ls -R . | wc -l > count, inputs: ['.'], outputs: [count]}
"""


def test_what_wfopt_keeps_is_no_input(tmp_path: Path) -> None:
    space = workspace(tmp_path, EVERYTHING)
    where = ("--state-dir", "build/state", "--cache-dir", "build/cache")
    assert [ran(space, *where).executed for _ in range(3)] == [["counts"], [], []]


def test_a_run_within_a_step_uses_the_same_cache(chain: Path) -> None:
    (chain / "inner.yml").write_text(f"wfopt: 1\ndefaults: {{shell: sh}}\n{CHAIN}")
    words = f"{sys.executable} -m wfopt run inner.yml --format json > inner.json"
    (chain / "outer.yml").write_text(f"wfopt: 1\nsteps:\n  outer: {{run: '{words}'}}\n")
    (chain / "head.txt").unlink()
    assert ran(chain, file="outer.yml").code == 0
    inner = Ran(0, "", json.loads((chain / "inner.json").read_text()))
    assert inner.executed == []
    assert (chain / "head.txt").exists()


FLOWS = """steps:
  - {id: before, run: cat f > before, inputs: [f], outputs: [before]}
  - {id: edits, run: 'if test -e edit; then cp edit f; fi'}
  - {id: after, run: cat f > after, inputs: [f], outputs: [after]}
"""


def test_what_an_undeclared_step_wrote_is_seen_by_the_next(tmp_path: Path) -> None:
    space = workspace(tmp_path, FLOWS, {"f": "1\n"})
    ran(space)
    (space / "edit").write_text("2\n")
    second = ran(space)
    assert second.executed == ["edits", "after"]
    assert second.reasons["after"] == "input f changed"
    assert (space / "after").read_text() == "2\n"
    assert "WF516" not in second.err


KEEP = """steps:
  out: {run: mkdir -p out; cat in > out/made, inputs: [in], outputs: [out/, "!out/mine"]}
"""


def test_what_is_no_output_is_never_deleted(tmp_path: Path) -> None:
    space = workspace(tmp_path, KEEP, {"in": "1\n"})
    ran(space)
    (space / "out/mine").write_text("precious\n")
    assert ran(space).executed == []
    (space / "in").write_text("2\n")
    assert ran(space).executed == ["out"]
    left = [path.read_text() for path in space.rglob("mine")]
    assert left == ["precious\n"]


def test_going_back_to_earlier_inputs_restores_and_says_what_changed(tmp_path: Path) -> None:
    steps = """params: {top-word: one}
steps:
  make: {run: 'mkdir -p d; echo "$WFOPT_PARAM_TOP_WORD" > d/$WFOPT_PARAM_TOP_WORD', inputs: [], outputs: [d]}
"""
    folder = workspace(tmp_path / "w", steps)
    assert ran(folder).executed == ["make"]
    changed = ran(folder, "-p", "top-word=two")
    assert changed.reasons == {"make": 'param top-word: "one" to "two"'}
    back = ran(folder)
    assert (back.executed, back.reasons) == ([], {"make": 'restored: param top-word: "two" to "one"'})
    assert [path.name for path in (folder / "d").iterdir()] == ["one"]
    # Both results are in the cache, so nothing of them has to be kept elsewhere.
    assert trashed(folder) == {}
    (folder / "d/two").write_text("by hand\n")
    assert ran(folder, "-p", "top-word=two").executed == []
    assert trashed(folder) == {"d/two": "by hand\n"}
