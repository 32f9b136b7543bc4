"""Workflows of any format as native files: read again, they say the same."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import edge, step, workflow
from tests.support.emission import ancestors, comparable, emitted_and_read
from wfopt.dataclass import replace
from wfopt.errors import LoadError
from wfopt.formats.expressions import parse_expression
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.formats.outside import Outside
from wfopt.formats.reading import read_source
from wfopt.formats.registry import read_any
from wfopt.model.expressions import Call, Literal, Reference, Template
from wfopt.model.patterns import PathPattern, parse_pattern
from wfopt.model.workflow import (
    Argv,
    CacheExtra,
    CacheRule,
    EdgeKind,
    Limits,
    MatrixGroup,
    Opaque,
    Origin,
    Request,
    Retries,
    Script,
    Shell,
    Step,
    Workflow,
)

ROOT = Path(__file__).parents[4]
FIXTURES = ROOT / "tests" / "fixtures"
ENVIRON = {"HOME": "/home/me", "FROM_ENV": "outside", "WFOPT_PARAM_TWIN": "9"}
NATIVE = sorted(
    (*(FIXTURES / "formats" / "ok").glob("*.yml"), *(ROOT / "sample_workflows").rglob("wfopt.yml"))
)
IMPORTED = sorted(path.with_suffix("") for path in (FIXTURES / "importers").rglob("*.out"))
SH = Shell("sh", ("sh", "-eu", "-c"))

# Its expression asks for a step that it does not wait for, as happens on GitHub.
UNORDERED = "parallel.yml"


def native(path: Path) -> Workflow:
    options = LoadOptions(workspace=str(path.parent), environ=ENVIRON, path=str(path), lenient=True)
    return load(read_source(str(path), name=path.name), options)[0]


def imported(path: Path) -> Workflow:
    kind = path.relative_to(FIXTURES / "importers").parts[0]
    options = LoadOptions(workspace=str(path.parent), path=str(path), outside=Outside({}))
    return read_any(read_source(str(path), name=path.name), options, kind).workflow


@pytest.mark.parametrize("path", NATIVE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_native_workflow_stays_the_same(path: Path) -> None:
    before = native(path)
    found, after = emitted_and_read(before, ENVIRON)
    lost = {name for name, what in found.lost if not what.startswith("at most ")}
    wanted, got = comparable(before, found.ids), comparable(after, {each.id: each.id for each in after.steps})
    kept = [name for name in wanted if name not in {found.ids.get(each, each) for each in lost}]
    assert list(wanted) == list(got)
    assert {name: got[name] for name in kept} == {name: wanted[name] for name in kept}
    assert ancestors(after, {each: each for each in got}) == ancestors(before, found.ids)
    assert (after.name, after.description, after.params, after.tokens) == (
        *(before.name, before.description, before.params, before.tokens),
    )
    assert after.secrets == before.secrets
    assert set(after.targets) == {found.ids[each] for each in before.targets}
    for one, other in ((after.on_failure, before.on_failure), (after.finally_steps, before.finally_steps)):
        assert [(each.cwd, each.timeout_s, each.secrets) for each in one] == [
            (each.cwd, each.timeout_s, each.secrets) for each in other
        ]


@pytest.mark.parametrize("path", IMPORTED, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_workflow_of_another_format_becomes_a_native_one(path: Path) -> None:
    try:
        before = imported(path)
    except LoadError:
        assert path.name.startswith("bad-")
        return
    if not before.steps:
        return
    found, after = emitted_and_read(before)
    assert [each.id for each in after.steps] == [found.ids[each.id] for each in before.steps]
    if path.name != UNORDERED:
        assert ancestors(after, {each.id: each.id for each in after.steps}) == ancestors(before, found.ids)
    for one, other in zip(after.steps, before.steps, strict=True):
        if isinstance(other.run, Opaque) and other.run.stand_in is None:
            assert (other.id, one.run) != (other.id, other.run)
            assert any(each == other.id for each, _ in found.lost)
            continue
        assert (one.cwd, one.timeout_s, one.retries) == (other.cwd, other.timeout_s, other.retries)
        assert one.allow_failure == other.allow_failure or not isinstance(other.allow_failure, bool)


FULL = Step(
    id=step("one").id,
    run=Script(Template(("echo ", Reference("needs", ("zero", "out", "x")), ' "$A" ${{\n')), SH),
    description="what it is for",
    cwd="sub/dir",
    env={"A": Template.plain("3.10"), "B": None, "C": Template.plain("a\nb\n")},
    inputs=(
        parse_pattern("../x/*.c", "sub/dir"),
        parse_pattern("!y", "sub/dir"),
        parse_pattern("../../", "sub/dir"),
    ),
    outputs=(parse_pattern("out/", "sub/dir", optional=True, persist=True, store=False),),
    condition=parse_expression("success() && env.X == 'y'"),
    timeout_s=90.5,
    request=Request(cpu_milli=1500, memory_bytes=3 << 20, tokens={"gpu": 1}),
    limits=Limits(
        memory=False, cpu=True, pids=7, cpu_time_s=60.0, file_size_bytes=1000, open_files=9, nice=3
    ),
    allow_failure=frozenset({1, 75}),
    effects=frozenset({"network"}),
    priority=-3,
    quiet=True,
    keep_on_failure=True,
    retries=Retries(
        max=2, delay_s=3.0, backoff=1.5, max_delay_s=9.0, jitter=False, when=frozenset({1, "timeout"})
    ),
    cache=CacheRule(
        enabled=True,
        extras=(
            (CacheExtra.TEXT, Template.plain("on")),
            (CacheExtra.ENV, Template.plain("CC")),
            (CacheExtra.FILE, Template.plain("a b")),
        ),
        ttl_s=3600.0,
        restore=False,
    ),
    capture="said",
    secrets=("A",),
    expected_s=7200.0,
)


def test_everything_that_a_step_can_say_is_written() -> None:
    zero = step("zero", run=Argv((Template.plain("true"),)))
    made = workflow([zero, FULL], [edge("zero", "one", EdgeKind.REF)], tokens={"gpu": 2}, targets=["one"])
    found, after = emitted_and_read(made, {"X": "y"})
    assert found.lost == ()
    ids: dict[str, str] = {each.id: each.id for each in after.steps}
    assert comparable(after, ids)["one"] == comparable(made, ids)["one"]
    assert after.tokens == {"gpu": 2}


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"env": {"A-B": Template.plain("")}}, "the variable `A-B`: no shell could name it"),
        ({"env": {"A": Template((Reference("service", ("x",)),))}}, "the variable `A`: an expression"),
        ({"inputs": (PathPattern("{a,b}"),)}, "`inputs`: `{a,b}` holds braces, which are not expanded"),
        ({"condition": Call("format", (Literal("x"),))}, "`if`: an expression: unknown function `format`"),
        ({"run": Script(Template((Reference("service", ("x",)),)), SH)}, "what it runs: an expression"),
        ({"group": MatrixGroup(definition="a", max_parallel=2, fail_fast=True)}, "at most 2 of its matrix"),
        ({"run": Opaque(what="a/b@v1", why="an action")}, "an action, a/b@v1"),
    ],
)
def test_what_cannot_be_said_is_left_out_and_told(changed: dict[str, Any], what: str) -> None:
    made = replace(step("a", run=Argv((Template.plain("true"),))), **changed)
    found, after = emitted_and_read(workflow([made]))
    assert [name for name, _ in found.lost] == ["a"]
    assert found.lost[0][1].startswith(what)
    assert len(after.steps) == 1


def test_whoever_comes_behind_a_step_that_may_be_skipped_runs_all_the_same() -> None:
    steps = [
        step("a", condition=Reference("env", ("X",))),
        step("b"),
        step("c"),
        step("d", condition=Call("always")),
    ]
    run = Argv((Template.plain("true"),))
    listed = [edge("a", each, EdgeKind.ORDER, Origin.LIST) for each in ("b", "d")]
    made = workflow([replace(each, run=run) for each in steps], [*listed, edge("a", "c"), edge("c", "b")])
    found, _ = emitted_and_read(made)
    lines = [line.strip() for line in found.text.splitlines() if "if:" in line]
    assert lines == [
        'if: "env.X"',
        "if: \"!failure() && !cancelled() && needs.c.status != 'skipped'\"",
        'if: "always()"',
    ]


def test_values_of_steps_of_github_are_handed_on_in_the_native_way() -> None:
    bash = Shell("bash", ("bash", "-e", "-c"))
    texts = ('echo a=1 >> "$GITHUB_OUTPUT"', "echo A=1 >> $GITHUB_ENV", "echo hi >> $GITHUB_STEP_SUMMARY")
    runs = [Script(Template.plain(text), bash) for text in texts]
    runs.append(
        Script(Template.plain("open(os.environ['GITHUB_OUTPUT'])"), Shell("python", ("python3", "-c")))
    )
    steps = [replace(step(f"a/{n}", run=run), session="a") for n, run in enumerate(runs)]
    asking = Template((Reference("env", ("GITHUB_SHA",)),))
    steps.append(replace(step("a/9", run=Argv((asking,))), session="a"))
    found, after = emitted_and_read(workflow(steps))
    run = after.steps[0].run
    assert isinstance(run, Script)
    assert run.text.static == f'export GITHUB_OUTPUT="$WFOPT_STEP_OUTPUT"\n{texts[0]}'
    assert after.steps[2].env == {"GITHUB_STEP_SUMMARY": Template.plain("/dev/null")}
    assert found.lost == (
        ("a/1", "what it writes to `GITHUB_ENV` or `GITHUB_PATH` for later steps"),
        ("a/3", "what it writes to `GITHUB_OUTPUT`"),
    )
    assert "# must be set where it runs, if they matter: GITHUB_SHA" in found.text
