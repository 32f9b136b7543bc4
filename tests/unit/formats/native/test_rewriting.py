"""Changes of a workflow in its text: what can be written means what was meant, and the rest is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfopt.dataclass import replace
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.formats.native.rewriting import NotWritableError, rewritten
from wfopt.formats.reading import read_source
from wfopt.model.workflow import StepId, Workflow
from wfopt.optimizer.base import Facts
from wfopt.optimizer.pipeline import optimize
from wfopt.optimizer.registry import PASSES
from wfopt.optimizer.relinking import relinked
from wfopt.source import SourceFile

ROOT = Path(__file__).parents[4]
SAMPLES = sorted((ROOT / "sample_workflows").rglob("wfopt.yml"))
HEAD = "wfopt: 1\nsteps:\n"
CLOSED = "inputs: [], outputs: [], effects: []"

Change = Callable[[Workflow], Workflow]


def written(text: str, change: Change) -> str:
    source, options = SourceFile("wfopt.yml", HEAD + text), LoadOptions(workspace="/work")
    before, _ = load(source, options)
    return rewritten(source, before, change(before), options).removeprefix(HEAD)


def with_fields(name: str, **fields: Any) -> Change:
    """Return what gives all cells of a step other fields."""

    def change(workflow: Workflow) -> Workflow:
        steps = (replace(each, **fields) if each.definition == name else each for each in workflow.steps)
        return replace(workflow, steps=tuple(steps))

    return change


def with_memory(name: str, size: int | None) -> Change:
    def change(workflow: Workflow) -> Workflow:
        (step,) = (each for each in workflow.steps if each.definition == name)
        return with_fields(name, request=replace(step.request, memory_bytes=size))(workflow)

    return change


def with_needs(name: str, *needs: str) -> Change:
    return lambda workflow: relinked(workflow, {name: tuple(map(StepId, needs))})


def all_passes(workflow: Workflow) -> Workflow:
    return optimize(workflow, PASSES, Facts(), lambda: 0.0).after


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ("a: {run: x}", with_fields("a", timeout_s=7200.0), "a: {run: x, timeout: 2h}"),
        ("a: {run: x}", with_fields("a", timeout_s=120.0), "a: {run: x, timeout: 2m}"),
        ("a: {run: x}", with_fields("a", timeout_s=45.0), "a: {run: x, timeout: 45s}"),
        ("a: {run: x}", with_fields("a", timeout_s=1.5), "a: {run: x, timeout: 1.5s}"),
        ("a: {run: x}", with_fields("a", priority=3), "a: {run: x, priority: 3}"),
        ("a: {run: x}", with_memory("a", 1 << 30), "a: {run: x, resources: { memory: 1GiB }}"),
        ("a: {run: x, resources: {memory: 1GiB}}", with_memory("a", 3 << 19),
         "a: {run: x, resources: {memory: 1536KiB}}"),
        ("a: {run: x, resources: {cpu: 2, memory: 1GiB}}", with_memory("a", 5001),
         "a: {run: x, resources: {cpu: 2, memory: 5001B}}"),
        ("a: {run: x}\n  b: {run: y, needs: a}\n  c: {run: z, needs: b}", with_needs("c", "b", "a"),
         "a: {run: x}\n  b: {run: y, needs: a}\n  c: {run: z, needs: [b, a]}"),
        ('"on": {run: x}\n  c: {run: z}', with_needs("c", "on"),
         '"on": {run: x}\n  c: {run: z, needs: ["on"]}'),
        ("m: {run: x, matrix: {x: [1, 2]}}\n  c: {run: z, needs: [m]}", with_needs("c", "m[x=2]"),
         'm: {run: x, matrix: {x: [1, 2]}}\n  c: {run: z, needs: ["m[x=2]"]}'),
        ('m: {run: x, matrix: {x: [1, 2]}}\n  c: {run: z, needs: ["m[x=2]"]}',
         with_needs("c", "m[x=1]", "m[x=2]"),
         'm: {run: x, matrix: {x: [1, 2]}}\n  c: {run: z, needs: ["m[x=2]", "m[x=1]"]}'),
    ],
)  # fmt: skip
def test_writes_what_changed(text: str, change: Change, expected: str) -> None:
    assert written(f"  {text}\n", change) == f"  {expected}\n"


@pytest.mark.parametrize(
    ("text", "change", "message"),
    [
        ("a: {run: x, resources: {memory: 1GiB}}", with_memory("a", None), "`a` is to reserve no memory"),
        ("a: {run: x}", with_fields("a", cwd="other"), "the new text says something else of `a`"),
        ("a: {run: x}\n  b: {run: y}", lambda each: replace(each, steps=each.steps[::-1]),
         "the new text has other steps"),
        ("a: {run: x}\n  b: {run: y, needs: a}", lambda each: replace(each, edges=()),
         "the new text orders `a` and `b` in another way"),
        ("a: {run: x}", with_fields("a", timeout_s=-1.0), "the new text cannot be read"),
        ('m: {run: x, matrix: {x: [1]}}\n  t: {run: y, matrix: {x: [1]}, needs: ["m[x=${{ matrix.x }}]"]}',
         with_fields("t", needs=()), "`needs` of `t` holds an expression"),
        ("z: &z {run: x, timeout: 1m}\n  a: {<<: *z, run: y}", with_fields("a", timeout_s=120.0),
         "`timeout` comes from a merge or an alias"),
        ("z: &z {run: x, timeout: 1m}\n  a: *z", with_fields("a", timeout_s=120.0),
         "the new text says something else of `z`"),
        ("x: {run: x}\n  z: {run: z, needs: &n [x]}\n  a: {run: y, needs: *n}", with_needs("a"),
         "`needs` is an alias of what stands elsewhere"),
    ],
)  # fmt: skip
def test_refuses_what_the_text_cannot_say(text: str, change: Change, message: str) -> None:
    with pytest.raises(NotWritableError) as caught:
        written(f"  {text}\n", change)
    assert message in str(caught.value)


def test_leaves_what_others_share_alone() -> None:
    text = (
        "  - &base {id: a, run: x, inputs: [], outputs: [], effects: []}\n"
        "  - {<<: *base, id: b, run: y}  # as above\n"
        f"  - {{id: c, run: z, {CLOSED}}}\n"
    )
    new = written(text, all_passes)
    assert new.splitlines()[0] == text.splitlines()[0]
    assert "# as above" in new
    assert "<<: *base" in new


def test_steps_of_another_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "part.yml").write_text("wfopt: 1\nsteps: {one: {run: x}}\n")
    (tmp_path / "wfopt.yml").write_text(
        "wfopt: 1\ninclude: [{path: part.yml, as: p}]\nsteps: {a: {run: x}}\n"
    )
    source = read_source(str(tmp_path / "wfopt.yml"), name="wfopt.yml")
    options = LoadOptions(workspace=str(tmp_path))
    before, _ = load(source, options)
    inner = next(step.definition for step in before.steps if step.definition != "a")
    assert "timeout: 1m" in rewritten(source, before, with_fields("a", timeout_s=60.0)(before), options)
    with pytest.raises(NotWritableError, match="stands in another file"):
        rewritten(source, before, with_fields(inner, timeout_s=60.0)(before), options)


def test_a_byte_order_mark_shifts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "wfopt.yml"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}  a: {{run: x}}  # \u00e9\n".encode())
    source, options = read_source(str(path)), LoadOptions(workspace=str(tmp_path))
    before, _ = load(source, options)
    new = rewritten(source, before, with_fields("a", timeout_s=60.0)(before), options)
    assert new == f"{HEAD}  a: {{run: x, timeout: 1m}}  # \u00e9\n"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_samples_can_be_written(path: Path) -> None:
    source = read_source(str(path), name="wfopt.yml")
    options = LoadOptions(workspace=str(path.parent), path=str(path), lenient=True)
    before, _ = load(source, options)
    after = all_passes(before)
    new = rewritten(source, before, after, options)
    assert (new == source.text) == (after is before)
    old, now = ([line for line in each.splitlines() if "#" in line] for each in (source.text, new))
    left = {step.definition for step in after.steps}
    assert old == now or any(step.definition not in left for step in before.steps)
