"""Why a step cannot use an earlier result, and why it is not cached at all, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfopt.cache.parts import UNSET
from wfopt.model.workflow import Step

NEVER_RAN = "never ran"

NEVER_CACHED = ("publish", "deploy", "service", "tty")
"""Effects that no cache can repeat, whatever the file says."""

_CHANGES = {
    "format": "wfopt makes keys in another way now",
    "shell": "shell changed",
    "outputs": "outputs declared differently",
    "capture": "captured under another name",
}

_LOOKED = {"absent": "is missing", "dir": "is a folder", "link": "is a link"}


def explain(old: Mapping[str, str] | None, new: Mapping[str, str]) -> list[str]:
    """Return the differences between the parts of two keys, one phrase each, the inputs first.

    Args:
        old: the parts that were kept with the last result, or None if there is none.
        new: the parts of the key now.
    """
    if old is None:
        return [NEVER_RAN]
    names = list(new) + [name for name in old if name not in new]
    changed = [name for name in names if old.get(name) != new.get(name)]
    order = {name: place for place, name in enumerate(_ORDER)}
    changed.sort(key=lambda name: order.get(_first_word(name), len(order)))
    # Too many inputs are one part together; beside it, none is new or gone only because it is listed.
    together = "inputs" in changed
    found: dict[str, None] = {}
    for name in changed:
        if together and name.startswith("input "):
            continue
        found.update(dict.fromkeys(_told(name, old.get(name), new.get(name))))
    return list(found)


_ORDER = (
    "format",
    "namespace",
    "inputs",
    "input",
    "param",
    "env",
    "script",
    "command",
    "shell",
    "cwd",
    "outputs",
    "capture",
    "key",
    "platform",
)


def _first_word(name: str) -> str:
    return name.partition(" ")[0]


def _told(name: str, old: str | None, new: str | None) -> Iterator[str]:
    word, _, rest = name.partition(" ")
    match word:
        case "input":
            yield _input(rest, old, new)
        case "inputs":
            count = (new or "").partition(" ")[2]
            yield f"inputs changed ({count} files)" if count else "inputs changed"
        case "env" | "param":
            yield _variable(name, old, new)
        case "script" | "command":
            yield from _run(word, old, new)
        case "key":
            yield _extra(rest, old, new)
        case "cwd" | "platform" | "namespace":
            what = "folder to run in" if word == "cwd" else word
            yield _from_to(what, old, new)
        case _:
            yield _CHANGES.get(name, f"{name} changed")


def _input(path: str, old: str | None, new: str | None) -> str:
    if old is None:
        return f"input {path} is new"
    if new is None:
        return f"input {path} is gone"
    was, is_now = old.partition(" ")[0], new.partition(" ")[0]
    if was == is_now:
        return f"input {path} changed"
    if {was, is_now} == {"file", "program"}:
        same = old.partition(" ")[2] == new.partition(" ")[2]
        return f"input {path} {'changed its mode' if same else 'changed'}"
    if was == "absent":
        return f"input {path} exists now"
    return f"input {path} {_LOOKED.get(is_now, 'is a file')} now"


def _variable(name: str, old: str | None, new: str | None) -> str:
    """Name a variable that changed, with both values if neither is secret or long."""
    if old is None:
        return f"{name} is new"
    if new is None:
        return f"{name} is gone"
    return _from_to(name, old, new)


def _from_to(name: str, old: str | None, new: str | None) -> str:
    readable = all(value == UNSET or (value or "").startswith('"') for value in (old, new))
    return f"{name}: {old} to {new}" if readable else f"{name} changed"


def _run(word: str, old: str | None, new: str | None) -> Iterator[str]:
    if old is None or new is None:
        # The other one of script and command says the same.
        yield "script changed"
        return
    before, after = old.split(), new.split()
    pairs = enumerate(zip(before, after, strict=False), 1)
    place = next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)) + 1)
    yield f"{word} changed ({'line' if word == 'script' else 'argument'} {place})"


def _extra(number: str, old: str | None, new: str | None) -> str:
    kind = _first_word(new or old or "")
    name = f"cache.key {kind} {number}"
    if old is None:
        return f"{name} is new"
    if new is None:
        return f"{name} is gone"
    return f"{name} changed"


def why_not_cached(step: Step) -> str:
    """Return why the results of a step are not kept, in a few words; "" if they are.

    `cache: true` overrides the effects that only may make a result different each time, but neither one of
    `NEVER_CACHED` nor what is not declared: without inputs no change would ever be noticed.
    """
    if step.cache.enabled is False:
        return "cache: false"
    if step.interactive:
        return "interactive"
    effects = sorted(step.effects or ())
    if step.cache.enabled:
        effects = [effect for effect in effects if effect in NEVER_CACHED]
    if effects:
        return f"effect {effects[0]}"
    missing = [name for name in ("inputs", "outputs") if getattr(step, name) is None]
    return f"no {' and '.join(missing)} declared" if missing else ""
