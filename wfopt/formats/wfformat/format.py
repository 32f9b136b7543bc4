"""WfFormat, the JSON format of the WfCommons project, as one of the formats that can be read.

An instance is the trace of a run elsewhere: its graph and its times are of use, its commands rarely run here.
The ids of its steps are those under which an import into the history knows them.
"""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.codes import NOT_MAPPED
from wfopt.errors import Diagnostic, LoadError, Severity, UserError
from wfopt.formats.history.instances import Graph, read_graph
from wfopt.formats.history.records import Problems, Record, parse_json, shown
from wfopt.formats.history.telling import numbered
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.wfformat.steps import StepMaker, edges_of, seconds_of
from wfopt.model.workflow import StepId, Workflow
from wfopt.source import SourceFile


class WfFormat:
    """Reads instances of workflows."""

    name = "wfformat"
    title = "WfFormat"

    def claims(self, path: str, keys: Sequence[str]) -> bool:  # noqa: ARG002 - the name of a file tells nothing
        """Return whether a file has the keys of an instance."""
        return "workflow" in keys and "schemaVersion" in keys

    def read(self, source: SourceFile, options: LoadOptions) -> Imported:  # noqa: ARG002 - nothing else matters
        """Return what a file says.

        Raises:
            LoadError: it cannot be used; with every problem that was found.
        """
        try:
            return self._read(source)
        except UserError as error:
            raise LoadError(error.diagnostics) from error

    def _read(self, source: SourceFile) -> Imported:
        problems = Problems(source.name)
        document = parse_json(source)
        if not isinstance(document, dict):
            raise problems.refusal("the file is no instance of WfFormat: it must hold an object")
        graph = read_graph(Record(document, "", problems))
        ids = numbered(task.category for task in graph.tasks)
        needs = _needs(graph, ids)
        maker = StepMaker()
        steps = tuple(maker.step(*each) for each in zip(graph.tasks, ids, needs, strict=True))
        durations = {}
        for step, task in zip(ids, graph.tasks, strict=True):
            seconds = seconds_of(task)
            if seconds is not None:
                durations[step] = seconds
        problems.raise_any()
        workflow = Workflow(
            name=graph.name or source.name.rpartition("/")[2],
            steps=steps,
            edges=edges_of(graph, steps),
            source=source,
        )
        remarks = _remarks(maker, source)
        return Imported(format=self.name, workflow=workflow, remarks=remarks, durations=durations)


def _needs(graph: Graph, ids: Sequence[StepId]) -> list[tuple[StepId, ...]]:
    found: list[list[int]] = [[] for _ in ids]
    for before, after in graph.edges:
        found[after].append(before)
    return [tuple(ids[place] for place in sorted(places)) for places in found]


def _remarks(maker: StepMaker, source: SourceFile) -> tuple[Diagnostic, ...]:
    if not maker.odd_files:
        return ()
    count = maker.odd_files
    return (
        Diagnostic(
            code=NOT_MAPPED,
            severity=Severity.NOTE,
            message=(
                "a file is left out: its name is no path inside a workspace"
                if count == 1
                else f"{count:,} files are left out: their names are no paths inside a workspace"
            ),
            file=source.name,
            causes=(f"one of the names is `{shown(maker.first_odd)}`",),
        ),
    )
