"""One workflow file and what its names mean: its params, its environment, its steps as declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfopt.codes import BAD_INCLUDE, BAD_STEP_ID, NO_STEPS
from wfopt.dataclass import dataclass, field
from wfopt.errors import Label
from wfopt.formats.native.context import Binder, Contexts, Definition
from wfopt.formats.native.environment import Env, Folder, Variables, fixed_env, read_dotenv
from wfopt.formats.native.params import Given, resolve
from wfopt.formats.native.records import Record
from wfopt.formats.positions import MappingNode, Node, SequenceNode
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Template, Value
from wfopt.model.params import variable
from wfopt.source import SourceFile, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a file gets from the file that includes it, or from the command line.

    Attributes:
        given: values for its params.
        prefix: what stands before the ids of its steps, such as `lint/`; "" for the file that is run.
        folder: the folder that its paths are relative to, itself relative to the workspace; "" is that.
        home: the folder of the file itself, to which the paths of what it includes are relative.
        env: the variables that it inherits.
        known: the environment as its expressions see it.
        hidden: the variables that carry the params of the files that include it.
    """

    given: Given
    prefix: str = ""
    folder: str = ""
    home: str = ""
    env: Env = field(default_factory=dict)
    known: Variables = field(default_factory=lambda: Variables({}, {}))
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A file as it is included once.

    Attributes:
        source: the file.
        record: its keys.
        setting: what it got.
        params: the values of its params as text.
        contexts: what its expressions know before the run.
        env: the variables under every step's own.
        inherited: what the environment of the files that it includes starts from.
        inherited_known: the same as their expressions see it.
        definitions: its steps, with their full ids.
        complete: whether all of its steps could be read.
        listed: whether they were written as a list.
    """

    source: SourceFile
    record: Record
    setting: Setting
    params: Mapping[str, str]
    contexts: Contexts
    env: Env
    inherited: Env
    inherited_known: Variables
    definitions: tuple[Definition, ...]
    complete: bool
    listed: bool

    @property
    def prefix(self) -> str:
        """What stands before the ids of its steps."""
        return self.setting.prefix

    @property
    def variables(self) -> frozenset[str]:
        """The variables that carry its params and those of the files that include it."""
        return self.setting.hidden.union(map(variable, self.params))


def read_scope(
    source: SourceFile, record: Record, setting: Setting, folder: Folder, problems: Problems
) -> Scope:
    """Return what a file's names mean; what is wrong goes to `problems`.

    The order of variables is: params, what the file inherits, `dotenv` files, `env`, the defaults' `env`.
    """
    params, values = resolve(record.get("params", {}), setting.given, problems)
    texts = read_dotenv(record, folder, problems)
    env = {**setting.env, **{name: Template.plain(text) for name, text in texts.items()}}
    binder = Binder({"params": values}, problems)
    known = setting.known.under(texts)
    own = fixed_env(record, "`env`", binder.with_env(known))
    inherited, inherited_known = {**env, **own}, known.under(_values(own))
    defaults: Record | None = record.get("defaults")
    basic = fixed_env(defaults, "`env` of `defaults`", binder.with_env(inherited_known))
    env, known = {**inherited, **basic}, inherited_known.under(_values(basic))
    hidden: Env = {name: None for name in setting.hidden if name in setting.given.environ}
    carried: Env = {variable(name): Template.plain(text) for name, text in params.items()}
    definitions = _definitions(record, setting.prefix, problems)
    steps = record.nodes.get("steps")
    return Scope(
        source=source,
        record=record,
        setting=setting,
        params=params,
        contexts={"params": values, "env": known},
        env={**hidden, **carried, **env},
        inherited=inherited,
        inherited_known=inherited_known,
        definitions=definitions,
        complete=len(definitions) == _entries(steps),
        listed=isinstance(steps, SequenceNode),
    )


def _values(env: Env) -> dict[str, Value]:
    """Return variables that are all known as expressions see them."""
    return {name: None if value is None else value.static for name, value in env.items()}


def _definitions(record: Record, prefix: str, problems: Problems) -> tuple[Definition, ...]:
    found = tuple(_declared(record, prefix))
    node = record.nodes.get("steps")
    if not found and node is not None and "steps" in record.values:
        problems.error(NO_STEPS, "the workflow has no steps", node)
    _refuse_clashes(record, found, prefix, problems)
    return found


def _entries(node: Node | None) -> int:
    if isinstance(node, SequenceNode):
        return len(node.items)
    return len(node.pairs) if isinstance(node, MappingNode) else 0


def _declared(record: Record, prefix: str) -> Iterator[Definition]:
    read = record.get("steps")
    if isinstance(read, dict):
        for place, (name, (key, step)) in enumerate(read.items()):
            yield Definition(prefix + name, key.span, step, place)
    elif isinstance(read, list):
        for place, step in enumerate(read):
            at = step.nodes.get("id") or step.first
            yield Definition(f"{prefix}{step.get('id', f'step-{place + 1}')}", at.span, step, place)


def _refuse_clashes(
    record: Record, definitions: tuple[Definition, ...], prefix: str, problems: Problems
) -> None:
    """Refuse names that are used twice, by steps or includes, or that differ only by case."""
    seen: dict[str, tuple[str, Span]] = {}
    for definition in definitions:
        _claim(definition.id, definition.span, "step", seen, problems)
    for entry in record.get("include", ()):
        if "as" in entry.values:
            _claim(prefix + entry.values["as"], entry.nodes["as"].span, "include", seen, problems)


def _claim(name: str, span: Span, what: str, seen: dict[str, tuple[str, Span]], problems: Problems) -> None:
    first, there = seen.setdefault(name.lower(), (name, span))
    if there is span:
        return
    code = BAD_STEP_ID if what == "step" else BAD_INCLUDE
    if first != name:
        message = f"`{name}` and `{first}` differ only by case"
        hint = "some file systems do not tell them apart; rename one"
    elif what == "step":
        message, hint = f"two steps have the id `{name}`", "rename one"
    else:
        message, hint = f"`{name}` names something else already", "choose another name in `as`"
    problems.error(code, message, span, related=(Label(there, "the other one"),), hints=(hint,))
