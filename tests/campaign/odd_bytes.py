"""Odd bytes printed by steps: logs keep every byte, and the terminal gets none that it could misunderstand.

Each case goes to the display and the logs directly, cut into pieces at random, and through a real run that
many cases share.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.commands import faults, logged, ran
from tests.support.builders import step, workflow
from tests.support.visible import control_characters
from wfopt.engine.logs import LogSink
from wfopt.events import StepFinished, StepOutput, StepStarted
from wfopt.model.outcome import StepOutcome, StepStatus, Usage
from wfopt.model.workflow import StepId
from wfopt.render.lines import LineDisplay
from wfopt.render.output_lines import TAIL_LIMIT
from wfopt.render.paint import Paint

MARKUP = b"[bold red]shown[/bold red] [/nope] [link=x]y[/link] :smile:\n"
_FOREIGN_COLORS = ("\x1b[5m", "\x1b[38;5;196m", "\x1b[7;44m")
_DISPLAYS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("table", (), {}),
    ("colors", (), {"FORCE_COLOR": "1"}),
    ("jsonl", ("--format", "jsonl"), {}),
    ("github", (), {"GITHUB_ACTIONS": "true"}),
)

_PIECES: tuple[Callable[[Random], bytes], ...] = (
    lambda rnd: b"plain words\n" * rnd.randint(1, 3),
    lambda rnd: MARKUP,
    lambda rnd: rnd.randbytes(rnd.choice([1, 7, 100, 3000])),
    lambda rnd: b"\0" * rnd.randint(1, 50),
    lambda rnd: bytes([rnd.randrange(32)]) * rnd.randint(1, 5),
    lambda rnd: rnd.choice(_FOREIGN_COLORS).encode() + b"color\x1b[0m\n",
    lambda rnd: (
        b"\x1b["
        + bytes(rnd.choices(b"0123456789;?<=>! ", k=rnd.randint(0, 9)))
        + rnd.choice([b"J", b"H", b"m", b"h", b"l", b"n", b"c", b"r", b"\n", b""])
    ),
    lambda rnd: (
        b"\x1b]"
        + rnd.choice([b"0;title", b"52;c;cHduZWQ=", b"8;;file:///etc/passwd"])
        + rnd.choice([b"\x07", b"\x1b\\", b"", b"\n"])
    ),
    lambda rnd: b"\x1b" + rnd.choice([b"P", b"X", b"^", b"_"]) + b"1$r0m" + rnd.choice([b"\x1b\\", b""]),
    lambda rnd: b"\x1b" + bytes([rnd.randrange(256)]),
    lambda rnd: b"\xc2" + bytes([rnd.randrange(0x80, 0xA0)]) + rnd.choice([b"31m", b"2J", b""]),
    lambda rnd: bytes([rnd.choice([0x9B, 0x9D, 0x90, 0x84, 0x85])]) + b"2J",
    lambda rnd: b"10 %\r20 %\r" + rnd.choice([b"", b"\r\r", b"done\n", b"\r\n"]),
    lambda rnd: rnd.choice(
        ["\u202eevil\u202c", "\u2066x\u2069", "\u200f", "\u2028", "\u0085", "\ufeff"]
    ).encode(),
    lambda rnd: rnd.choice([b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xe2\x82", b"\xff\xfe"]),
    lambda rnd: ("\u4e2d\U0001f600e\u0301" * rnd.choice([1, 100, 4000])).encode(),
    lambda rnd: (
        rnd.choice([b"x", b"\x1b[31m", b"\r", b"\xe4", b"\t", b" "]) * rnd.choice([100, 9000, 30_000])
    ),
    lambda rnd: rnd.choice([b"::error::x\n", b"##[error]x\n", b"::stop-commands::x\n", b"\n" * 20]),
    lambda rnd: b"\x08" * 10 + b"\x7f" + b"over" + b"\x08" * 4,
)


def material(seed: int, number: int) -> bytes:
    """Return what the step of a case prints."""
    rnd = chance("bytes", seed, number)
    return b"".join(rnd.choice(_PIECES)(rnd) for _ in range(rnd.choice([1, 1, 2, 3, 6])))


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases directly, then all of them in one run."""
    direct = {number: _directly(seed, number, folder) for number in numbers}
    label, args, environ = _DISPLAYS[(seed + numbers[0] // CAMPAIGN.batch) % len(_DISPLAYS)]
    started_at = time.monotonic()
    troubles = _run(seed, numbers, folder / "run", args, environ)
    wall = (time.monotonic() - started_at) / len(numbers)
    for number in numbers:
        trouble = direct[number] or troubles.get(number, "")
        yield Verdict(case=number, label=label, trouble=trouble, wall_s=wall)


def _directly(seed: int, number: int, folder: Path) -> str:
    """Return what is wrong with what the display and the log make of a case, or ""."""
    data, rnd = material(seed, number), chance("cuts", seed, number)
    name = f"n{number}"
    logs = LogSink(str(folder))
    shown = _shown(name, _cut(rnd, data), logs)
    path = logs.path(StepId(name))
    kept = Path(path).read_bytes() if path else b""
    if path:
        Path(path).unlink()
    if kept != data:
        return f"the log differs: {kept[:300]!r} instead of {data[:300]!r}"
    if odd := control_characters(shown):
        return f"{odd!r} is shown of {data[:300]!r}"
    longest = max(map(len, data.split(b"\n")))
    if longest < TAIL_LIMIT and shown != _shown(name, [data], LogSink(str(folder / "gone"))):
        return f"the cuts change what is shown of {data[:300]!r}"
    if data.isascii() and longest < TAIL_LIMIT and data.replace(b"\n", b"").decode("ascii").isprintable():
        lines = data.decode().removesuffix("\n").split("\n")
        if shown != "".join(f"[{name}] {line}".rstrip(" " * (not line)) + "\n" for line in lines):
            return f"{shown!r} is shown of {data[:300]!r}"
    return ""


def _cut(rnd: Random, data: bytes) -> list[bytes]:
    cuts = sorted(rnd.randrange(len(data) + 1) for _ in range(rnd.choice([0, 1, 3, 20])))
    edges = [0, *cuts, len(data)]
    return [data[start:end] for start, end in pairwise(edges) if end > start]


def _shown(name: str, chunks: Sequence[bytes], logs: LogSink) -> str:
    out, log = io.StringIO(), io.StringIO()
    display = LineDisplay(workflow([step(name)]), log=log, out=out, paint=Paint(color=False))
    display(StepStarted(at=0.0, step=StepId(name), reason=""))
    for chunk in chunks:
        event = StepOutput(at=0.0, step=StepId(name), data=chunk)
        logs(event)
        display(event)
    outcome = StepOutcome(status=StepStatus.SUCCEEDED, reason="", exit_code=0, usage=Usage(wall_s=0.0))
    finished = StepFinished(at=0.0, step=StepId(name), outcome=outcome)
    logs(finished)
    display(finished)
    return out.getvalue()


def _run(
    seed: int, numbers: Sequence[int], folder: Path, args: Sequence[str], environ: dict[str, str]
) -> dict[int, str]:
    """Run a workflow whose steps print the cases; return what is wrong, by case."""
    (folder / "data").mkdir(parents=True)
    lines = ["wfopt: 1", "defaults: {shell: sh}", "steps:"]
    for number in numbers:
        data, rnd = material(seed, number), chance("run", seed, number)
        (folder / "data" / str(number)).write_bytes(data)
        cut = rnd.randrange(len(data) + 1)
        lines.append(f"  n{number}: {{run: {json.dumps(_script(rnd, number, cut))}}}")
    (folder / "wfopt.yml").write_text("\n".join(lines) + "\n")
    done = ran(["run", "-k", "-j", "4", *args], folder, environ)
    trouble = faults(done)
    said = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
    trouble = trouble or _shown_trouble(said, colored="FORCE_COLOR" in environ)
    if args:
        trouble = trouble or _not_json(done.stdout)
    if trouble:
        return dict.fromkeys(numbers, trouble)
    return {
        number: f"the run's log differs from {material(seed, number)[:300]!r}"
        for number in numbers
        if logged(folder, f"n{number}") != material(seed, number)
    }


def _shown_trouble(said: str, *, colored: bool) -> str:
    """Return what is wrong with the text that a run has printed, or ""."""
    for line in said.split("\n"):
        odd = control_characters(line, colored=colored)
        if odd or any(color in line for color in _FOREIGN_COLORS):
            return f"{odd!r} is shown in {line[:500]!r}"
    return ""


def _script(rnd: Random, number: int, cut: int) -> str:
    name = f"data/{number}"
    print_it = rnd.choice(
        [f"cat {name}", f"cat {name} >&2", f"head -c {cut} {name}; tail -c +{cut + 1} {name}"]
    )
    return print_it + rnd.choice(["", "", "", "; exit 3"])


def _not_json(lines: bytes) -> str:
    for line in lines.splitlines():
        try:
            json.loads(line)
        except ValueError:
            return f"this is no JSON: {line[:300]!r}"
    return ""


CAMPAIGN = Campaign(
    name="bytes",
    summary="logs keep what steps print byte for byte, and terminals get only what is harmless",
    cases=10_000,
    jobs=2,
    batch=100,
    patience_s=120.0,
    check=check,
    material=material,
)
