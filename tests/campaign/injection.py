"""Values that look like commands: whatever way they come in, they stay data and nothing in them runs.

Most cases share a run: each step gets a value through a param, a variable, a matrix, a list of items or an
argument, and writes down what arrived, which must be the value to the byte. The rest stand where the shape
of a workflow is written (ids, paths, folders, tags, file names) and may be refused; they must not run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.commands import faults, ran

_COMMAND = "touch PWNED"
_WRAPPERS = (
    *("$({})", "`{}`", "; {}", "\n{}\n", "| {}", "&& {}", "|| {}", "& {}", "x; {} #", "'; {} #", '"; {} #'),
    *(
        '"$({})"',
        "'$({})'",
        "${{IFS}}$({})",
        "$'\\n'{}",
        ">PWNED",
        "\\$({})",
        "-e {}",
        "--help; {}",
        "a\n$({})",
    ),
    *(
        "$((`{}`))",
        "<({})",
        "\t; {}",
        "'\"`{}`",
        "{{{}}}",
        "*$({})*",
        "~/$({})",
        "\r\n{}\r\n",
        "%s$({})",
        "\\\n{}",
    ),
    *(
        "${{{{ params.other }}}}",
        "$${{{{ env.SECRET }}}}",
        "${{{{ env.SECRET }}}} $({})",
        "}}}} ; {} ${{{{",
        "${{{{",
    ),
    *(
        "!!python/object/apply:os.system ['{}']",
        "&a {}",
        "*a",
        "# {}",
        "- {}",
        "@{}",
        "%{}",
        "? {}",
        "| {}",
        "> {}",
    ),
)
OTHER = "the value of another param"
ENVIRON = {"SECRET": "the value of a variable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A case that shares a run: where its value comes in, and the steps that write down what arrived.

    Attributes:
        steps: lines below `steps`.
        params: lines below `params`.
        args: what is added to the command line.
    """

    steps: tuple[str, ...]
    params: tuple[str, ...] = ()
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A case with a run of its own.

    Attributes:
        text: the workflow file.
        file: its name.
        folder: where it stands, below the case's folder.
        args: what is added to the command line.
        files: further files.
    """

    text: str
    file: str = "wfopt.yml"
    folder: str = ""
    args: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def _payload(rnd: Random) -> str:
    return (
        rnd.choice(["", "", "x", " ", "-"])
        + rnd.choice(_WRAPPERS).format(_COMMAND)
        + rnd.choice(["", "", "'", '"'])
    )


def _literal(text: str) -> str:
    """Return a value that is read from the file as this text: `$${{` stands for `${{`."""
    return json.dumps(text.replace("${{", "$${{"))


def _by_variable(number: int, payload: str) -> Delivery:
    return Delivery(
        params=(f"  p{number}: ''",),
        args=("-p", f"p{number}={payload}"),
        steps=(f"""  s{number}: {{run: 'printf %s "$WFOPT_PARAM_P{number}" > got/{number}'}}""",),
    )


def _by_env(number: int, payload: str) -> Delivery:
    return Delivery(
        params=(f"  p{number}: ''",),
        args=("-p", f"p{number}={payload}"),
        steps=(
            f"  s{number}:",
            f"    env: {{V: '${{{{ params.p{number} }}}}'}}",
            f"""    run: 'printf %s "$V" > got/{number}'""",
        ),
    )


def _by_argument(number: int, payload: str) -> Delivery:
    return Delivery(
        params=(f"  p{number}: ''",),
        args=("-p", f"p{number}={payload}"),
        steps=(
            f"  s{number}: {{run: [python3, -S, write.py, got/{number}, '${{{{ params.p{number} }}}}']}}",
        ),
    )


def _by_default(number: int, payload: str) -> Delivery:
    return Delivery(
        params=(f"  p{number}: {{default: {json.dumps(payload)}}}",),
        steps=(
            f"  s{number}: {{run: [python3, -S, write.py, got/{number}, '${{{{ params.p{number} }}}}']}}",
        ),
    )


def _by_matrix(number: int, payload: str) -> Delivery:
    return Delivery(
        steps=(
            f"  s{number}:",
            f"    matrix: {{v: [{_literal(payload)}]}}",
            "    env: {V: '${{ matrix.v }}'}",
            f"""    run: 'printf %s "$V" > got/{number}'""",
        ),
    )


def _by_item(number: int, payload: str) -> Delivery:
    return Delivery(
        steps=(
            f"  s{number}:",
            f"    foreach: [{_literal(payload)}]",
            "    env: {V: '${{ item }}'}",
            f"""    run: 'printf %s "$V" > got/{number}'""",
        ),
    )


def _by_matrix_of_param(number: int, payload: str) -> Delivery:
    return Delivery(
        params=(f"  p{number}: ''",),
        args=("-p", f"p{number}={payload}"),
        steps=(
            f"  s{number}:",
            f"    matrix: {{v: ['${{{{ params.p{number} }}}}']}}",
            f"    run: [python3, -S, write.py, got/{number}, '${{{{ matrix.v }}}}']",
        ),
    )


def _by_text(number: int, payload: str) -> Delivery:
    return Delivery(
        steps=(
            f"  s{number}:",
            f"    description: {_literal(payload)}",
            f"    env: {{V: {_literal(payload)}}}",
            f"""    run: 'printf %s "$V" > got/{number}'""",
        ),
    )


DELIVERIES: tuple[Callable[[int, str], Delivery], ...] = (
    _by_variable,
    _by_env,
    _by_argument,
    _by_default,
    _by_matrix,
    _by_item,
    _by_matrix_of_param,
    _by_text,
)

_STEP = "wfopt: 1\nsteps:\n  a: {run: 'true'}\n"
_PART = {"part.yml": "wfopt: 1\nsteps:\n  one: {run: 'true'}\n"}


def _name(payload: str) -> str:
    """Return a payload as a file name."""
    return payload.replace("/", "_").replace("\0", "")[:80] or "x"


def _given(text: str, payload: str) -> Shape:
    return Shape(text=f"wfopt: 1\nparams: {{p: ''}}\nsteps:\n{text}", args=("-p", f"p={payload}"))


SHAPES: tuple[Callable[[str], Shape], ...] = (
    lambda p: Shape(text=f"wfopt: 1\nsteps:\n  {_literal(p)}: {{run: 'true'}}\n"),
    lambda p: Shape(text=f"wfopt: 1\nsteps:\n  - {{id: {_literal(p)}, run: 'true'}}\n"),
    lambda p: Shape(
        text=f"wfopt: 1\nname: {_literal(p)}\ndescription: {_literal(p)}\nsteps: {{a: {{run: 'true'}}}}\n"
    ),
    lambda p: Shape(
        text=f"wfopt: 1\ninclude: [{{path: part.yml, as: {_literal(p)}}}]\nsteps: {{}}\n", files=_PART
    ),
    lambda p: Shape(
        text=f"wfopt: 1\ninclude: [{{path: {_literal(p)}, as: x}}]\nsteps: {{}}\n", files={_name(p): _STEP}
    ),
    lambda p: Shape(
        text="wfopt: 1\ndotenv: [v.env]\nsteps: {a: {run: 'echo \"$A\"'}}\n", files={"v.env": f"A={p}\n"}
    ),
    lambda p: Shape(text=f"wfopt: 1\nsteps: {{a: {{run: 'true', needs: [{_literal(p)}]}}}}\n"),
    lambda p: Shape(text=f"wfopt: 1\nsteps: {{a: {{run: 'true', shell: [{_literal(p)}]}}}}\n"),
    lambda p: Shape(text=f"wfopt: 1\nsteps: {{a: {{run: 'true', env: {{{_literal(p)}: x}}}}}}\n"),
    lambda p: Shape(text=f"wfopt: 1\nsteps: {{a: {{run: [{_literal(p)}]}}}}\n"),
    lambda p: Shape(
        text=f"wfopt: 1\nsteps: {{a: {{run: {p}}}}}\n" if p.startswith("!!") else _STEP, args=(p,)
    ),
    lambda p: Shape(text=_STEP, file=_name(p) + ".yml"),
    lambda p: Shape(text=_STEP, folder=_name(p)),
    lambda p: Shape(text=_STEP, args=("--graph", _name(p) + ".dot")),
    lambda p: Shape(text=_STEP, args=("--state-dir", _name(p))),
    lambda p: _given("  a: {run: 'true', outputs: ['out/${{ params.p }}/**']}\n", p),
    lambda p: _given("  a: {run: [touch, 'out/${{ params.p }}'], outputs: ['out/${{ params.p }}']}\n", p),
    lambda p: _given("  a: {run: 'true', cwd: '${{ params.p }}'}\n", p),
    lambda p: _given("  a: {run: 'true', inputs: ['${{ params.p }}']}\n", p),
    lambda p: _given("  a: {run: 'true', if: \"${{ params.p == 'x' }}\"}\n", p),
    lambda p: _given(
        "  a: {run: 'true', timeout: '${{ params.p }}', resources: {cpu: '${{ params.p }}'}}\n", p
    ),
    lambda p: _given("  a: {run: ['${{ params.p }}', x]}\n", p),
)
_OWN_RUN = 0.2
"""The share of the cases that have a run of their own."""


def material(seed: int, number: int) -> bytes:
    """Return the workflow of a case, or the part of it that the case adds."""
    made = _made(seed, number)[1]
    return (
        made.text.encode()
        if isinstance(made, Shape)
        else "\n".join((*made.params, *made.steps, *made.args)).encode()
    )


def _made(seed: int, number: int) -> tuple[str, Delivery | Shape]:
    """Return the value of a case, and what it is part of."""
    rnd = chance("injection", seed, number)
    payload = _payload(rnd)
    if rnd.random() < _OWN_RUN:
        return payload, rnd.choice(SHAPES)(payload)
    return payload, rnd.choice(DELIVERIES)(number, payload)


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases: those that can, in one run."""
    made = {number: _made(seed, number) for number in numbers}
    shared = {
        number: (payload, each) for number, (payload, each) in made.items() if isinstance(each, Delivery)
    }
    started_at = time.monotonic()
    troubles = _deliver(folder / "shared", shared) if shared else {}
    for number, (_, each) in made.items():
        if isinstance(each, Shape):
            started_at = time.monotonic()
            trouble = _shape_trouble(folder / str(number), each)
            label = "alone"
        else:
            trouble, label = troubles.get(number, ""), "delivered"
        yield Verdict(case=number, label=label, trouble=trouble, wall_s=time.monotonic() - started_at)


def _deliver(folder: Path, cases: Mapping[int, tuple[str, Delivery]]) -> dict[int, str]:
    """Run the cases that share a run; return what is wrong, by case."""
    (folder / "got").mkdir(parents=True)
    (folder / "write.py").write_text(
        "import os, sys\nopen(sys.argv[1], 'wb').write(os.fsencode(sys.argv[2]))\n", encoding="utf-8"
    )
    lines = ["wfopt: 1", "defaults: {shell: sh}", "params:", f"  other: {OTHER}"]
    for _, each in cases.values():
        lines += each.params
    lines.append("steps:")
    for _, each in cases.values():
        lines += each.steps
    (folder / "wfopt.yml").write_bytes(("\n".join(lines) + "\n").encode())
    args = [word for _, each in cases.values() for word in each.args]
    done = ran(["run", "-k", *args], folder, ENVIRON)
    trouble = faults(done)
    if done.returncode:
        trouble = trouble or (done.stdout + done.stderr)[-3000:].decode("utf-8", "replace")
    trouble = trouble or _pwned(folder)
    if trouble:
        return dict.fromkeys(cases, trouble)
    got = {number: (folder / "got" / str(number)).read_bytes() for number in cases}
    return {
        number: f"{got[number]!r} arrived instead of {payload!r}"
        for number, (payload, _) in cases.items()
        if got[number] != payload.encode()
    }


def _shape_trouble(folder: Path, shape: Shape) -> str:
    workspace = folder / shape.folder
    workspace.mkdir(parents=True)
    for name, text in {**shape.files, shape.file: shape.text}.items():
        (workspace / name).write_bytes(text.encode())
    done = ran(["run", str(workspace / shape.file), *shape.args], workspace, ENVIRON)
    return faults(done) or _pwned(folder)


def _pwned(folder: Path) -> str:
    found = [str(path) for path in folder.rglob("PWNED")]
    return f"something ran and made {found}" if found else ""


CAMPAIGN = Campaign(
    name="injection",
    summary="values that look like commands arrive as they are, and nothing in them runs",
    cases=500,
    jobs=2,
    batch=50,
    patience_s=120.0,
    check=check,
    material=material,
)
