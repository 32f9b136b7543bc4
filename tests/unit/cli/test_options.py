"""From what was typed to the options of a run."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from wfopt.cli.console import Console, console_for
from wfopt.cli.options import CacheRequest, Request, file_and_steps, for_listing, options_of
from wfopt.errors import UserError
from wfopt.metrics.keep import USUAL_KEEP, Keep
from wfopt.scheduler.strategies.fifo import Fifo


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wfopt.yml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def console(environ: Mapping[str, str] | None = None) -> Console:
    return console_for(environ or {}, "outer")


def test_everything_has_a_default(folder: Path) -> None:
    options = options_of(Request(), console())
    assert options.file == "wfopt.yml"
    assert options.workspace == str(folder)
    assert options.state_folder == str(folder / ".wfopt")
    assert (options.steps, options.params, options.environ) == ((), {}, {})
    assert options.strategy.name == "critical-path"
    assert options.capacity.cpu_milli == options.capacity.slots * 1000
    assert (options.keep_going, options.wait, options.held) == (False, True, "outer")
    assert (options.keep, options.host, options.alerts) == (USUAL_KEEP, "", {})


def test_everything_is_handed_on(folder: Path) -> None:
    (folder / "space").mkdir()
    request = Request(
        arguments=("other.yml", "a", "b"),
        params=("x=1", "y=", "x=2=3"),
        jobs="3",
        cpus="1.5",
        memory="2GiB",
        strategy="fifo",
        keep_going=True,
        wait=False,
        keep="7d",
        host="north",
        alerts={"disk": False},
        workspace="space",
        state_dir="state",
    )
    options = options_of(request, console())
    assert (options.file, options.steps) == ("other.yml", ("a", "b"))
    assert options.params == {"x": "2=3", "y": ""}
    assert (options.capacity.slots, options.capacity.cpu_milli) == (3, 1500)
    assert options.capacity.memory_bytes == 2 << 30
    assert isinstance(options.strategy, Fifo)
    assert (options.keep_going, options.wait) == (True, False)
    assert (options.keep, options.host, options.alerts) == (
        Keep(days=7.0, rows=None),
        "north",
        {"disk": False},
    )
    assert options.command == "wfopt run other.yml a b"
    assert options.workspace == str(folder / "space")
    assert options.state_folder == str(folder / "state")


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("off", None),
        ("90d", Keep(days=90.0, rows=None)),
        ("500rows", Keep(days=None, rows=500)),
        ("90d,500rows", Keep(days=90.0, rows=500)),
    ],
)
def test_what_the_history_keeps(text: str, keep: Keep | None) -> None:
    assert options_of(Request(keep=text), console()).keep == keep


def test_params_of_the_config_rank_below_the_environment() -> None:
    request = Request(config_params={"a-b": "config", "c": "config"})
    environ = {"WFOPT_PARAM_C": "environment", "PATH": "/bin"}
    assert options_of(request, console(environ)).environ == {
        "WFOPT_PARAM_A_B": "config",
        "WFOPT_PARAM_C": "environment",
        "PATH": "/bin",
    }


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request(jobs="0"), "`-j 0` is not a number of jobs"),
        (Request(jobs="0%"), "`-j 0%` is not a number of jobs"),
        (Request(jobs="-1"), "`-j -1` is not a number of jobs"),
        (Request(keep="soon"), "`--keep soon`: `soon` is not a duration"),
        (Request(keep=""), "`--keep `: a duration cannot be empty"),
        (Request(keep="2d,3d"), "`--keep 2d,3d`: `2d,3d` says the same twice"),
        (Request(cpus="0"), "`--cpus 0`: a step needs more than 0 cpus"),
        (Request(cpus="nan"), "`--cpus nan`: `nan` is not a number of cpus"),
        (Request(cpus="inf"), "`--cpus inf`: `inf` is not a number of cpus"),
        (Request(cpus="-1"), "`--cpus -1`: `-1` is not a number of cpus"),
        (Request(memory="0B"), "`--memory 0B` leaves no memory to run in"),
        (Request(memory="9"), "`--memory 9`: `9` has no unit"),
        (Request(strategy="fif"), "`--strategy fif`: there is no strategy `fif`"),
        (Request(params=("x",)), "`-p x` is not `NAME=VALUE`"),
        (Request(params=("=x",)), "`-p =x` is not `NAME=VALUE`"),
        (Request(workspace="none"), "`--workspace none` is not a folder"),
    ],
)
def test_what_cannot_be_used_is_named(request_: Request, message: str) -> None:
    with pytest.raises(UserError) as caught:
        options_of(request_, console())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == message
    assert diagnostic.causes == ()


@pytest.mark.parametrize(
    ("strategy", "hint"), [("fif", "did you mean `fifo`?"), ("x", "known: `critical-path`")]
)
def test_a_strategy_is_suggested(strategy: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        options_of(Request(strategy=strategy), console())
    assert caught.value.diagnostics[0].hints[0].startswith(hint)


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (Request(memory="0B", origins={"memory": "X"}), "memory"),
        (Request(cpus="none", origins={"cpus": "X"}), "cpus"),
        (Request(cache=CacheRequest(size="5"), origins={"cache-size": "X"}), "cache-size"),
        (Request(cache=CacheRequest(ttl="5"), origins={"cache-ttl": "X"}), "cache-ttl"),
        (Request(keep="x", origins={"keep": "X"}), "keep"),
    ],
)
def test_where_a_value_was_set_is_said_if_it_was_not_typed(request_: Request, name: str) -> None:
    with pytest.raises(UserError) as caught:
        options_of(request_, console())
    (told,) = caught.value.diagnostics
    assert told.message.startswith(f"`--{name} ")
    assert told.causes == ("it is set by `X`",)


def test_a_listing_leaves_nothing_out() -> None:
    options = for_listing(options_of(Request(jobs="1", memory="1B"), console()))
    assert options.steps == ("*",)
    assert options.capacity.memory_bytes is None
    assert options.capacity.cpu_milli > 64_000
    named = Request(arguments=("wfopt.yml", "a"))
    assert for_listing(options_of(named, console())).steps == ("a",)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ("wfopt.yml", ())),
        (("a", "b"), ("wfopt.yml", ("a", "b"))),
        (("wfopt.yml", "a"), ("wfopt.yml", ("a",))),
        (("none.yaml",), ("none.yaml", ())),
        (("x.json", "a"), ("x.json", ("a",))),
    ],
)
def test_the_first_word_is_a_file_if_it_exists_or_looks_like_one(
    words: tuple[str, ...], expected: tuple[str, tuple[str, ...]]
) -> None:
    assert file_and_steps(words) == expected


@pytest.mark.parametrize(
    ("files", "words", "message"),
    [
        ([], (), "this folder has no `wfopt.yml`"),
        ([], ("build",), "`build` is no file, and this folder has no"),
        (["a.wfopt.yml", "b.wfopt.yml"], (), "several workflows: `a.wfopt.yml`, `b.wfopt.yml`"),
        (["wfopt.yml", "wfopt.yaml"], ("x",), "several workflows: `wfopt.yml`, `wfopt.yaml`"),
    ],
)
def test_without_a_file_there_must_be_one_workflow(
    files: list[str], words: tuple[str, ...], message: str, folder: Path
) -> None:
    os.remove(folder / "wfopt.yml")
    for file in files:
        (folder / file).touch()
    with pytest.raises(UserError, match=message):
        file_and_steps(words)
