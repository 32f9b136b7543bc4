"""WF405: an output that nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Fix
from wfopt.analyzer.sites import Site, sites_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.patterns import PathPattern
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import EdgeKind, Step

_FOR_PEOPLE = re.compile(
    r"\.(?:log|html?|md|pdf|png|svg|jpe?g|xml|txt)$|(?:^|/|_|-)(?:logs?|reports?|metrics?|plots?|figures?"
    r"|results?|coverage|summary|docs?|evaluation|eval|dist|release)(?:/|\.|_|-|$)",
    re.IGNORECASE,
)


class UnreadOutput:
    """A step in the middle of the graph writes a file that no later step reads.

    The file is hashed, stored and restored with every run. Perhaps it is not needed any more, or the step
    that reads it does not say so.

    Before:

        prepare:
          outputs: [data/clean.csv, data/rest.csv]
        train:
          inputs: [data/clean.csv]

    After:

        prepare:
          outputs: [data/clean.csv]

    Does not apply to steps that nothing waits for, or that are targets: what they write is what the
    workflow is for. Nor to logs, reports, metrics and pictures, which are for people. Stages of dvc keep
    results for people as a rule, so it does not look at them.
    """

    code = Code("WF405", "unread-output", "an output that nobody reads")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such output."""
        if case.format != "native":
            return
        feeding = {edge.before for edge in case.workflow.edges if edge.kind is EdgeKind.DATA}
        targets = set(case.workflow.targets)
        readers: dict[str, list[Step]] = {}
        for edge in case.workflow.edges:
            readers.setdefault(edge.before, []).append(case.step(edge.after))
        for site in sites_of(case):
            step = site.first
            if len(site.steps) > 1 or step.id in targets or step.id not in feeding:
                continue
            for output in step.outputs or ():
                if _is_kept(output) and not _is_read(output, readers.get(step.id, [])):
                    yield _finding(site, output)


def _is_kept(output: PathPattern) -> bool:
    return not output.negated and output.store and not output.is_glob and not _FOR_PEOPLE.search(output.text)


def _is_read(output: PathPattern, readers: Iterable[Step]) -> bool:
    # A step that reads an output waits for the one that writes it, so others need not be asked.
    return any(step.inputs is None or relate(output, step.inputs) is not Relation.NONE for step in readers)


def _finding(site: Site, output: PathPattern) -> Finding:
    text = "no other step reads it"
    return Finding(
        code=UnreadOutput.code,
        message=f"`{site.name}` writes `{output.text}`, which no step reads",
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
        primary=Label(output.span, text) if output.span is not None else site.at("outputs", text=text),
        steps=site.ids,
        fix=Fix.UNSAFE,
        hints=("remove it from the outputs, or add it to the inputs of the step that reads it",),
        identity=f"{site.name}: {output.text}",
    )
