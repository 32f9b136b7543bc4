"""WF403: an input that nobody makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.analyzer.base import Case, Confidence, Finding, Fix
from wfopt.analyzer.sites import Site, sites_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.patterns import PathPattern
from wfopt.model.relations import Relation, relate
from wfopt.source import closest_match


class UnmadeInput:
    """A step declares an input that does not exist and that no step writes.

    The step cannot run, or runs without what it should read. Most often the name is misspelt, or the step
    that writes the file does not declare it.

    Before:

        build:
          outputs: [out/app]
        pack:
          inputs: [out/ap]

    After:

        pack:
          inputs: [out/app]

    Does not apply to optional inputs, to patterns with wildcards, nor to files that are there.
    """

    code = Code("WF403", "unmade-input", "an input that nobody makes")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each step and input."""
        if not case.missing:
            return
        outputs = [each for step in case.workflow.steps for each in step.outputs or () if not each.negated]
        names = [each.text for each in outputs if not each.is_glob]
        for site in sites_of(case):
            for read in site.first.inputs or ():
                if read.text in case.missing and _is_plain(read) and not _is_made(outputs, read):
                    yield _finding(site, read, closest_match(read.text, names))


def _is_plain(read: PathPattern) -> bool:
    return not (read.negated or read.optional or read.is_glob or read.is_workspace)


def _is_made(outputs: Sequence[PathPattern], read: PathPattern) -> bool:
    return any(relate(output, (read,)) is not Relation.NONE for output in outputs)


def _finding(site: Site, read: PathPattern, near: str | None) -> Finding:
    hint = "correct the path, or declare it as an output of the step that writes it"
    return Finding(
        code=UnmadeInput.code,
        message=f"`{site.name}` reads `{read.text}`, which does not exist and which no step writes",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        primary=Label(read.span, "nobody makes it")
        if read.span
        else site.at("inputs", text="nobody makes it"),
        steps=site.ids,
        fix=Fix.UNSAFE,
        hints=(hint,) if near is None else (f"did you mean `{near}`?", hint),
        identity=f"{site.name}: {read.text}",
    )
