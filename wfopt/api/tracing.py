"""Sets up `wfopt run --trace`, and tells what could not be traced."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from wfopt.api.fingerprints import fingerprint_of
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.cache.extras import Ask
from wfopt.codes import NOT_TRACED
from wfopt.engine.masking import Masker
from wfopt.engine.spawning.launching import StartError, find_program
from wfopt.engine.tracing import Tracer
from wfopt.errors import Diagnostic, Severity
from wfopt.model.workflow import StepId
from wfopt.tracing.effects import Ground
from wfopt.tracing.strace import UnusableError, usable

_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - looked at, not used

_MOST_TOLD = 5

Tell = Callable[[Diagnostic], None]


def tracer_for(
    prepared: Prepared, options: RunOptions, folder: str, masker: Masker, ask: Ask, tell: Tell
) -> Tracer | None:
    """Return what traces the steps of a run; None, with a warning, if nothing can be traced here.

    Args:
        prepared: the workflow.
        options: those of the run.
        folder: the absolute path of the folder of the run.
        masker: knows the secrets.
        ask: runs a shell command.
        tell: shows a message.
    """
    probe = os.path.join(folder, "probe.trace")
    try:
        path = os.fsdecode(find_program(b"strace", os.fsencode(options.environ.get("PATH", os.defpath))))
    except StartError:
        path = ""
    try:
        strace = usable(path, probe, lambda command: ask(command, options.workspace, {}))
    except UnusableError as error:
        tell(_warning("nothing is traced", (str(error),)))
        return None
    finally:
        with suppress(OSError):
            os.unlink(probe)
    fingerprints, untraced = dict[StepId, str](), dict[StepId, str]()
    for step in prepared.workflow.steps:
        fingerprint, why = fingerprint_of(step, prepared.workflow, options.environ, options.workspace)
        if fingerprint:
            fingerprints[step.id] = fingerprint
        else:
            untraced[step.id] = why
    return Tracer(
        strace=strace,
        ground=ground_of(options.workspace, options.state_folder, folder, options.environ),
        environ=options.environ,
        masker=masker,
        fingerprints=fingerprints,
        folder=folder,
        untraced=untraced,
    )


def ground_of(workspace: str, state: str, own: str, environ: Mapping[str, str]) -> Ground:
    """Return where the steps of a run work."""
    temporary = {os.path.realpath(each) for each in (*_TEMPORARY, environ.get("TMPDIR") or _TEMPORARY[0])}
    return Ground(
        workspace=os.path.realpath(workspace),
        state=os.path.realpath(state),
        own=os.path.realpath(own),
        temporary=tuple(sorted(temporary)),
    )


def tell_untraced(untraced: Mapping[StepId, str], tell: Tell) -> None:
    """Say which steps were not traced, if any, and why."""
    if untraced:
        causes = [f"`{step}`: {why}" for step, why in list(untraced.items())[:_MOST_TOLD]]
        more = len(untraced) - _MOST_TOLD
        message = f"{len(untraced)} step{'s' * (len(untraced) != 1)} of this run could not be traced"
        tell(_warning(message, (*causes, *((f"and {more} more",) if more > 0 else ()))))


def _warning(message: str, causes: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(code=NOT_TRACED, message=message, severity=Severity.WARNING, causes=causes)
