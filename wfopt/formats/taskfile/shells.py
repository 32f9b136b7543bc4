"""The shell of a command of a Taskfile.

Task brings a shell of its own, https://github.com/mvdan/sh, which stops at the first failure (`-e`) and
reads the language of bash. Commands run in `sh -e`, and in `bash -e` if a `set` or `shopt` is written, or
if a construct that only bash has is in the text.
"""

from __future__ import annotations

from wfopt.formats.bashisms import needs_bash
from wfopt.model.workflow import Shell

_SHORT = {
    "a": "allexport",
    "b": "notify",
    "e": "errexit",
    "f": "noglob",
    "n": "noexec",
    "u": "nounset",
    "v": "verbose",
    "x": "xtrace",
}
_OPTIONS = frozenset({*_SHORT.values(), "pipefail"})
_SHOPTS = frozenset(
    {"expand_aliases", "globstar", "nullglob", "dotglob", "extglob", "failglob", "nocaseglob"}
)


def shell_for(text: str, options: tuple[str, ...] = (), shopts: tuple[str, ...] = ()) -> Shell:
    """Return the shell for a command.

    Args:
        text: the command.
        options: the entries of `set`; what is no option of a shell is left out.
        shopts: the entries of `shopt`, likewise.
    """
    named = [_SHORT.get(each, each) for each in options]
    flags = [word for each in named if each in _OPTIONS - {"errexit"} for word in ("-o", each)]
    flags += [word for each in shopts if each in _SHOPTS for word in ("-O", each)]
    name = "bash" if flags or needs_bash(text) else "sh"
    return Shell(name, (name, "-e", *flags, "-c"))
