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
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import NamedTuple

from wfopt.cache.framing import framed
from wfopt.cache.manifest import Manifest
from wfopt.dataclass import dataclass, field
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import CacheExtra

FORMAT = "1"
"""Changes with the meaning of anything in a key; results stored under other formats are never found."""

OWN_PREFIX = "WFOPT_"
PARAM_PREFIX = "WFOPT_PARAM_"

_HASHED = b"\xff"
"""In front of a hash in place of a text; no text begins so, as it is never part of UTF-8."""

KEY_BYTES = 15
"""Short, for it stands in an index; two of 2^40 keys are alike with a probability of 2^-41."""

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
        namespace: results of one namespace are never found in another.
        params: how the file writes the params that variables carry; only for explanations.
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
    namespace: str = ""
    params: Mapping[str, str] = field(default_factory=dict, compare=False)


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
        if text is None or not self.values:
            return False
        return any(value in text for value in self.values)

    def sealed(self, text: str | None) -> str | bytes | None:
        """Return what stands for a text in the key: the text itself, or a hash if there is a secret in it."""
        if not self.values or not self.hides(text):
            return text
        return _HASHED + hmac.digest(self.key, framed((text,)), "sha256")

    def sealed_value(self, name: str, value: str | None) -> str | bytes | None:
        """Return what stands for a variable's value in the key."""
        if name in self.names and value is not None:
            return _HASHED + hmac.digest(self.key, framed((name, value)), "sha256")
        return self.sealed(value)


def sealer_of(fields: StepFields, store_key: bytes) -> Sealer:
    """Return what hides the secrets of a step.

    Args:
        fields: what the key is made of.
        store_key: random bytes that only the store knows.
    """
    if not (fields.secrets or fields.secret_values):
        return Sealer(store_key, fields.secrets, ())
    values = {fields.env.get(name) or "" for name in fields.secrets}.union(fields.secret_values)
    return Sealer(store_key, fields.secrets, tuple(sorted(value for value in values if value)))


def step_key(fields: StepFields, store_key: bytes) -> str:
    """Return the key of a step: 120 bits of a hash, in base64 without `+` and `/`.

    Args:
        fields: what the key is made of.
        store_key: random bytes that only the store knows; at least 16.
    """
    row = framed(_row(fields, sealer_of(fields, store_key)))
    return urlsafe_b64encode(hashlib.sha256(row).digest()[:KEY_BYTES]).decode("ascii")


def _row(fields: StepFields, sealer: Sealer) -> list[str | bytes | None]:
    """Return all fields in a row; where a field may have several texts, their number comes first."""
    sealed = sealer.sealed
    row: list[str | bytes | None] = [FORMAT, fields.namespace]
    if isinstance(fields.run, str):
        row += ("script", sealed(fields.run))
    else:
        row += ("argv", str(len(fields.run)), *map(sealed, fields.run))
    shell = map(sealed, fields.shell) if sealer.values else fields.shell
    row += ("shell", str(len(fields.shell)), *shell, sealed(fields.cwd))
    env = used_env(fields)
    row += ("env", str(len(env)))
    for name in sorted(env):
        row += (name, sealer.sealed_value(name, env[name]))
    row += ("extras", str(len(fields.extras)))
    for extra in fields.extras:
        row += (extra.kind.value, sealed(extra.what), sealed_extra(extra, sealer))
    row += ("inputs", fields.inputs.digest, "outputs", str(len(fields.outputs)))
    row += outputs_row(fields.outputs)
    row += ("capture", fields.capture, *fields.platform)
    return row


def sealed_extra(extra: Extra, sealer: Sealer) -> str | bytes | None:
    """Return what stands for the value of an entry of `cache.key`."""
    if extra.kind is CacheExtra.ENV:
        return sealer.sealed_value(extra.what, extra.value)
    return sealer.sealed(extra.value)


def outputs_row(outputs: tuple[PathPattern, ...]) -> list[str]:
    """Return the declared outputs as texts, two for each."""
    row: list[str] = []
    for each in outputs:
        flags = (each.negated, each.directory, each.optional, each.persist, each.store)
        row += (each.text, "".join("y" if flag else "n" for flag in flags))
    return row


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


def _texts(fields: StepFields) -> list[str]:
    texts = [fields.run] if isinstance(fields.run, str) else [*fields.run]
    texts += fields.shell
    for name, value in fields.env.items():
        if value is not None and not name.startswith(OWN_PREFIX):
            texts.append(value)
    texts += [extra.what for extra in fields.extras]
    return texts


def variable_of(reference: str) -> str:
    """Return the environment variable that carries the param of a reference.

    >>> variable_of("params.build-type")
    'WFOPT_PARAM_BUILD_TYPE'
    """
    return PARAM_PREFIX + reference.removeprefix("params.").upper().replace("-", "_")
