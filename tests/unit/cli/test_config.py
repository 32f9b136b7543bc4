"""Which config file counts, what it may say, and where it is wrong."""

from pathlib import Path

import pytest

from wfopt.cli.config import Config, Key, Kind, load_config, place_of
from wfopt.codes import BAD_CONFIG
from wfopt.errors import UserError
from wfopt.source import SourceFile

KNOWN = "known: `jobs`, `keep-going`, `format`, `state-dir`, `force-step`, `param`"
KEYS = (
    Key(name="jobs", kind=Kind.TEXT),
    Key(name="keep-going", kind=Kind.FLAG),
    Key(name="format", kind=Kind.TEXT, choices=("table", "json")),
    Key(name="state-dir", kind=Kind.PATH),
    Key(name="force-step", kind=Kind.LIST),
)


def config(folder: Path, text: str, name: str = ".wfopt.toml") -> Config:
    (folder / name).write_text(text)
    return load_config(str(folder), KEYS)


def problems(folder: Path, text: str, name: str = ".wfopt.toml") -> list[str]:
    with pytest.raises(UserError) as caught:
        config(folder, text, name)
    assert {each.code for each in caught.value.diagnostics} == {BAD_CONFIG}
    return [
        f"{each.primary.span if each.primary else each.file}: {'; '.join((each.message, *each.hints))}"
        for each in caught.value.diagnostics
    ]


def test_no_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert load_config(str(tmp_path), KEYS) == Config()


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("jobs = 4", {"jobs": "4"}),
        ('jobs = "50%"', {"jobs": "50%"}),
        ("jobs = 0.5", {"jobs": "0.5"}),
        ("keep-going = true", {"keep-going": True}),
        ("keep-going = false", {"keep-going": False}),
        ('format = "json"', {"format": "json"}),
        ('force-step = "a"', {"force-step": ["a"]}),
        ('force-step = ["a", "b"]', {"force-step": ["a", "b"]}),
        ("", {}),
    ],
)
def test_options_take_values(line: str, values: dict[str, object], tmp_path: Path) -> None:
    found = config(tmp_path, line)
    assert (found.file, found.values, found.params) == (".wfopt.toml", values, {})


def test_params_become_texts(tmp_path: Path) -> None:
    found = config(tmp_path, '[param]\na = "x"\nb = 3\nc = true\nd = 2.5\ne = false\n')
    assert found.params == {"a": "x", "b": "3", "c": "true", "d": "2.5", "e": "false"}


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / ".wfopt.toml").write_text('state-dir = "state"')
    found = load_config(str(tmp_path / "below"), KEYS)
    assert found.values == {"state-dir": str(tmp_path / "state")}
    assert found.file == "../.wfopt.toml"
    assert config(tmp_path, 'state-dir = "/x"').values == {"state-dir": "/x"}


def test_the_own_file_goes_before_the_shared_one(tmp_path: Path) -> None:
    shared = "[tool.wfopt]\njobs = 1\n"
    assert config(tmp_path, shared, "pyproject.toml").values == {"jobs": "1"}
    assert config(tmp_path, "jobs = 2").values == {"jobs": "2"}


@pytest.mark.parametrize("text", ["[tool.other]\n", "# wfopt\n[tool]\nx = 1\n", 'name = "wfopt"\n'])
def test_a_shared_file_without_the_table_does_not_count(text: str, tmp_path: Path) -> None:
    (tmp_path / ".wfopt.toml").write_text("jobs = 2")
    below = tmp_path / "below"
    below.mkdir()
    assert config(below, text, "pyproject.toml").values == {"jobs": "2"}


def test_a_shared_file_that_does_not_mention_the_program_is_not_parsed(tmp_path: Path) -> None:
    assert config(tmp_path, "= broken", "pyproject.toml").file != "pyproject.toml"


def test_the_nearest_folder_counts(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / ".wfopt.toml").write_text("jobs = 1")
    assert load_config(str(deep), KEYS).values == {"jobs": "1"}
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.wfopt]\njobs = 2")
    assert load_config(str(deep), KEYS).values == {"jobs": "2"}


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_nothing_above_the_repository_counts(kind: str, tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / ".wfopt.toml").write_text("jobs = 1")
    if kind == "folder":
        (below / ".git").mkdir()
    else:
        (below / ".git").write_text("gitdir: elsewhere")
    assert load_config(str(below), KEYS) == Config()
    assert config(below, "jobs = 3").values == {"jobs": "3"}


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".wfopt.toml").mkdir()
    assert load_config(str(tmp_path), KEYS) == Config()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# x\njbos = 3", ".wfopt.toml:2:1: unknown option `jbos`; did you mean `jobs`?"),
        ("keep_going = true", ".wfopt.toml:1:1: unknown option `keep_going`; did you mean `keep-going`?"),
        ("zzz = true", f".wfopt.toml:1:1: unknown option `zzz`; {KNOWN}"),
        ("[run]\njobs = 1", f".wfopt.toml:1:2: unknown option `run`; {KNOWN}"),
        ("jobs = true", ".wfopt.toml:1:1: `jobs` takes a text or a number"),
        ("jobs = [1]", ".wfopt.toml:1:1: `jobs` takes a text or a number"),
        ("keep-going = 1", ".wfopt.toml:1:1: `keep-going` takes `true` or `false`"),
        ("state-dir = 1", ".wfopt.toml:1:1: `state-dir` takes a path"),
        ('state-dir = ""', ".wfopt.toml:1:1: `state-dir` takes a path"),
        ("force-step = [1]", ".wfopt.toml:1:1: `force-step` takes a list of texts"),
        ("force-step = 1", ".wfopt.toml:1:1: `force-step` takes a list of texts"),
        (
            'format = "jsno"',
            ".wfopt.toml:1:1: `format` is not one of `table`, `json`; did you mean `json`?",
        ),
        ('format = "x"', ".wfopt.toml:1:1: `format` is not one of `table`, `json`"),
        ("param = 1", ".wfopt.toml:1:1: `param` is not a table; write `[param]` and below it"),
        ("[param]\nx = []", ".wfopt.toml:2:1: param `x` is neither a text nor a number nor true or false"),
        ("param.x = []", ".wfopt.toml:1:1: param `x` is neither a text nor a number nor true or false"),
        ("jobs = ", ".wfopt.toml:1:7: not well-formed TOML: invalid value"),
        ("jobs = 1\njobs = 2", ".wfopt.toml:2:8: not well-formed TOML: cannot overwrite a value"),
        ("jobs = ;\n", ".wfopt.toml:1:8: not well-formed TOML: invalid value"),
        ("x = " + "[" * 9_000, ".wfopt.toml: not well-formed TOML: maximum recursion depth exceeded"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, expected: str, tmp_path: Path) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("text", "alerts"),
    [
        ('[alerts]\ndisk = "5GiB"\nmemory = false\n', {"disk": "5GiB", "memory": False}),
        ('alerts.slow-step = "4x for 10s"\n', {"slow-step": "4x for 10s"}),
        ('alerts = {memory = "95%", idle-cpu = true}\n', {"memory": "95%", "idle-cpu": True}),
        ("[alerts]\n", {}),
        ("", {}),
    ],
)
def test_alerts_are_handed_on(text: str, alerts: dict[str, object], tmp_path: Path) -> None:
    found = config(tmp_path, text)
    assert (found.alerts, found.values, found.params) == (alerts, {}, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alerts = 1", ".wfopt.toml:1:1: `alerts` is not a table; write `[alerts]` and below it"),
        ("[alert]", ".wfopt.toml:1:2: unknown option `alert`; did you mean `alerts`?"),
        (
            '[alerts]\nmemori = "90%"',
            ".wfopt.toml:2:1: there is no alert `memori`; did you mean `memory`?",
        ),
        ("alerts.xyz = true", ".wfopt.toml:1:1: there is no alert `xyz`; known: `memory`, `step-memory`"),
        ("[alerts]\nmemory = 90", ".wfopt.toml:2:1: `memory`: neither a text nor a table nor"),
        ("[alerts.memory]\nat = 1", ".wfopt.toml:2:1: `memory.at`: there is no such key; known: `warning`"),
        (
            '[alerts]\nmemory = {warning = "90%", critical = "80%"}',
            ".wfopt.toml:2:1: `memory.critical`: what is critical must lie above",
        ),
        ('[alerts]\n\ndisk = "5%"', ".wfopt.toml:3:1: `disk`: "),
        ('[alerts]\nmemory = "below 5%"', ".wfopt.toml:2:1: `memory`: it warns above its threshold"),
    ],
)
def test_what_is_wrong_with_an_alert_is_said_with_its_place(text: str, expected: str, tmp_path: Path) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(expected)


def test_all_alerts_that_are_wrong_are_said_with_whatever_else_is(tmp_path: Path) -> None:
    text = 'jbos = 1\n[alerts]\nmemory = "x"\ndisk = 3\nno = true\n'
    assert [each.split(":")[1] for each in problems(tmp_path, text)] == ["1", "3", "4", "5"]


def test_places_of_alerts_in_the_shared_file(tmp_path: Path) -> None:
    text = "[tool.other.alerts]\nx = 1\n\n[tool.wfopt.alerts]\nx = 1\n"
    (found,) = problems(tmp_path, text, "pyproject.toml")
    assert found.startswith("pyproject.toml:5:1: there is no alert `x`")


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "a = 1\nb = 2\n[param]\nc = []\n")) == 3


def test_places_in_the_shared_file(tmp_path: Path) -> None:
    text = '[project]\nname = "wfopt"\njbos = 1\n\n[tool.wfopt]\njobs = 1\njbos = 2\n'
    (found,) = problems(tmp_path, text, "pyproject.toml")
    assert found.startswith("pyproject.toml:7:1: unknown option `jbos`")
    (found,) = problems(tmp_path, "[tool]\nwfopt = 3\n", "pyproject.toml")
    assert found == "pyproject.toml:2:1: `tool.wfopt` is not a table"


def test_a_number_that_is_too_long_is_refused(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "jobs = " + "9" * 5000)
    assert found.startswith(".wfopt.toml: not well-formed TOML: exceeds the limit")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".wfopt.toml").write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"`\.wfopt\.toml` is not UTF-8 text"):
        load_config(str(tmp_path), KEYS)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".wfopt.toml").write_text("#" * (1 << 20) + "\n")
    with pytest.raises(UserError, match="is larger than 1 MiB"):
        load_config(str(tmp_path), KEYS)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / ".wfopt.toml").touch()
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(UserError, match=r"`\.wfopt\.toml` cannot be read: permission denied"):
        load_config(str(tmp_path), KEYS)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("[tool.wfopt]\n  jobs = 1", 2, 3),
        ("[ tool . 'wfopt' ]\n\"jobs\"=1", 2, 1),
        ("[tool]\nwfopt.jobs = 1", 2, 1),
        ("tool.wfopt.jobs = 1", 1, 1),
        ("[tool.wfopt.jobs]\nx=1", 1, 2),
    ],
)
def test_keys_are_found_however_they_are_written(text: str, line: int, column: int) -> None:
    span = place_of(SourceFile("x.toml", text), ("tool", "wfopt", "jobs"))
    assert span is not None
    assert (span.line, span.column) == (line, column)


def test_a_key_that_stands_inside_a_line_is_not_found() -> None:
    source = SourceFile("x.toml", "tool = {wfopt = {jobs = 1}}")
    assert place_of(source, ("tool", "wfopt", "jobs")) is None
