"""Measures what a run costs that has little or nothing to do: `python tests/benchmarks/reuse.py [RUNS]`.

1,000 steps in layers, each a file from up to three others: nothing to do, one leaf changed, all inputs
touched, all outputs deleted; the same with doit and ninja if they are on the PATH, in turns. Then the bytes
of metadata a step, and planning 10,000 steps again. Prints medians of RUNS (5) runs: CPU and wall time of
whole processes.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench import WFOPT, layered

STEPS = 1000
SETTLED_S = 2.2
"""Files that were just written are read again by whoever trusts no clock: that is not what is measured."""


def commands(count: int) -> list[tuple[str, list[str], str]]:
    """Return output, inputs and command of each step."""
    found = []
    for step, before in enumerate(layered(count)):
        inputs = [f"out/{each}" for each in before] or [f"in/{step}"]
        if step == count - 1:
            inputs.append("in/late")
        found.append((f"out/{step}", inputs, f"cat {' '.join(inputs)} > out/{step}; echo {step} >> ran.log"))
    return found


def prepare(folder: Path, count: int = STEPS) -> None:
    """Write the workflow for wfopt and its peers, and the leaves."""
    for name in ("in", "out"):
        (folder / name).mkdir(parents=True)
    steps = commands(count)
    for path in {path for _, inputs, _ in steps for path in inputs if path.startswith("in/")}:
        (folder / path).write_text(f"{path}\n")
    native = ["wfopt: 1", "defaults: {shell: sh}", "steps:"]
    rules = ["rule r", "  command = $cmd"]
    tasks = []
    for number, (output, inputs, command) in enumerate(steps):
        native += [
            f"  s{number}:",
            f"    run: {json.dumps(command)}",
            f"    inputs: [{', '.join(inputs)}]",
            f"    outputs: [{output}]",
        ]
        rules += [f"build {output}: r {' '.join(inputs)}", f"  cmd = {command}"]
        tasks.append({"name": str(number), "actions": [command], "file_dep": inputs, "targets": [output]})
    (folder / "wfopt.yml").write_text("\n".join(native) + "\n")
    (folder / "build.ninja").write_text("\n".join(rules) + "\n")
    (folder / "tasks.json").write_text(json.dumps(tasks))
    (folder / "dodo.py").write_text(
        "import json\n\n\ndef task_all():\n    yield from json.load(open('tasks.json'))\n"
    )


class Tool:
    """A program in a folder of its own."""

    def __init__(self, name: str, command: tuple[str, ...], top: Path) -> None:
        self.name = name
        self.command = command
        self.folder = top / name
        prepare(self.folder)

    def run(self) -> tuple[float, float, int]:
        """Return CPU and wall seconds of a run, and how many steps it ran."""
        before = self.ran()
        start = time.monotonic()
        with subprocess.Popen(
            # Without compiled modules a start costs several times as much.
            ("env", "-u", "PYTHONDONTWRITEBYTECODE", *self.command),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{self.command} failed with {process.returncode}")
        return usage.ru_utime + usage.ru_stime, time.monotonic() - start, self.ran() - before

    def ran(self) -> int:
        """Return how many steps have run since the beginning."""
        log = self.folder / "ran.log"
        return log.read_bytes().count(b"\n") if log.exists() else 0


def nothing(_: Tool) -> None:
    """Change nothing."""


def leaf(tool: Tool) -> None:
    """Change what the last step alone reads."""
    (tool.folder / "in/late").write_text(f"{time.monotonic_ns()}\n")


def touch(tool: Tool) -> None:
    """Set the times of all leaves, and leave their contents."""
    for path in (tool.folder / "in").iterdir():
        path.touch()


def delete(tool: Tool) -> None:
    """Delete all outputs."""
    for path in (tool.folder / "out").iterdir():
        path.unlink()


CHANGES: tuple[tuple[str, Callable[[Tool], None]], ...] = (
    ("nothing to do", nothing),
    ("one leaf changed", leaf),
    ("all inputs touched", touch),
    ("all outputs deleted", delete),
)


def measure(tools: list[Tool], runs: int) -> None:
    """Print for each change and tool the medians, the tools in turns."""
    for tool in tools:
        tool.run()
    time.sleep(SETTLED_S)  # noqa: TID251 - the clock of the file system
    for tool in tools:
        tool.run()
    for name, change in CHANGES:
        found: dict[str, list[tuple[float, float, int]]] = {tool.name: [] for tool in tools}
        for _ in range(runs):
            for tool in tools:
                change(tool)
                found[tool.name].append(tool.run())
        for tool in tools:
            cpu, wall, ran = (statistics.median(each) for each in zip(*found[tool.name], strict=True))
            print(f"{name:<20} {tool.name:<6} {cpu:.3f} s CPU  {wall:.3f} s wall  {ran:.0f} steps ran")
        if change is not nothing:
            time.sleep(SETTLED_S)  # noqa: TID251 - as above
            for tool in tools:
                tool.run()


def metadata(folder: Path) -> None:
    """Print how much is kept beside the contents, and how many files."""
    state = folder / ".wfopt"
    kept = [
        path for path in state.rglob("*") if path.is_file() and "cas" not in path.relative_to(state).parts
    ]
    counted = [path for path in kept if path.relative_to(state).parts[0] not in ("parsed", "runs")]
    size = sum(path.stat().st_size for path in counted)
    print(f"metadata: {size / STEPS:.0f} bytes a step in {len(counted)} files")
    for path in sorted(counted):
        print(f"  {path.relative_to(state)}: {path.stat().st_size / STEPS:.0f}")
    parsed = sum(path.stat().st_size for path in kept if path.relative_to(state).parts[0] == "parsed")
    contents = sum(1 for path in (state / "cache/v1/cas").rglob("*") if path.is_file())
    print(f"the parsed file: {parsed / STEPS:.0f} bytes a step; contents: {contents} files")


def planning(folder: Path, runs: int) -> None:
    """Print what planning 10,000 steps costs when the file was loaded before."""
    prepare(folder, 10_000)
    tool = Tool.__new__(Tool)
    tool.folder, tool.command = folder, (*WFOPT, "run", "-q", "wfopt.yml", "s0")
    tool.run()
    tool.command = (*WFOPT, "run", "-n", "--format", "json")
    times = [tool.run()[0] for _ in range(runs)]
    print(f"plan of 10,000 steps again: {statistics.median(times):.2f} s CPU")


def main() -> None:
    """Run all in a temporary folder."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        tools = [Tool("wfopt", (*WFOPT, "run", "-q"), top)]
        for peer, options in (("doit", ("-v0",)), ("ninja", ("-j2",))):
            found = shutil.which(peer)
            if found is None:
                print(f"{peer} is not on the PATH")
            else:
                tools.append(Tool(peer, (found, *options), top))
        measure(tools, runs)
        metadata(top / "wfopt")
        planning(top / "large", runs)


if __name__ == "__main__":
    main()
