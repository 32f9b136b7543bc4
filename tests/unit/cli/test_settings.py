"""Command line before environment before config file before default."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wfopt.cli import run as run_module
from wfopt.cli.boundary import guarded
from wfopt.cli.console import Console
from wfopt.cli.options import Request

Rows = dict[str, tuple[object, str, str | None]]
TWINS = shlex.split(
    "jobs cpus memory strategy optimize trace keep-going wait format cache cache-dir cache-size cache-ttl"
    " cache-namespace force force-step report profile junit keep host from live workspace state-dir quiet"
    " verbose"
)


@pytest.fixture
def shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Rows]:
    """Run `--show-config` in a repository of its own and return value, source and place by option."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def show(*words: str, **variables: str) -> Rows:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["wfopt", "run", "--show-config", "--format", "json", *words])
        status = guarded(dict(variables))
        out, err = capsys.readouterr()
        assert status == 0, err
        return {
            row["name"]: (row["value"], row["source"], row["place"]) for row in json.loads(out)["options"]
        }

    return show


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run with wrong settings and return what is said about them."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **variables: str) -> str:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["wfopt", "run", *words])
        assert guarded(dict(variables)) == 2
        return capsys.readouterr().err

    return run


def test_every_option_has_a_twin_but_those_that_mean_one_call(shown: Callable[..., Rows]) -> None:
    rows = shown()
    assert list(rows) == TWINS
    assert rows["jobs"] == ("auto", "default", None)
    assert rows["cpus"] == (None, "default", None)
    assert rows["format"] == ("json", "command-line", None)


def test_the_strongest_source_wins(shown: Callable[..., Rows], tmp_path: Path) -> None:
    (tmp_path / ".wfopt.toml").write_text('jobs = 1\nstate-dir = "s"\nlive = false\n')
    assert shown()["jobs"] == ("1", "config", ".wfopt.toml")
    assert shown()["state-dir"] == (str(tmp_path / "s"), "config", ".wfopt.toml")
    assert shown()["live"] == (False, "config", ".wfopt.toml")
    assert shown(WFOPT_JOBS="2")["jobs"] == ("2", "environment", "WFOPT_JOBS")
    assert shown("-j", "3", WFOPT_JOBS="2")["jobs"] == ("3", "command-line", None)


@pytest.mark.parametrize(
    ("variable", "text", "option", "value"),
    [
        ("WFOPT_CPUS", "2", "cpus", "2"),
        ("WFOPT_MEMORY", "1GiB", "memory", "1GiB"),
        ("WFOPT_STRATEGY", "fifo", "strategy", "fifo"),
        ("WFOPT_KEEP_GOING", "1", "keep-going", True),
        ("WFOPT_WAIT", "false", "wait", False),
        ("WFOPT_NO_WAIT", "yes", "wait", False),
        ("WFOPT_NO_WAIT", "0", "wait", True),
        ("WFOPT_NO_LIVE", "1", "live", False),
        ("WFOPT_CACHE", "ro", "cache", "ro"),
        ("WFOPT_CACHE_DIR", "c", "cache-dir", "c"),
        ("WFOPT_CACHE_SIZE", "1GiB", "cache-size", "1GiB"),
        ("WFOPT_CACHE_TTL", "3d", "cache-ttl", "3d"),
        ("WFOPT_CACHE_NAMESPACE", "pr", "cache-namespace", "pr"),
        ("WFOPT_FORCE", "true", "force", True),
        ("WFOPT_FORCE_STEP", "a b", "force-step", ["a", "b"]),
        ("WFOPT_REPORT", "r.html", "report", "r.html"),
        ("WFOPT_PROFILE", "p.json", "profile", "p.json"),
        ("WFOPT_JUNIT", "j.xml", "junit", "j.xml"),
        ("WFOPT_KEEP", "off", "keep", "off"),
        ("WFOPT_HOST", "north", "host", "north"),
        ("WFOPT_WORKSPACE", "w", "workspace", "w"),
        ("WFOPT_STATE_DIR", "s", "state-dir", "s"),
        ("WFOPT_QUIET", "on", "quiet", True),
        ("WFOPT_VERBOSE", "off", "verbose", False),
    ],
)
def test_variables_set_options(
    variable: str, text: str, option: str, value: object, shown: Callable[..., Rows], tmp_path: Path
) -> None:
    assert shown(**{variable: text})[option] == (value, "environment", variable)


def test_a_negated_variable_ranks_between_its_twin_and_the_config(
    shown: Callable[..., Rows], tmp_path: Path
) -> None:
    (tmp_path / ".wfopt.toml").write_text("wait = true\n")
    assert shown(WFOPT_NO_WAIT="1")["wait"] == (False, "environment", "WFOPT_NO_WAIT")
    assert shown(WFOPT_NO_WAIT="1", WFOPT_WAIT="1")["wait"] == (True, "environment", "WFOPT_WAIT")


def test_an_empty_variable_is_none(shown: Callable[..., Rows]) -> None:
    assert shown(WFOPT_JOBS="", WFOPT_NO_WAIT="")["jobs"] == ("auto", "default", None)


def test_the_config_of_the_folder_to_start_in_counts(shown: Callable[..., Rows], tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / ".wfopt.toml").write_text("jobs = 7\n")
    assert shown("-C", "below")["jobs"] == ("7", "config", ".wfopt.toml")
    assert Path.cwd() == tmp_path / "below"


def test_params_are_shown_below(shown: Callable[..., Rows], tmp_path: Path) -> None:
    (tmp_path / ".wfopt.toml").write_text('[param]\na = "x"\nb = 1\n')
    rows = shown("-p", "b=2", "-p", "c=3")
    assert rows["param.a"] == ("x", "config", ".wfopt.toml")
    assert rows["param.b"] == ("2", "command-line", None)
    assert rows["param.c"] == ("3", "command-line", None)


def test_the_table_is_text(
    shown: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["wfopt", "run", "--show-config", "-k"])
    assert guarded({}) == 0
    assert "\nkeep-going       true           command line\n" in capsys.readouterr().out


def test_files_to_write_start_at_the_folder_of_the_config(shown: Callable[..., Rows], tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    lines = (f'{name} = "out/{name}"\n' for name in ("report", "profile", "junit"))
    (tmp_path / ".wfopt.toml").write_text("".join(lines))
    rows = shown("-C", "below")
    assert [rows[name][0] for name in ("report", "profile", "junit")] == [
        str(tmp_path / "out" / name) for name in ("report", "profile", "junit")
    ]


@pytest.mark.parametrize(
    ("words", "variables", "message"),
    [
        ((), {"WFOPT_NO_WAIT": "maybe"}, "`WFOPT_NO_WAIT=maybe` is neither true nor false"),
        ((), {"WFOPT_QUIET": "maybe"}, "WFOPT_QUIET"),
        ((), {"WFOPT_FORMAT": "yaml"}, "WFOPT_FORMAT"),
        (("-C", "none"), {}, "`-C none`: no such file or directory"),
    ],
)
def test_wrong_settings_name_their_source(
    words: tuple[str, ...], variables: dict[str, str], message: str, refused: Callable[..., str]
) -> None:
    assert message in refused(*words, **variables)


def test_a_wrong_config_is_shown_with_its_line(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / ".wfopt.toml").write_text("\njbos = 3\n")
    said = refused()
    assert "error[WF601]: unknown option `jbos`" in said
    assert " --> .wfopt.toml:2:1" in said
    assert "did you mean `jobs`?" in said


def test_an_alert_that_is_not_known_is_shown_with_its_line(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / ".wfopt.toml").write_text('[alerts]\nmemori = "90%"\n')
    said = refused()
    assert "error[WF601]: there is no alert `memori`" in said
    assert " --> .wfopt.toml:2:1" in said
    assert "did you mean `memory`?" in said


def test_a_folder_that_was_deleted_is_said(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / ".git").rmdir()
    tmp_path.rmdir()
    assert "the current folder does not exist any more" in refused()


def test_a_request_knows_what_was_typed_and_what_came_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[Request] = []

    def execute(request: Request, console: Console) -> int:
        requests.append(request)
        return 7

    (tmp_path / ".git").mkdir()
    (tmp_path / ".wfopt.toml").write_text(
        'quiet = true\n[param]\na = "x"\n[alerts]\ndisk = "9GiB"\nmemory = false\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFOPT_CPUS", "3")
    monkeypatch.setattr(run_module, "execute", execute)
    words = shlex.split(
        "-k f.yml --no-wait -p a=b --param=c=-d step --jobs 4 --format json --state-dir=-x -C ."
    )
    monkeypatch.setattr(sys, "argv", ["wfopt", "run", *words])
    assert guarded({}) == 7
    (request,) = requests
    assert shlex.join(request.typed) == "-C . -p a=b -p c=-d -j 4 -k --no-wait --format json --state-dir=-x"
    assert request.arguments == ("f.yml", "step")
    assert request.origins == {"quiet": ".wfopt.toml", "cpus": "WFOPT_CPUS"}
    assert request.config_params == {"a": "x"}
    assert request.alerts == {"disk": "9GiB", "memory": False}
    assert (request.quiet, request.cpus, request.wait) == (True, "3", False)
