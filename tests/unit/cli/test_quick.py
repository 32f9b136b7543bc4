"""What is read without Typer is what Typer reads; all else is left to it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wfopt.cli import run as run_module
from wfopt.cli.app import app
from wfopt.cli.console import console_for
from wfopt.cli.options import CacheRequest, Request
from wfopt.cli.quick import LEFT_TO_TYPER, OPTIONS, QuickOption, request_of
from wfopt.errors import UserError

PROGRAM: Any = typer.main.get_command(app)
RUN = PROGRAM.commands["run"]
DECLARED = {parameter.name: parameter for parameter in RUN.params if parameter.param_type_name == "option"}
BY_FIRST_WORD = {option.words[0]: option for option in OPTIONS}


@pytest.fixture(scope="module", autouse=True)
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository without a config file."""
    folder = tmp_path_factory.mktemp("project")
    (folder / ".git").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in [name for name in os.environ if name.startswith("WFOPT_")]:  # noqa: TID251
            patch.delenv(name)
        yield folder


def typer_reads(words: Sequence[str], environ: Mapping[str, str]) -> Request | None:
    """Return what Typer makes of the arguments; None if it refuses them or does something else."""
    requests: list[Request] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        patch.setattr(run_module, "execute", lambda request, console: requests.append(request) or 0)
        try:
            PROGRAM.main(list(words), prog_name="wfopt", standalone_mode=False, obj=console_for(environ))
        except (UserError, typer.Exit, Exception):  # noqa: BLE001 - whatever it is, nothing was read
            return None
    return requests[0] if requests else None


def test_every_option_is_in_the_table_or_left_to_typer() -> None:
    words = {word for parameter in DECLARED.values() for word in (*parameter.opts, *parameter.secondary_opts)}
    words |= set(PROGRAM.context_settings["help_option_names"])
    known = {word for option in OPTIONS for word in (*option.words, *option.opposites)}
    assert known | set(LEFT_TO_TYPER) == words
    assert not known & set(LEFT_TO_TYPER)


def test_the_table_has_the_order_of_the_declarations() -> None:
    declared = [parameter.opts[0] for parameter in DECLARED.values()]
    assert [option.words[0] for option in OPTIONS] == [word for word in declared if word in BY_FIRST_WORD]


@pytest.mark.parametrize(
    "name", [name for name, parameter in DECLARED.items() if parameter.opts[0] not in LEFT_TO_TYPER]
)
def test_an_option_is_declared_alike(name: str) -> None:
    declared = DECLARED[name]
    option = BY_FIRST_WORD[declared.opts[0]]
    assert option.words == tuple(declared.opts)
    assert option.opposites == tuple(declared.secondary_opts)
    assert option.variable == (declared.envvar or "")
    assert option.is_flag == declared.is_flag
    assert option.is_repeated == declared.multiple
    assert option.choices == tuple(getattr(declared.type, "choices", ()))
    assert declared.nargs == 1


def test_every_field_is_set_by_one_option_at_most() -> None:
    set_by_options = [option.field for option in OPTIONS if option.field]
    assert len(set_by_options) == len(set(set_by_options))
    possible = {each.name for each in fields(Request)} - {"cache", "arguments", "config_params", "alerts"}
    possible |= {f"cache.{each.name}" for each in fields(CacheRequest)}
    assert set(set_by_options) == possible - {"origins", "typed"}


def test_nothing_typed_gives_what_typer_gives() -> None:
    assert request_of(["run"], {}) == typer_reads(["run"], {}) == Request()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a.yml s", {"arguments": ("a.yml", "s")}),
        ("-j4", {"jobs": "4", "typed": ("-j", "4")}),
        ("-j 4 a.yml", {"jobs": "4", "arguments": ("a.yml",), "typed": ("-j", "4")}),
        ("--jobs=4", {"jobs": "4", "typed": ("-j", "4")}),
        ("--jobs 50%", {"jobs": "50%", "typed": ("-j", "50%")}),
        ("-j2 -j3", {"jobs": "3", "typed": ("-j", "3")}),
        (
            "-kqj2",
            {"keep_going": True, "quiet": True, "jobs": "2", "typed": ("-j", "2", "-k", "-q")},
        ),
        ("--wait --no-wait", {"wait": False, "typed": ("--no-wait",)}),
        ("--no-live", {"live": False, "typed": ("--no-live",)}),
        ("-p a=1 -pb=2", {"params": ("a=1", "b=2"), "typed": ("-p", "a=1", "-p", "b=2")}),
        ("--param=a=", {"params": ("a=",), "typed": ("-p", "a=")}),
        ("--format json", {"output": "json", "typed": ("--format", "json")}),
        ("- x", {"arguments": ("-", "x")}),
    ],
)
def test_plain_forms_are_read(line: str, expected: dict[str, Any]) -> None:
    words = ["run", *line.split()]
    assert request_of(words, {}) == Request(**expected) == typer_reads(words, {})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WFOPT_JOBS": "3"}, {"jobs": "3", "origins": {"jobs": "WFOPT_JOBS"}}),
        ({"WFOPT_JOBS": ""}, {}),
        ({"WFOPT_QUIET": "1"}, {"quiet": True, "origins": {"quiet": "WFOPT_QUIET"}}),
        ({"WFOPT_KEEP_GOING": "no"}, {"origins": {"keep-going": "WFOPT_KEEP_GOING"}}),
        (
            {"WFOPT_FORCE_STEP": "a  b"},
            {"cache": CacheRequest(forced=("a", "b")), "origins": {"force-step": "WFOPT_FORCE_STEP"}},
        ),
        ({"WFOPT_PARAM_X": "1"}, {}),
    ],
)
def test_variables_are_read(environ: dict[str, str], expected: dict[str, Any]) -> None:
    assert request_of(["run"], environ) == Request(**expected) == typer_reads(["run"], environ)


def test_the_command_line_goes_before_variables() -> None:
    read = request_of(["run", "-j1"], {"WFOPT_JOBS": "2"})
    assert read == Request(jobs="1", typed=("-j", "1"))


@pytest.mark.parametrize(
    "line",
    [
        "", "schema", "--version", "-q run", "run --help", "run -h", "run --show-config", "run -C .",
        "run --", "run --job 4", "run -x", "run -qx", "run -j", "run --jobs", "run -j -4", "run --quiet=1",
        "run --param", "run --format xml", "run --format=", "run --cache-dir -x",
    ],
)  # fmt: skip
def test_the_rest_is_left_to_typer(line: str) -> None:
    assert request_of(line.split(), {}) is None


@pytest.mark.parametrize(
    "environ",
    [{"WFOPT_QUIET": "maybe"}, {"WFOPT_FORMAT": "xml"}, {"WFOPT_NO_WAIT": "1"}, {"WFOPT_NO_LIVE": "0"}],
)
def test_doubtful_variables_are_left_to_typer(environ: dict[str, str]) -> None:
    assert request_of(["run"], environ) is None


def test_a_config_file_is_left_to_typer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    assert request_of(["run"], {}) is not None
    (tmp_path / ".wfopt.toml").write_text("")
    assert request_of(["run"], {}) is None


def test_a_folder_that_is_gone_is_left_to_typer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert request_of(["run"], {}) is None


def _forms(option: QuickOption) -> st.SearchStrategy[list[str]]:
    word = st.sampled_from((*option.words, *option.opposites))
    if option.is_flag:
        return word.map(lambda each: [each])
    value = st.sampled_from((*option.choices, *VALUES)) if option.choices else st.sampled_from(VALUES)
    return st.tuples(word, value, st.sampled_from(("next", "equals", "joined"))).map(_written)


def _written(form: tuple[str, str, str]) -> list[str]:
    word, value, how = form
    if how == "next":
        return [word, value]
    return [f"{word}={value}" if how == "equals" else f"{word}{value}"]


VALUES = ("", "4", "50%", "a=1", "=", "-", "-4", "--", "a b", "ü", "fifo", "rw", "x.yml", "true")
ODD_WORDS = ("--", "-", "x.yml", "step", "--jo", "-z", "-kq", "-kqv", "-nj4", "-kj", "-qp", "-j=4", "a=b")
ODD = st.sampled_from((*LEFT_TO_TYPER, *ODD_WORDS, ""))
WORDS = st.lists(st.one_of(ODD.map(lambda each: [each]), *map(_forms, OPTIONS)), max_size=5).map(
    lambda groups: [word for group in groups for word in group]
)
TWINS = [option.variable for option in OPTIONS if option.variable]
NEGATED = ["WFOPT_NO_WAIT", "WFOPT_NO_LIVE", "WFOPT_NO_QUIET"]
TEXTS = ("", " ", "1", "0", "true", "False", "off", " yes", "t", "a b", "json", "ro", "4", "-1")
ENVIRONS = st.dictionaries(st.sampled_from(TWINS + NEGATED), st.sampled_from(TEXTS), max_size=3)


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(words=WORDS, environ=ENVIRONS)
@example(words=["-j", "4", "-q", "x.yml"], environ={"WFOPT_FORCE": "1", "WFOPT_FORCE_STEP": " "})
def test_what_is_read_is_what_typer_reads(words: list[str], environ: dict[str, str]) -> None:
    read = request_of(["run", *words], environ)
    if read is not None:
        assert read == typer_reads(["run", *words], environ)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(chosen=st.lists(st.sampled_from(OPTIONS), max_size=4, unique=True), data=st.data())
def test_usual_values_are_not_left_to_typer(chosen: list[QuickOption], data: st.DataObject) -> None:
    words = ["run"]
    for option in chosen:
        words.append(data.draw(st.sampled_from((*option.words, *option.opposites))))
        if not option.is_flag:
            words.append(data.draw(st.sampled_from(option.choices or ("4", "a=1", "x"))))
    read = request_of(words, {})
    assert read is not None
    assert read == typer_reads(words, {})
