"""What a workflow looks like when it is not run: its steps, what a run would do, its graph."""

from __future__ import annotations

import os

from wfopt.api.caching import Outside
from wfopt.api.prepare import Prepared, RunOptions, plan
from wfopt.api.probe import forecast
from wfopt.api.secrets import without_secrets
from wfopt.cli.console import Console
from wfopt.cli.options import Request
from wfopt.cli.showing import TEXT_FORMATS, as_json
from wfopt.cli.wrong import wrong
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.model.workflow import Workflow
from wfopt.render.documents import plan_document
from wfopt.render.graph import GraphFormat, render_graph
from wfopt.render.listing import list_document, list_text
from wfopt.render.paint import Paint
from wfopt.render.plan_text import plan_text
from wfopt.scheduler.base import Strategy


def write_graph(path: str, prepared: Prepared, strategy: Strategy) -> None:
    """Write the graph in the format that the file's name says.

    Raises:
        UserError: the name says none, or the file cannot be written.
    """
    kinds = {f".{each.value}": each for each in GraphFormat}
    kind = kinds.get(os.path.splitext(path)[1])
    if kind is None:
        raise wrong(f"`--graph {path}`: the name must end in `.dot` or `.mmd`")
    text = render_graph(prepared.workflow, plan(prepared, strategy).critical_path, kind)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise wrong(f"`--graph {path}`: {(error.strerror or str(error)).lower()}") from error


def print_list(request: Request, workflow: Workflow, console: Console) -> None:
    """Print the steps of a workflow."""
    workflow = without_secrets(workflow, console.environ)
    if request.output in TEXT_FORMATS:
        fitted = console.out.isatty() or bool(console.environ.get("COLUMNS"))
        width = console.width if fitted else None
        console.out.write(list_text(workflow, Paint(color=console.color_out), width))
    else:
        console.out.write(as_json(list_document(workflow), len(workflow.steps)))


def print_plan(request: Request, prepared: Prepared, options: RunOptions, console: Console) -> None:
    """Print what a run would do."""
    clock = SystemClock()
    outside = Outside(wall=clock.wall, ask=Asker(console.environ, clock), tell=lambda *_: None)
    report = plan(prepared, options.strategy, forecast(prepared, options, outside))
    if request.output in TEXT_FORMATS:
        console.out.write(plan_text(report, Paint(color=console.color_out)) + "\n")
    else:
        console.out.write(as_json(plan_document(report), len(report.workflow.steps)))
