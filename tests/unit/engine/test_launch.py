"""From a step to its process."""

from pathlib import Path

import pytest

from tests.support.builders import step
from wfopt.engine.launch import LONGEST_ARGUMENT, Launcher
from wfopt.formats.expressions import parse_template
from wfopt.model.expressions import ExpressionError, Template
from wfopt.model.workflow import Argv, Script, Shell

SH = Shell(name="sh", argv=("sh", "-e", "-c"))


def launcher(folder: str = "/run", cpu_milli: int = 4000) -> Launcher:
    return Launcher(workspace="/work", run_folder=folder, run_id="r1", cpu_milli=cpu_milli)


def test_argv_environment_and_folder() -> None:
    made = step(
        "a",
        run=Argv((Template.plain("echo"), parse_template("${{ needs.x.status }}"))),
        cwd="sub",
        env={"A": Template.plain("1"), "B": None},
        memory_bytes=7,
    )
    launch = launcher().launch(made, {"needs": {"x": {"status": "failed"}}})
    assert launch.argv == ("echo", "failed")
    assert launch.cwd == "/work/sub"
    assert launch.env == {
        "A": "1",
        "B": None,
        "WFOPT_RUN_ID": "r1",
        "WFOPT_STEP_ID": "a",
        "WFOPT_STEP_CPUS": "1",
        "WFOPT_STEP_MEMORY": "7",
    }


@pytest.mark.parametrize(("asked", "told"), [(250, "1"), (2500, "2"), (9000, "4")])
def test_cpus_are_whole_and_clamped(asked: int, told: str) -> None:
    launch = launcher().launch(step("a", cpu_milli=asked), {})
    assert launch.env["WFOPT_STEP_CPUS"] == told
    assert "WFOPT_STEP_MEMORY" not in launch.env
    assert launch.cwd == "/work"


@pytest.mark.parametrize("text", ["make", "x" * LONGEST_ARGUMENT])
def test_script_is_an_argument(text: str) -> None:
    launch = launcher().launch(step("a", run=Script(Template.plain(text), SH)), {})
    assert launch.argv == ("sh", "-e", "-c", text)


@pytest.mark.parametrize(("argv", "start"), [(("sh", "-e", "-c"), ("sh", "-e")), (("py",), ("py",))])
def test_long_script_goes_through_a_file(
    tmp_path: Path, argv: tuple[str, ...], start: tuple[str, ...]
) -> None:
    text = "é" * (LONGEST_ARGUMENT // 2 + 1)
    made = step("a/b", run=Script(Template.plain(text), Shell(name="s", argv=argv)))
    path = tmp_path / "a%2Fb.script"
    assert launcher(str(tmp_path)).launch(made, {}).argv == (*start, str(path))
    assert path.read_text(encoding="utf-8") == text


def test_expression_without_value() -> None:
    with pytest.raises(ExpressionError):
        launcher().launch(step("a", run=Argv((parse_template("${{ needs.x.status }}"),))), {})
