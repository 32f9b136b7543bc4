"""The use case behind `wfopt analyze`: workflow files in, what they cost and what to do about it out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from wfopt.analyzer.base import Case, Check, Confidence, Finding
from wfopt.analyzer.baseline import Key, without_known
from wfopt.analyzer.case import case_of
from wfopt.analyzer.registry import CHECKS
from wfopt.analyzer.report import MAPPING, AnalysisReport, FileReport, Left
from wfopt.analyzer.scores import complexity_score, optimization_score
from wfopt.analyzer.selecting import EVERYTHING, Selection, ranked
from wfopt.analyzer.suppress import without_silenced
from wfopt.api.analyze_facts import cost_of, graph_of, machines_of
from wfopt.api.analyze_files import Found, files_of
from wfopt.api.analyze_reading import Read, read_file
from wfopt.codes import BAD_OPTION, UNREADABLE_FILE, Code
from wfopt.dataclass import dataclass, field, replace
from wfopt.errors import Diagnostic, FaultError, LoadError, Severity
from wfopt.formats.registry import format_named
from wfopt.model.estimates import Knowledge
from wfopt.model.globs import compile_glob
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzeOptions:
    """What is to be analyzed, and how.

    Attributes:
        paths: files and folders, as the user wrote them.
        format: the name of the format of all files, or "" to detect it.
        workspace: the absolute path of the folder in which paths start, or None: of a native file its own, of
            others the root of the repository.
        state_folder: the absolute path of the folder with the history, or None for `.wfopt` in the workspace.
        params: values given on the command line.
        environ: the process environment.
        host: the name of this machine in the history.
        capacity: the machine that is meant.
        strategy: who starts first.
        selection: which findings are wanted.
        file_ignores: by glob of paths, relative to `ignores_folder`, the codes that do not count there.
        ignores_folder: the absolute path of a folder.
        known: how often each finding is in the baseline.
        baseline_folder: the absolute path of the folder of the baseline.
    """

    paths: tuple[str, ...]
    format: str = ""
    workspace: str | None = None
    state_folder: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    capacity: Capacity
    strategy: Strategy
    selection: Selection = EVERYTHING
    file_ignores: Mapping[str, frozenset[Code]] = field(default_factory=dict)
    ignores_folder: str = ""
    known: Mapping[Key, int] = field(default_factory=dict)
    baseline_folder: str = ""


def analyze(options: AnalyzeOptions, checks: Sequence[Check] = CHECKS) -> AnalysisReport:
    """Return what is to be told of files and of the workflows in folders; nothing is run or written.

    A file that cannot be used does not keep others from being analyzed.

    Raises:
        FaultError: a check failed.
    """
    left: Counter[Left] = Counter()
    results: list[tuple[Found, FileReport | LoadError]] = []
    for found in files_of(options.paths, left):
        try:
            results.append((found, _report(found, options, checks)))
        except LoadError as error:
            results.append((found, error))
    whole = _without_included(results, left)
    reports = [each for each in whole if isinstance(each, FileReport)]
    troubles = [one for each in whole if isinstance(each, LoadError) for one in each.diagnostics]
    if not reports and not troubles:
        troubles.append(_nothing(options.paths, left))
    single = len(options.paths) == 1 and not os.path.isdir(options.paths[0])
    return AnalysisReport(
        files=tuple(reports),
        single=single,
        troubles=tuple(troubles),
        warnings=tuple(_warnings(options.selection, reports)),
        left=dict(left),
    )


def _without_included(
    results: Sequence[tuple[Found, FileReport | LoadError]], left: Counter[Left]
) -> list[FileReport | LoadError]:
    """Return the results without files of folders that others include: those are parts, not workflows."""
    included = {
        os.path.realpath(source.name)
        for _, result in results
        if isinstance(result, FileReport)
        for source in result.workflow.included
    }
    whole = []
    for found, result in results:
        if found.is_named or os.path.realpath(found.file) not in included:
            whole.append(result)
        else:
            left[Left.INCLUDED] += 1
    return whole


def _report(found: Found, options: AnalyzeOptions, checks: Sequence[Check]) -> FileReport:
    """Return what is to be told of one file.

    Raises:
        LoadError: it cannot be used.
        FaultError: a check failed.
    """
    read = read_file(found, options)
    imported, workflow = read.imported, read.imported.workflow
    knowledge = _knowledge(read, options)
    case = replace(
        case_of(imported.format, workflow, imported.pipeline, knowledge, imported.durations),
        missing=read.missing,
    )
    graph = graph_of(case)
    machines = machines_of(case, options.capacity, options.strategy)
    counting, ignored = _counting(case, read, options, checks)
    meant = next(each for each in machines if each.meant)
    wanted = [each for each in ranked(counting) if options.selection.wants(each, graph)]
    beside = os.path.relpath(read.path, options.baseline_folder or os.curdir).replace(os.sep, "/")
    shown, known = without_known(wanted, options.known, beside)
    named = format_named(imported.format)
    return FileReport(
        file=found.file,
        path=read.path,
        format=imported.format,
        title=named.title if named else imported.format,
        source=read.source,
        workflow=workflow,
        runnable=imported.runnable,
        strategy=options.strategy.name,
        graph=graph,
        machines=machines,
        cost=cost_of(case),
        optimization=optimization_score(case, counting, meant),
        complexity=complexity_score(case, graph),
        findings=tuple(shown),
        ignored=ignored,
        known=known,
        remarks=tuple(each for each in imported.remarks if not _is_finding(each)),
    )


def _knowledge(read: Read, options: AnalyzeOptions) -> Knowledge:
    if os.path.isdir(read.state_folder):
        from wfopt.api.knowledge import knowledge_of  # noqa: PLC0415 - most files have no history

        return knowledge_of(read.state_folder, read.place, options.host, options.capacity)
    machine = options.capacity
    return Knowledge(cpu_milli=machine.cpu_milli, slots=machine.slots, memory_bytes=machine.memory_bytes)


def _counting(
    case: Case, read: Read, options: AnalyzeOptions, checks: Sequence[Check]
) -> tuple[list[Finding], int]:
    """Return the findings that neither comments nor options ignore, and how many these do."""
    found = _once([*_promoted(read.imported.remarks), *_found(case, checks, read.source.name)])
    kept, silenced = without_silenced(found, read.source)
    ignore = options.selection.ignore | _file_ignores(read.path, options)
    counting = [each for each in kept if each.code not in ignore]
    return counting, len(silenced) + len(kept) - len(counting)


def _found(case: Case, checks: Sequence[Check], file: str) -> Iterator[Finding]:
    for check in checks:
        try:
            yield from check.run(case)
        except Exception as error:
            raise FaultError(f"check {check.code.number} failed on `{file}`") from error


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings without those that say the same of the same place and are worth no more.

    What one line declares may be several steps, such as a task that two others call.
    """
    first = {(each.code, each.primary.span, each.message): each for each in reversed(ranked(findings))}
    kept = set(map(id, first.values()))
    return [each for each in findings if id(each) in kept]


def _promoted(remarks: Sequence[Diagnostic]) -> Iterator[Finding]:
    """Yield what a format warns of, such as a key that stands twice: it is worth acting on, too."""
    for each in remarks:
        if each.primary is not None and _is_finding(each):
            yield Finding(
                code=each.code,
                message=each.message,
                severity=each.severity,
                confidence=Confidence.HIGH,
                primary=each.primary,
                related=each.related,
                causes=each.causes,
                hints=each.hints,
                identity=each.message,
            )


def _is_finding(remark: Diagnostic) -> bool:
    """Return whether a remark is about the workflow, and not about what could not be mapped."""
    is_mapping = remark.code.number.startswith(MAPPING)
    return remark.severity is not Severity.NOTE and remark.primary is not None and not is_mapping


def _file_ignores(path: str, options: AnalyzeOptions) -> frozenset[Code]:
    place = os.path.relpath(path, options.ignores_folder or os.curdir).replace(os.sep, "/")
    codes: frozenset[Code] = frozenset()
    for glob, some in options.file_ignores.items():
        if compile_glob(glob).fullmatch(place):
            codes |= some
    return codes


def _warnings(selection: Selection, reports: Sequence[FileReport]) -> Iterator[Diagnostic]:
    untimed = [each for each in reports if not each.graph.timed]
    if selection.least is None or selection.least.seconds is None or not untimed:
        return
    which = f"`{untimed[0].file}`" if len(untimed) == 1 else f"{len(untimed)} files"
    yield Diagnostic(
        code=BAD_OPTION,
        severity=Severity.WARNING,
        message=f"`--min-saving` in seconds leaves out all findings of {which}: no durations are known",
        hints=("write a share such as `5%`, or run the workflow with `wfopt run` first",),
    )


def _nothing(paths: Sequence[str], left: Mapping[Left, int]) -> Diagnostic:
    listed = ", ".join(f"`{each}`" for each in paths)
    counts = ", ".join(f"{count} {why.value}" for why, count in left.items())
    return Diagnostic(
        code=UNREADABLE_FILE,
        message=f"there is no workflow in {listed}",
        causes=(f"files were left out: {counts}",) if counts else (),
        hints=("name a workflow file: `wfopt analyze FILE`",),
    )
