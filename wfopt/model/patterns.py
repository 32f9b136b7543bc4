"""Path patterns of `inputs` and `outputs`: how they are read, and what they match.

The rules:

- `*` and `?` stay within one name; `[abc]`, `[a-z]` and `[!abc]` stand for one character.
- `**` is a name of its own and stands for any number of folders, also for none; at the end of a pattern
  it stands for everything below.
- Names that start with a dot are matched like all others.
- A pattern without a wildcard, or with a `/` at its end, takes in everything below what it names.
- In a list of patterns a later `!pattern` takes away what earlier ones matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from wfopt.dataclass import dataclass, field
from wfopt.model.globs import WILDCARD, check_name, compile_glob
from wfopt.source import Span

STATE_FOLDER = ".wfopt"
"""Where the state of wfopt lives in a workspace; no pattern may name anything in it."""

# Names that start with a dot take the long way: `.`, `..` and `.wfopt` are among them.
_PLAIN = re.compile(r"[\w@%+=,:-][\w@%+=,:. -]*(?:/[\w@%+=,:-][\w@%+=,:. -]*)*/?")
_BRACES = re.compile(r"\{[^{}\]]*,[^{}]*\}")


LONGEST_NAME = 255
"""Characters of a file's name; file systems allow as many bytes."""

LONGEST_GLOB = 512
"""Characters; a matrix may make thousands of a glob, each of which is compared with many outputs."""


class PatternError(ValueError):
    """A text cannot be a path pattern.

    Attributes:
        message: what is wrong with it.
        hint: what to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One entry of `inputs` or `outputs`.

    Attributes:
        text: the pattern relative to the workspace, `/`-separated, without `.`, `..`, `//` and the `!`
            or `/` around it; "" is the workspace itself.
        negated: whether it takes matches away.
        directory: whether the file wrote a `/` at the end.
        optional: whether it may be missing.
        persist: whether an output stays in place before the step runs again.
        store: whether the cache keeps a copy of an output.
        span: where it stands.
    """

    text: str
    negated: bool = False
    directory: bool = False
    optional: bool = False
    persist: bool = False
    store: bool = True
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def is_glob(self) -> bool:
        """Whether it holds a wildcard; if not, it names one file or folder."""
        return "*" in self.text or "?" in self.text or "[" in self.text

    @property
    def is_workspace(self) -> bool:
        """Whether it names the workspace itself."""
        return not self.text

    @property
    def prefix(self) -> str:
        """The literal text before the first wildcard: every match starts with it."""
        found = WILDCARD.search(self.text)
        return self.text if found is None else self.text[: found.start()]

    @property
    def folder(self) -> str:
        """The deepest folder that holds every match, without a `/` at its end."""
        return self.prefix.rpartition("/")[0]


def parse_pattern(
    text: str,
    cwd: str = "",
    *,
    optional: bool = False,
    persist: bool = False,
    store: bool = True,
    span: Span | None = None,
) -> PathPattern:
    """Read one entry of `inputs` or `outputs`; for an output call `check_output` on the result as well.

    Args:
        text: what the file says, such as `src/**/*.c`, `!src/gen/` or `../shared/a.txt`.
        cwd: the folder that the text is relative to, itself relative to the workspace and normalized.
        optional: see `PathPattern`, as for the others.
        persist: see `PathPattern`.
        store: see `PathPattern`.
        span: see `PathPattern`.

    Raises:
        PatternError: the path is empty, absolute, outside the workspace, in the state folder, malformed or
            too long.
    """
    negated = False
    if _PLAIN.fullmatch(text):
        directory = text[-1] == "/"
        path = text[:-1] if directory else text
        if cwd:
            path = f"{_escaped_folder(cwd)}/{path}"
    else:
        negated = text.startswith("!")
        path, directory = _normalized(text, cwd)
    if path.startswith(STATE_FOLDER) and path.partition("/")[0] == STATE_FOLDER:
        raise PatternError(
            f"`{text}` is inside `{STATE_FOLDER}/`",
            "wfopt keeps its state there; no input or output may be in it",
        )
    if len(path) > LONGEST_NAME and max(map(len, path.split("/"))) > LONGEST_NAME:
        raise PatternError(
            f"a name in it has more than {LONGEST_NAME} characters", "no file system allows a name that long"
        )
    pattern = PathPattern(path, negated, directory, optional, persist, store, span)
    if len(path) > LONGEST_GLOB and pattern.is_glob:
        raise PatternError(
            f"a pattern of {len(path):,} characters is too long",
            f"write several of up to {LONGEST_GLOB} characters, or name a folder",
        )
    return pattern


def check_output(pattern: PathPattern) -> None:
    """Refuse what is fine as an input but not as an output.

    Raises:
        PatternError: the pattern is the workspace itself.
    """
    if pattern.is_workspace:
        raise PatternError(
            "the workspace itself cannot be an output", "name the files or folders that the step writes"
        )


def matches(pattern: PathPattern, path: str) -> bool:
    """Return whether a normalized path relative to the workspace matches; a `!` is not looked at."""
    if pattern.is_glob:
        return compile_glob(_as_written(pattern)).fullmatch(path) is not None
    return contains(pattern.text, path)


def selects(patterns: Iterable[PathPattern], path: str) -> bool:
    """Return whether a list of patterns as a whole selects a path: the last one that matches decides."""
    selected = False
    for pattern in patterns:
        if selected == pattern.negated and matches(pattern, path):
            selected = not selected
    return selected


def contains(folder: str, path: str) -> bool:
    """Return whether a path is the folder or lies in it; "" is the workspace."""
    return not folder or path == folder or path.startswith(f"{folder}/")


def _normalized(text: str, cwd: str) -> tuple[str, bool]:
    """Return the normalized path of an unusual text, and whether a `/` stood at its end."""
    body = text.removeprefix("!")
    _refuse_malformed(text, body)
    base = cwd.split("/") if cwd else []
    own: list[str] = []
    for name in body.split("/"):
        if name == "..":
            _go_up(text, own, base)
        elif name not in {"", "."} and not (name == "**" and own[-1:] == ["**"]):
            _refuse_bad_wildcards(text, name)
            own.append(name)
    path = "/".join([_escaped_folder("/".join(base)), *own] if base else own)
    return path, body.endswith(("/", "/.", "/..")) or body in {".", ".."}


def _refuse_malformed(text: str, body: str) -> None:
    if not body.strip():
        raise PatternError("a path is empty", "name a file or folder, or remove the entry")
    if "\0" in body or "\n" in body:
        raise PatternError("a path holds a NUL character or a line break", "write one path an entry")
    if body.startswith("/"):
        raise PatternError(f"`{text}` is absolute", "write it relative to the folder of the step")
    if body.startswith("~"):
        raise PatternError(
            f"`{text}` starts with `~`, which is not expanded", "write a path inside the workspace"
        )
    if body.startswith("!"):
        raise PatternError(f"`{text}` has more than one `!`", "write one `!` to take matches away")
    if "\\" in body:
        raise PatternError(
            f"`{text}` holds a backslash", "write `/` between folders and `[*]` for a literal `*`"
        )
    if _BRACES.search(body):
        raise PatternError(
            f"`{text}` holds braces, which are not expanded", "write one pattern for each alternative"
        )


def _go_up(text: str, own: list[str], base: list[str]) -> None:
    """Leave the last folder, in place."""
    if own:
        if WILDCARD.search(own.pop()):
            raise PatternError(f"`..` follows a wildcard in `{text}`", "write the path without `..`")
    elif base:
        base.pop()
    else:
        raise PatternError(
            f"`{text}` leaves the workspace", "inputs and outputs must be inside the workspace"
        )


def _refuse_bad_wildcards(text: str, name: str) -> None:
    if "**" in name and name != "**":
        raise PatternError(
            f"`**` is only part of a name in `{text}`",
            "write `**/*.py` to cross folders, or `*` to stay in one",
        )
    if "[" in name:
        try:
            check_name(name)
        except ValueError as error:
            raise PatternError(f"{error} in `{text}`", "write `[[]` for a literal `[`") from None


@lru_cache(maxsize=256)
def _escaped_folder(folder: str) -> str:
    """Return a folder's path as a pattern that matches it alone."""
    return WILDCARD.sub(r"[\g<0>]", folder)


def _as_written(pattern: PathPattern) -> str:
    return f"{pattern.text}/" if pattern.directory else pattern.text
