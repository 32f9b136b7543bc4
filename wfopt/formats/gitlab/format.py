"""GitLab CI, as one of the formats that can be read: https://docs.gitlab.com/ci/yaml/."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from wfopt.codes import NO_STEPS, NOT_FETCHED, NOT_MAPPED, TOO_COMPLEX
from wfopt.errors import Diagnostic, Label, LoadError, Severity, by_place
from wfopt.formats.gitlab import pipeline
from wfopt.formats.gitlab.context import Reading
from wfopt.formats.gitlab.extending import resolve
from wfopt.formats.gitlab.including import read_tree
from wfopt.formats.gitlab.jobs import JobReader, job_of
from wfopt.formats.gitlab.keywords import TOP
from wfopt.formats.gitlab.linking import Linker
from wfopt.formats.gitlab.trees import member, text_of
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.positions import Node, ScalarNode
from wfopt.model.pipeline import Pipeline
from wfopt.model.workflow import Workflow
from wfopt.source import SourceFile

_NAME = re.compile(r"(?:.*[^a-z])?gitlab-ci[^/]*\.ya?ml|(?:.*/)?\.gitlab/ci/.*\.ya?ml", re.DOTALL)

# Files in these folders are mostly included by others, whose templates they use.
_PART = re.compile(r"(?:.*/)?(?:\.gitlab|ci|templates)/.*", re.DOTALL)

# Other formats have keys in common with this one; these say that a file is one of theirs.
_OF_OTHERS = frozenset(
    {
        *(
            "apiVersion",
            "artifacts",
            "jobs",
            "kind",
            "language",
            "metrics",
            "on",
            "orbs",
            "params",
            "plots",
            "pool",
        ),
        *(
            "resources",
            "schemaVersion",
            "steps",
            "tasks",
            "trigger",
            "vars",
            "version",
            "volumes",
            "wfopt",
            "workflows",
        ),
    }
)
_TELLING = frozenset({"stages", "before_script", "after_script"})


class GitLabFormat:
    """Reads `.gitlab-ci.yml` and its like."""

    name = "gitlab"
    title = "GitLab CI"

    def claims(self, path: str, keys: Sequence[str]) -> bool:
        """Return whether a file is named like one, or has the keys of one and jobs beside them."""
        if _NAME.fullmatch(path):
            return True
        known = set(keys)
        jobs = known - TOP
        has_template = any(name.startswith(".") for name in jobs)
        is_telling = bool(known & _TELLING) or (has_template and bool(known & TOP))
        is_part = {"stages", "include"} <= known
        return (is_part or (is_telling and bool(jobs))) and not known & _OF_OTHERS

    def read(self, source: SourceFile, options: LoadOptions) -> Imported:
        """Return what a file says.

        Raises:
            LoadError: it cannot be used; with every problem that was found.
        """
        path = os.path.relpath(options.path, options.workspace) if options.path else source.name
        reading = Reading(source=source, options=options, is_partial=bool(_PART.fullmatch(path)))
        try:
            return self._read(reading)
        except LoadError as error:
            known = [each for each in reading.problems.found if each not in error.diagnostics]
            raise LoadError((*known, *error.diagnostics)) from error
        except RecursionError as error:
            # References and inputs can put trees into trees, each of them within the limits.
            message = "the file is nested too deep once its inputs and references are filled in"
            raise LoadError((Diagnostic(code=TOO_COMPLEX, message=message, file=source.name),)) from error

    def _read(self, reading: Reading) -> Imported:
        top = resolve(read_tree(reading), reading)
        drafts = JobReader(top, reading).read()
        reading.problems.stop_on_errors()
        missing = () if drafts else (_without_jobs(top, reading),)
        if any(each.severity is Severity.ERROR for each in missing):
            raise LoadError(missing)
        stages = pipeline.stages_of(top, drafts, reading)
        steps, edges = Linker(drafts, stages, reading).link()
        title = text_of(member(top["workflow"][1], "name")) if "workflow" in top else None
        found = Pipeline(
            jobs=tuple(job_of(draft, reading) for draft in drafts),
            triggers=pipeline.triggers_of(top),
            concurrency=pipeline.concurrency_of(top),
            stages=pipeline.used_stages(stages, drafts),
            default_timeout_s=pipeline.USUAL_TIMEOUT,
        )
        workflow = Workflow(
            name=title or reading.source.name.rpartition("/")[2],
            steps=tuple(steps),
            edges=edges,
            tokens={name: 1 for step in steps for name in step.request.tokens},
            source=reading.source,
            included=tuple(reading.included),
        )
        said = (*reading.problems.found, *reading.remarks.found, *missing)
        remarks = tuple(sorted(said, key=by_place))
        return Imported(format=self.name, workflow=workflow, pipeline=found, remarks=remarks)


def _without_jobs(top: Mapping[str, tuple[ScalarNode, Node]], reading: Reading) -> Diagnostic:
    """Say why a file has nothing to run: a part of a pipeline, of which the rest is not here, is no error."""
    if "include" in top:
        message = "the file has no jobs of its own, and files that it includes are not here"
        hint = "copy the files into the workspace and include them with `local`"
        primary = Label(top["include"][0].span, "no job comes from here")
        return Diagnostic(
            code=NOT_FETCHED, message=message, severity=Severity.WARNING, primary=primary, hints=(hint,)
        )
    if any(name.startswith(".") for name in top):
        message = "the file has templates only, and no jobs"
        hint = "a name that starts with `.` is a template: `extends` makes a job of it"
        return Diagnostic(
            code=NOT_MAPPED,
            message=message,
            severity=Severity.WARNING,
            file=reading.source.name,
            hints=(hint,),
        )
    hint = "a job is a key at the top with a `script`; a name that starts with `.` is a template"
    message = "the file has no jobs"
    return Diagnostic(code=NO_STEPS, message=message, file=reading.source.name, hints=(hint,))
