"""Files named dvc.yaml, of https://dvc.org, as one of the formats that can be read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from wfopt.codes import IGNORED_KEY, OPAQUE_COMMAND, WRONG_TYPE
from wfopt.errors import Diagnostic, Label, LoadError, Severity
from wfopt.formats.dvc.contexts import DEFAULT_FILE, ValueFiles, load_vars
from wfopt.formats.dvc.linking import link
from wfopt.formats.dvc.stages import stages_of
from wfopt.formats.dvc.steps import StepMaker
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.positions import MappingNode, parse_yaml
from wfopt.formats.problems import Problems
from wfopt.formats.remarks import Remarks
from wfopt.model.workflow import Opaque, Step, Workflow
from wfopt.source import SourceFile


class DvcFormat:
    """What DVC reads: stages with commands, dependencies and outputs, joined by their files."""

    name = "dvc"
    title = "DVC"
    keys: ClassVar[frozenset[str]] = frozenset(
        {"stages", "vars", "params", "metrics", "plots", "artifacts", "datasets"}
    )

    def claims(self, path: str, keys: Sequence[str]) -> bool:
        """Return whether a file is named `dvc.yaml`, or has `stages` and nothing that DVC does not know."""
        return path.endswith("dvc.yaml") or ("stages" in keys and self.keys.issuperset(keys))

    def read(self, source: SourceFile, options: LoadOptions) -> Imported:
        """Return what a file says.

        Raises:
            LoadError: it is no dvc.yaml, or one that DVC cannot run: a stage has no command, or stages
                wait for each other.
        """
        problems, remarks = Problems(), Remarks()
        root, found = parse_yaml(source, duplicate_keys=Severity.WARNING)
        remarks.add(found)
        if not isinstance(root, MappingNode):
            message = "this is not a dvc.yaml: it is no mapping with `stages`"
            raise LoadError((Diagnostic(code=WRONG_TYPE, message=message, primary=Label(root.span)),))
        self._note_keys(root, remarks)
        steps = self._steps(root, source, options, problems, remarks)
        problems.stop_on_errors()
        edges = link(steps, problems, remarks)
        problems.stop_on_errors()
        workflow = Workflow(
            name=os.path.basename(source.name), steps=tuple(steps), edges=edges, source=source
        )
        return Imported(format=self.name, workflow=workflow, remarks=remarks.found)

    def _steps(
        self,
        root: MappingNode,
        source: SourceFile,
        options: LoadOptions,
        problems: Problems,
        remarks: Remarks,
    ) -> list[Step]:
        look = options.outside
        path = look.real(options.path or os.path.join(options.workspace, os.path.basename(source.name)))
        folder, workspace = os.path.dirname(path), look.real(options.workspace)
        files = ValueFiles(options, remarks)
        default = os.path.join(folder, DEFAULT_FILE)
        values = (files.read(default, root) or {}) if files.exists(default) else {}
        values = load_vars(root.get("vars"), values, folder, files)
        maker = StepMaker(folder, workspace, files, remarks)
        stages = stages_of(root, values, problems, remarks)
        steps = maker.with_made_params([maker.make(stage) for stage in stages])
        for step in steps:
            if isinstance(step.run, Opaque) and step.span is not None:
                remarks.note(OPAQUE_COMMAND, f"not run here: {step.run.why}", step.span)
        return steps

    def _note_keys(self, root: MappingNode, remarks: Remarks) -> None:
        for key, _ in root.pairs:
            if key.text not in self.keys:
                remarks.warn(IGNORED_KEY, f"a dvc.yaml has no key `{key.text}`", key.span)
