"""Turns what PyYAML raises into one message that says where, what and what to do.

PyYAML has two parsers, one in C and one in Python, which word the same problem differently. What counts is
therefore what both have in common, and the text at the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from wfopt.codes import YAML_SYNTAX
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, Label
from wfopt.formats.refusals import shortened, unusable_escape
from wfopt.formats.trouble import Trouble, span_at, trouble_of
from wfopt.source import SourceFile

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_KEY = 1024
"""Characters; YAML 1.2.2, section 7.4.2: a parser need not look further for the `:`."""

_BLOCK_SCALAR = "use a block scalar: `|` after the key and the text, indented, on the next lines"
_QUOTE_GLOBS = "quote globs: `'*.py'`, `'[ab]*.txt'`, `'{a,b}'`"


def explain(error: Exception, source: SourceFile, bracket: int | None = None) -> Diagnostic:
    """Return the message for an exception that PyYAML raised while it read a file.

    Args:
        error: the exception.
        source: the file.
        bracket: the offset of the innermost bracket that is open where the parser gave up, if any.
    """
    trouble = trouble_of(error, source) if isinstance(error, yaml.MarkedYAMLError) else None
    if trouble is None:
        return _explain_unmarked(error, source)
    if bracket is not None and not trouble.character and trouble.since == trouble.at:
        return _bracket(replace(trouble, since=bracket))
    for complaint, explanation in _TRAPS:
        if re.search(complaint, trouble.complaint):
            found = explanation(trouble)
            if found is not None:
                return found
    return trouble.report(
        f"malformed YAML: {trouble.complaint.rpartition(': ')[2]}",
        "not understood",
        related=trouble.since_label("what is being read starts here"),
    )


def _explain_unmarked(error: Exception, source: SourceFile) -> Diagnostic:
    found = _UNPRINTABLE.search(source.text)
    if found is not None:
        return Diagnostic(
            code=YAML_SYNTAX,
            message=f"the character U+{ord(found[0]):04X} may not stand in YAML",
            primary=Label(span_at(source, found.start()), "cannot be printed"),
            hints=("remove it; inside double quotes an escape such as `\\x1b` can stand for it",),
        )
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return Diagnostic(code=YAML_SYNTAX, message=f"malformed YAML: {reason}", file=source.name)


def _tab(t: Trouble) -> Diagnostic | None:
    if t.character != "\t":
        return None
    return t.report("a tab stands where YAML needs spaces", "a tab", "replace tabs by spaces")


def _reserved(t: Trouble) -> Diagnostic:
    shown = "a backtick" if t.character == "`" else f"`{t.character}`"
    return t.report(f"a value cannot start with {shown}", "reserved in YAML", "quote the value", _QUOTE_GLOBS)


def _alias(t: Trouble) -> Diagnostic:
    return t.report("`*` starts a YAML alias, and this is none", "not an alias", _QUOTE_GLOBS, at=t.since)


def _anchor(t: Trouble) -> Diagnostic:
    return t.report(
        "`&` starts a YAML anchor, and this is none",
        "not an anchor",
        "quote the whole value",
        _BLOCK_SCALAR,
        at=t.since,
    )


def _brace_in_brackets(t: Trouble) -> Diagnostic | None:
    if t.character != "{":
        return None
    text = t.source.text
    start = t.at - 1 if t.before.endswith("$") else t.at
    opening = "${{ }}" if text.startswith("${{", start) else "${ }" if start < t.at else "{ }"
    return t.report(
        f"`{opening}` cannot stand unquoted inside a list or mapping in brackets",
        "needs quotes here",
        "quote the item, or write one item a line (block style)",
        at=start,
        related=t.since_label("the brackets open here"),
    )


def _bracket(t: Trouble) -> Diagnostic:
    opening = t.source.text[t.since : t.since + 1]
    closing = "]" if opening == "[" else "}"
    if t.character and not t.is_on_later_line:
        return t.report(
            f"expected `,` or `{closing}`",
            "neither",
            "quote items with special characters",
            related=t.since_label("the brackets open here"),
        )
    return t.report(
        f"`{opening}` is not closed",
        "opened here",
        f"add the missing `{closing}`, or a `,` between two items",
        at=t.since,
        related=t.at_label(f"`,` or `{closing}` was expected here"),
    )


def _quote(t: Trouble) -> Diagnostic:
    quote = t.source.text[t.since : t.since + 1]
    hint = "add the closing quote"
    if quote == "'":
        hint += "; an apostrophe inside single quotes is written twice"
    return t.report(
        f"`{quote}` is not closed", "opened here", hint, at=t.since, related=t.at_label("read up to here")
    )


def _no_character(t: Trouble) -> Diagnostic:
    return unusable_escape(span_at(t.source, t.source.text.rfind("\\", t.since, t.at + 1)))


def _escape(t: Trouble) -> Diagnostic:
    start = t.source.text.rfind("\\", t.since, t.at + 1)
    return t.report(
        f"`{t.source.text[start : start + 2]}` starts no valid escape in double quotes",
        "not an escape",
        "use single quotes, or write the backslash twice",
        at=start,
    )


def _colon(t: Trouble) -> Diagnostic:
    before = t.before.lstrip(" -?")
    if len(before) > _LONGEST_KEY:
        return t.report(
            f"a key may have at most {_LONGEST_KEY:,} characters", "the key ends here", "shorten the key"
        )
    if ": " in before:
        return t.report(
            "`: ` cannot stand in an unquoted value",
            "starts another key",
            _BLOCK_SCALAR,
            "or quote the value",
        )
    return t.report(
        "a key cannot stand here",
        "this line continues the value above",
        "put a space after the `:` or `-` above, or correct the indentation",
        f"for a text of several lines, {_BLOCK_SCALAR}",
    )


def _key(t: Trouble) -> Diagnostic:
    lines = t.source.text[t.since :].splitlines()
    return t.report(
        f"`{shortened(lines[0].strip())}` is not followed by `:`",
        "neither a key nor part of the value above",
        "write `key: value`; indent a line that continues the value above",
        at=t.since,
    )


def _block_header(t: Trouble) -> Diagnostic:
    return t.report(
        "the text of a block scalar starts on the next line",
        "not expected here",
        "put only `|` or `>` behind the key, and the text, indented, on the next lines",
        related=t.since_label("the block scalar starts here"),
    )


def _dash(t: Trouble) -> Diagnostic:
    return t.report(
        "a list item cannot stand here",
        "a list item",
        "start the list on a line of its own",
        "or quote the value",
    )


def _tag(t: Trouble) -> Diagnostic:
    return t.report(
        "`!` starts a YAML tag, and this is none wfopt knows",
        "a tag",
        "quote the whole value: `'!cancelled()'`",
        at=t.since,
    )


def _content(t: Trouble) -> Diagnostic:
    return t.report(
        f"a value cannot start with `{t.character}`" if t.character else "a value is missing",
        "not a value",
        "quote the value",
    )


def _behind_value(t: Trouble) -> Diagnostic | None:
    before = t.before.rstrip()
    if before.endswith(("'", '"')):
        hints: tuple[str, ...] = ("quote the whole value, not a part of it", _BLOCK_SCALAR)
        if before.endswith("'"):
            hints = (*hints, "an apostrophe inside single quotes is written twice")
        return t.report("text follows the closing quote", "not part of the value", *hints)
    if before.endswith("}}"):
        return t.report(
            "text follows the closing `}}`", "not part of the value", "quote templates: `'{{ x }}'`"
        )
    if before.endswith(("]", "}")):
        message = f"text follows the closing `{before[-1]}`"
        return t.report(message, "not part of the value", _QUOTE_GLOBS)
    return None


def _indentation(t: Trouble) -> Diagnostic:
    expected = "a key" if "block mapping" in t.complaint else "an item that starts with `- `"
    return t.report(
        "this does not belong to the block above",
        f"expected {expected}",
        "keys of one mapping, and items of one list, start in the same column",
        related=t.since_label("the block starts here"),
    )


def _directive(t: Trouble) -> Diagnostic:
    return t.report(
        "this `%` line cannot be used",
        "a YAML directive",
        "remove the line; wfopt needs no directives",
        at=min(t.at, t.since),
    )


def _second_value(t: Trouble) -> Diagnostic:
    return t.report(
        "the document has ended before this line",
        "not expected",
        "check the indentation, and that each key above is followed by `:`",
    )


_Explanation = Callable[[Trouble], Diagnostic | None]

# The first that matches and has an answer wins. The tab comes first: the parsers report it in many guises.
_TRAPS: tuple[tuple[str, _Explanation], ...] = (
    ("", _tab),
    ("cannot start any token", _reserved),
    ("scanning an alias", _alias),
    ("scanning an anchor", _anchor),
    ("parsing a flow (sequence|mapping)", _brace_in_brackets),
    ("parsing a flow (sequence|mapping)", _bracket),
    ("quoted scalar: found unexpected (end of stream|document)", _quote),
    ("Unicode character escape", _no_character),
    ("escape (character|sequence)|hex\\w+ number", _escape),
    ("mapping values are not allowed", _colon),
    ("could not find expected ':'", _key),
    ("scanning a block scalar", _block_header),
    ("sequence entries are not allowed", _dash),
    ("tag handle|scanning a tag", _tag),
    ("node content", _content),
    ("parsing a block (mapping|collection)", _behind_value),
    ("parsing a block (mapping|collection)", _indentation),
    ("directive|YAML document", _directive),
    ("<document start>", _second_value),
)
