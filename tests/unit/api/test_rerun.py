"""Cached steps run again, elsewhere, and what is said of each."""

import errno
import itertools
import os
import signal
from pathlib import Path

import pytest

from tests.support.portraits import portrait
from tests.support.record_files import tree
from tests.support.rerun_bench import Act, Doing, RerunBench
from wfopt.api.run import StoppedError
from wfopt.cache.deviations import Aspect, Deviation
from wfopt.engine.rerun_report import Verdict
from wfopt.errors import UserError

CHAIN = """wfopt: 1
steps:
  make: {run: make, inputs: [src/], outputs: [made.txt, made/]}
  use: {run: use, inputs: [made.txt, made/**], outputs: [used.txt]}
"""


def make(doing: Doing) -> None:
    doing.write("made.txt", doing.read("src/a"))
    doing.write("made/x", "x")
    (doing.folder / "made/link").symlink_to("x")
    doing.printed += b"made\n"


def use(doing: Doing) -> None:
    doing.write("used.txt", doing.read("made.txt") + doing.read("made/link"))


def chain(folder: Path) -> RerunBench:
    bench = RerunBench(folder, CHAIN, {"make": make, "use": use})
    bench.write("src/a")
    return bench


def one(folder: Path, act: Act, keys: str = "", outputs: str = "[out]") -> RerunBench:
    text = f"wfopt: 1\nsteps:\n  one: {{run: one, inputs: [src/], outputs: {outputs}{keys}}}\n"
    bench = RerunBench(folder, text, {"one": act})
    bench.write("src/a")
    assert bench.run().exit_code == 0
    return bench


def numbered() -> Act:
    """Return what writes another number each time."""
    numbers = itertools.count()
    return lambda doing: doing.write("out", str(next(numbers)))


def test_a_sound_chain_is_the_same_and_nothing_changes(tmp_path: Path) -> None:
    bench = chain(tmp_path)
    bench.run()
    before = portrait(bench.work), tree(bench.work), sorted(os.listdir(bench.work / ".wfopt"))
    assert bench.verdicts() == {"make": "same", "use": "same"}
    assert (portrait(bench.work), tree(bench.work), sorted(os.listdir(bench.work / ".wfopt"))) == before
    assert [each.step for each in bench.runner.launches] == ["make", "use"]
    assert bench.runner.closed == 1
    assert [each.step for each in bench.shown] == ["make", "use"]
    assert not any(os.path.exists(each.cwd) for each in bench.runner.launches)


def test_a_step_finds_what_it_declares_and_nothing_else(tmp_path: Path) -> None:
    bench = chain(tmp_path)
    bench.write("other")
    bench.run()
    seen: list[list[str]] = []
    bench.acts["use"] = lambda doing: (seen.append(sorted(portrait(doing.folder))), use(doing))[1]
    assert bench.verdicts("use") == {"use": "same"}
    assert seen == [["made", "made.txt", "made/link", "made/x"]]


def test_recorded_outputs_stand_in_for_missing_and_edited_ones(tmp_path: Path) -> None:
    bench = chain(tmp_path)
    bench.run()
    (bench.work / "made.txt").unlink()
    (bench.work / "made/x").write_text("edited")
    before = portrait(bench.work)
    assert bench.verdicts() == {"make": "same", "use": "same"}
    assert portrait(bench.work) == before


def test_a_recorded_output_that_is_lost_leaves_later_steps_without_a_result(tmp_path: Path) -> None:
    bench = chain(tmp_path)
    bench.text = bench.text.replace("[made.txt", "[{path: made.txt, store: false}")
    bench.__post_init__()
    bench.run()
    (bench.work / "made.txt").unlink()
    found = bench.rerun()
    assert [each.verdict for each in found.steps] == [Verdict.SAME, Verdict.NO_RESULT]
    reason = "of `make`, which it reads, output made.txt is not kept in the cache, for it has `store: false`"
    assert found.steps[1].reason == reason


def test_a_chance_result_differs(tmp_path: Path) -> None:
    bench = one(tmp_path, numbered())
    found = bench.rerun()
    assert found.exit_code == 1
    assert found.steps[0].verdict is Verdict.DIFFERS
    assert found.steps[0].deviations == (Deviation("out", Aspect.CONTENT),)
    assert (bench.work / "out").read_text() == "0"


@pytest.mark.parametrize("outputs", ["[out]", "['*.txt', out]", "[out/]"])
def test_a_missing_output_differs_and_is_no_failure(tmp_path: Path, outputs: str) -> None:
    def both(doing: Doing) -> None:
        doing.write("b.txt")
        doing.write("out/x" if outputs == "[out/]" else "out")

    bench = one(tmp_path, both, outputs=outputs)
    bench.acts.clear()
    found = bench.one()
    assert found.verdict is Verdict.DIFFERS
    assert {each.aspect for each in found.deviations} == {Aspect.MISSING}


def test_values_that_are_handed_on_count(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.hand_on("size", "1"), outputs="[]")
    assert bench.one().verdict is Verdict.SAME
    bench.acts["one"] = lambda doing: doing.hand_on("size", "2")
    assert bench.one().deviations == (Deviation("size", Aspect.VALUE),)


@pytest.mark.parametrize("length", [1, 600, 9000])
def test_what_is_printed_is_a_note(tmp_path: Path, length: int) -> None:
    letters = iter(b"xxy")

    def act(doing: Doing) -> None:
        doing.printed = bytes([next(letters)]) * length
        doing.write("out")

    bench = one(tmp_path, act)
    assert bench.one().notes == ()
    found = bench.one()
    assert (found.verdict, found.notes) == (Verdict.SAME, ("its output text differs",))


def test_an_undeclared_input_is_named(tmp_path: Path) -> None:
    bench = RerunBench(
        tmp_path,
        "wfopt: 1\nsteps:\n  one: {run: one, cwd: sub, inputs: [], outputs: [out]}\n",
        {"one": lambda doing: doing.write("out", doing.read("../data/x"))},
    )
    bench.write("sub/y")
    bench.write("data/x")
    assert bench.run().exit_code == 0
    found = bench.one()
    assert (found.verdict, found.reason) == (Verdict.FAILED, "exit status 1")
    assert found.cause == "`data/x` is in the workspace, but is not declared as an input"
    assert found.tail == ("cat: ../data/x: No such file or directory",)


def test_processes_left_behind_are_a_failure(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out"))

    def leave(doing: Doing) -> None:
        doing.left_behind = 1
        doing.write("out")

    bench.acts["one"] = leave
    assert bench.one().reason == "it left processes behind"


def test_an_output_that_cannot_be_kept_is_a_failure(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out"))
    bench.acts["one"] = lambda doing: (doing.folder / "out").symlink_to("/etc")
    assert bench.one().reason == "output `out` is a link to the absolute path `/etc`"


def test_it_is_run_once_and_no_failure_is_allowed(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out"), ", retries: 3, allow-failure: true")
    bench.acts["one"] = lambda doing: setattr(doing, "exit_code", 4)
    assert bench.rerun().exit_code == 1
    assert len(bench.runner.launches) == 1


def test_steps_without_a_result_say_why(tmp_path: Path) -> None:
    text = """wfopt: 1
steps:
  loose: {run: loose}
  fresh: {run: fresh, inputs: [src/], outputs: [out]}
  never: {run: never, inputs: [], outputs: [n], if: "needs.fresh.status == 'failed'"}
  wants: {run: "${{ needs.loose.out.x }}", inputs: [], outputs: [w]}
"""
    bench = RerunBench(tmp_path, text, {"fresh": lambda doing: doing.write("out")})
    bench.write("src/a")
    found = {each.step: (each.verdict.value, each.reason) for each in bench.rerun().steps}
    assert found["fresh"] == ("no result", "there is no cache")
    bench.run()
    bench.write("src/a", "edited")
    found = {each.step: (each.verdict.value, each.reason) for each in bench.rerun().steps}
    assert found == {
        "loose": ("not cached", "no inputs and outputs declared"),
        "fresh": ("no result", "input src/a changed"),
        "never": ("no result", "a run would skip it: its condition is false"),
        "wants": ("no result", "it uses values of `loose`, which has no result"),
    }


def test_values_of_recorded_results_are_used(tmp_path: Path) -> None:
    text = """wfopt: 1
steps:
  first: {run: first, inputs: [], outputs: []}
  then: {run: "echo ${{ needs.first.out.size }}", inputs: [], outputs: [out]}
"""
    act = {"first": lambda doing: doing.hand_on("size", "7"), "then": lambda doing: doing.write("out")}
    bench = RerunBench(tmp_path, text, act)
    bench.run()
    assert bench.verdicts() == {"first": "same", "then": "same"}
    assert bench.runner.launches[1].argv[-1] == "echo 7"


def test_an_input_that_cannot_be_read_now_is_named(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out"))
    os.mkfifo(bench.work / "src/pipe")
    found = bench.one()
    assert found.verdict is Verdict.NO_RESULT
    assert found.reason == "input `src/pipe` is a named pipe, which has no content to compare"


def test_a_file_of_the_cache_key_is_there_as_well(tmp_path: Path) -> None:
    text = """wfopt: 1
steps:
  one: {run: one, inputs: [], outputs: [out], cache: {key: [{file: tool.lock}]}}
"""
    bench = RerunBench(tmp_path, text, {"one": lambda doing: doing.write("out", doing.read("tool.lock"))})
    bench.write("tool.lock")
    bench.run()
    assert bench.verdicts() == {"one": "same"}


def test_a_fresh_result_gets_time_to_age(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out"))
    bench.rerun()
    assert bench.pauses == [2.0]
    bench.rerun()
    assert bench.pauses == [2.0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("during", [False, True])
def test_a_signal_ends_it_and_leaves_nothing(tmp_path: Path, number: int, during: bool) -> None:
    bench = chain(tmp_path)
    bench.run()
    before = tree(bench.work)
    if during:
        bench.acts["make"] = lambda doing: bench.interrupts.numbers.append(number)
    else:
        bench.interrupts.numbers.append(number)
    with pytest.raises(StoppedError) as stopped:
        bench.rerun()
    assert stopped.value.number == number
    assert len(bench.runner.launches) == int(during)
    assert bench.runner.closed == 1
    assert tree(bench.work) == before
    assert not (bench.work / ".wfopt/rerun").exists()


def test_an_input_that_changes_meanwhile_leaves_it_without_a_result(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out"))
    bench.meanwhile = lambda: bench.write("src/a", "edited")
    found = bench.one()
    assert found.verdict is Verdict.NO_RESULT
    assert found.reason == "input src/a changed, or cannot be copied as it is"
    assert bench.runner.launches == []


def test_no_room_for_its_inputs_leaves_it_without_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    bench = chain(tmp_path)
    bench.run()
    monkeypatch.setattr("wfopt.api.rerun_trial.lay_out", full)
    assert bench.one().reason == "its inputs cannot be copied: no space left on device"
    monkeypatch.undo()
    (bench.work / "made.txt").unlink()
    monkeypatch.setattr("wfopt.api.rerun_sources.lay_out", full)
    assert bench.rerun().steps[1].reason == "its inputs cannot be copied: no space left on device"


def test_what_it_made_and_nobody_can_read_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    bench = one(tmp_path, lambda doing: doing.write("out"))
    monkeypatch.setattr("wfopt.api.rerun_trial.take_in", broken)
    assert bench.one().reason == "what it made cannot be read: input/output error"


def test_a_value_that_holds_a_secret_is_a_failure(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out"), ", secrets: [TOKEN]")
    bench.environ["TOKEN"] = "swordfish"
    bench.run()

    def tell(doing: Doing) -> None:
        doing.write("out")
        doing.hand_on("word", "swordfish")

    bench.acts["one"] = tell
    assert bench.one().reason == "it hands on a secret"


def test_a_template_without_a_value_leaves_it_without_a_result(tmp_path: Path) -> None:
    text = """wfopt: 1
steps:
  first: {run: first, inputs: [], outputs: []}
  then: {run: "echo ${{ needs.first.out.none }}", inputs: [], outputs: [out]}
"""
    bench = RerunBench(tmp_path, text)
    assert bench.run().exit_code == 1
    found = bench.rerun().steps[1]
    assert found.verdict is Verdict.NO_RESULT
    assert "none" in found.reason


def test_secrets_are_masked_in_all_that_is_shown(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out/a"), ", secrets: [TOKEN]", "[out/]")
    bench.environ["TOKEN"] = "swordfish"
    bench.run()

    def tell(doing: Doing) -> None:
        doing.write("out/swordfish")
        doing.printed = b"it is swordfish\n"

    bench.acts["one"] = tell
    assert bench.one().deviations == (Deviation("out/a", Aspect.MISSING), Deviation("out/***", Aspect.EXTRA))

    def fail(doing: Doing) -> None:
        tell(doing)
        doing.exit_code = 1

    bench.acts["one"] = fail
    assert bench.one().tail == ("it is ***",)


def test_own_variables_point_elsewhere(tmp_path: Path) -> None:
    bench = one(tmp_path, lambda doing: doing.write("out"))
    bench.rerun()
    (launch,) = bench.runner.launches
    assert launch.env["WFOPT_STEP_ID"] == "one"
    assert str(launch.env["WFOPT_RUN_ID"]).startswith("rerun-")
    assert os.path.dirname(str(launch.env["WFOPT_STEP_OUTPUT"])) == os.path.dirname(launch.cwd) + "/run"
    assert launch.env["WFOPT_HELD"] == launch.cwd


def test_a_cache_that_is_not_trusted_is_an_error(tmp_path: Path) -> None:
    bench = chain(tmp_path)
    bench.run()
    (bench.work / ".wfopt/cache/v1").chmod(0o777)
    with pytest.raises(UserError) as refused:
        bench.rerun()
    assert "cannot be used" in str(refused.value)
