"""The key of a step: a hash of everything that its result depends on.

In the key: the version of its format, script and shell or arguments, the folder it runs in, the environment
that the file declares, the inputs' contents, the declared outputs, what `cache.key` adds, the name of a
capture, and the platform. The values of expressions are in it because texts are hashed with them filled in.

Not in the key: the rest of the process environment (also HOME and PATH, so a new version of a program on the
PATH is not noticed unless `cache.key` asks it for its version), the step's id, its needs and limits, times,
and where the workspace is.

Variables that wfopt itself sets, such as `WFOPT_PARAM_<NAME>`, stand in the environment of every step, but a
param that changes should not run steps that ignore it. They count where an expression or text of the step
mentions them. A step may read them in other ways, so in doubt they all count: if a text holds only the
beginning of a name, as in `${!WFOPT_PARAM_*}`, or if `WFOPT_` stands in one of the input files.

Texts with a secret in them enter the key through HMAC-SHA256 with a key of the store: nobody who sees
the step's key can try out values.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from wfopt.cache.framing import framed
from wfopt.cache.manifest import Manifest
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import CacheExtra

FORMAT = "1"
"""Changes with the meaning of anything in a key; results stored under other formats are never found."""

OWN_PREFIX = "WFOPT_"
PARAM_PREFIX = "WFOPT_PARAM_"

_OWN_NAME = re.compile(r"WFOPT_\w*")


class Extra(NamedTuple):
    """One entry of `cache.key`.

    Attributes:
        kind: what it is.
        what: the text, path, name or command.
        value: the file's content hash, the variable's value or the command's output, None if there is none;
            for a text the same as `what`.
    """

    kind: CacheExtra
    what: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFields:
    """What a key is made of.

    Attributes:
        run: the script, or the arguments of a program, with the values of expressions in them.
        shell: the program and options that run the script; () for arguments.
        cwd: relative to the workspace.
        env: the variables that the file declares and those that wfopt sets; None unsets one.
        references: what the step's expressions mention, as `Step.references` has it.
        extras: what `cache.key` adds.
        inputs: what the step reads.
        outputs: what it declares to write.
        capture: the name under which its stdout is captured, or "".
        platform: the operating system and the kind of machine.
        secrets: the names of variables whose values are secret.
        secret_values: secret values besides those of `env`.
    """

    run: str | tuple[str, ...]
    shell: tuple[str, ...] = ()
    cwd: str = ""
    env: Mapping[str, str | None] = field(default_factory=dict)
    references: frozenset[str] = frozenset()
    extras: tuple[Extra, ...] = ()
    inputs: Manifest
    outputs: tuple[PathPattern, ...] = ()
    capture: str = ""
    platform: tuple[str, str]
    secrets: frozenset[str] = frozenset()
    secret_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sealer:
    """Hides texts with secrets in them.

    Attributes:
        key: the store's random key.
        names: the variables whose values are secret.
        values: the secret values.
    """

    key: bytes
    names: frozenset[str]
    values: tuple[str, ...]

    def hides(self, text: str | None) -> bool:
        """Return whether a secret is in a text."""
        return text is not None and any(value in text for value in self.values)

    def sealed(self, text: str | None) -> bytes:
        """Return what stands for a text in the key; no text is like the seal of another."""
        if not self.values or not self.hides(text):
            return framed(("", text))
        return framed((hmac.digest(self.key, framed((text,)), "sha256"),))

    def sealed_value(self, name: str, value: str | None) -> bytes:
        """Return what stands for a variable's value in the key."""
        if name in self.names and value is not None:
            return framed((hmac.digest(self.key, framed((name, value)), "sha256"),))
        return self.sealed(value)


def sealer_of(fields: StepFields, store_key: bytes) -> Sealer:
    """Return what hides the secrets of a step.

    Args:
        fields: what the key is made of.
        store_key: random bytes that only the store knows.
    """
    values = {fields.env.get(name) or "" for name in fields.secrets}.union(fields.secret_values)
    return Sealer(store_key, fields.secrets, tuple(sorted(value for value in values if value)))


def step_key(fields: StepFields, store_key: bytes) -> str:
    """Return the key of a step, in hexadecimal.

    Args:
        fields: what the key is made of.
        store_key: random bytes that only the store knows; at least 16.
    """
    sealer = sealer_of(fields, store_key)
    row = [part for name, value in _named(fields, sealer) for part in (name, value)]
    return hashlib.sha256(framed(row)).hexdigest()


def _named(fields: StepFields, sealer: Sealer) -> Iterator[tuple[str, bytes]]:
    """Yield the fields by name, each as a row of texts of its own."""
    yield "format", framed((FORMAT,))
    if isinstance(fields.run, str):
        yield "script", sealer.sealed(fields.run)
    else:
        yield "argv", framed(map(sealer.sealed, fields.run))
    yield "shell", framed(map(sealer.sealed, fields.shell))
    yield "cwd", sealer.sealed(fields.cwd)
    for name, value in sorted(used_env(fields).items()):
        yield "env", framed((name, sealer.sealed_value(name, value)))
    for extra in fields.extras:
        yield "extra", framed((extra.kind.value, sealer.sealed(extra.what), sealed_extra(extra, sealer)))
    yield "inputs", framed((fields.inputs.digest,))
    yield "outputs", framed_outputs(fields.outputs)
    yield "capture", framed((fields.capture,))
    yield "platform", framed(fields.platform)


def sealed_extra(extra: Extra, sealer: Sealer) -> bytes:
    """Return what stands for the value of an entry of `cache.key`."""
    if extra.kind is CacheExtra.ENV:
        return sealer.sealed_value(extra.what, extra.value)
    return sealer.sealed(extra.value)


def framed_outputs(outputs: tuple[PathPattern, ...]) -> bytes:
    """Return the declared outputs as a row of texts."""
    row: list[str] = []
    for each in outputs:
        flags = (each.negated, each.directory, each.optional, each.persist, each.store)
        row += (each.text, "".join("ny"[flag] for flag in flags))
    return framed(row)


def used_env(fields: StepFields) -> Mapping[str, str | None]:
    """Return the variables that count: all that wfopt does not set, and those of its own that are used."""
    own = {name for name in fields.env if name.startswith(OWN_PREFIX)}
    if not own or own <= (used := _used(fields, own)):
        return fields.env
    return {name: value for name, value in fields.env.items() if name not in own or name in used}


def _used(fields: StepFields, own: set[str]) -> set[str]:
    """Return the variables of wfopt that a step uses, or all of them in doubt."""
    if fields.inputs.mentions_wfopt or "params" in fields.references:
        return own
    used = {variable_of(each) for each in fields.references if each.startswith("params.")}
    for text in _texts(fields):
        if OWN_PREFIX not in text:
            continue
        mentioned = set(_OWN_NAME.findall(text))
        # The rest of the name may be put together while the step runs.
        if any(each not in own and _starts_one(each, own) for each in mentioned):
            return own
        used |= mentioned
    return used


def _starts_one(text: str, own: set[str]) -> bool:
    return any(name.startswith(text) for name in own)


def _texts(fields: StepFields) -> Iterator[str]:
    yield from (fields.run,) if isinstance(fields.run, str) else fields.run
    yield from fields.shell
    for name, value in fields.env.items():
        if value is not None and not name.startswith(OWN_PREFIX):
            yield value
    yield from (extra.what for extra in fields.extras)


def variable_of(reference: str) -> str:
    """Return the environment variable that carries the param of a reference.

    >>> variable_of("params.build-type")
    'WFOPT_PARAM_BUILD_TYPE'
    """
    return PARAM_PREFIX + reference.removeprefix("params.").upper().replace("-", "_")
