"""From a step with its values to what its key is made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from wfopt.cache.key import Extra, StepFields
from wfopt.cache.manifest import Manifest
from wfopt.dataclass import dataclass, field
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import Script, Step

VOLATILE = frozenset(
    {"WFOPT_RUN_ID", "WFOPT_HELD", "WFOPT_STEP_OUTPUT", "WFOPT_STEP_CPUS", "WFOPT_STEP_MEMORY"}
)
"""Variables that wfopt sets and that say how a step runs, not what it makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the keys of all steps of a run share.

    Attributes:
        platform: the operating system and the kind of machine.
        namespace: results of one namespace are never found in another.
        params: how the file writes the params that variables carry, by the names of these.
        secrets: the variables that are secret in every step.
        secret_texts: the texts known by now that are secret, in all forms in which they may stand.
    """

    platform: tuple[str, str]
    namespace: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    secret_texts: Callable[[], tuple[str, ...]] = tuple


def this_platform() -> tuple[str, str]:
    """Return the operating system and the kind of machine."""
    found = os.uname()
    return found.sysname, found.machine


def fields_of(
    step: Step, resolved: Resolved, inputs: Manifest, extras: tuple[Extra, ...], around: Surroundings
) -> StepFields:
    """Return what the key of a step is made of."""
    return StepFields(
        run=resolved.run,
        shell=step.run.shell.argv if isinstance(step.run, Script) else (),
        cwd=step.cwd,
        env={name: value for name, value in resolved.env.items() if name not in VOLATILE},
        references=step.references,
        extras=extras,
        inputs=inputs,
        outputs=step.outputs or (),
        capture=step.capture,
        platform=around.platform,
        secrets=frozenset((*around.secrets, *step.secrets)),
        secret_values=around.secret_texts(),
        namespace=around.namespace,
        params=around.params,
    )
