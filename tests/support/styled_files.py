"""Workflow files in the styles of many people: the same steps, written in another way."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import yaml


def styled(text: str, rnd: Random) -> str:
    """Return a workflow file with comments, brackets, quotes and line ends as somebody could have them."""
    made = yaml.safe_load(text)
    steps = made.pop("steps")
    lines = ["# a file", *(_line(key, value, rnd) for key, value in made.items())]
    if rnd.random() < 0.2:
        lines += ["x-base: &base", "  effects: []  # none"]
    listed = isinstance(steps, list)
    lines += ["", "steps:  # all of them"]
    indent = "" if listed and rnd.random() < 0.3 else "  "
    named = str([body.get("needs", []) for body in (steps if listed else steps.values())]) + text[:400]
    for place, each in enumerate(steps):
        body = dict(each) if listed else {"id": each, **steps[each]}
        lines += _entry(body, indent, rnd, listed=listed, keep_id=body["id"] in named or place % 3 != 0)
    newline = rnd.choice(["\n", "\n", "\r\n"])
    end = rnd.choice([newline, newline, "", f"{newline}# the end{newline}"])
    return newline.join(lines) + end


def _entry(body: dict[str, Any], indent: str, rnd: Random, *, listed: bool, keep_id: bool) -> list[str]:
    name = body.pop("id")
    above = [f"{indent}# about {name}"] if rnd.random() < 0.5 else []
    above = [*([""] if rnd.random() < 0.4 else []), *above]
    if "${{" not in str(body) and rnd.random() < 0.2:
        inner = ", ".join(f"{key}: {json.dumps(value)}" for key, value in body.items())
        space = rnd.choice(["", " "])
        note = rnd.choice(["", f"  # {name} in brackets"])
        if listed:
            return [*above, f"{indent}- {{{space}id: {name}, {inner}{space}}}{note}"]
        return [*above, f"{indent}{name}: {{{space}{inner}{space}}}{note}"]
    keys = list(body)
    if rnd.random() < 0.5:
        rnd.shuffle(keys)
    blocks = [_block(key, body[key], rnd) for key in keys]
    if not listed:
        quoted = rnd.choice([name, name, f'"{name}"'])
        return [*above, f"{indent}{quoted}:", *(f"{indent}  {line}" for block in blocks for line in block)]
    if keep_id:
        blocks.insert(rnd.choice([0, 0, 0, len(blocks)]), [f"id: {rnd.choice([name, repr(name)])}"])
    flat = [line for block in blocks for line in block]
    return [*above, f"{indent}- {flat[0]}", *(f"{indent}  {line}" for line in flat[1:])]


def _block(key: str, value: object, rnd: Random) -> list[str]:
    note = f"  # why {key}" if rnd.random() < 0.2 else ""
    if key == "run" and rnd.random() < 0.2:
        return ["run: |", f"  {value}", *rnd.choice([[], ["# aside"]])]
    if isinstance(value, list) and value:
        style = rnd.randrange(4)
        if style == 0:
            dash = rnd.choice(["", "  "])
            return [f"{key}:{note}", *(f"{dash}- {json.dumps(each)}" for each in value)]
        if style == 1:
            inner = [f"  {json.dumps(each)}," for each in value]
            return [f"{key}: [{note}", *inner, "]"]
    return [_line(key, value, rnd) + note]


def _line(key: str, value: object, rnd: Random) -> str:
    if isinstance(value, list) and len(value) == 1 and key == "needs" and rnd.random() < 0.3:
        return f"{key}: {value[0]}"
    return f"{key}: {json.dumps(value)}"
