"""What `wfopt cache why` does."""

from __future__ import annotations

from wfopt.api.cache_why import why
from wfopt.api.caching import Outside
from wfopt.api.prepare import prepare
from wfopt.cli.console import Console
from wfopt.cli.options import Request, options_of
from wfopt.cli.showing import as_json
from wfopt.cli.wrong import wrong
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.errors import WfoptError
from wfopt.model.selectors import directory_of
from wfopt.render.cache_why import why_document, why_text
from wfopt.render.paint import Paint


def explain_steps(request: Request, console: Console) -> None:
    """Print for the steps that are named, or for all, why they would run.

    Raises:
        UserError: the file, the options or the steps are wrong, or the cache cannot be read.
    """
    options = options_of(request, console)
    prepared = prepare(options)
    steps = prepared.workflow.steps
    directory = directory_of(steps)
    places = {place for name in options.steps for place in directory.select(name)}
    chosen = tuple(step.id for place, step in enumerate(steps) if place in places or not options.steps)
    clock = SystemClock()
    outside = Outside(wall=clock.wall, ask=Asker(console.environ, clock), tell=lambda *_: None)
    try:
        found = why(prepared, chosen, options, outside)
    except (WfoptError, OSError) as error:
        raise wrong(f"the cache cannot be read: {error}", "`wfopt cache verify` looks for damage") from error
    if request.output == "json":
        console.out.write(as_json(why_document(found), len(found)))
    else:
        console.out.write(why_text(found, clock.wall(), Paint(color=console.color_out)))
