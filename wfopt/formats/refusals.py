"""What wfopt refuses in YAML that a parser would accept, in words."""

from __future__ import annotations

from wfopt.codes import DUPLICATE_KEY, NO_STEPS, TOO_COMPLEX, YAML_SYNTAX
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.formats.nodes import ScalarNode
from wfopt.source import SourceFile, Span

_STANDARD_TAGS = "tag:yaml.org,2002:"


def empty(source: SourceFile) -> Diagnostic:
    """The file has no content."""
    message = "the file holds only comments" if source.text.strip() else "the file is empty"
    return Diagnostic(
        code=NO_STEPS, message=message, file=source.name, hints=("a workflow needs at least one step",)
    )


def second_document(at: Span, limit: int = 1) -> Diagnostic:
    """More documents follow than a file may hold."""
    if limit > 1:
        return Diagnostic(
            code=TOO_COMPLEX,
            message=f"the file holds more than {limit} YAML documents",
            primary=Label(at, "`---` separates documents"),
        )
    return Diagnostic(
        code=YAML_SYNTAX,
        message="a second YAML document starts here",
        primary=Label(at, "`---` separates documents"),
        hints=("a file holds one document: remove the `---`, or split the file",),
    )


def too_deep(at: Span, limit: int) -> Diagnostic:
    """Too many collections stand inside each other."""
    return Diagnostic(
        code=TOO_COMPLEX,
        message=f"the file is nested more than {limit} levels deep",
        primary=Label(at, "the limit is passed here"),
    )


def too_many_nodes(at: Span, limit: int) -> Diagnostic:
    """The file holds too many values as written."""
    return Diagnostic(
        code=TOO_COMPLEX,
        message=f"the file holds more than {limit:,} values",
        primary=Label(at, "the limit is passed here"),
        hints=("split the file",),
    )


def too_large_expanded(at: Span, limit: int) -> Diagnostic:
    """The file holds too many values once every alias is counted at full size."""
    return Diagnostic(
        code=TOO_COMPLEX,
        message=f"the file holds more than {limit:,} values when its aliases are expanded",
        primary=Label(at, "the limit is passed here"),
        hints=("use fewer aliases of what holds aliases itself",),
    )


def too_many_aliases(at: Span, limit: int) -> Diagnostic:
    """The file uses too many aliases."""
    return Diagnostic(
        code=TOO_COMPLEX,
        message=f"the file uses more than {limit:,} aliases",
        primary=Label(at, "the limit is passed here"),
    )


def too_many_directives(source: SourceFile, limit: int) -> Diagnostic:
    """The file declares too many tag prefixes."""
    return Diagnostic(
        code=TOO_COMPLEX,
        message=f"the file has more than {limit:,} `%TAG` directives",
        file=source.name,
        hints=("remove them: wfopt reads no custom tags",),
    )


def undefined_alias(at: Span, name: str) -> Diagnostic:
    """An alias names an anchor that does not stand before it."""
    name = shortened(name)
    return Diagnostic(
        code=YAML_SYNTAX,
        message=f"the alias `*{name}` has no anchor `&{name}` before it",
        primary=Label(at, "`*` starts a YAML alias"),
        hints=(f"if it is a glob, quote it: `'*{name}'`",),
    )


def recursive_alias(at: Span, name: str, anchor: Span) -> Diagnostic:
    """An alias stands inside what it stands for."""
    name = shortened(name)
    return Diagnostic(
        code=YAML_SYNTAX,
        message=f"the alias `*{name}` stands inside what it refers to",
        primary=Label(at, "would repeat without end"),
        related=(Label(anchor, f"`&{name}` is this"),),
    )


def collection_as_key(at: Span) -> Diagnostic:
    """A list or a mapping stands where a key must be."""
    return Diagnostic(
        code=YAML_SYNTAX,
        message="a key must be a plain value, not a list or a mapping",
        primary=Label(at, "used as a key"),
        hints=("quote it; templates need quotes: `'{{ x }}'`",),
    )


def unknown_tag(at: Span, written: str, tag: str) -> Diagnostic:
    """A value has a tag."""
    written = shortened(written)
    if tag.startswith(_STANDARD_TAGS):
        return Diagnostic(
            code=YAML_SYNTAX,
            message=f"the tag `{written}` is not supported",
            primary=Label(at, "a YAML tag"),
            hints=("remove it; to make text of a number, quote the number or use `!!str`",),
        )
    return Diagnostic(
        code=YAML_SYNTAX,
        message=f"unknown tag `{written}`",
        primary=Label(at, "`!` starts a YAML tag"),
        hints=(f"if the `!` belongs to the value, quote the whole value: `'{written}'`",),
    )


def unusable_escape(at: Span) -> Diagnostic:
    """A quoted value spells a character that no program can be given."""
    return Diagnostic(
        code=YAML_SYNTAX,
        message="an escape in this value stands for no usable character",
        primary=Label(at, "half of a surrogate pair, or NUL"),
        hints=("write the character itself, or `\\U` and eight digits, such as `\\U0001F680`",),
    )


def duplicate_key(key: ScalarNode, first: ScalarNode, severity: Severity) -> Diagnostic:
    """A key stands twice in one mapping."""
    return Diagnostic(
        code=DUPLICATE_KEY,
        severity=severity,
        message=f"the key `{shortened(key.text)}` stands twice in one mapping",
        primary=Label(key.span, "replaces the earlier one"),
        related=(Label(first.span, "first written here"),),
        hints=("merge the two, or rename one",),
    )


def shortened(text: str) -> str:
    """Return a text that fits into a message."""
    return text if len(text) <= 60 else text[:57] + "..."
