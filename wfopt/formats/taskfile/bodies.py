"""Makes single steps of what tasks do."""

from __future__ import annotations

import os
from collections.abc import Sequence

from wfopt.codes import NOT_MAPPED, OTHER_MACHINE
from wfopt.dataclass import dataclass, replace
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.plain import text_in
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile import scripts
from wfopt.formats.taskfile.calls import Instance
from wfopt.formats.taskfile.environment import Environment
from wfopt.formats.taskfile.evaluating import Scope, fill
from wfopt.formats.taskfile.files import as_outputs, read_patterns
from wfopt.formats.taskfile.items import Item, condition_of, is_elsewhere, items
from wfopt.formats.taskfile.records import Book, is_true, items_of
from wfopt.formats.taskfile.requirements import missing_variable
from wfopt.formats.taskfile.shells import shell_for
from wfopt.formats.taskfile.templates import TemplateError
from wfopt.formats.taskfile.variables import Variables
from wfopt.model.expressions import Call, Comparison, Expression, Literal, Logic, Reference, Template
from wfopt.model.patterns import STATE_FOLDER
from wfopt.model.workflow import Argv, CacheRule, Opaque, Script, Step, StepId

_OFF = Literal(value=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a task does for one who needs it.

    Attributes:
        instance: the task.
        scope: what its templates see.
        items: what it does.
        base: a step with all that its steps share; it runs nothing.
        why: why nothing of it can be run here, or "".
        is_off: whether it certainly does not run here.
        condition: a command that decides whether it runs, or "".
        status: commands that all end well if there is nothing to do.
        checks: steps that go before everything else.
        fresh_folder: the folder of its commands, if there is none yet: Task makes it.
    """

    instance: Instance
    scope: Scope
    items: Sequence[Item]
    base: Step
    why: str = ""
    is_off: bool = False
    condition: str = ""
    status: tuple[str, ...] = ()
    checks: tuple[Step, ...] = ()
    fresh_folder: str = ""

    def place(self, number: int) -> str:
        """Return the id of what it does as `number`."""
        first = self.items[0]
        is_only = len(self.items) == 1 and not (first.call or first.is_off or first.is_deferred)
        return self.instance.id if is_only and not self.is_off else f"{self.instance.id}#{number}"

    def whole(self) -> Step | None:
        """Return the task as one step, if its commands belong together and can be put so.

        What it generates and its `status` are about all of its commands, so one step must run these.
        """
        is_one = bool(self.base.outputs or self.status or self.condition)
        if not is_one or self.is_off or self.why or not all(item.is_plain for item in self.items):
            return None
        if not self.items:
            return None
        text = scripts.joined([item.text for item in self.items])
        text = scripts.guarded(text, self.status, self.condition)
        return replace(self.base, run=_script(text, self, None))


class Bodies:
    """Makes the steps of tasks.

    Args:
        book: all tasks.
        options: what the outside contributes.
        remarks: where notes go.
    """

    def __init__(self, book: Book, options: LoadOptions, remarks: Remarks) -> None:
        self._look = options.outside
        self._workspace = options.outside.real(options.workspace)
        self._variables = Variables(book.units, options.environ)
        self._environment = Environment(book.units, options, remarks)
        self._remarks = remarks

    def of(self, instance: Instance) -> Body:
        """Return what a task does."""
        task = instance.task
        reasons: list[str] = []

        def folder(scope: Scope) -> str:
            try:
                return os.path.normpath(os.path.join(task.unit.base, fill(text_in(task.get("dir")), scope)))
            except TemplateError as error:
                reasons.append(f"a folder with {error}")
                return task.unit.base

        scope = self._variables.of(task, instance.name, instance.given, folder)
        place = str(scope.values["TASK_DIR"])
        cwd = os.path.relpath(place, self._workspace)
        if cwd.split(os.sep)[0] in ("..", STATE_FOLDER) or "\0" in cwd:
            reasons.append("a folder outside the workspace")
        is_fresh = not reasons and not self._look.exists(place)
        env, unknown = self._environment.of(task, scope)
        missing = missing_variable(task, scope)
        condition, is_off = "", is_elsewhere(task.get("platforms"))
        if is_off:
            self._remarks.note(OTHER_MACHINE, "a task for other machines is skipped", task.key.span)
        try:
            condition, is_false = condition_of(task.get("if"), scope)
            is_off = is_off or is_false
        except TemplateError as error:
            reasons.append(f"a condition with {error}")
        if condition and task.deps:
            reasons.append("a condition that decides about `deps`, too")
        why = next(iter((*reasons, unknown, missing)), "") or unknown or missing
        body = Body(
            instance=instance,
            scope=scope,
            items=items(task, scope, self._remarks),
            base=self._base(instance, scope, place, "" if cwd == "." or is_fresh else cwd, env),
            fresh_folder=cwd if is_fresh else "",
            why=why,
            is_off=is_off,
            condition=condition,
        )
        return self._guarded(self._with_status(body))

    def command(self, body: Body, item: Item, place: str) -> Step:
        """Return the step of a command."""
        why = body.why or item.why
        if not why and body.condition:
            why = "a condition that is asked once for several commands"
        if why:
            return self.opaque(body, replace(item, why=why), place)
        text = scripts.guarded(item.text, (), item.condition)
        step = self._plain(body, item, place)
        return replace(step, run=_script(text, body, item))

    def opaque(self, body: Body, item: Item, place: str) -> Step:
        """Return the step of what cannot be run."""
        return replace(self._plain(body, item, place), run=Opaque(what=item.text, why=body.why or item.why))

    def off(self, body: Body, item: Item, place: str) -> Step:
        """Return the step of a command that is not for this machine, or whose condition is false."""
        step = self._plain(body, item, place)
        return replace(step, run=Script(Template.plain(item.text), shell_for(item.text)), condition=_OFF)

    def join(self, body: Body) -> Step:
        """Return a step that does nothing: it only ends when all that the task needs and calls has ended."""
        base = body.base
        return replace(base, cwd="", inputs=None, outputs=None, env={}, run=Argv((Template.plain("true"),)))

    def _plain(self, body: Body, item: Item, place: str) -> Step:
        is_only = place == body.instance.id
        base = body.base
        return replace(
            base,
            id=StepId(place),
            allow_failure=item.allows_failure or bool(base.allow_failure),
            timeout_s=item.timeout_s,
            outputs=base.outputs if is_only else None,
            inputs=base.inputs if is_only or place.endswith("#1") else None,
            span=item.node.span,
        )

    def _base(
        self, instance: Instance, scope: Scope, place: str, cwd: str, env: dict[str, Template | None]
    ) -> Step:
        task = instance.task
        inputs, outputs = (
            read_patterns(task.get(key), scope, place, self._workspace, self._remarks)
            for key in ("sources", "generates")
        )
        outputs = as_outputs(outputs)
        read = {each.text for each in inputs or () if not each.negated and not each.is_glob}
        if outputs and any(each.text in read for each in outputs):
            self._remarks.note(NOT_MAPPED, "a task that generates one of its own sources", task.key.span)
            outputs = None
        keys = ((key.text, node) for key, node in (task.node.pairs if task.node is not None else ()))
        return Step(
            id=StepId(instance.id),
            definition=instance.id,
            run=Argv(()),
            description=text_in(task.get("desc")) or text_in(task.get("summary")),
            cwd="" if cwd == ".." or cwd.startswith("../") else cwd,
            env=env,
            inputs=inputs,
            outputs=outputs,
            allow_failure=is_true(task.get("ignore_error")),
            interactive=is_true(task.get("interactive")),
            keep_on_failure=True,
            cache=CacheRule(enabled=False if self._is_never_cached(instance) else None),
            span=task.key.span,
            places={name: node.span for name, node in keys},
        )

    def _is_never_cached(self, instance: Instance) -> bool:
        task = instance.task
        method = text_in(task.get("method") or task.unit.root.get("method"))
        return method == "none" or bool(items_of(task.get("status")))

    def _with_status(self, body: Body) -> Body:
        task = body.instance.task
        nodes = items_of(task.get("status"))
        if not nodes or task.get("sources") is not None:
            return body
        try:
            status = tuple(fill(text_in(node), body.scope) for node in nodes)
        except TemplateError as error:
            self._remarks.note(NOT_MAPPED, f"a `status` is not asked: {error}", nodes[0].span)
            return body
        found = replace(body, status=status)
        if found.whole() is None:
            self._remarks.note(
                NOT_MAPPED, "a `status` is not asked: it is about several steps", nodes[0].span
            )
            return body
        return found

    def _guarded(self, body: Body) -> Body:
        """Add the steps that go before everything else: `preconditions` and `prompt`."""
        if body.is_off:
            return body
        return replace(body, checks=(*self._check("precondition", body), *self._check("prompt", body)))

    def _check(self, kind: str, body: Body) -> tuple[Step, ...]:
        task = body.instance.task
        nodes = items_of(task.get("preconditions" if kind == "precondition" else kind))
        if not nodes:
            return ()
        why, text = body.why, ""
        try:
            text = scripts.CHECKS[kind](nodes, body.scope)
        except TemplateError as error:
            why = why or str(error)
        item = Item(node=nodes[0], text=text or kind, why=why)
        place = f"{body.instance.id}#{kind}"
        step = replace(self._plain(body, item, place), inputs=None, allow_failure=False)
        if why:
            return (replace(step, run=Opaque(what=kind, why=why)),)
        return (
            replace(step, run=_script(text, body, None), interactive=kind == "prompt" or step.interactive),
        )


def at_the_end(step: Step, reached: Sequence[StepId]) -> Step:
    """Return a step that runs at the end of its task, if the steps that it was put behind ended well."""
    operands: list[Expression] = [Call("always")]
    operands += [
        Comparison("==", Reference("needs", (name, "status")), Literal("succeeded")) for name in reached
    ]
    condition = Logic("&&", tuple(operands)) if reached else operands[0]
    return replace(step, condition=condition, references=frozenset(f"needs.{name}" for name in reached))


def _script(text: str, body: Body, item: Item | None) -> Script:
    """Return a script in the shell that the command, its task and the file ask for."""
    task = body.instance.task
    layers = [task.unit.root, *([task.node] if task.node is not None else [])]
    nodes = [(layer.get("set"), layer.get("shopt")) for layer in layers]
    if item is not None:
        nodes.append((item.get("set"), item.get("shopt")))
    options = tuple(text_in(each) for found, _ in nodes for each in items_of(found))
    shopts = tuple(text_in(each) for _, found in nodes for each in items_of(found))
    if body.fresh_folder:
        text = scripts.inside(body.fresh_folder, text)
    return Script(Template.plain(text), shell_for(text, options, shopts))
