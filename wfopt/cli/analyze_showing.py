"""What `wfopt analyze` does: read the files, print what there is to say, and decide on the exit status."""

from __future__ import annotations

import gc
import json
import os

from wfopt.analyzer.baseline import baseline_text, key_of
from wfopt.analyzer.report import AnalysisReport, FileReport
from wfopt.analyzer.selecting import at_least
from wfopt.api.analyze import AnalyzeOptions, analyze
from wfopt.cli.analyze_options import AnalyzeRequest, analyze_options, named_code, shown_limit
from wfopt.cli.console import Console
from wfopt.cli.run_reports import write_text
from wfopt.cli.showing import as_json, tell
from wfopt.cli.wrong import wrong
from wfopt.dataclass import replace
from wfopt.errors import Severity, UserError
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint

_PLAIN_WIDTH = 100
_GRAPHS = (".dot", ".mmd", ".svg")


def print_explanation(word: str, console: Console) -> None:
    """Print what a code means.

    Raises:
        UserError: there is no such code.
    """
    from wfopt.analyzer.registry import check_named
    from wfopt.render.analysis.explaining import explanation

    code = named_code(word)
    check = check_named(code.number)
    docstring = type(check).__doc__ if check is not None else None
    console.out.write(explanation(code, docstring, Paint(color=console.color_out)))


def execute(request: AnalyzeRequest, console: Console) -> int:
    """Analyze what is asked for and print it; return the exit status.

    Raises:
        UserError: an option cannot be used, or nothing that was named can.
    """
    options = analyze_options(request, console)
    limit = shown_limit(request)
    _check_graph(request)
    # Nothing of an analysis goes before its end: looking for garbage takes a third of the time.
    gc.disable()
    try:
        report = analyze(options)
        if not report.files:
            raise UserError(report.troubles)
        if request.write_baseline is not None:
            report = _with_baseline(request.write_baseline, report, options, console)
        if request.graph is not None:
            _write_graph(request.graph, report.files[0], console)
        if request.diff:
            _print_diff(report, options, request, console)
        else:
            _print(report, request, limit, console)
    finally:
        gc.freeze()
        gc.enable()
    console.out.flush()
    tell(console, (*report.troubles, *report.warnings))
    _tell_github(report, request, console)
    if report.troubles:
        return 2
    if request.fail_on == "never":
        return 0
    return int(any(True for _ in at_least(report.findings, Severity(request.fail_on))))


def _check_graph(request: AnalyzeRequest) -> None:
    if request.graph is not None and not request.graph.endswith(_GRAPHS):
        raise wrong(f"`--graph {request.graph}`: the name must end in `.dot`, `.mmd` or `.svg`")


def _with_baseline(
    path: str, report: AnalysisReport, options: AnalyzeOptions, console: Console
) -> AnalysisReport:
    """Write all findings as known, and return the report without them.

    Raises:
        UserError: the file cannot be written.
    """
    keys = [
        key_of(os.path.relpath(file.path, options.baseline_folder).replace(os.sep, "/"), finding)
        for file in report.files
        for finding in file.findings
    ]
    trouble = write_text(path, lambda: baseline_text(keys))
    if trouble:
        raise wrong(f"`--write-baseline {path}` could not be written: {trouble}")
    console.log.write(f"wrote {harmless(path)}\n")
    files = (replace(each, findings=(), known=each.known + len(each.findings)) for each in report.files)
    return replace(report, files=tuple(files))


def _write_graph(path: str, file: FileReport, console: Console) -> None:
    if path.endswith(".svg"):
        from wfopt.render.analysis.svg import svg_text

        text = svg_text(file.workflow, file.graph.path)
    else:
        from wfopt.render.graph import GraphFormat, render_graph

        kind = GraphFormat(os.path.splitext(path)[1].removeprefix("."))
        text = render_graph(file.workflow, file.graph.path, kind)
    trouble = write_text(path, lambda: text)
    if trouble:
        raise wrong(f"`--graph {path}` could not be written: {trouble}")
    console.log.write(f"wrote {harmless(path)}\n")


def _print_diff(
    report: AnalysisReport, options: AnalyzeOptions, request: AnalyzeRequest, console: Console
) -> None:
    from wfopt.api.analyze_diff import edits_of
    from wfopt.render.analysis.diff import diff_text
    from wfopt.render.words import counted

    done = left = 0
    for file in report.files:
        found = edits_of(file, options, unsafe=request.unsafe_fixes)
        done, left = done + len(found.done), left + len(found.left)
        text = diff_text(file.file, file.source.text, found.text)
        if console.out.isatty():
            # A program needs the text as it is, a terminal must not misunderstand it.
            text = "".join(f"{harmless(line)}\n" for line in text.split("\n")[:-1])
        console.out.write(text)
    console.out.flush()
    if not request.quiet:
        rest = f", {left} left out because they clash with others" if left else ""
        console.log.write(f"{counted(done, 'finding')} with a fix{rest}\n")


def _print(report: AnalysisReport, request: AnalyzeRequest, limit: int | None, console: Console) -> None:
    if request.output == "table":
        _print_table(report, request, limit, console)
    elif request.output == "json":
        from wfopt.render.analysis.document import analysis_document

        size = max((each.graph.steps for each in report.files), default=0)
        console.out.write(as_json(analysis_document(report), size if report.single else 10**9))
    elif request.output == "sarif":
        from wfopt.analyzer.registry import CHECKS
        from wfopt.render.analysis.explaining import dedented
        from wfopt.render.analysis.sarif import sarif_document

        help_of = {each.code: dedented(type(each).__doc__ or "") for each in CHECKS}
        console.out.write(json.dumps(sarif_document(report, help_of), indent=2) + "\n")
    elif request.output == "gitlab":
        from wfopt.render.analysis.codequality import codequality_list

        console.out.write(json.dumps(codequality_list(report), indent=2) + "\n")
    elif request.output == "markdown":
        from wfopt.render.analysis.markdown import analysis_markdown

        console.out.write(analysis_markdown(report))
    else:
        from wfopt.render.analysis.annotations import annotation_lines

        console.out.writelines(f"{line}\n" for line in annotation_lines(report))


def _print_table(
    report: AnalysisReport, request: AnalyzeRequest, limit: int | None, console: Console
) -> None:
    from wfopt.render.analysis.text import Look, analysis_text

    is_fitted = console.out.isatty() or bool(console.environ.get("COLUMNS"))
    look = Look(
        width=console.width if is_fitted else _PLAIN_WIDTH,
        cut=is_fitted,
        limit=limit,
        quiet=request.quiet,
        verbose=request.verbose,
    )
    for block in analysis_text(report, Paint(color=console.color_out), look):
        console.out.write(block)


def _tell_github(report: AnalysisReport, request: AnalyzeRequest, console: Console) -> None:
    """Annotate findings if this is a job of GitHub Actions, and append to the summary of the job."""
    if console.environ.get("GITHUB_ACTIONS") != "true" and request.output != "github":
        return
    if request.output != "github":
        from wfopt.render.analysis.annotations import annotation_lines

        console.log.writelines(f"{line}\n" for line in annotation_lines(report))
    path = console.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from wfopt.render.analysis.markdown import analysis_markdown

    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(analysis_markdown(report))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        console.log.write(f"warning: the summary could not be written: {reason.lower()}\n")
