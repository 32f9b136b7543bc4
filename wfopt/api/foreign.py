"""Reads workflows of other formats for a run: what can run here of them does, the rest is left out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Protocol

from wfopt.api.places import NATIVE, format_at
from wfopt.codes import BAD_OPTION, NO_STEPS
from wfopt.dataclass import dataclass, replace
from wfopt.errors import Diagnostic, UserError
from wfopt.formats.github.actions import name_of
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.outside import Outside
from wfopt.metrics.revision import revision_of
from wfopt.model.expressions import Template
from wfopt.model.left_out import share_of
from wfopt.model.workflow import Opaque, Script, Step, Workflow
from wfopt.source import SourceFile, closest_match

GITHUB, GITLAB, TASKFILE = "github", "gitlab", "taskfile"

_MOST_NAMES = 12
_SHORT_COMMIT = 8


class ForeignRequest(Protocol):
    """The options of a run that reading needs; `RunOptions` says what they mean."""

    @property
    def file(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def actions(self) -> Mapping[str, str]: ...
    @property
    def steps(self) -> tuple[str, ...]: ...
    @property
    def workspace(self) -> str: ...
    @property
    def params(self) -> Mapping[str, str]: ...
    @property
    def environ(self) -> Mapping[str, str]: ...
    @property
    def param_twins(self) -> bool: ...
    @property
    def lenient(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A workflow of another format.

    Attributes:
        format: its name.
        workflow: its steps, ready for a run.
        remarks: warnings and notes.
    """

    format: str
    workflow: Workflow
    remarks: tuple[Diagnostic, ...]


def read_foreign(source: SourceFile, request: ForeignRequest, outside: Outside) -> Foreign | None:
    """Return what a file says; None if it is native, or of no known format.

    Raises:
        LoadError: it cannot be used.
        UserError: an action that is to be mapped does not occur.
    """
    path = os.path.abspath(request.file)
    found = format_at(path, request.format, source)
    if found is None or found.name == NATIVE:
        return None
    options = LoadOptions(
        workspace=request.workspace,
        path=path,
        params=request.params,
        environ=outside.environ,
        param_twins=request.param_twins,
        lenient=request.lenient,
        outside=outside,
        actions=request.actions,
    )
    imported = found.read(source, options)
    workflow = imported.workflow
    _check_actions(workflow, request.actions)
    if found.name == GITLAB:
        workflow = _with_variables(workflow, request)
    return Foreign(format=found.name, workflow=workflow, remarks=imported.remarks)


def check_runnable(kind: str, workflow: Workflow, request: ForeignRequest) -> None:
    """Refuse a workflow of which nothing can run here, or of which it is not clear what is wanted.

    Args:
        kind: the name of its format.
        workflow: its steps, those that are wanted alone if any are named.
        request: what was asked for.

    Raises:
        UserError: it cannot run.
    """
    if kind == TASKFILE and not (workflow.targets or request.steps):
        names = _listed(dict.fromkeys(step.definition for step in workflow.steps))
        raise UserError(
            (
                Diagnostic(
                    code=NO_STEPS,
                    message="there is no task `default`, so it is not clear what is to run",
                    file=request.file,
                    hints=(f"name tasks: `wfopt run {request.file} TASK`; there are: {names}",),
                ),
            )
        )
    share = share_of(workflow.steps)
    if not share.runnable:
        message = "nothing in this file can run here"
        hint = share.words if workflow.steps else "it has no steps"
        raise UserError((Diagnostic(code=NO_STEPS, message=message, file=request.file, hints=(hint,)),))


def _check_actions(workflow: Workflow, actions: Iterable[str]) -> None:
    used = dict.fromkeys(
        name_of(step.run.what)
        for step in workflow.steps
        if isinstance(step.run, Opaque) and "uses" in step.places
    )
    problems = []
    for name in actions:
        if name in used:
            continue
        near = closest_match(name, used)
        hint = f"did you mean `{near}`?" if near else f"there are: {_listed(used)}"
        message = f"`--action {name}=...`: no step uses this action"
        problems.append(Diagnostic(code=BAD_OPTION, message=message, hints=(hint,) if used else ()))
    if problems:
        raise UserError(tuple(problems))


def _with_variables(workflow: Workflow, request: ForeignRequest) -> Workflow:
    """Return a pipeline of GitLab whose jobs have the variables that its runner would set first of all."""
    revision = revision_of(request.workspace)
    named = {
        "CI_COMMIT_SHA": revision.commit,
        "CI_COMMIT_SHORT_SHA": revision.commit[:_SHORT_COMMIT],
        "CI_COMMIT_REF_NAME": revision.branch or revision.commit,
        "CI_COMMIT_BRANCH": revision.branch,
    }
    usual = {"CI": "true", "CI_PROJECT_DIR": request.workspace}

    def completed(step: Step) -> Step:
        text = (step.run.text.static or "") if isinstance(step.run, Script) else ""
        # Only where they are mentioned: what a job is cached by must not change with every commit.
        wanted = {**usual, **{name: value for name, value in named.items() if name in text}}
        added = {name: Template.plain(value) for name, value in wanted.items() if name not in request.environ}
        return replace(step, env={**added, **step.env})

    return replace(workflow, steps=tuple(map(completed, workflow.steps)))


def _listed(names: Iterable[str]) -> str:
    shown = [f"`{name}`" for name in names]
    more = len(shown) - _MOST_NAMES
    return ", ".join(shown[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
