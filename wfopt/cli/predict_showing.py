"""What `wfopt predict` does: a request to options, options to a report, a report to text."""

from __future__ import annotations

import gc
import math

from wfopt.api.caching import Outside
from wfopt.api.predict import PredictOptions, predict
from wfopt.api.prepare import prepare
from wfopt.api.what_if import wishes_of
from wfopt.cli.console import Console
from wfopt.cli.options import Request, options_of
from wfopt.cli.showing import as_json, tell
from wfopt.cli.wrong import without_history, wrong
from wfopt.dataclass import dataclass
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.metrics.damage import HistoryError
from wfopt.model.prediction import PredictReport
from wfopt.render.paint import Paint

_PLAIN_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictRequest:
    """What `wfopt predict` is asked, option by option; texts are not checked yet.

    Attributes:
        run: the run that is meant.
        level: how often the truth is to be inside an interval.
        what_if: what could be different.
        backtest: whether the past is played again.
        sweep: whether other numbers of cpus are looked at.
    """

    run: Request
    level: str = "0.8"
    what_if: tuple[str, ...] = ()
    backtest: bool = False
    sweep: bool = False


def execute(request: PredictRequest, console: Console) -> None:
    """Predict and print.

    Raises:
        UserError: an option or the file is wrong, or the history cannot be read.
    """
    options = PredictOptions(
        run=options_of(request.run, console),
        level=_level(request.level),
        wishes=wishes_of(request.what_if),
        backtest=request.backtest,
        sweep=request.sweep,
    )
    # What is made here stays until the end: collecting in between finds nothing.
    gc.disable()
    prepared = prepare(options.run)
    tell(console, prepared.remarks)
    clock = SystemClock()
    outside = Outside(wall=clock.wall, ask=Asker(console.environ, clock), tell=lambda *_: None)
    try:
        report = predict(prepared, options, outside)
    except HistoryError as error:
        raise without_history(error) from error
    _print(report, request.run, console)


def _level(text: str) -> float:
    """Return the level.

    Raises:
        UserError: it is not a number between 0 and 1.
    """
    try:
        level = float(text)
    except ValueError:
        level = math.nan
    if not 0.0 < level < 1.0:
        message = f"`--level {text}` is not a number between 0 and 1, both excluded"
        raise wrong(message, "write a share such as `0.8`")
    return level


def _print(report: PredictReport, request: Request, console: Console) -> None:
    if request.output == "json":
        from wfopt.render.prediction.document import predict_document

        console.out.write(as_json(predict_document(report), len(report.steps)))
        return
    paint = Paint(color=console.color_out)
    if request.quiet:
        from wfopt.render.prediction.wording import headline

        console.out.write(f"{headline(report)}\n")
        return
    from wfopt.render.prediction.text import prediction_text

    fitted = console.out.isatty() or bool(console.environ.get("COLUMNS"))
    told = prediction_text(
        report, paint, console.width if fitted else _PLAIN_WIDTH, cut=fitted, verbose=request.verbose
    )
    console.out.write(told)
