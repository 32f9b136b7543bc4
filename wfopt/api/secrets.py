"""The secrets of a workflow that are known before it runs."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.codes import SECRET_IN_ID
from wfopt.dataclass import replace
from wfopt.engine.masking import Masker
from wfopt.errors import Diagnostic, Label, UserError
from wfopt.model.workflow import Workflow


def masker_of(workflow: Workflow, environ: Mapping[str, str]) -> Masker:
    """Return a masker that knows every secret which is known before the run."""
    masker = Masker()
    steps = (*workflow.steps, *workflow.hooks)
    for name in {*workflow.secrets, *(name for step in steps for name in step.secrets)}:
        masker.add(environ.get(name, ""))
        for step in steps:
            value = step.env.get(name)
            if value is not None and value.static:
                masker.add(value.static)
    return masker


def refuse_secret_ids(workflow: Workflow, masker: Masker) -> None:
    """Refuse steps whose ids hold a secret: ids are shown, and name files.

    Raises:
        UserError: there are some; it does not show them.
    """
    if not masker.active:
        return
    problems = {
        step.definition: Diagnostic(
            code=SECRET_IN_ID,
            message=masker.text(f"the id of a cell of step `{step.definition}` holds a secret"),
            primary=Label(step.span) if step.span else None,
            hints=("give the value to the steps in `env`, not in `matrix`, `foreach` or an id",),
        )
        for step in workflow.steps
        if masker.text(step.id) != step.id
    }
    if problems:
        raise UserError(tuple(problems.values()))


def without_secrets(workflow: Workflow, environ: Mapping[str, str]) -> Workflow:
    """Return a workflow that may be shown: without secrets in its params and descriptions."""
    masker = masker_of(workflow, environ)
    if not masker.active:
        return workflow
    return replace(
        workflow,
        name=masker.text(workflow.name),
        description=masker.text(workflow.description),
        params={name: masker.text(value) for name, value in workflow.params.items()},
        param_descriptions={name: masker.text(text) for name, text in workflow.param_descriptions.items()},
        steps=tuple(replace(step, description=masker.text(step.description)) for step in workflow.steps),
    )
