"""What a step runs: its script, or what stands in for its action, or nothing that wfopt could run."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from wfopt.codes import NEEDS_SECRETS, NOT_MAPPED, OPAQUE_ACTION, OPAQUE_COMMAND, OPEN_CONDITION, Code
from wfopt.formats.github.actions import KNOWN, name_of, stand_in
from wfopt.formats.github.mapped import command_for, mapped
from wfopt.formats.github.meaning import unknowns
from wfopt.formats.github.place import Spot
from wfopt.formats.github.remarks import Remarks, code_of, cut
from wfopt.formats.github.shapes import pairs_of, text_of
from wfopt.formats.github.shells import SHELLS
from wfopt.formats.github.texts import split
from wfopt.formats.github.translate import template_of
from wfopt.formats.positions import ScalarNode
from wfopt.model.expressions import Reference, Template
from wfopt.model.workflow import Argv, Opaque, Script

_WORKSPACE = Reference("env", ("GITHUB_WORKSPACE",))


def command_of(spot: Spot, remarks: Remarks) -> tuple[Script | Argv | Opaque, str]:
    """Return what a step runs, and in which folder of the workspace.

    A step that can run as it is has nothing in it that only the service knows, its condition included.
    """
    step = spot.step
    if step.run is not None:
        return _script(spot, step.run, remarks)
    return _action(spot, remarks), ""


def _action(spot: Spot, remarks: Remarks) -> Opaque:
    step = spot.step
    what = text_of(step.uses).strip()
    name = name_of(what)
    options = {key.text: text_of(value) for key, value in pairs_of(step.node.get("with"))}
    obstacle = spot.place.obstacle or _open_condition(spot, remarks)
    known, command = KNOWN.get(name), command_for(spot)
    if obstacle and (known is not None or command):
        return Opaque(what=what, why=obstacle, options=options)
    if command:
        return mapped(spot, command, options)
    if known is not None:
        return Opaque(what=what, why=known.why, options=options, stand_in=stand_in(name))
    if step.name:
        message = f"`{what.partition('@')[0]}` is an action that wfopt does not run itself"
        remarks.add(OPAQUE_ACTION, message, step.uses or step.node)
    return Opaque(what=what, why=_kind_of(what, called=not step.name), options=options)


def _kind_of(what: str, *, called: bool) -> str:
    if called:
        return "another workflow"
    if what.startswith("docker://"):
        return "a container"
    return "an action of this repository" if what.startswith("./") else "an action"


def _script(spot: Spot, node: ScalarNode, remarks: Remarks) -> tuple[Script | Opaque, str]:
    text = text_of(node)
    template = (
        template_of(split(text), spot.scope, node.span) if "${{" in text else Template.plain(text, node.span)
    )
    folder, outside = _folder(spot)
    name = _shell_name(spot)
    obstacle = (
        spot.place.obstacle
        or _open_condition(spot, remarks)
        or _unknown(spot, template, text, remarks)
        or _no_shell(spot, name, remarks)
    )
    if not obstacle and outside:
        obstacle = f"works in `{outside}`"
        message = f"wfopt runs nothing outside of the workspace, such as in `{outside}`"
        remarks.add(NOT_MAPPED, message, spot.step.places.get("working-directory", spot.step.span))
    if obstacle:
        return Opaque(what=text, why=obstacle), folder
    return Script(template, SHELLS[name]), folder


def _shell_name(spot: Spot) -> str:
    written = text_of(spot.step.node.get("shell")) or spot.place.defaults["shell"]
    found = template_of(split(written), spot.scope).static
    return written if found is None else found.strip()


def _no_shell(spot: Spot, name: str, remarks: Remarks) -> str:
    if name in SHELLS:
        return ""
    at = spot.step.places.get("shell") or spot.step.places["run"]
    remarks.add(OPAQUE_COMMAND, f"wfopt does not run scripts for the shell `{cut(name)}`", at)
    return f"a script for `{cut(name)}`"


def _folder(spot: Spot) -> tuple[str, str]:
    """Return the folder in the workspace in which a script runs; else "", and what the file says."""
    written = text_of(spot.step.node.get("working-directory")) or spot.place.defaults["working-directory"]
    if not written:
        return "", ""
    parts = template_of(split(written), spot.scope).parts
    if parts[:1] == (_WORKSPACE,):
        parts = (f".{parts[1]}" if len(parts) > 1 and isinstance(parts[1], str) else ".", *parts[2:])
    found = Template(parts).static
    folder = posixpath.normpath(found) if found else ".."
    if folder.startswith(("/", "..", "~", "$")) or "\\" in folder:
        return "", written
    return ("" if folder == "." else folder), ""


def _open_condition(spot: Spot, remarks: Remarks) -> str:
    found = unknowns(spot.condition)
    if not found:
        return ""
    at = spot.step.places.get("if") or spot.place.job.node.get("if") or spot.step.span
    remarks.add(
        OPEN_CONDITION, f"a step is left out: `{cut(found[0])}` in its condition has no value here", at
    )
    return f"its condition uses {cut(found[0])}"


def _unknown(spot: Spot, template: Template, text: str, remarks: Remarks) -> str:
    """Return why a script cannot run, if only the service knows something that it uses."""
    own = {key.text for key, _ in pairs_of(spot.step.node.get("env"))}
    found = unknowns(template)
    # A variable of the whole job counts where its name stands in the script.
    found += [what for name, what in spot.env.unknown.items() if name in own or name in text]
    if not found:
        return ""
    at = spot.step.places["run"]
    code, message = _note(found)
    remarks.add(code, message, at)
    return f"uses {cut(found[0])}"


def _note(found: Sequence[str]) -> tuple[Code, str]:
    code = code_of(found[0])
    if code is NEEDS_SECRETS:
        return code, "scripts with secrets of the service are left out"
    return code, f"a script is left out: `{cut(found[0])}` has no value here"
