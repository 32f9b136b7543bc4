"""WF303: pipelines that run whatever files a change touches."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import action_of, events, steps_of
from wfopt.analyzer.odds import DOCS_ONLY
from wfopt.analyzer.workloads import Work, works_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Pipeline, Trigger
from wfopt.model.scripts import script_of
from wfopt.model.workflow import Step

_CODE = frozenset({"push", "pull_request"})
_FILTERS = ("dorny/paths-filter", "tj-actions/changed-files", "step-security/changed-files")
_SELECTS = ("git diff --name-only", "nx affected", "turbo run", "lerna run", "bazel-diff", "changed-files")

# What reads documentation, or all files: changes of documents are its business.
_READS_DOCS = frozenset(
    {"mkdocs", "sphinx", "docs", "markdown", "codespell", "typos", "vale", "prettier", "pre-commit", "lychee"}
    | {"doc8", "rstcheck", "hugo", "jekyll", "doxygen", "super-linter", "reuse", "spell", "link-check"}
)


class NoPathFilter:
    """A pipeline that builds and tests even if only documents have changed.

    A share of all commits touches nothing that a build or a test reads. `paths-ignore` (or `paths`) keeps
    them from starting it.

    Before:

        on:
          pull_request:

    After:

        on:
          pull_request:
            paths-ignore: ["**.md", "docs/**"]

    Does not apply to workflows that build or test nothing, that look at documents as well (their checkers and
    generators, pre-commit, spell checkers), that deploy, that select by changed files themselves, or
    that only tags, releases, a schedule or a person start. A required check that is filtered out stays
    pending: there a first job that looks at the changed files is the better way.
    """

    code = Code("WF303", "no-path-filter", "a pipeline runs whatever files have changed")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield at most one finding a file, for GitHub."""
        if case.format != "github" or case.pipeline is None:
            return
        found = [each for each in case.pipeline.triggers if _starts_on_all_files(each)]
        if not found or not _is_worth_it(case, case.pipeline):
            return
        names = " and ".join(sorted({f"`{each.event}`" for each in found}))
        start = "starts" if len(found) == 1 else "start"
        span = found[0].span
        if span is None:
            return
        low, expected, high = DOCS_ONLY.of(case.timing.work)
        yield Finding(
            code=NoPathFilter.code,
            message=f"{names} {start} builds and tests whatever files have changed",
            severity=Severity.NOTE,
            confidence=Confidence.LOW,
            primary=Label(span, "no `paths` and no `paths-ignore`"),
            related=tuple(Label(each.span, "nor here") for each in found[1:] if each.span is not None),
            saving=case.saving(Gain.WORK, expected, low=low, high=high),
            causes=("a commit that only touches documents cannot change what they say",),
            hints=(
                "add `paths-ignore`, such as `['**.md', 'docs/**']`, under each event",
                "if a job is a required check, skip it by `if` instead: one that never starts stays pending",
            ),
            identity="paths",
        )


def _starts_on_all_files(trigger: Trigger) -> bool:
    return trigger.event in _CODE and not trigger.is_filtered_by_path and trigger.branches != ()


def _is_worth_it(case: Case, pipeline: Pipeline) -> bool:
    if any(job.is_deployment for job in pipeline.jobs):
        return False
    if any(each.is_filtered_by_path for each in pipeline.triggers) and "push" not in events(pipeline):
        return False
    steps = [step for job in pipeline.jobs for step in steps_of(case, job)]
    cells = [case.step(cell[0]) for job in pipeline.jobs for cell in job.cells if cell]
    if any(map(_looks_at_documents, (*steps, *cells))) or any(map(_selects, steps)):
        return False
    return any(works_of(step) & {Work.BUILD, Work.TEST} for step in steps)


def _looks_at_documents(step: Step) -> bool:
    cell = " ".join(str(value) for _, value in step.cell)
    text = f"{action_of(step)} {script_of(step) or ''} {step.description} {cell}".lower()
    return any(word in text for word in _READS_DOCS)


def _selects(step: Step) -> bool:
    text = script_of(step) or ""
    return action_of(step) in _FILTERS or any(word in text for word in _SELECTS)
