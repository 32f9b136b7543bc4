"""WF401: a step names a file that it does not declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wfopt.analyzer.base import Case, Confidence, Finding, Fix
from wfopt.analyzer.named_paths import NamedPath, named_paths
from wfopt.analyzer.sites import Site, listed, name_of, sites_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.patterns import contains, matches, selects
from wfopt.model.workflow import Step

KEYS = {"native": "inputs", "dvc": "deps", "taskfile": "sources"}
"""What each format calls the inputs of a step."""


class UndeclaredInput:
    """A step declares what it reads, and its command names a file that is not among it.

    When that file changes, nobody knows that the step has to run again: an old result is taken for a new one.
    If another step writes the file, nothing makes this one wait for it either.

    Before:

        train:
          run: python src/train.py data/clean.csv
          inputs: [data/clean.csv]

    After:

        train:
          run: python src/train.py data/clean.csv
          inputs: [data/clean.csv, src/train.py]

    Does not apply to steps that declare no inputs at all, to paths with variables in them, nor behind a `cd`.
    Only scripts and files that another step writes are looked for; other words may be anything.
    """

    code = Code("WF401", "undeclared-input", "a step names a file that it does not declare")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each step and file."""
        if case.format not in KEYS or case.jobs:
            return
        writers = _writers(case)
        for site in sites_of(case):
            if site.first.inputs is None:
                continue
            yield from _of_site(case, site, writers)


def _writers(case: Case) -> Mapping[str, Step]:
    """Return who writes what, for outputs without wildcards."""
    return {
        output.text: step
        for step in reversed(case.workflow.steps)
        for output in step.outputs or ()
        if not output.is_glob and not output.negated
    }


def _of_site(case: Case, site: Site, writers: Mapping[str, Step]) -> Iterator[Finding]:
    step = site.first
    seen: set[str] = set()
    for named in named_paths(step):
        if named.path in seen or named.is_written or _is_declared(step, named.path):
            continue
        seen.add(named.path)
        writer = _writer(writers, named.path, step)
        if writer is not None:
            yield _of_made(case, site, named, writer)
        elif named.is_script:
            yield _of_script(case, site, named)


def _is_declared(step: Step, path: str) -> bool:
    """Return whether a path is among the inputs, holds some of them, or is one of the step's own outputs."""
    if selects(step.inputs or (), path) or any(contains(path, each.folder) for each in step.inputs or ()):
        return True
    if any(contains(path, each.text) for each in step.inputs or () if not each.is_glob):
        return True
    outputs = step.outputs or ()
    return any(matches(each, path) or contains(path, each.prefix.rstrip("/")) for each in outputs)


def _writer(writers: Mapping[str, Step], path: str, reader: Step) -> Step | None:
    """Return the step that writes a path or a folder around it, if it is another one."""
    part = path
    while part:
        found = writers.get(part)
        if found is not None:
            return found if name_of(found) != name_of(reader) else None
        part = part.rpartition("/")[0]
    return None


def _of_made(case: Case, site: Site, named: NamedPath, writer: Step) -> Finding:
    first, second = case.index[writer.id], case.index[site.first.id]
    waits = case.timing.is_before(first, second)
    key = KEYS[case.format]
    causes = (
        "it is not run again when that file changes"
        if waits
        else "nothing makes it wait until that file is written"
    )
    return Finding(
        code=UndeclaredInput.code,
        message=f"`{site.name}` names `{named.path}` of `{name_of(writer)}` and does not declare it",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        primary=site.at("run", text=f"names `{named.path}`"),
        related=() if writer.span is None else (Label(writer.span, "writes it"),),
        steps=site.ids,
        fix=Fix.UNSAFE,
        causes=(causes,),
        hints=(f"add `{named.path}` to `{key}` if it is read",),
        identity=f"{site.name}: {named.path}",
    )


def _of_script(case: Case, site: Site, named: NamedPath) -> Finding:
    return Finding(
        code=UndeclaredInput.code,
        message=f"`{site.name}` runs `{named.path}` and does not declare it",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        primary=site.at("run", text=f"runs {listed([named.path])}"),
        steps=site.ids,
        fix=Fix.UNSAFE,
        causes=("a change of the script does not make the step run again",),
        hints=(f"add `{named.path}` to `{KEYS[case.format]}`",),
        identity=f"{site.name}: {named.path}",
    )
