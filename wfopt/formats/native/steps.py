"""From a declared step and a cell of its matrix to a `Step` of the model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from wfopt.codes import (
    ABOVE_CAPACITY,
    BAD_CWD,
    CONSTANT_CONDITION,
    CUT_BY_COMMENT,
    OUTSIDE_WORKSPACE,
    UNKNOWN_SHELL,
)
from wfopt.formats.native.context import Contexts, Definition, bound, bound_text, report_in, settled
from wfopt.formats.native.environment import Env, read_env
from wfopt.formats.native.matrix import Cell, cell_id
from wfopt.formats.native.scalars import ALLOW_FAILURE, CPU, DURATION, SIZE
from wfopt.formats.native.shapes import Record
from wfopt.formats.native.texts import read_condition, read_template
from wfopt.formats.positions import Node, ScalarNode, SequenceNode, comment_after
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Expression, ExpressionError, Literal, Template, bind, references
from wfopt.model.patterns import PathPattern, PatternError, check_output, parse_pattern
from wfopt.model.workflow import Argv, MatrixGroup, Request, Script, Shell, Step, StepId

SHELLS: Mapping[str, Shell] = {
    "bash": Shell("bash", ("bash", "-euo", "pipefail", "-c")),
    "sh": Shell("sh", ("sh", "-eu", "-c")),
    "python": Shell("python", ("python3", "-c")),
}


class StepReader:
    """Makes the steps of one workflow.

    Attributes:
        defaults: the workflow's `defaults`, or None.
        env: the variables of the workflow and of its defaults, which a step's go on top of.
        tokens: the named resources that there are.
        problems: where errors go.
    """

    def __init__(
        self, defaults: Record | None, env: Env, tokens: Mapping[str, int], problems: Problems
    ) -> None:
        self.defaults = defaults
        self.env = env
        self.tokens = tokens
        self.problems = problems
        self._folders: dict[str, str | None] = {"": ""}

    def read(self, definition: Definition, cell: Cell, contexts: Contexts) -> Step:
        """Return the step of one cell; `contexts` include the cell's."""
        record = definition.record
        where = f"step `{definition.id}`"
        cwd = self._cwd(record, contexts, where)
        timeout, timeout_node = self._default(record, "timeout")
        condition = self._condition(record, contexts)
        return Step(
            id=StepId(cell_id(definition.id, cell.labels)),
            definition=definition.id,
            cell=cell.labels,
            group=self._group(definition, cell),
            run=self._run(record, contexts, where),
            description=record.get("description", ""),
            cwd=cwd,
            env=self._env(record, contexts),
            inputs=self._paths(record, "inputs", cwd, contexts, where),
            outputs=self._paths(record, "outputs", cwd, contexts, where),
            condition=condition,
            timeout_s=settled(
                timeout, DURATION, timeout_node, contexts, f"`timeout` of {where}", self.problems
            )
            if timeout_node
            else None,
            request=self._request(record, contexts, where),
            allow_failure=self._allow_failure(record, contexts, where),
            effects=frozenset(record.values["effects"]) if "effects" in record.values else None,
            priority=record.get("priority", 0),
            quiet=record.get("quiet", False),
            keep_on_failure=record.get("keep-on-failure", False),
            references=_mentions(record, condition),
            span=definition.span,
            places={name: node.span for name, node in record.nodes.items()},
        )

    def _default(self, record: Record, name: str) -> tuple[Any, Node | None]:
        """Return the value and the node of a key of the step, else of the defaults."""
        for source in (record, self.defaults):
            if source is not None and name in source.values:
                return source.values[name], source.nodes[name]
        return None, None

    def _group(self, definition: Definition, cell: Cell) -> MatrixGroup | None:
        if not cell.labels:
            return None
        record = definition.record
        return MatrixGroup(
            definition=definition.id,
            max_parallel=record.get("max-parallel"),
            fail_fast=record.get("fail-fast", True),
        )

    def _run(self, record: Record, contexts: Contexts, where: str) -> Script | Argv:
        node, read = record.nodes.get("run"), record.get("run")
        if isinstance(node, SequenceNode) and isinstance(read, list):
            args = zip(read, node.items, strict=False)
            return Argv(tuple(bound(template, item, contexts, self.problems) for template, item in args))
        if not isinstance(node, ScalarNode) or read is None:
            return Argv(())
        if comment_after(node):
            message = f"the script of {where} ends where YAML starts a comment"
            hint = "use a block scalar: `run: |` and the script below it"
            self.problems.warn(CUT_BY_COMMENT, message, node, hints=(hint,))
        template = read_template(node, self.problems) or Template.plain("")
        shell = self._shell(record, where)
        return Script(bound(template, node, contexts, self.problems), shell)

    def _shell(self, record: Record, where: str) -> Shell:
        read, node = self._default(record, "shell")
        if isinstance(read, list):
            return Shell(read[0] if read else "", tuple(read))
        if read == "none" and node is not None:
            hint = "write `run` as a list: the program and its arguments"
            self.problems.error(UNKNOWN_SHELL, f"{where} has a script but `shell: none`", node, hints=(hint,))
        return SHELLS.get(read or "bash", SHELLS["bash"])

    def _env(self, record: Record, contexts: Contexts) -> Env:
        own = record.get("env")
        return {**self.env, **read_env(own, contexts, self.problems)} if own else self.env

    def _cwd(self, record: Record, contexts: Contexts, where: str) -> str:
        read, node = self._default(record, "cwd")
        if node is None or not isinstance(read, Template):
            return ""
        text = bound_text(read, node, contexts, f"`cwd` of {where}", self.problems)
        if text is None:
            return ""
        if text not in self._folders:
            self._folders[text] = self._folder(text, node, where)
        return self._folders[text] or ""

    def _folder(self, text: str, node: Node, where: str) -> str | None:
        path = os.path.normpath(text or ".")
        if os.path.isabs(path) or path.split(os.sep)[0] in ("..", ".wfopt"):
            message = f"`cwd` of {where} lies outside the workspace"
            self.problems.error(BAD_CWD, message, node, hints=("write a path below the file's folder",))
            return None
        return "" if path == "." else path

    def _paths(
        self, record: Record, key: str, cwd: str, contexts: Contexts, where: str
    ) -> tuple[PathPattern, ...] | None:
        read, node = record.get(key), record.nodes.get(key)
        if read is None or not isinstance(node, SequenceNode):
            return None
        patterns = []
        for each, item in zip(read, node.items, strict=False):
            pattern = self._path(each, item, cwd, contexts, f"`{key}` of {where}", output=key == "outputs")
            if pattern is not None:
                patterns.append(pattern)
        return tuple(patterns)

    def _path(
        self, read: Template | Record, node: Node, cwd: str, contexts: Contexts, where: str, *, output: bool
    ) -> PathPattern | None:
        fields: Mapping[str, Any] = {}
        template = read
        if isinstance(read, Record):
            fields, template = read.values, read.get("path")
            node = read.nodes.get("path", node)
        if not isinstance(template, Template):
            return None
        text = bound_text(template, node, contexts, where, self.problems)
        if text is None:
            return None
        try:
            pattern = parse_pattern(
                text,
                cwd,
                optional=fields.get("optional", False),
                persist=fields.get("persist", False),
                store=fields.get("store", True),
                span=node.span,
            )
            if output:
                check_output(pattern)
        except PatternError as error:
            self.problems.error(OUTSIDE_WORKSPACE, f"{where}: {error.message}", node, hints=(error.hint,))
            return None
        return pattern

    def _condition(self, record: Record, contexts: Contexts) -> Expression | None:
        node = record.nodes.get("if")
        if not isinstance(node, ScalarNode) or "if" not in record.values:
            return None
        condition = read_condition(node, self.problems)
        if condition is None:
            return None
        if not references(condition):
            self.problems.warn(CONSTANT_CONDITION, "this condition never changes", node)
        try:
            return bind(condition, contexts)
        except ExpressionError as error:
            report_in(Template.plain(""), node, error, self.problems)
            return None

    def _allow_failure(self, record: Record, contexts: Contexts, where: str) -> bool | frozenset[int]:
        read, node = record.get("allow-failure"), record.nodes.get("allow-failure")
        if node is None or read is None:
            return False
        if isinstance(read, list):
            return frozenset(read)
        value = read
        if isinstance(read, Template) and read.only is not None:
            try:
                filled = bind(read.only, contexts)
            except ExpressionError as error:
                report_in(read, node, error, self.problems)
                return False
            if isinstance(filled, Literal):
                return bool(filled.value)
        return bool(
            settled(value, ALLOW_FAILURE, node, contexts, f"`allow-failure` of {where}", self.problems)
        )

    def _request(self, record: Record, contexts: Contexts, where: str) -> Request:
        values: dict[str, tuple[Any, Node]] = {}
        for source in (self.defaults, record):
            read = source.get("resources") if source is not None else None
            if isinstance(read, Record):
                values.update({name: (value, read.nodes[name]) for name, value in read.values.items()})
        if not values:
            return _ONE_CPU
        where = f"`resources` of {where}"
        cpu = memory = None
        if "cpu" in values:
            cpu = settled(values["cpu"][0], CPU, values["cpu"][1], contexts, where, self.problems)
        if "memory" in values:
            memory = settled(values["memory"][0], SIZE, values["memory"][1], contexts, where, self.problems)
        tokens = {}
        for name, (amount, node) in values.items():
            if name in ("cpu", "memory") or amount is None:
                continue
            if amount > self.tokens.get(name, 0):
                message = f"{where} asks for {amount} of `{name}`, but there are {self.tokens.get(name, 0)}"
                hint = f"declare `{name}` under the top-level `resources`"
                self.problems.error(ABOVE_CAPACITY, message, node, hints=(hint,))
            tokens[name] = amount
        return Request(cpu_milli=1000 if cpu is None else cpu, memory_bytes=memory, tokens=tokens)


_ONE_CPU = Request()


def _mentions(record: Record, condition: Expression | None) -> frozenset[str]:
    """Return what the texts of a step mention before anything was filled in."""
    found: set[str] = set(references(condition)) if condition is not None else set()
    node = record.nodes.get("run")
    texts = [record.get("cwd"), *(record.get("inputs") or ()), *(record.get("outputs") or ())]
    texts += [value for _, value in (record.get("env") or {}).values()]
    run = record.get("run")
    if isinstance(run, list):
        texts += run
    elif isinstance(node, ScalarNode) and "${{" in node.text:
        texts.append(read_template(node, Problems()))
    for text in texts:
        template = text.get("path") if isinstance(text, Record) else text
        if isinstance(template, Template) and template.static is None:
            found |= template.references
    return frozenset(found)
