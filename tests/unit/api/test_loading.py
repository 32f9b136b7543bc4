"""Loading a workflow again: what was kept is used as long as nothing has changed, and never else."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.support.kept import differences
from wfopt.api.loading import FOLDER, Loaded, load_workflow
from wfopt.api.prepare import RunOptions, prepare
from wfopt.errors import LoadError
from wfopt.formats.parsed import stored
from wfopt.formats.parsed.folder import made
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

ROOT = Path(__file__).parents[3]
MAIN = """
wfopt: 1
dotenv: ['?settings.env', '?absent.env']
include:
  - {path: part/inner.yml, as: part}
  - {path: gone.yml, as: gone, optional: true}
params:
  size: {default: small, env: SIZE}
  color: {default: red}
env: {FROM: "${{ env.OUTSIDE }}"}
steps:
  build: {run: "make ${{ params.size }}", inputs: [a], outputs: [b], retries: 2}
  check: {run: "test ${{ env.SETTING }}", needs: [build, part/x]}
"""
INNER = "wfopt: 1\nsteps: {x: {run: 'true ${{ env.INNER }}'}}\n"
ENVIRON = {"PATH": os.defpath, "OUTSIDE": "1", "SETTING": "0", "UNUSED": "2"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a workspace with a workflow, its state folder, and what it looks at."""
    (tmp_path / "part").mkdir()
    (tmp_path / ".wfopt").mkdir()
    (tmp_path / "w.yml").write_text(MAIN, encoding="utf-8")
    (tmp_path / "part/inner.yml").write_text(INNER, encoding="utf-8")
    (tmp_path / "settings.env").write_text("SETTING=5\n", encoding="utf-8")
    return tmp_path


def options(folder: Path, *, environ: Mapping[str, str] | None = None, file: str = "w.yml") -> RunOptions:
    return RunOptions(
        file=str(folder / file),
        workspace=str(folder),
        state_folder=str(folder / ".wfopt"),
        environ=ENVIRON if environ is None else environ,
        capacity=Capacity(slots=2, cpu_milli=2000, memory_bytes=2**20),
        strategy=Fifo(),
    )


def kept(asked: RunOptions) -> Loaded:
    """Load and keep; return what was loaded."""
    loaded = load_workflow(asked)
    loaded.keep(asked)
    return loaded


def files(folder: Path) -> list[Path]:
    """Return the files of kept workflows."""
    return [path for path in (folder / ".wfopt" / FOLDER).glob("*") if path.name != "key"]


def assert_same(found: Loaded, expected: Loaded) -> None:
    assert differences((found.workflow, found.remarks), (expected.workflow, expected.remarks)) == []


def test_what_was_kept_is_used(folder: Path) -> None:
    asked = options(folder)
    first = kept(asked)
    again = load_workflow(asked)
    assert first.fresh is not None
    assert again.fresh is None
    assert_same(again, first)
    assert len(files(folder)) == 1


def test_what_was_found_is_not_kept_again(folder: Path) -> None:
    asked = options(folder)
    kept(asked)
    (file,) = files(folder)
    os.utime(file, ns=(1, 1))
    kept(asked)
    assert file.stat().st_mtime_ns == 1


def test_loading_alone_writes_nothing(folder: Path) -> None:
    load_workflow(options(folder))
    assert list((folder / ".wfopt").iterdir()) == []


def edit(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8") and None


def move_workspace_part(folder: Path) -> None:
    (folder / "part").rename(folder / "moved")
    (folder / "part").symlink_to("moved")


@pytest.mark.parametrize(
    "change",
    [
        edit("w.yml", f"{MAIN} "),
        edit("w.yml", MAIN.replace("make", "Make")),
        edit("part/inner.yml", INNER.replace("true", "echo")),
        edit("settings.env", "SETTING=6\n"),
        lambda folder: (folder / "settings.env").unlink(),
        edit("absent.env", ""),
        edit("gone.yml", INNER),
        move_workspace_part,
    ],
)
def test_changes_of_files_are_noticed(folder: Path, change: Callable[[Path], None]) -> None:
    asked = options(folder)
    kept(asked)
    change(folder)
    again = load_workflow(asked)
    assert again.fresh is not None
    assert_same(again, load_workflow(replace(asked, state_folder=str(folder / "other"))))


@pytest.mark.parametrize(
    "environ",
    [
        {"OUTSIDE": "2"},
        {"OUTSIDE": None},
        {"INNER": ""},
        {"SIZE": "large"},
        {"WFOPT_PARAM_SIZE": "large"},
        {"WFOPT_PARAM_COLOR": "blue"},
        {"WFOPT_PARAM_COLOR": "red"},
    ],
)
def test_changes_of_variables_that_matter_are_noticed(
    folder: Path, environ: Mapping[str, str | None]
) -> None:
    kept(options(folder))
    changed = {name: value for name, value in {**ENVIRON, **environ}.items() if value is not None}
    again = load_workflow(options(folder, environ=changed))
    assert again.fresh is not None
    assert_same(again, load_workflow(replace(options(folder, environ=changed), state_folder="/nowhere")))


@pytest.mark.parametrize(
    "environ",
    [
        {"UNUSED": "3"},
        {"NEW": "1"},
        {"WFOPT_PARAM_OTHER": "1"},
        # The `dotenv` file sets it.
        {"SETTING": "1"},
    ],
)
def test_other_variables_do_not_matter(folder: Path, environ: Mapping[str, str]) -> None:
    first = kept(options(folder))
    again = load_workflow(options(folder, environ={**ENVIRON, **environ}))
    assert again.fresh is None
    assert_same(again, first)


def test_who_asks_for_something_else_gets_something_else(folder: Path) -> None:
    asked = options(folder)
    kept(asked)
    (folder / "v.yml").write_text(MAIN, encoding="utf-8")
    others = [
        replace(asked, params={"size": "large"}),
        replace(asked, params={"size": "small"}),
        replace(asked, param_twins=False),
        replace(asked, workspace=os.path.dirname(folder)),
        replace(asked, file=str(folder / "part/../w.yml")),
        options(folder, file="v.yml"),
        replace(asked, lenient=True),
    ]
    for other in others:
        assert load_workflow(other).fresh is not None
    for other in (asked, *others[:2]):
        kept(other)
    assert [load_workflow(other).fresh for other in (asked, *others[:2])] == [None] * 3


def test_an_answer_to_another_request_is_not_used(folder: Path) -> None:
    asked = options(folder)
    other = replace(asked, params={"size": "large"})
    kept(asked)
    (file,) = files(folder)
    raw = file.read_bytes()
    file.unlink()
    kept(other)
    files(folder)[0].write_bytes(raw)
    assert load_workflow(other).workflow.params["size"] == "large"


def test_a_variable_that_is_only_hidden_matters(folder: Path) -> None:
    asked = replace(options(folder), param_twins=False)
    kept(asked)
    assert load_workflow(asked).fresh is None
    environ = {**ENVIRON, "WFOPT_PARAM_SIZE": "large"}
    assert load_workflow(replace(asked, environ=environ)).fresh is not None


def test_the_folder_that_a_relative_path_starts_from_matters(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/w.yml").write_text(MAIN, encoding="utf-8")
    asked = replace(options(folder), file="w.yml")
    monkeypatch.chdir(folder)
    kept(asked)
    assert load_workflow(asked).fresh is None
    monkeypatch.chdir(folder / "sub")
    with pytest.raises(LoadError, match="there is no file"):
        load_workflow(asked)


@pytest.mark.parametrize(
    ("name", "value"),
    [("__version__", "9.9.9"), ("_FORMAT", 2), ("_PROGRAM", ("",)), ("_PACKAGE", "/nowhere")],
)
def test_another_program_parses_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    asked = options(folder)
    kept(asked)
    monkeypatch.setattr(stored, name, value)
    assert load_workflow(asked).fresh is not None


@pytest.mark.slow
@pytest.mark.untraced
def test_damage_of_any_byte_only_costs_time(folder: Path) -> None:
    (folder / "w.yml").write_text("wfopt: 1\nsteps: {a: {run: [make]}}\n", encoding="utf-8")
    asked = options(folder)
    first = kept(asked)
    (file,) = files(folder)
    raw = file.read_bytes()
    for place in range(0, len(raw), 7):
        file.write_bytes(raw[:place] + bytes([raw[place] ^ 0x40]) + raw[place + 1 :])
        assert_same(load_workflow(asked), first)
        file.write_bytes(raw[:place])
        found = load_workflow(asked)
        assert found.fresh is not None
        assert_same(found, first)
    found.keep(asked)
    assert load_workflow(asked).fresh is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"null\n[]",
        b'[[], ""]\n[]',
        b'[[["file", "/nowhere"]], ""]\n[]',
        b'[[["command", "true"]], ""]\n[]',
        b'[[["real", "\\u0000"]], ""]\n[]',
        b'[[["file"]], ""]\n[]',
        b'[[[["file"], "a"]], ""]\n[]',
        b"\xff\n\xff",
        b"[" * 100_000,
    ],
)
def test_odd_forms_under_a_good_seal_are_not_used(folder: Path, body: bytes) -> None:
    asked = options(folder)
    first = kept(asked)
    (file,) = files(folder)
    with made(str(folder / ".wfopt" / FOLDER)) as found:
        found.write(file.name, body)
    again = load_workflow(asked)
    assert again.fresh is not None
    assert_same(again, first)


@pytest.mark.parametrize(
    ("top", "secret", "is_kept"),
    [
        ("secrets: [TOKEN]\nenv: {COPY: 'x${{ env.TOKEN }}y'}", "s3cret-value", False),
        ("secrets: [TOKEN]", "s3cret-value", True),
        ("secrets: [TOKEN]\ndotenv: [token.env]", "", False),
        ("secrets: [TOKEN]\nname: the 4711", "4711", False),
        ("secrets: [TOKEN]\nparams: {p: {type: int, default: 4711}}", "4711", False),
        ("env: {COPY: 'x${{ env.TOKEN }}y'}", "s3cret-value", True),
    ],
)
def test_workflows_with_secrets_are_not_kept(folder: Path, top: str, secret: str, is_kept: bool) -> None:
    (folder / "token.env").write_text("TOKEN=of-the-file\n", encoding="utf-8")
    (folder / "w.yml").write_text(f"wfopt: 1\n{top}\nsteps: {{a: {{run: [make]}}}}\n", encoding="utf-8")
    kept(options(folder, environ={**ENVIRON, "TOKEN": secret}))
    assert bool(files(folder)) is is_kept


def test_no_secret_is_in_what_is_kept(folder: Path) -> None:
    text = 'wfopt: 1\nsecrets: [TOKEN]\nsteps: {a: {run: [make], if: "${{ env.TOKEN != null }}"}}\n'
    (folder / "w.yml").write_text(text, encoding="utf-8")
    kept(options(folder, environ={**ENVIRON, "TOKEN": "s3cret-value"}))
    (file,) = files(folder)
    assert b"TOKEN" in file.read_bytes()
    assert b"s3cret" not in file.read_bytes()
    assert load_workflow(options(folder, environ={**ENVIRON, "TOKEN": "other"})).fresh is not None


def test_what_depends_on_the_whole_environment_is_not_kept(folder: Path) -> None:
    loaded = load_workflow(options(folder))
    assert loaded.fresh is not None
    assert len(loaded.fresh.environ) > 0
    loaded.keep(options(folder))
    assert files(folder) == []


def test_what_cannot_be_written_as_text_is_not_kept(folder: Path) -> None:
    loaded = load_workflow(options(folder))
    odd = replace(loaded, workflow=replace(loaded.workflow, params=MappingProxyType({})))
    odd.keep(options(folder))
    assert files(folder) == []


def test_a_lenient_load_is_neither_kept_nor_found(folder: Path) -> None:
    lenient = replace(options(folder), lenient=True)
    kept(lenient)
    assert list((folder / ".wfopt").iterdir()) == []
    kept(options(folder))
    assert load_workflow(lenient).fresh is not None


def test_a_file_that_changes_while_it_is_loaded_is_not_kept(folder: Path) -> None:
    asked = options(folder)
    loaded = load_workflow(asked)
    assert loaded.fresh is not None
    (folder / "w.yml").write_text("changed", encoding="utf-8")
    loaded.fresh.ask(("file", asked.file))
    loaded.keep(asked)
    assert files(folder) == []


def test_a_folder_that_cannot_be_written_does_not_matter(folder: Path) -> None:
    asked = replace(options(folder), state_folder=str(folder / "gone"))
    kept(asked)
    (folder / "gone").write_text("a file", encoding="utf-8")
    kept(asked)
    assert load_workflow(asked).fresh is not None


def test_prepare_hands_on_what_was_loaded(folder: Path) -> None:
    (folder / "w.yml").write_text(
        "wfopt: 1\ntargets: [a]\nsteps: {a: {run: [make]}, b: {run: [make]}}\n", encoding="utf-8"
    )
    asked = options(folder)
    prepared = prepare(asked)
    assert prepared.loaded is not None
    assert len(prepared.loaded.workflow.steps) == 2
    prepared.loaded.keep(asked)
    again = prepare(asked)
    assert again == prepared
    assert again.loaded is not None
    assert again.loaded.fresh is None


PROGRAM = """
import sys
from wfopt.cli.options import Request, options_of
from wfopt.cli.console import console_for
from wfopt.api.prepare import prepare

asked = options_of(Request(arguments=("w.yml",)), console_for({"PATH": "/bin"}))
prepared = prepare(asked)
prepared.loaded.keep(asked)
heavy = ("yaml", "networkx", "rich", "psutil", "wfopt.formats.native", "wfopt.formats.parsed.encoding")
print(prepared.loaded.fresh is None, *(name for name in heavy if name in sys.modules))
"""


@pytest.mark.slow
def test_a_second_load_imports_no_parser(folder: Path) -> None:
    (folder / "w.yml").write_text("wfopt: 1\nsteps: {a: {run: [make]}}\n", encoding="utf-8")
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=folder,
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert outputs == ["False yaml wfopt.formats.native wfopt.formats.parsed.encoding\n", "True\n"]
