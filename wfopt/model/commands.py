"""A simple command of a shell script, and how scripts are taken apart into commands.

This is a tolerant splitter, not a shell: what it cannot make sense of it passes over. It never raises, and
takes time in proportion to the script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import ClassVar

from wfopt.dataclass import dataclass

DEEPEST = 3
"""How many `$(...)` within each other are looked into."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_ARRAY = re.compile(r"[A-Za-z_]\w*\+?=$")
_HEADS = frozenset({"if", "then", "else", "elif", "while", "until", "do", "!", "{"})
_LISTS = frozenset({"for", "select", "case"})
_TAILS = frozenset({"fi", "done", "esac", "}"})
_TOKEN = re.compile(
    r"""(?P<blank>(?:[ \t\r]|\\\r?\n)+)
    |(?P<newline>\n)
    |(?P<plain>[^\s'"$`\\;&|()<>\#{}\d]+)
    |(?P<quoted>'[^']*'?)
    |(?P<doubled>"[^"\\$`]*(?:\\.[^"\\$`]*)*")
    |(?P<opened>")
    |(?P<template>\$?\{\{[^\n]{0,200}?\}\})
    |(?P<substitution>[$<>]\(|`)
    |(?P<variable>\$(?:\{[^}\n]{0,200}\}|\w+|[@*\#?$!-])?)
    |(?P<heredoc>\d*<<-?(?!<)[ \t]*(?P<mark>\\?\w+|'[^'\n]*'|"[^"\n]*"))
    |(?P<redirect>(?:\d+|&)?(?:>>|>\||>&|<&|<<<|<>|>|<))
    |(?P<operator>;;&?|;&|&&|\|\||\|&|[;&|()])
    |(?P<comment>\#)
    |(?P<escape>\\.)
    |(?P<number>\d+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_IN_QUOTES = re.compile(r"(?P<text>[^\"\\$`]+)|\\(?P<kept>.)|(?P<opening>\$\(|`)|(?P<end>\")|.", re.DOTALL)
_BRACKETS = re.compile(r"['\"()]|\\.", re.DOTALL)

# Programs that run the program behind them, and those of their options that take a value of their own.
_WRAPPERS = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-U", "-D"}),
    "time": frozenset({"-f", "-o"}),
    "env": frozenset({"-u", "-C", "-S"}),
    "xargs": frozenset({"-n", "-P", "-I", "-L", "-d", "-a", "-s", "-E"}),
    "nice": frozenset({"-n"}),
    "nohup": frozenset[str](),
    "exec": frozenset({"-a"}),
    "command": frozenset[str](),
    "timeout": frozenset({"-k", "-s"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A simple command: a program and its arguments.

    Attributes:
        words: the program and its arguments, without quotes and redirections.
        line: the 0-based line of the script on which it starts.
        assignments: what is set for it alone, such as `CI=1`; all there is if `words` is empty.
        reads: the files that it is redirected from.
        writes: the files that it is redirected to.
        dynamic: whether a part of it is only known when it runs: a variable, a substitution, an expression.
    """

    words: tuple[str, ...]
    line: int = 0
    assignments: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    dynamic: bool = False

    @property
    def bare(self) -> tuple[str, ...]:
        """The words without what only runs the rest, such as `sudo` or `env X=1`."""
        return _bare(self.words)

    @property
    def program(self) -> str:
        """The name of the program without its folder, or ""."""
        return self.bare[0].rpartition("/")[2] if self.bare else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the program is given."""
        return self.bare[1:]


@lru_cache(maxsize=32_768)
def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    rest = words
    while rest and (name := rest[0].rpartition("/")[2]) in _WRAPPERS:
        at = 1
        while at < len(rest) and (rest[at].startswith("-") or _is_set(rest[at], name)):
            at += 2 if rest[at] in _WRAPPERS[name] else 1
        rest = rest[at + (name == "timeout") :]
    return rest


def _is_set(word: str, wrapper: str) -> bool:
    return wrapper in {"env", "sudo"} and _ASSIGNMENT.match(word) is not None


def split(text: str, line: int = 0, depth: int = 0) -> list[Command]:
    """Return the commands of a script in their order, those of `$(...)` before their own.

    Args:
        text: the script.
        line: the line on which it starts, 0-based.
        depth: in how many `$(...)` it stands.
    """
    splitter = _Splitter(text, line, depth)
    splitter.run()
    return splitter.found


class _Draft:
    """A command that is being read."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.line = 0
        self.dynamic = False

    @property
    def is_test(self) -> bool:
        """Whether it is an open `[[`, in which operators are words."""
        words = self.words
        return "[[" in words[:3] and words[-1] != "]]"

    def add(self, word: str, redirect: str, line: int) -> None:
        """Take a word; `redirect` is the operator in front of it, or ""."""
        if not redirect:
            self.line = self.line if self.words else line
            self.words.append(word)
        elif redirect.endswith("<"):
            self.reads += [word] * (not redirect.endswith("<<<"))
        elif not word.startswith("/dev/") and not (
            redirect.endswith("&") and word.strip("0123456789") in {"", "-"}
        ):
            self.writes.append(word)

    def command(self) -> Command | None:
        """Return the command; None if there is none, only words of a loop or condition."""
        words = self.words[2:] if self.words[:1] == ["function"] else self.words
        while words and words[0] in _HEADS:
            words = words[1:]
        if words and (words[0] in _LISTS or words[0] in _TAILS):
            words = []
        if not words and not self.reads and not self.writes:
            return None
        count = 0
        while count < len(words) and _ASSIGNMENT.match(words[count]):
            count += 1
        return Command(
            words=tuple(words[count:]),
            line=self.line,
            assignments=tuple(words[:count]),
            reads=tuple(self.reads),
            writes=tuple(self.writes),
            dynamic=self.dynamic,
        )


class _Splitter:
    """Goes through a script once, token by token."""

    def __init__(self, text: str, line: int, depth: int) -> None:
        self.text = text
        self.line = line
        self.depth = depth
        self.at = 0
        self.found: list[Command] = []
        self._draft = _Draft()
        self._word: list[str] | None = None
        self._redirect = ""
        self._marks: list[str] = []
        self._cases = 0
        self._in_label = False
        self._is_unclosed = False

    def run(self) -> None:
        """Read to the end."""
        while token := _TOKEN.match(self.text, self.at):
            start, self.at = self.at, token.end()
            kind = token.lastgroup or "other"
            handler = self._HANDLERS.get("heredoc" if kind == "mark" else kind)
            if handler is None:
                self._put(token[0])
            else:
                handler(self, token)
            self.line += self.text.count("\n", start, self.at)
        self._end_command()

    def _put(self, text: str, *, dynamic: bool = False) -> None:
        if self._word is None:
            self._word = []
        self._word.append(text)
        self._draft.dynamic = self._draft.dynamic or dynamic

    def _end_word(self) -> None:
        if self._word is None:
            return
        self._draft.add("".join(self._word), self._redirect, self.line)
        self._word, self._redirect = None, ""
        words = self._draft.words
        if words[-1:] == ["in"] and len(words) >= 3 and words[-3] == "case":
            self._cases += 1
            self._start_label()
        elif words == ["esac"]:
            self._cases = max(0, self._cases - 1)
            self._in_label = False

    def _start_label(self) -> None:
        self._draft = _Draft()
        self._in_label = True

    def _end_command(self) -> None:
        self._end_word()
        command = None if self._in_label else self._draft.command()
        if command is not None:
            self.found.append(command)
        self._draft, self._redirect = _Draft(), ""

    def _blank(self, _token: re.Match[str]) -> None:
        self._end_word()

    def _newline(self, _token: re.Match[str]) -> None:
        self._end_command()
        for mark in self._marks:
            self._skip_heredoc(mark)
        self._marks.clear()

    def _skip_heredoc(self, mark: str) -> None:
        """Go behind the line that holds only the mark, or to the end."""
        found = re.compile(rf"^[\t ]*{re.escape(mark)}[ \t\r]*(?:\n|\Z)", re.MULTILINE).search(
            self.text, self.at
        )
        self.at = found.end() if found else len(self.text)

    def _quoted(self, token: re.Match[str]) -> None:
        self._put(token[0][1:].removesuffix("'"))

    def _doubled(self, token: re.Match[str]) -> None:
        self._put(re.sub(r"\\([\"\\$`\n])", r"\1", token[0][1:-1], flags=re.DOTALL))

    def _opened(self, _token: re.Match[str]) -> None:
        """Read the rest of a double-quoted text that holds more than text."""
        self._put("")
        for part in iter(lambda: _IN_QUOTES.match(self.text, self.at), None):
            self.at = part.end()
            if part["end"]:
                return
            if part["opening"]:
                self._substitution(part)
            else:
                self._put(part["text"] or part["kept"] or part[0], dynamic=part[0] == "$")

    def _dynamic(self, token: re.Match[str]) -> None:
        self._put(token[0], dynamic=True)

    def _substitution(self, token: re.Match[str]) -> None:
        start = token.start()
        inside = self.at
        end = self._closing(token[0])
        if end < 0:
            self._put(token[0], dynamic=True)
            return
        self.at = end + 1
        self._put(self.text[start : self.at], dynamic=True)
        is_list = token[0] == "(" or self.text.startswith("(", inside)
        if self.depth < DEEPEST and not is_list:
            self.found += split(self.text[inside:end], self.line, self.depth + 1)

    def _closing(self, opening: str) -> int:
        """Return where the bracket or backtick that was just opened is closed, or -1."""
        if opening == "`":
            return self.text.find("`", self.at)
        if self._is_unclosed:
            return -1
        is_quoted = [False]
        at = self.at
        while found := _BRACKETS.search(self.text, at):
            at = found.end()
            mark = found[0]
            if mark == '"':
                is_quoted[-1] = not is_quoted[-1]
            elif is_quoted[-1]:
                is_quoted += [False] * (mark == "(" and self.text[at - 2] == "$")
            elif mark == "'":
                at = 1 + self.text.find("'", at) or len(self.text)
            elif mark == "(":
                is_quoted.append(False)
            elif mark == ")":
                is_quoted.pop()
                if not is_quoted:
                    return at - 1
        # One search to the end is enough: the next ones would not find more.
        self._is_unclosed = True
        return -1

    def _heredoc(self, token: re.Match[str]) -> None:
        self._end_word()
        self._marks.append(token["mark"].strip("\\'\""))

    def _set_redirect(self, token: re.Match[str]) -> None:
        if self._draft.is_test:
            self._put(token[0])
            return
        self._end_word()
        self._redirect = token[0]

    def _operator(self, token: re.Match[str]) -> None:
        mark = token[0]
        if mark == "(" and self._word is not None and _ARRAY.match("".join(self._word)):
            self._substitution(token)
        elif self._draft.is_test:
            self._put(mark)
        elif self._in_label:
            self._end_command()
            self._in_label = mark != ")"
        elif mark == "(" and (self._word is not None or self._draft.words):
            # The name of a function: its body follows.
            self._word, self._draft = None, _Draft()
        else:
            self._end_command()
            self._in_label = self._cases > 0 and mark.startswith(";;")

    def _comment(self, _token: re.Match[str]) -> None:
        if self._word is not None:
            self._put("#")
            return
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def _escape(self, token: re.Match[str]) -> None:
        self._put(token[0][1:])

    _HANDLERS: ClassVar[Mapping[str, Callable[[_Splitter, re.Match[str]], None]]] = {
        "blank": _blank,
        "newline": _newline,
        "quoted": _quoted,
        "doubled": _doubled,
        "opened": _opened,
        "template": _dynamic,
        "variable": _dynamic,
        "substitution": _substitution,
        "heredoc": _heredoc,
        "redirect": _set_redirect,
        "operator": _operator,
        "comment": _comment,
        "escape": _escape,
    }
