"""Writes a step of any format as a step of the native one."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.formats.native import policy_text
from wfopt.formats.native.bodies import SHELLS
from wfopt.formats.native.expression_text import NotExpressibleError, expression_text, template_text
from wfopt.formats.native.renaming import Renaming
from wfopt.formats.native.scalars import VARIABLE
from wfopt.formats.native.yaml_text import STEP, comment, entry, in_flow, mapping_in_flow, scalar
from wfopt.model.expressions import Call, Expression, Logic, Not, Template
from wfopt.model.left_out import why_left_out
from wfopt.model.patterns import PathPattern, PatternError, parse_pattern
from wfopt.model.workflow import Argv, Opaque, Script, Step, StepId

_SETTING = re.compile(r"\bGITHUB_(?:ENV|PATH)\b")
_OUTPUT = "GITHUB_OUTPUT"
_UNREAD = ("GITHUB_STEP_SUMMARY", "GITHUB_STATE")
_HAS_EXPORT = ("sh", "bash")
_CHECKED = ("publish", "deploy", "service", "tty")

_WELL = Logic("&&", (Not(Call("failure")), Not(Call("cancelled"))))
"""What holds if nothing before a step has failed, even if something was skipped."""

Tell = Callable[[StepId, str], None]
"""Takes what is not converted: the step, and what of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes steps.

    Attributes:
        renaming: the new ids.
        tokens: the names of named resources.
        conditions: what each step waits for besides its own condition, by id.
        given: the variables that all steps get from the params of the file.
        tell: takes what is not converted.
    """

    renaming: Renaming
    tokens: dict[str, str]
    conditions: Mapping[StepId, Expression]
    given: Mapping[str, str]
    tell: Tell

    def lines(self, step: Step, needs: Sequence[StepId]) -> Iterator[str]:
        """Yield the lines of a step.

        Args:
            step: the step.
            needs: the steps that it waits for.
        """
        name = self.renaming.ids[step.id]
        yield f"{STEP}{scalar(name)}:"
        body = list(self._body(step, name, needs, STEP * 2))
        if isinstance(step.run, Opaque) and step.run.stand_in is None:
            why = why_left_out(step.run)
            self.tell(step.id, why.removeprefix("not run here: "))
            yield comment(f"not converted: {why.removeprefix('not run here: ')}", STEP * 2)
        yield from body

    def hook(self, step: Step, name: str) -> Iterator[str]:
        """Yield the lines of a step that runs around the graph."""
        yield f"{STEP}{scalar(name)}:"
        yield from self._common(step, step.description, STEP * 2)

    def _body(self, step: Step, name: str, needs: Sequence[StepId], indent: str) -> Iterator[str]:
        description = step.description
        if name != step.id:
            description = f"{description} ({step.id})" if description else str(step.id)
        if needs:
            yield f"{indent}needs: {in_flow(map(scalar, self.renaming.names_of(needs)))}"
        if step.ahead_of:
            yield f"{indent}ahead-of: {in_flow(map(scalar, self.renaming.names_of(step.ahead_of)))}"
        for leader in self.renaming.names_of((step.right_after,) if step.right_after else ()):
            yield f"{indent}right-after: {scalar(leader)}"
        yield from self._said(step, "if", lambda: self._condition(step), indent)
        if isinstance(step.run, Opaque) and step.run.stand_in is None:
            yield from entry("description", description, indent)
            yield from self._failing(step.run, indent)
            return
        yield from self._policies(step, indent)
        yield from self._common(step, description, indent)
        if step.rollback is not None:
            yield f"{indent}rollback:"
            yield from self._common(step.rollback, step.rollback.description, indent + STEP)

    def _failing(self, run: Opaque, indent: str) -> Iterator[str]:
        why = why_left_out(run).removeprefix("not run here: ").replace("${{", "$ {{")
        yield f"{indent}shell: sh"
        yield from entry("run", f"echo {shlex.quote(f'not converted: {why}')} >&2; exit 1", indent)

    def _policies(self, step: Step, indent: str) -> Iterator[str]:
        """Yield what only steps have, not what runs around the graph."""
        for key, patterns in (("inputs", step.inputs), ("outputs", step.outputs)):
            yield from self._patterns(step, key, patterns, indent)
        if step.effects is not None:
            yield f"{indent}effects: {in_flow(map(scalar, sorted(step.effects)))}"
        yield from self._said(step, "allow-failure", lambda: self._allowance(step), indent)
        is_cached = not any(each in _CHECKED for each in step.effects or ()) or not step.cache.enabled
        if is_cached:
            yield from self._said(
                step, "cache", lambda: policy_text.cache(step.cache, has_effects=bool(step.effects)), indent
            )
        if step.capture:
            yield f"{indent}capture: {mapping_in_flow((('stdout', scalar(step.capture)),))}"
        for key, flag in (("interactive", step.interactive), ("keep-on-failure", step.keep_on_failure)):
            if flag:
                yield f"{indent}{key}: true"
        if step.priority:
            yield f"{indent}priority: {step.priority}"
        yield from self._hints(step, indent)
        group = step.group
        if group is not None and group.max_parallel is not None:
            self.tell(step.id, f"at most {group.max_parallel} of its matrix at once")

    def _common(self, step: Step, description: str, indent: str) -> Iterator[str]:
        if description:
            yield from entry("description", description, indent)
        if step.cwd:
            yield from entry("cwd", step.cwd.replace("${{", "$${{"), indent)
        yield from self._env(step, indent)
        if step.secrets:
            yield f"{indent}secrets: {in_flow(map(scalar, step.secrets))}"
        request, limits = policy_text.request(step.request, self.tokens), policy_text.limits(step.limits)
        for key, text in (("resources", request), ("limits", limits)):
            if text:
                yield f"{indent}{key}: {text}"
        if step.timeout_s is not None:
            yield f"{indent}timeout: {policy_text.duration(step.timeout_s)}"
        tries = policy_text.retries(step.retries)
        if tries:
            yield f"{indent}retries: {tries}"
        if step.quiet:
            yield f"{indent}quiet: true"
        yield from self._run(step, indent)

    def _run(self, step: Step, indent: str) -> Iterator[str]:
        run = step.run.stand_in if isinstance(step.run, Opaque) else step.run
        try:
            if isinstance(run, Argv):
                words = (self._text(each) for each in run.args)
                yield f"{indent}run: {in_flow(map(scalar, words))}"
            elif run is not None:
                text = self._script(step, run)
                yield from self._shell(run, indent)
                yield from entry("run", text, indent)
        except NotExpressibleError as error:
            self.tell(step.id, f"what it runs: {error}")
            yield from self._failing(Opaque(what="", why=str(error)), indent)

    def _script(self, step: Step, run: Script) -> str:
        text = self._text(run.text)
        if not text.strip():
            return "true"
        if not step.session:
            return text
        if _SETTING.search(text):
            self.tell(step.id, "what it writes to `GITHUB_ENV` or `GITHUB_PATH` for later steps")
        if _OUTPUT not in text:
            return text
        if run.shell.name not in _HAS_EXPORT:
            self.tell(step.id, f"what it writes to `{_OUTPUT}`")
            return text
        return f'export {_OUTPUT}="$WFOPT_STEP_OUTPUT"\n{text}'

    def _shell(self, run: Script, indent: str) -> Iterator[str]:
        usual = next((name for name, shell in SHELLS.items() if shell == run.shell), None)
        if usual is None:
            yield f"{indent}shell: {in_flow(map(scalar, run.shell.argv))}"
        elif usual != "bash":
            yield f"{indent}shell: {usual}"

    def _env(self, step: Step, indent: str) -> Iterator[str]:
        lines: list[str] = []
        for name, value in step.env.items():
            if value is not None and name in self.given and self.given[name] == value.static:
                continue
            if not VARIABLE.pattern.fullmatch(name):
                self.tell(step.id, f"the variable `{name}`: no shell could name it")
                continue
            try:
                text = None if value is None else self._text(value)
            except NotExpressibleError as error:
                self.tell(step.id, f"the variable `{name}`: {error}")
                continue
            if text is None:
                lines.append(f"{indent}{STEP}{scalar(name)}: null")
            else:
                lines += entry(scalar(name), text, indent + STEP)
        unread = [name for name in _UNREAD if step.session and name in _text_of(step)]
        lines += [f"{indent}{STEP}{name}: /dev/null" for name in unread]
        if lines:
            yield f"{indent}env:"
            yield from lines

    def _hints(self, step: Step, indent: str) -> Iterator[str]:
        """Yield what predictions are told."""
        if step.expected_s is not None:
            yield f"{indent}x-duration: {policy_text.duration(step.expected_s)}"
        if step.sizes:
            yield f"{indent}x-size:"
            for name, patterns in step.sizes.items():
                yield from self._patterns(step, name, patterns, indent + STEP)

    def _patterns(
        self, step: Step, key: str, patterns: tuple[PathPattern, ...] | None, indent: str
    ) -> Iterator[str]:
        if patterns is None:
            return
        try:
            items = [_pattern(each, step.cwd) for each in patterns]
        except PatternError as error:
            self.tell(step.id, f"`{key}`: {error.message}")
            return
        if not items:
            yield f"{indent}{key}: []"
            return
        yield f"{indent}{key}:"
        yield from (f"{indent}{STEP}- {item}" for item in items)

    def _condition(self, step: Step) -> str:
        parts = []
        around = self.conditions.get(step.id)
        if around is not None:
            parts.append(around)
        if step.condition is not None:
            parts.append(_without_success(step.condition) if step.session else step.condition)
        if not parts:
            return ""
        whole = parts[0] if len(parts) == 1 else Logic("&&", tuple(parts))
        return f'"{_escaped(expression_text(self.renaming.expression(whole)))}"'

    def _allowance(self, step: Step) -> str:
        rule = step.allow_failure
        if isinstance(rule, bool):
            return "true" if rule else ""
        if isinstance(rule, frozenset):
            return in_flow(str(each) for each in sorted(rule))
        text = expression_text(self.renaming.expression(rule))
        return f'"${{{{ {_escaped(text)} }}}}"'

    def _said(self, step: Step, key: str, write: Callable[[], str], indent: str) -> Iterator[str]:
        """Yield the line of a key, or tell that it cannot be written."""
        try:
            text = write()
        except NotExpressibleError as error:
            self.tell(step.id, f"`{key}`: {error}")
            yield comment(f"not converted: `{key}`: {error}", indent)
            return
        if text:
            yield f"{indent}{key}: {text}"

    def _text(self, template: Template) -> str:
        return template_text(self.renaming.template(template))


def _text_of(step: Step) -> str:
    run = step.run.stand_in if isinstance(step.run, Opaque) else step.run
    parts = run.text.parts if isinstance(run, Script) else ()
    return "".join(part for part in parts if isinstance(part, str))


def _pattern(pattern: PathPattern, cwd: str) -> str:
    """Return an entry of `inputs` or `outputs`, relative to the folder of its step.

    Raises:
        PatternError: the format takes no such entry.
    """
    sign, end = "!" * pattern.negated, "/" * pattern.directory
    path = os.path.relpath(f"/{pattern.text}", f"/{cwd}") if cwd else pattern.text or "."
    for text in (f"{sign}{path}{end}", f"{sign}./{path}{end}"):
        found = parse_pattern(
            text, cwd, optional=pattern.optional, persist=pattern.persist, store=pattern.store
        )
        if found == pattern:
            break
    else:
        raise PatternError(f"`{pattern.text}` would be read in another way", "")
    written = scalar(text.replace("${{", "$${{"))
    flags = (("optional", pattern.optional), ("persist", pattern.persist), ("store", pattern.store))
    pairs = [(key, "true" if flag else "false") for key, flag in flags if flag is (key != "store")]
    return mapping_in_flow((("path", written), *pairs)) if pairs else written


def _without_success(expression: Expression) -> Expression:
    """Return a condition in which steps that were skipped have not failed, as on GitHub."""
    match expression:
        case Call("success"):
            return _WELL
        case Not(operand):
            return Not(_without_success(operand))
        case Logic(operator, operands):
            return Logic(operator, tuple(map(_without_success, operands)))
        case _:
            return expression


def _escaped(text: str) -> str:
    return scalar(f"{text} ")[1:-2]
