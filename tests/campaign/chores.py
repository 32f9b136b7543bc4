"""Workflows of about thirty steps that write all kinds of outputs slowly, and the tree that they make."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.campaign.base import chance
from tests.support.portraits import Seen, portrait

SIDE = "CHORES_SIDE"
"""The variable with the path of the file in which each step notes that it starts."""

STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """One step.

    Attributes:
        name: its id.
        script: the lines of its script.
        inputs: what it reads.
        outputs: what it writes.
        captures: whether it hands its stdout on, as `text`.
        takes: the steps whose `text` it gets, as variables `TEXT0` and so on.
    """

    name: str
    script: Sequence[str]
    inputs: Sequence[str]
    outputs: Sequence[str]
    captures: bool = False
    takes: Sequence[str] = ()


def chores(seed: int, variant: int) -> tuple[Chore, ...]:
    """Return the steps of a workflow, each behind those that it needs."""
    rnd = chance("chores", seed, variant)
    made: list[Chore] = []
    for number in range(STEPS):
        made.append(_chore(rnd, number, made))
    return tuple(made)


def _chore(rnd: Random, number: int, made: Sequence[Chore]) -> Chore:
    name = f"s{number}"
    earlier = [each for each in made if each.outputs]
    near = rnd.sample(earlier, min(len(earlier), rnd.choice([0, 1, 1, 2, 3])))
    inputs = ["src/", *(_as_input(rnd, text) for each in near for text in each.outputs)]
    talkers = [each.name for each in made if each.captures]
    takes = rnd.sample(talkers, min(len(talkers), rnd.choice([0, 0, 1])))
    read = f"find {' '.join(_files(inputs))} -type f | sort | xargs cat | cksum"
    lines, outputs, captures = _KINDS[rnd.choice(list(_KINDS))](rnd, name)
    texts = " ".join(f'"$TEXT{place}"' for place in range(len(takes)))
    return Chore(
        name=name,
        script=[f'echo {name} >> "${SIDE}"', f"read=$({read})", f"seen='{name} '$read{texts}", *lines],
        inputs=inputs,
        outputs=outputs,
        captures=captures,
        takes=takes,
    )


def _as_input(rnd: Random, output: str) -> str:
    """Return a pattern that takes in what another step writes."""
    if output.endswith("/"):
        return rnd.choice([output, f"{output}**/*.txt"])
    folder, _, _ = output.rpartition("/")
    return f"{folder}/*.txt" if folder and rnd.random() < 0.5 else output


def _files(inputs: Sequence[str]) -> list[str]:
    """Return what `find` starts from: of `a/**/*.txt` the folder, which holds nothing but such files."""
    return [text.removesuffix("**/*.txt") for text in inputs]


def _pause(rnd: Random) -> str:
    return rnd.choice([":", ":", "sleep 0.003", "sleep 0.01", "sleep 0.03"])


def _single(rnd: Random, name: str) -> tuple[list[str], list[str], bool]:
    path = rnd.choice([f"{name}.txt", f"made/{name}/one.txt"])
    return _slowly(rnd, path), [path], False


def _several(rnd: Random, name: str) -> tuple[list[str], list[str], bool]:
    paths = [f"several/{name}.{number}/x.txt" for number in range(rnd.choice([2, 3]))]
    return [line for path in paths for line in _slowly(rnd, path)], paths, False


def _folder(rnd: Random, name: str) -> tuple[list[str], list[str], bool]:
    lines = [f"mkdir -p {name}.d/in/empty"]
    for number in range(rnd.choice([2, 4])):
        lines += _slowly(rnd, f"{name}.d/{number}.txt")
    lines += [
        *_slowly(rnd, f"{name}.d/in/tool.txt"),
        f"chmod 755 {name}.d/in/tool.txt",
        f"ln -s in/tool.txt {name}.d/link",
    ]
    return lines, [f"{name}.d/"], False


def _globbed(rnd: Random, name: str) -> tuple[list[str], list[str], bool]:
    lines = [line for number in range(3) for line in _slowly(rnd, f"{name}.g/{number}.txt")]
    return ["mkdir -p " + f"{name}.g", *lines], [f"{name}.g/*.txt"], False


def _talking(rnd: Random, name: str) -> tuple[list[str], list[str], bool]:
    return ['echo "$seen"', _pause(rnd), f"echo end of {name}"], [], True


def _slowly(rnd: Random, path: str) -> list[str]:
    """Return lines that write a file in two halves."""
    return [f'echo "$seen" > {path}', _pause(rnd), f'echo "end $seen" >> {path}']


_KINDS = {"single": _single, "several": _several, "folder": _folder, "globbed": _globbed, "talking": _talking}


def workflow_text(made: Sequence[Chore]) -> str:
    """Return the workflow file."""
    lines = ["wfopt: 1", "defaults: {shell: sh}", "steps:"]
    for each in made:
        lines += [f"  {each.name}:", f"    inputs: [{_listed(each.inputs)}]"]
        lines.append(f"    outputs: [{_listed(each.outputs)}]")
        if each.captures:
            lines.append("    capture: {stdout: text}")
        if each.takes:
            pairs = [
                f'TEXT{place}: "${{{{ needs.{name}.out.text }}}}"' for place, name in enumerate(each.takes)
            ]
            lines += [f"    env: {{{', '.join(pairs)}}}", f"    needs: [{', '.join(each.takes)}]"]
        lines += ["    run: |", *(f"      {line}" for line in each.script)]
    return "\n".join(lines) + "\n"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def set_up(folder: Path, made: Sequence[Chore]) -> None:
    """Make a workspace in which nothing has run."""
    (folder / "src").mkdir(parents=True)
    for name in ("a", "b"):
        (folder / "src" / f"{name}.txt").write_text(f"content of {name}\n", encoding="utf-8")
    (folder / "wfopt.yml").write_text(workflow_text(made), encoding="utf-8")


@functools.cache
def expected(seed: int, variant: int) -> Mapping[str, Seen]:
    """Return the tree that is there in the end: the scripts are run without wfopt, one after the other."""
    made = chores(seed, variant)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder, "work")
        set_up(work, made)
        said: dict[str, str] = {}
        for each in made:
            for output in each.outputs:
                (work / output).parent.mkdir(parents=True, exist_ok=True)
            script = "\n".join(("sleep() { :; }", *each.script))
            texts = {f"TEXT{place}": said[name] for place, name in enumerate(each.takes)}
            done = subprocess.run(
                ["/bin/sh", "-e", "-c", script],
                cwd=work,
                env={"PATH": os.defpath, SIDE: os.path.join(folder, "side"), **texts},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                check=True,
            )
            said[each.name] = done.stdout.rstrip("\n")
        return portrait(work)
