"""Taskfiles of https://taskfile.dev, version 3, as one of the formats that can be read."""

from __future__ import annotations

import os
from collections.abc import Sequence

from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.assembling import Assembler
from wfopt.formats.taskfile.bodies import Bodies
from wfopt.formats.taskfile.including import read_book
from wfopt.formats.taskfile.linking import link_files
from wfopt.model.workflow import StepId, Workflow
from wfopt.source import SourceFile


class TaskfileFormat:
    """What Task reads.

    Every task becomes steps, in the order in which Task would run what it does; `calls` and `bodies` say
    how. What depends on a command that Task runs to fill in a template is left out of a run.
    """

    name = "taskfile"
    title = "Taskfile"

    def claims(self, path: str, keys: Sequence[str]) -> bool:
        """Return whether a file is named like a Taskfile, or has `tasks` and a `version`."""
        file = os.path.basename(path)
        named = "taskfile" in file.lower() and file.endswith((".yml", ".yaml")) and ".github" not in path
        return (named and not {"jobs", "stages"} & set(keys)) or {"tasks", "version"} <= set(keys)

    def read(self, source: SourceFile, options: LoadOptions) -> Imported:
        """Return what a file and those that it includes say.

        Raises:
            LoadError: it is no Taskfile, or makes too many steps.
        """
        remarks = Remarks()
        book = read_book(source, options, remarks)
        assembler = Assembler(book, Bodies(book, options, remarks), remarks)
        assembler.run()
        steps, edges = link_files(assembler, remarks)
        default = book.find("default")
        targets = assembler.ends.get(default.name, ()) if default else ()
        workflow = Workflow(
            name=os.path.basename(source.name),
            steps=steps,
            edges=edges,
            targets=tuple(StepId(steps[place].id) for place in targets),
            source=source,
            included=tuple({unit.source.name: unit.source for unit in book.units[1:]}.values()),
        )
        return Imported(format=self.name, workflow=workflow, remarks=remarks.found)
