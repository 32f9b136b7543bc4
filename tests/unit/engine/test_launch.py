"""From a step to its process."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.builders import step
from wfopt.engine.launch import LONGEST_ARGUMENT, Launcher
from wfopt.engine.masking import Masker
from wfopt.engine.runner import Launch
from wfopt.formats.expressions import parse_template
from wfopt.model.expressions import ExpressionError, Template, Value
from wfopt.model.workflow import Argv, Script, Shell, Step

SH = Shell(name="sh", argv=("sh", "-e", "-c"))


def launcher(folder: str = "/run", cpu_milli: int = 4000) -> Launcher:
    return Launcher(
        workspace="/project", run_folder=folder, run_id="r1", cpu_milli=cpu_milli, held="/project"
    )


def launched(work: Launcher, made: Step, contexts: Mapping[str, Value]) -> Launch:
    return work.launch(made, work.resolve(made, contexts))


def test_argv_environment_and_folder() -> None:
    made = step(
        "a",
        run=Argv((Template.plain("echo"), parse_template("${{ needs.x.status }}"))),
        cwd="sub",
        env={"A": Template.plain("1"), "B": None},
        memory_bytes=7,
    )
    launch = launched(launcher(), made, {"needs": {"x": {"status": "failed"}}})
    assert launch.argv == ("echo", "failed")
    assert launch.cwd == "/project/sub"
    assert launch.env == {
        "A": "1",
        "B": None,
        "WFOPT_RUN_ID": "r1",
        "WFOPT_HELD": "/project",
        "WFOPT_STEP_ID": "a",
        "WFOPT_STEP_CPUS": "1",
        "WFOPT_STEP_MEMORY": "7",
        "WFOPT_STEP_OUTPUT": "/run/a.values",
    }


@pytest.mark.parametrize(("asked", "told"), [(250, "1"), (2500, "2"), (9000, "4")])
def test_cpus_are_whole_and_clamped(asked: int, told: str) -> None:
    launch = launched(launcher(), step("a", cpu_milli=asked), {})
    assert launch.env["WFOPT_STEP_CPUS"] == told
    assert "WFOPT_STEP_MEMORY" not in launch.env
    assert launch.cwd == "/project"


@pytest.mark.parametrize("text", ["make", "x" * LONGEST_ARGUMENT])
def test_script_is_an_argument(text: str) -> None:
    launch = launched(launcher(), step("a", run=Script(Template.plain(text), SH)), {})
    assert launch.argv == ("sh", "-e", "-c", text)


@pytest.mark.parametrize(("argv", "start"), [(("sh", "-e", "-c"), ("sh", "-e")), (("py",), ("py",))])
def test_long_script_goes_through_a_file(
    tmp_path: Path, argv: tuple[str, ...], start: tuple[str, ...]
) -> None:
    text = "é" * (LONGEST_ARGUMENT // 2 + 1)
    made = step("a/b", run=Script(Template.plain(text), Shell(name="s", argv=argv)))
    path = tmp_path / "a%2Fb.script"
    assert launched(launcher(str(tmp_path)), made, {}).argv == (*start, str(path))
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("made", "flags"),
    [
        (step("a"), (False, False, False)),
        (step("a", capture="X"), (True, False, False)),
        (step("a", effects=frozenset({"network", "service"})), (False, True, False)),
        (step("a", effects=frozenset()), (False, False, False)),
        (step("a", interactive=True), (False, False, True)),
    ],
)
def test_flags(made: Step, flags: tuple[bool, bool, bool]) -> None:
    launch = launched(launcher(), made, {})
    assert (launch.capture, launch.service, launch.interactive) == flags


def test_nobody_else_reads_the_script_of_a_step(tmp_path: Path) -> None:
    long = Script(Template.plain("x" * (LONGEST_ARGUMENT + 1)), SH)
    launched(launcher(str(tmp_path)), step("a", run=long), {})
    assert (tmp_path / "a.script").stat().st_mode & 0o777 == 0o600


def test_tidy_removes_script_and_values_of_this_step_only(tmp_path: Path) -> None:
    made = step("a/b", run=Script(Template.plain("x" * (LONGEST_ARGUMENT + 1)), SH))
    work = launcher(str(tmp_path))
    launched(work, made, {})
    Path(work.values_path(made)).write_text("A=1\n", encoding="utf-8")
    (tmp_path / "a%2Fb.log").touch()
    (tmp_path / "c.values").touch()
    assert len(list(tmp_path.iterdir())) == 4
    work.tidy(made)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a%2Fb.log", "c.values"]


@pytest.mark.parametrize("run", [Argv(()), Script(Template.plain("true"), SH)])
def test_tidy_without_anything_to_remove(tmp_path: Path, run: Script | Argv) -> None:
    launcher(str(tmp_path)).tidy(step("a", run=run))
    launcher(str(tmp_path / "absent")).tidy(step("a", run=run))


def test_masker_learns_secrets_that_only_the_run_knows() -> None:
    masker = Masker()
    work = Launcher(
        workspace="/project",
        run_folder="/run",
        run_id="r1",
        cpu_milli=1000,
        masker=masker,
        secrets=("ALL", "X"),
    )
    made = step(
        "a",
        secrets=("OWN", "GONE"),
        env={
            "ALL": parse_template("${{ needs.x.out.first }}"),
            "OWN": parse_template("<${{ needs.x.out.second }}>"),
            "OPEN": parse_template("${{ needs.x.out.third }}"),
            "GONE": None,
        },
    )
    out = {"first": "one-secret", "second": "other-secret", "third": "no-secret"}
    assert not masker.active
    launched(work, made, {"needs": {"x": {"out": out}}})
    told = masker.text("one-secret <other-secret> other-secret no-secret")
    assert "one-secret" not in told
    assert "<other-secret>" not in told
    assert told.endswith(" other-secret no-secret")


def test_expression_without_value() -> None:
    with pytest.raises(ExpressionError):
        launched(launcher(), step("a", run=Argv((parse_template("${{ needs.x.status }}"),))), {})
