"""WF109: a command uses one cpu while others are idle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from wfopt.analyzer.base import Case, Confidence, Finding, Fix, Gain, Saving
from wfopt.analyzer.cpus import cpus_of
from wfopt.analyzer.sites import Site, jobs_of, sites_of
from wfopt.analyzer.tools import Tool, tool_of
from wfopt.analyzer.what_if import WhatIf
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Label, Severity
from wfopt.model.scripts import commands_of_step
from wfopt.model.workflow import Step
from wfopt.source import Span

_ONE = re.compile(
    r"-j\s*1|--jobs?[= ]1|--parallel[= ]1|-p[= ]1|--max-workers[= ]1|--maxWorkers[= ]1|-n[= ]?1"
)
_VARIABLES = (
    "MAKEFLAGS",
    "CTEST_PARALLEL_LEVEL",
    "CMAKE_BUILD_PARALLEL_LEVEL",
    "PYTEST_ADDOPTS",
    "GOFLAGS",
    "CARGO_BUILD_JOBS",
)


class IdleWidth:
    """A tool that can use several cpus is told to use one, or not told to use more, and the others are idle.

    Before:

        - run: |
            ./configure
            make

    After:

        - run: |
            ./configure
            make -j"$(nproc)"

    Does not apply where other steps run beside it and use the cpus, where a variable such as `MAKEFLAGS` says
    how many, nor to `make` with a target of which nothing is known. Whether the build is written for it, the
    file cannot tell.
    """

    code = Code("WF109", "idle-width", "a command uses one cpu while others are idle")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such command."""
        cpus = int(cpus_of(case).expected)
        if cpus < 2 or (not case.jobs and max(map(len, case.timing.levels), default=0) >= cpus):
            return
        jobs, what_if = jobs_of(case), WhatIf(case)
        for site in sites_of(case):
            job = jobs.get(site.first.id)
            row = (
                [case.step(step) for step in job.cells[0]] if job is not None and job.cells else [site.first]
            )
            if any(name in step.env for step in row for name in _VARIABLES):
                continue
            for idle in _idle(site.first, row):
                yield _finding(case, what_if, site, idle, cpus)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Idle:
    """A command that uses one cpu: its words, what to add, and the line of the script that it stands on."""

    words: str
    hint: str
    line: int
    is_told: bool


def _idle(step: Step, row: list[Step]) -> Iterator[_Idle]:
    """Yield the commands of a step that use one cpu, the first of each tool."""
    seen: set[str] = set()
    for command in commands_of_step(step):
        tool = tool_of(command)
        find = _TOOLS.get(tool.name)
        if (
            find is None
            or tool.name in seen
            or any(word.partition("=")[0] in _VARIABLES for word in command.assignments)
        ):
            continue
        hint = find(tool, row)
        if hint:
            seen.add(tool.name)
            words = " ".join(command.bare[:4])
            yield _Idle(words=words, hint=hint, line=command.line, is_told=_is_told(tool))


def _is_told(tool: Tool) -> bool:
    """Return whether the command itself says that it wants one cpu."""
    text = " ".join(tool.arguments)
    if re.search(rf"(?:^|\s)(?:{_ONE.pattern})(?=\s|$)", text):
        return True
    return tool.has("--runInBand", "--no-parallel", "--no-file-parallelism")


def _of_make(tool: Tool, row: list[Step]) -> str:
    if _is_told(tool):
        return 'write `-j"$(nproc)"`, if the makefile names what each target needs'
    if any(re.match(r"-[a-zA-Z]*j|--jobs", word) for word in tool.arguments):
        return ""
    targets = [word for word in tool.arguments if not word.startswith("-") and "=" not in word]
    if targets not in ([], ["all"]) or tool.has("-C", "-f", "-n", "--directory") or not _configures(row):
        return ""
    return 'write `make -j"$(nproc)"`, if the makefile names what each target needs'


def _configures(row: list[Step]) -> bool:
    """Return whether something generates a makefile: it is known to be fit for several jobs then."""
    commands = [each for step in row for each in commands_of_step(step)]
    if any("Ninja" in command.arguments or "-GNinja" in command.arguments for command in commands):
        return False
    return any(
        command.program in {"configure", "cmake", "autoreconf", "qmake", "qmake6"} for command in commands
    )


def _of_cmake(tool: Tool, row: list[Step]) -> str:
    if "--build" not in tool.arguments or "$" in " ".join(tool.arguments):
        return ""
    if _is_told(tool):
        return "write `--parallel` without a number"
    is_wide = any(re.match(r"-j|--parallel", word) for word in tool.arguments)
    # The makefiles that `cmake` writes by default are built one by one; Ninja and the others are not.
    others = [each for step in row for each in commands_of_step(step) if each.program == "cmake"]
    is_chosen = any(re.match(r"-G|--preset", word) for each in others for word in each.arguments)
    if is_wide or is_chosen or not any("--build" not in each.arguments for each in others):
        return ""
    return "write `cmake --build DIR --parallel`"


def _of_ctest(tool: Tool, _row: list[Step]) -> str:
    is_wide = any(
        re.match(r"-j|--parallel|--preset|-N|--show-only|-D|-S|--version|-T|-M", word)
        for word in tool.arguments
    )
    return "" if is_wide and not _is_told(tool) else 'write `ctest --parallel "$(nproc)"`'


def _of_told(words: str) -> Callable[[Tool, list[Step]], str]:
    return lambda tool, _row: words if _is_told(tool) else ""


def _of_packager(tool: Tool, _row: list[Step]) -> str:
    return "remove `--runInBand`" if tool.has("--runInBand") else ""


_TOOLS: dict[str, Callable[[Tool, list[Step]], str]] = {
    "make": _of_make,
    "gmake": _of_make,
    "cmake": _of_cmake,
    "ctest": _of_ctest,
    "ninja": _of_told("remove `-j1`: `ninja` takes all cpus by itself"),
    "cargo": _of_told("remove `-j1`: `cargo` takes all cpus by itself"),
    "go": _of_told("remove `-p 1`: `go` takes all cpus by itself"),
    "jest": _of_told("remove `--runInBand`"),
    "vitest": _of_told("remove `--no-file-parallelism`"),
    "gradle": _of_told("remove `--no-parallel` or `--max-workers=1`"),
    "gradlew": _of_told("remove `--no-parallel` or `--max-workers=1`"),
    "npm": _of_packager,
    "yarn": _of_packager,
    "pnpm": _of_packager,
}


def _finding(case: Case, what_if: WhatIf, site: Site, idle: _Idle, cpus: int) -> Finding:
    return Finding(
        code=IdleWidth.code,
        message=f"`{idle.words}` uses one cpu",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM if idle.is_told else Confidence.LOW,
        primary=Label(_line_of(site, idle), "the others are idle meanwhile"),
        steps=site.ids,
        saving=_saving(case, what_if, site, cpus),
        fix=Fix.UNSAFE,
        hints=(idle.hint,),
        identity=f"{site.name}: {idle.words}",
    )


def _line_of(site: Site, idle: _Idle) -> Span:
    """Return the line of the file on which a command stands, where the script is a block."""
    place = site.first.places.get("run")
    if place is None or not place.source.line(place.line)[place.column - 1 :].startswith("|"):
        return place or site.span
    number = place.line + 1 + idle.line
    text = place.source.line(number)
    return Span(place.source, number, 1 + len(text) - len(text.lstrip()), number, 1 + len(text.rstrip()))


def _saving(case: Case, what_if: WhatIf, site: Site, cpus: int) -> Saving | None:
    """Return what Amdahl's law gives for a step; None where its use of the cpu is not known."""
    facts = case.knowledge.of(site.first.id)
    if facts.wall is None or facts.cpu_s is None or facts.wall.expected <= 0:
        return None
    seconds = facts.wall.expected
    busy = min(1.0, facts.cpu_s / seconds)
    saved = what_if.with_weights(
        {case.index[step.id]: seconds * (1 - busy + busy / cpus) for step in site.steps}
    )
    return None if saved is None else case.saving(Gain.TIME, saved, low=0.0)
