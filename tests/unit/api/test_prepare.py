"""What happens before a run: which steps are wanted, and whether they can run at all."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

import pytest

from wfopt.api.prepare import Prepared, RunOptions, plan, prepare
from wfopt.codes import ABOVE_CAPACITY, CPU_CLAMPED, SHELL_NOT_FOUND, UNKNOWN_STEP
from wfopt.engine.report import Forecast
from wfopt.errors import Severity, UserError
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

CHAIN = """
a: {run: [make, a]}
b: {run: [make, b], needs: [a]}
c: {run: [make, c], needs: [b]}
other: {run: [make, d]}
t: {run: [make, t], needs: [a], matrix: {x: [1, 2]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder `bin` in which the only program is `bash`."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/bash").touch(0o755)
    return tmp_path


def prepared(
    folder: Path,
    steps: str,
    *names: str,
    top: str = "",
    capacity: Capacity | None = None,
    environ: Mapping[str, str] | None = None,
) -> Prepared:
    path = folder / "w.yml"
    path.write_text(f"wfopt: 1\n{top}\nsteps:\n{indent(steps.strip(), '  ')}\n", encoding="utf-8")
    return prepare(
        RunOptions(
            file=str(path),
            workspace=str(folder),
            state_folder=str(folder / ".wfopt"),
            steps=names,
            environ={"PATH": str(folder / "bin")} if environ is None else environ,
            capacity=capacity or Capacity(slots=2, cpu_milli=2000, memory_bytes=2**20),
            strategy=Fifo(),
        )
    )


def ids(found: Prepared) -> list[str]:
    return [each.id for each in found.workflow.steps]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ((), ["a", "b", "c", "other", "t[x=1]", "t[x=2]"]),
        (("c",), ["a", "b", "c"]),
        (("other", "a"), ["a", "other"]),
        (("t",), ["a", "t[x=1]", "t[x=2]"]),
        (("t[x=2]",), ["a", "t[x=2]"]),
        (("b", "b"), ["a", "b"]),
    ],
)
def test_wanted_steps_and_what_they_need(folder: Path, names: tuple[str, ...], wanted: list[str]) -> None:
    found = prepared(folder, CHAIN, *names)
    assert ids(found) == wanted
    assert all(edge.before in wanted and edge.after in wanted for edge in found.workflow.edges)
    assert len(found.workflow.edges) == sum(each in wanted for each in ("b", "c", "t[x=1]", "t[x=2]"))


def test_targets_of_the_file_count_if_no_step_is_named(folder: Path) -> None:
    assert ids(prepared(folder, CHAIN, top="targets: [b]")) == ["a", "b"]
    assert ids(prepared(folder, CHAIN, "other", top="targets: [b]")) == ["other"]


def test_every_unknown_step_is_told(folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        prepared(folder, CHAIN, "othr", "a", "zzzzzz")
    messages = caught.value.diagnostics
    assert [(each.code, each.message) for each in messages] == [
        (UNKNOWN_STEP, "there is no step `othr`"),
        (UNKNOWN_STEP, "there is no step `zzzzzz`"),
    ]
    assert messages[0].hints == ("did you mean `other`?",)
    assert messages[1].hints == ("there are: `a`, `b`, `c`, `other`, `t`",)


def test_tokens_of_the_file_are_part_of_the_capacity(folder: Path) -> None:
    found = prepared(folder, CHAIN, top="resources: {gpu: 3}")
    assert found.capacity == Capacity(slots=2, cpu_milli=2000, memory_bytes=2**20, tokens={"gpu": 3})


def test_too_many_cpus_are_clamped_with_a_warning(folder: Path) -> None:
    found = prepared(folder, "a: {run: [x], resources: {cpu: 2.5}}\nb: {run: [x], resources: {cpu: 2}}")
    (remark,) = (each for each in found.remarks if each.code is CPU_CLAMPED)
    assert remark.severity is Severity.WARNING
    assert remark.message == "step `a` asks for 2.5 cpus, but there are 2: it gets those"
    assert remark.primary is not None
    assert remark.primary.span.line == 4


def test_too_much_memory_is_an_error(folder: Path) -> None:
    steps = "\n".join(
        f"{name}: {{run: [x], resources: {{memory: {size}}}}}"
        for name, size in (("a", "1MiB"), ("b", "2MiB"), ("c", "3MiB"))
    )
    with pytest.raises(UserError) as caught:
        prepared(folder, steps)
    assert [(each.code, each.message) for each in caught.value.diagnostics] == [
        (ABOVE_CAPACITY, "step `b` asks for 2 MiB of memory, but there are 1 MiB"),
        (ABOVE_CAPACITY, "step `c` asks for 3 MiB of memory, but there are 1 MiB"),
    ]
    assert ids(prepared(folder, steps, capacity=Capacity(slots=1, cpu_milli=1000))) == ["a", "b", "c"]


def test_hooks_get_no_more_than_there_is_either(folder: Path) -> None:
    steps = "a: {run: [x], rollback: {run: [x], resources: {cpu: 4}}}"
    hooks = "finally:\n  b: {run: [x], resources: {memory: 2MiB}}"
    with pytest.raises(UserError) as caught:
        prepared(folder, steps, top=hooks)
    (problem,) = caught.value.diagnostics
    assert problem.code is ABOVE_CAPACITY
    assert problem.message == "step `finally:b` asks for 2 MiB of memory, but there are 1 MiB"
    assert problem.primary is not None
    (remark,) = (each for each in prepared(folder, steps).remarks if each.code is CPU_CLAMPED)
    assert remark.message == "step `rollback:a` asks for 4 cpus, but there are 2: it gets those"


def test_steps_that_are_not_wanted_may_ask_for_anything(folder: Path) -> None:
    steps = "a: {run: [x]}\nb: {run: [x], resources: {memory: 2GiB}}\nc: {run: x, shell: [ghost]}"
    assert ids(prepared(folder, steps, "a")) == ["a"]


def test_missing_shells_are_told_once_each(folder: Path) -> None:
    steps = """
        a: {run: "true", shell: [ghost, -c]}
        b: {run: "true"}
        c: {run: "true", shell: [ghost, -x]}
        d: {run: "true", shell: sh}
        """
    with pytest.raises(UserError) as caught:
        prepared(folder, "\n".join(line.strip() for line in steps.strip().splitlines()))
    assert [(each.code, each.message) for each in caught.value.diagnostics] == [
        (SHELL_NOT_FOUND, "step `a` needs the shell `ghost`, which is not on the PATH"),
        (SHELL_NOT_FOUND, "step `d` needs the shell `sh`, which is not on the PATH"),
    ]
    first = caught.value.diagnostics[0]
    assert first.hints == ("install it, or set another `shell`",)
    assert first.primary is not None
    assert first.primary.span.line == 4


@pytest.mark.parametrize(
    "body",
    [
        '{run: "true", shell: bash}',
        "{run: [ghost]}",
        '{run: "true", shell: [ghost], env: {PATH: /opt}}',
        '{run: "true", shell: [ghost], env: {PATH: null}}',
        '{run: "true", shell: [./tools/ghost, -c]}',
        "{run: \"true\", shell: [ghost], needs: [b], if: needs.b.status == 'failed'}",
    ],
)
def test_shells_that_may_come_in_time(folder: Path, body: str) -> None:
    assert ids(prepared(folder, f"a: {body}\nb: {{run: [x]}}")) == ["a", "b"]


def test_without_a_path_there_are_the_usual_folders(folder: Path) -> None:
    assert ids(prepared(folder, 'a: {run: "true", shell: sh}', environ={})) == ["a"]
    with pytest.raises(UserError, match="`sh`, which is not on the PATH"):
        prepared(folder, 'a: {run: "true", shell: sh}', environ={"PATH": ""})


def test_a_plan_says_what_a_run_would_do(folder: Path) -> None:
    steps = "a: {run: [x]}\nb: {run: [x], needs: [a], if: needs.a.status == 'failed'}\nc: {run: [x]}"
    found = plan(prepared(folder, steps), Fifo())
    assert found.waves == (("a", "c"), ("b",))
    known = {StepId("a"): Forecast(cached=True, reason="up to date")}
    assert plan(prepared(folder, steps), Fifo(), known).forecasts == known
    assert found.forecasts == {}
    assert (found.critical_path, found.slots, found.strategy) == (("a", "b"), 2, "fifo")
