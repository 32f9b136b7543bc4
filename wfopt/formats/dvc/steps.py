"""Turns stages into steps.

The commands of a stage run one after another, each in a shell of its own without `-e`, until one fails, as
DVC does it; a `cmd` of several lines is several commands. DVC takes the user's shell, wfopt `sh`, or `bash`
for what only that one understands.
"""

from __future__ import annotations

import os

from wfopt.codes import NOT_MAPPED
from wfopt.dataclass import replace
from wfopt.formats.bashisms import needs_bash
from wfopt.formats.dvc.contexts import ValueFiles, load_vars
from wfopt.formats.dvc.interpolation import InterpolationError, fill, text_of
from wfopt.formats.dvc.params import Param, extras_of, params_of
from wfopt.formats.dvc.paths import PathReader, Paths
from wfopt.formats.dvc.stages import Stage
from wfopt.formats.plain import plain, text_in
from wfopt.formats.positions import Node, ScalarNode, SequenceNode
from wfopt.formats.remarks import Remarks
from wfopt.model.expressions import Literal, Template
from wfopt.model.globs import WILDCARD
from wfopt.model.patterns import STATE_FOLDER, PathPattern, PatternError, parse_pattern
from wfopt.model.workflow import (
    CacheRule,
    MatrixGroup,
    Opaque,
    Script,
    Shell,
    Step,
    StepId,
)

_SHELLS = {name: Shell(name, (name, "-c")) for name in ("sh", "bash")}


class StepMaker:
    """Makes the steps of one file.

    Args:
        folder: the absolute folder of the file.
        workspace: the absolute folder of the workspace.
        files: reads params.
        remarks: where notes go.
    """

    def __init__(self, folder: str, workspace: str, files: ValueFiles, remarks: Remarks) -> None:
        self._folder = folder
        self._workspace = workspace
        self._files = files
        self._remarks = remarks
        self._paths = PathReader(workspace, remarks)
        self._params: dict[StepId, list[PathPattern]] = {}

    def make(self, stage: Stage) -> Step:
        """Return the step of a stage."""
        folder, why = self._folder_of(stage)
        values = load_vars(stage.node.get("vars"), stage.values, folder, self._files)
        stage = replace(stage, values=values)
        paths = self._paths.read(stage, folder)
        cwd = os.path.relpath(folder, self._workspace)
        if cwd.split(os.sep)[0] in ("..", STATE_FOLDER):
            why, cwd = why or "a folder outside the workspace", ""
        try:
            params = params_of(stage, folder)
        except InterpolationError as error:
            params, why = [], why or str(error)
        named = [self._as_input(each) for each in params]
        self._params[StepId(stage.id)] = [each for each in named if each is not None]
        inputs, outputs, cache = self._cached(stage, paths, params)
        return Step(
            id=StepId(stage.id),
            definition=stage.group,
            cell=stage.cell,
            group=MatrixGroup(definition=stage.group, max_parallel=None, fail_fast=False)
            if stage.cell
            else None,
            run=self._run(stage, why or paths.why),
            description=text_in(stage.node.get("desc")),
            cwd="" if cwd == "." else cwd,
            inputs=inputs,
            outputs=outputs,
            cache=cache,
            condition=self._condition(stage),
            span=stage.key.span,
            places={key.text: node.span for key, node in stage.node.pairs},
        )

    def with_made_params(self, steps: list[Step]) -> list[Step]:
        """Return steps that need the files of their params where another step makes these."""
        made = {each.text for step in steps for each in step.outputs or ()}
        found: list[Step] = []
        for step in steps:
            needed = tuple(each for each in self._params[step.id] if each.text in made)
            changed = tuple(dict.fromkeys((*(step.inputs or ()), *needed)))
            found.append(replace(step, inputs=changed) if needed else step)
        return found

    def _folder_of(self, stage: Stage) -> tuple[str, str]:
        """Return the absolute folder of a stage, and why it is not known, or ""."""
        node = stage.node.get("wdir")
        if node is not None and not isinstance(node, ScalarNode):
            return self._folder, "a folder of an unknown form"
        try:
            text = text_of(fill(text_in(node), stage.values))
        except InterpolationError as error:
            return self._folder, f"a folder with {error}"
        return os.path.normpath(os.path.join(self._folder, text.replace("\0", ""))), ""

    def _run(self, stage: Stage, why: str) -> Script | Opaque:
        commands: list[str] = []
        nodes = _commands(stage.node.get("cmd"))
        for node in nodes:
            try:
                commands.append(text_of(fill(text_in(node), stage.values, is_command=True)))
            except InterpolationError as error:
                why = why or str(error)
        if not commands or not all(isinstance(node, ScalarNode) for node in nodes):
            why = why or "a command of an unknown form"
        if why:
            written = "\n".join(text_in(node) for node in nodes)
            return Opaque(what=written, why=why)
        if not isinstance(stage.node.get("cmd"), SequenceNode):
            commands = [line for text in commands for line in text.splitlines()]
        kept = [each for each in commands if each.strip()]
        text = kept[0] if len(kept) == 1 else " && ".join(f"(\n{each}\n)" for each in kept)
        return Script(Template.plain(text), _SHELLS["bash" if needs_bash(text) else "sh"])

    def _cached(
        self, stage: Stage, paths: Paths, params: list[Param]
    ) -> tuple[tuple[PathPattern, ...] | None, tuple[PathPattern, ...] | None, CacheRule]:
        """Return the inputs, the outputs and the cache rule of a stage.

        DVC runs a stage with neither again every time; else what is not written is declared to be none.
        """
        inputs, extras = list(paths.inputs), []
        is_complete = paths.is_complete
        for found in extras_of(params, self._files, self._workspace):
            if not isinstance(found, Param):
                extras.append(found)
                continue
            pattern = self._as_input(found)
            is_complete = is_complete and pattern is not None
            inputs += [pattern] if pattern is not None else []
        own = {each.text for each in inputs} & {each.text for each in paths.outputs}
        if own:
            message = "a stage that reads what it writes is never up to date"
            self._remarks.warn(NOT_MAPPED, message, stage.key.span)
        is_usual = is_complete and not own and plain(stage.node.get("always_changed")) is not True
        if not (inputs or paths.outputs or params):
            return None, None, CacheRule(enabled=None if is_usual else False)
        rule = CacheRule(enabled=None if is_usual else False, extras=tuple(extras))
        return tuple(dict.fromkeys(inputs)), paths.outputs, rule

    def _as_input(self, param: Param) -> PathPattern | None:
        relative = os.path.relpath(param.file, self._workspace)
        try:
            return parse_pattern(WILDCARD.sub(r"[\g<0>]", relative), span=param.node.span)
        except PatternError:
            return None

    def _condition(self, stage: Stage) -> Literal | None:
        if plain(stage.node.get("frozen")) is not True:
            return None
        message = "a frozen stage does not run: what it made before is taken as it is"
        self._remarks.note(NOT_MAPPED, message, stage.key.span)
        return Literal(value=False)


def _commands(node: Node | None) -> tuple[Node, ...]:
    if isinstance(node, SequenceNode):
        return tuple(node.items)
    return () if node is None else (node,)
