"""A workflow as text, for expected files: what stands out is shown, defaults are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from wfopt.model.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    Logic,
    Not,
    Reference,
    Template,
)
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import (
    AUTO_CACHE,
    NO_RETRIES,
    USUAL_LIMITS,
    Argv,
    CacheRule,
    Limits,
    Opaque,
    Origin,
    Request,
    Retries,
    Script,
    Step,
    Workflow,
)


def workflow_text(workflow: Workflow) -> str:
    """Return the steps, the edges and the hooks of a workflow, a line each, with what they say."""
    lines = [f"include {source.name}" for source in workflow.included]
    if workflow.secrets:
        lines.append(f"secrets {' '.join(workflow.secrets)}")
    if workflow.tokens:
        lines.append(f"tokens {' '.join(f'{name}={amount}' for name, amount in workflow.tokens.items())}")
    if workflow.targets:
        lines.append(f"targets {' '.join(workflow.targets)}")
    for step in workflow.steps:
        lines += [str(step.id), *(f"    {line}" for line in step_lines(step))]
    for edge in workflow.edges:
        origin = "" if edge.origin is Origin.WRITTEN else f" ({origin_words(edge.origin)})"
        lines.append(f"{edge.before} -> {edge.after} {edge.kind.value}{origin}")
    for hook in (*workflow.on_failure, *workflow.finally_steps):
        lines += [str(hook.id), *(f"    {line}" for line in step_lines(hook))]
    return "\n".join(lines)


def origin_words(origin: Origin) -> str:
    """Return where an edge comes from, such as `written and list`."""
    return " and ".join(str(each.name).lower() for each in origin)


def step_lines(step: Step) -> Iterator[str]:
    """Yield what a step says, but for what all steps say."""
    shown = {
        "run": _run(step.run),
        "cwd": step.cwd,
        "env": _env(step.env),
        "ahead of": " ".join(step.ahead_of),
        "right after": step.right_after or "",
        "inputs": _paths(step.inputs),
        "outputs": _paths(step.outputs),
        "if": "" if step.condition is None else expression_text(step.condition),
        "timeout": _seconds(step.timeout_s),
        "resources": _request(step.request),
        "limits": _changed(step.limits, USUAL_LIMITS),
        "allow-failure": _allowed(step.allow_failure),
        "retries": _changed(step.retries, NO_RETRIES),
        "cache": "" if step.cache == AUTO_CACHE else _cache(step.cache),
        "capture": step.capture,
        "interactive": "yes" * step.interactive,
        "secrets": " ".join(step.secrets),
        "expected": _seconds(step.expected_s),
        "grows with": ", ".join(f"{name} of {_paths(paths)}" for name, paths in step.sizes.items()),
        "mentions": " ".join(sorted(step.references)),
    }
    yield from (f"{name}: {text}" for name, text in shown.items() if text)
    if step.rollback is not None:
        yield str(step.rollback.id)
        yield from (f"    {line}" for line in step_lines(step.rollback))


def template_text(template: Template) -> str:
    """Return a template with its expressions in a plain form."""
    return "".join(
        part if isinstance(part, str) else f"${{{{ {expression_text(part)} }}}}" for part in template.parts
    )


def expression_text(expression: Expression) -> str:
    """Return an expression in a plain form, with all brackets."""
    match expression:
        case Literal(value):
            return repr(value)
        case Reference(root, path):
            return root + "".join(f"[{key!r}]" for key in path)
        case Call(name, arguments):
            return f"{name}({', '.join(map(expression_text, arguments))})"
        case Not(operand):
            return f"!{expression_text(operand)}"
        case Comparison(operator, left, right):
            return f"({expression_text(left)} {operator} {expression_text(right)})"
        case Logic(operator, operands):
            return f"({f' {operator} '.join(map(expression_text, operands))})"


def _run(run: Script | Argv | Opaque) -> str:
    if isinstance(run, Opaque):
        shown = f"opaque {run.what!r} ({run.why}) {dict(run.options) or ''}".rstrip()
        return shown if run.stand_in is None else f"{shown} in its place: {_run(run.stand_in)}"
    if isinstance(run, Argv):
        return str([template_text(each) for each in run.args])
    return f"{run.shell.name} {template_text(run.text)!r}"


def _request(request: Request) -> str:
    words = [f"cpu={request.cpu_milli / 1000:g}"] * (request.cpu_milli != 1000)
    words += [f"memory={request.memory_bytes}"] * (request.memory_bytes is not None)
    words += [f"{name}={amount}" for name, amount in request.tokens.items()]
    return " ".join(words)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:g}s"


def _env(env: Mapping[str, Template | None]) -> str:
    return " ".join(
        f"{name}={template_text(value)!r}" if value is not None else f"{name} unset"
        for name, value in env.items()
    )


def _paths(paths: tuple[PathPattern, ...] | None) -> str:
    return "" if paths is None else " ".join(map(_path, paths)) or "-"


def _path(path: PathPattern) -> str:
    marks = "?" * path.optional + "!" * path.negated
    return f"{marks}{path.text}{'/' * path.directory}"


def _allowed(value: bool | frozenset[int] | Expression) -> str:
    if isinstance(value, bool):
        return "always" * value
    if isinstance(value, frozenset):
        return " ".join(map(str, sorted(value)))
    return expression_text(value)


def _changed(value: Retries | Limits, default: Retries | Limits) -> str:
    shown = {each.name: getattr(value, each.name) for each in fields(value)}
    return " ".join(
        f"{name}={sorted(map(str, item)) if isinstance(item, frozenset) else item}"
        for name, item in shown.items()
        if item != getattr(default, name)
    )


def _cache(rule: CacheRule) -> str:
    words = [{True: "on", False: "off", None: "auto"}[rule.enabled]]
    words += [f"{kind.value}:{template_text(text)}" for kind, text in rule.extras]
    if rule.ttl_s is not None:
        words.append(f"ttl={rule.ttl_s:g}s")
    if not rule.restore:
        words.append("restore=none")
    return " ".join(words)
