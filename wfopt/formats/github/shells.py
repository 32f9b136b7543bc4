"""How GitHub Actions runs scripts."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.model.workflow import Shell

UNSET = Shell("bash", ("bash", "-e", "-c"))
"""What runs a script where the file names no shell: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell"""

SHELLS: Mapping[str, Shell] = {
    "": UNSET,
    "bash": Shell("bash", ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")),
    "sh": Shell("sh", ("sh", "-e", "-c")),
    "python": Shell("python", ("python3", "-c")),
}

_FOREIGN = ("windows", "macos")


def machine_of(labels: tuple[str, ...]) -> str:
    """Return the label that asks for another system than Linux, or ""."""
    return next((each for each in labels if each.lower().startswith(_FOREIGN)), "")


def is_hosted(labels: tuple[str, ...]) -> bool:
    """Return whether one of GitHub's own machines is asked for; a label that is not known, "", may be one."""
    return all(not each or each.lower().startswith(("ubuntu-", *_FOREIGN)) for each in labels)
