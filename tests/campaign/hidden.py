"""Secrets: whatever a step does with one, it is found on no terminal, in no log, in no document.

Each case is a run of its own; what it prints and every file that it leaves below `.wfopt` is searched.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from tests.campaign import leaks
from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.commands import ran
from tests.support.commands import ROOT

_TOOL = str(ROOT / "tests" / "campaign" / "leaks.py")
_BY_TOOL = tuple(
    (way.__name__, f"[{sys.executable}, -I, {_TOOL}, {way.__name__}]") for way in leaks.FORMS
) + tuple(
    (way, f"[{sys.executable}, -I, {_TOOL}, {way}]")
    for way in ("split", "bytewise", "stderr", "often", "twice", "unfinished", "failing")
)
_BY_SCRIPT = (
    ("env dump", "echo leak:; env"),
    ("trace", 'echo leak:; set -x; : "$TOKEN"'),
    ("file name", 'echo leak:; cat "/nowhere/$TOKEN"'),
    ("error text", 'echo leak:; echo "$TOKEN" >&2; exit 7'),
    ("value", 'echo leak:; printf "v=%s\\n" "$(printf %s "$TOKEN" | head -n 1)" >> "$WFOPT_STEP_OUTPUT"'),
)
_WORKFLOWS = {
    **{name: f"  a: {{run: {words}}}\n" for name, words in _BY_TOOL},
    **{name: f"  a:\n    shell: sh\n    run: {json.dumps(script)}\n" for name, script in _BY_SCRIPT},
    "missing program": '  a: {run: ["leak:${{ env.TOKEN }}"]}\n',
    "argument": '  a: {run: [ls, "leak:${{ env.TOKEN }}"]}\n',
    "script text": (
        "  a:\n    shell: sh\n"
        "    run: |\n      echo 'leak:'; cat <<'END'\n      ${{ env.TOKEN }}\n      END\n"
    ),
    "missing folder": '  a: {run: "true", cwd: "leak:${{ env.TOKEN }}"}\n',
    "missing output": '  a: {run: "true", outputs: ["leak:${{ env.TOKEN }}"]}\n',
    "capture": (
        f"  a: {{run: [{sys.executable}, -I, {_TOOL}, raw], capture: {{stdout: v}}}}\n"
        "  b:\n    shell: sh\n    env: {V: '${{ needs.a.out.v }}'}\n    needs: [a]\n    run: 'echo \"$V\"'\n"
    ),
    "variable of a step": (
        "  a: {secrets: [OTHER], env: {OTHER: '${{ env.TOKEN }}'}, shell: sh, run: 'echo \"leak:$OTHER\"'}\n"
    ),
    "cell": '  a: {matrix: {v: ["leak:${{ env.TOKEN }}"]}, shell: sh, run: "echo leak:"}\n',
    "condition": '  a: {if: "${{ env.TOKEN == \'leak:\' }}", run: "true"}\n',
    "retried": f"  a: {{run: [{sys.executable}, -I, {_TOOL}, failing], retries: {{max: 1, delay: 10ms}}}}\n",
}
WAYS = tuple(_WORKFLOWS)
_DISPLAYS: tuple[tuple[str, ...], ...] = (
    (),
    ("--format", "json"),
    ("--format", "jsonl"),
    ("-v",),
    ("github",),
)
_ONE_LINE = frozenset(
    {"file name", "missing program", "missing folder", "missing output", "cell", "argument"}
)

_REFUSED = frozenset({"cell"})
"""What cannot be kept secret: the id of a step names its log."""


def _secret(rnd: Random, way: str) -> bytes:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    odd = letters + "+/=?&% \"'\\$`{}[]<>.,;:!~^|\u00e9\u4e2d"
    kind = rnd.randrange(4)
    if kind == 0 or way in _ONE_LINE:
        return "".join(rnd.choices(letters, k=rnd.randint(8, 60))).encode()
    if kind == 1:
        return ("s" + "".join(rnd.choices(odd, k=rnd.randint(10, 60))) + "e").encode()
    if kind == 2:
        lines = ["".join(rnd.choices(letters + "+/", k=64)) for _ in range(rnd.randint(2, 20))]
        return "\n".join(["-----BEGIN KEY-----", *lines, "-----END KEY-----"]).encode()
    return "".join(rnd.choices("ab", k=rnd.randint(12, 40))).encode()


def _made(seed: int, number: int) -> tuple[str, bytes, tuple[str, ...]]:
    """Return the way, the secret and the arguments of a case."""
    rnd = chance("secrets", seed, number)
    way = WAYS[number % len(WAYS)]
    return way, _secret(rnd, way), _DISPLAYS[(number + number // len(WAYS)) % len(_DISPLAYS)]


def material(seed: int, number: int) -> bytes:
    """Return the workflow of a case."""
    return f"wfopt: 1\nsecrets: [TOKEN]\nsteps:\n{_WORKFLOWS[_made(seed, number)[0]]}".encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        way, secret, args = _made(seed, number)
        workspace = folder / str(number)
        workspace.mkdir()
        (workspace / "wfopt.yml").write_bytes(material(seed, number))
        summary = workspace / "summary.md"
        environ = {"TOKEN": secret.decode()}
        if args == ("github",):
            args = ()
            environ |= {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
        started_at = time.monotonic()
        done = ran(["run", *args], workspace, environ)
        wall = time.monotonic() - started_at
        trouble = _trouble(done, workspace, secret, (2,) if way in _REFUSED else (0, 1))
        yield Verdict(case=number, label=way, trouble=trouble, wall_s=wall)


def _trouble(
    done: subprocess.CompletedProcess[bytes], workspace: Path, secret: bytes, expected: tuple[int, ...]
) -> str:
    said = done.stdout + done.stderr
    if done.returncode not in expected or b"Traceback" in said:
        return f"status {done.returncode}: {said[-1500:]!r}"
    places = {"stdout": done.stdout, "stderr": done.stderr}
    for path in [*(workspace / ".wfopt").rglob("*"), *workspace.glob("summary.md")]:
        places[f"name {path.name}"] = bytes(path.relative_to(workspace))
        if path.is_file():
            places[str(path.relative_to(workspace))] = path.read_bytes()
    if not any(b"leak:" in data or b"leak%3A" in data for data in places.values()) and b"skipped" not in said:
        return f"the secret was not even used: {said[-1500:]!r}"
    forms = _forms(secret)
    for place, data in places.items():
        for name, form in forms.items():
            if form in data:
                at = data.index(form)
                return f"{place} holds {name} {form!r}: {data[max(0, at - 60) : at + len(form) + 60]!r}"
    return ""


def _forms(secret: bytes) -> dict[str, bytes]:
    """Return what must be found nowhere."""
    leaks.TOKEN, leaks.TEXT = secret, secret.decode()
    return {each.__name__: each() for each in leaks.FORMS}


CAMPAIGN = Campaign(
    name="secrets",
    summary="secrets are found nowhere but in the steps themselves",
    cases=20 * len(WAYS),
    jobs=2,
    batch=len(WAYS),
    patience_s=60.0,
    check=check,
    material=material,
)
