"""The options of files of other formats: `--from` and `--action`."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.cli.wrong import wrong
from wfopt.source import closest_match


def format_option(name: str, cause: str = "") -> str:
    """Return the name of a format, or "" for that of the file.

    Args:
        name: what `--from` says.
        cause: where that comes from, if not from the command line.

    Raises:
        UserError: there is no such format.
    """
    if not name:
        return ""
    from wfopt.formats.registry import FORMATS, format_named

    if format_named(name):
        return name
    names = [each.name for each in FORMATS]
    near = closest_match(name, names)
    listed = ", ".join(f"`{each}`" for each in names)
    hint = f"did you mean `{near}`?" if near else f"there are: {listed}"
    raise wrong(f"`--from {name}`: there is no such format", hint, cause=cause)


def action_options(words: Iterable[str]) -> dict[str, str]:
    """Return commands for actions by name, in lower case and without a version.

    Args:
        words: what each `--action` says: `OWNER/NAME=COMMAND`.

    Raises:
        UserError: one is of another form.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, command = word.partition("=")
        if not equals or not name.strip() or not command.strip():
            hint = "write the name of an action and a command: `--action owner/name='echo hello'`"
            raise wrong(f"`--action {word}` is not `OWNER/NAME=COMMAND`", hint)
        if "\0" in command:
            raise wrong(f"`--action {name}=...`: the command holds a NUL character")
        found[name.partition("@")[0].strip().lower()] = command
    return found
