"""Steps that write down what they see of their inputs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.campaign.changing import INPUTS, sight
from tests.support.small_runs import Act

POINTS = 20
"""At so many points of a step something may happen: before it reads, between two reads, and so on."""

PLAIN_INPUTS = ("in/a.txt", "in/src/x.txt", "in/src/deep/y.txt", "in/lib/one", "in/target.txt")
"""Files that one step names in full."""

WORKFLOW = f"""wfopt: 1
defaults: {{shell: sh}}
steps:
  make:
    run: make
    inputs: [{", ".join(f'"{text}"' for text in INPUTS)}]
    outputs: [out.txt, out.d/]
  plain:
    run: plain
    inputs: [{", ".join(PLAIN_INPUTS)}]
    outputs: [plain.txt]
  use:
    run: use
    inputs: [out.txt, out.d/in/tool]
    outputs: [used.txt]
"""


def acts(work: Path, at: Callable[[int], None]) -> dict[str, Act]:
    """Return what the steps of the workflow do; `at` is told each point that `make` passes."""
    return {"make": lambda: make(work, at), "plain": lambda: plain(work), "use": lambda: use(work)}


def make(work: Path, at: Callable[[int], None]) -> None:
    """Do what step `make` does: read its inputs three times and write down what it saw."""
    points = iter(range(POINTS))

    def pass_points(count: int) -> None:
        for _ in range(count):
            at(next(points))

    pass_points(3)
    first = sight(work, 0)
    pass_points(4)
    second = sight(work, 1)
    pass_points(4)
    third = sight(work)
    pass_points(3)
    with (work / "out.txt").open("w") as file:
        file.write(f"{first}\n{second}\n")
        file.flush()
        pass_points(2)
        file.write(f"{third}\n")
    pass_points(2)
    (work / "out.d/in/empty").mkdir(parents=True)
    (work / "out.d/first").write_text(first)
    (work / "out.d/in/tool").write_text(second)
    (work / "out.d/in/tool").chmod(0o755)
    os.symlink("in/tool", work / "out.d/link")
    pass_points(2)
    assert next(points, None) is None


def plain(work: Path) -> None:
    """Do what step `plain` does."""
    texts = [f"{(work / path).read_text()}\n" for path in PLAIN_INPUTS if (work / path).exists()]
    (work / "plain.txt").write_text("".join(texts))


def use(work: Path) -> None:
    """Do what step `use` does."""
    text = (work / "out.txt").read_text() + (work / "out.d/in/tool").read_text()
    (work / "used.txt").write_text(f"used {text}")
