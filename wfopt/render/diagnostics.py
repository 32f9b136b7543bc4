"""Messages to the user as text: what is wrong, where, why, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from wfopt.errors import Diagnostic, Label, Severity
from wfopt.render.cells import text_width
from wfopt.render.harmless import harmless
from wfopt.render.paint import SEVERITY_STYLES, Paint, Style
from wfopt.render.snippet import excerpt
from wfopt.render.words import counted

DEFAULT_WIDTH = 120


def render(diagnostic: Diagnostic, paint: Paint, *, width: int = DEFAULT_WIDTH) -> str:
    """Return a message as lines of text, without a line end behind the last.

    Args:
        diagnostic: the message.
        paint: whether and how to color it.
        width: how many columns a source line may take, its line number included; the message itself is
            never cut or wrapped.
    """
    return "\n".join(_lines(diagnostic, paint, width))


def render_all(diagnostics: Iterable[Diagnostic], paint: Paint, *, width: int = DEFAULT_WIDTH) -> str:
    """Return messages in the given order with empty lines between them, and a line that counts them.

    There is no line end behind the last line; without a message the text is empty.
    """
    given = tuple(diagnostics)
    if not given:
        return ""
    return "\n\n".join([*(render(each, paint, width=width) for each in given), summary(given)])


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return how many messages of each severity there are, such as `3 errors, 1 warning`."""
    counts = Counter(each.severity for each in diagnostics)
    return ", ".join(counted(counts[severity], severity.value) for severity in Severity if counts[severity])


def _lines(diagnostic: Diagnostic, paint: Paint, width: int) -> Iterator[str]:
    style = SEVERITY_STYLES[diagnostic.severity]
    word = paint(f"{diagnostic.severity.value}[{diagnostic.code.number}]", style)
    yield f"{word}{paint(': ' + harmless(diagnostic.message), Style.BOLD)}"
    labels = [*([diagnostic.primary] if diagnostic.primary else []), *diagnostic.related]
    gutter = max((len(str(label.span.line)) for label in labels), default=1)
    margin = " " * gutter
    if diagnostic.primary:
        yield f"{margin}{paint('-->', Style.DIM)} {harmless(str(diagnostic.primary.span))}"
        yield paint(f"{margin} |", Style.DIM)
        yield from _snippet(diagnostic.primary, paint, gutter, width, ("^", style))
    elif diagnostic.file is not None:
        yield f"{margin}{paint('-->', Style.DIM)} {harmless(diagnostic.file)}"
    for label in diagnostic.related:
        yield f"{margin}{paint(':::', Style.DIM)} {harmless(str(label.span))}"
        yield paint(f"{margin} |", Style.DIM)
        yield from _snippet(label, paint, gutter, width, ("-", Style.NOTE))
    if labels and (diagnostic.causes or diagnostic.hints):
        yield paint(f"{margin} |", Style.DIM)
    for word, sentences in (("cause", diagnostic.causes), ("hint", diagnostic.hints)):
        for sentence in sentences:
            yield f"{margin} {paint(f'= {word}:', Style.BOLD)} {harmless(sentence)}"


def _snippet(label: Label, paint: Paint, gutter: int, width: int, mark: tuple[str, Style]) -> Iterator[str]:
    """Yield the source line and the line with the marks and the label under it."""
    span = label.span
    line = span.source.line(span.line)
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    room = max(width - gutter - len(" | "), 20)
    part = excerpt(line, span.column - 1, end, room)
    bar = paint(" |", Style.DIM)
    yield f"{paint(str(span.line).rjust(gutter), Style.DIM)}{bar} {part.text}".rstrip()
    sign, style = mark
    under = f"{' ' * gutter}{bar} {' ' * part.offset}{paint(sign * part.length, style)}"
    text = harmless(label.text)
    if part.offset + part.length + 1 + text_width(text) <= room or not text:
        yield f"{under} {paint(text, style)}".rstrip()
        return
    # A label that does not fit behind its marks stands below them, as far to the right as it can.
    yield under
    indent = max(0, min(part.offset, room - text_width(text)))
    yield f"{' ' * gutter}{bar} {' ' * indent}{paint(text, style)}"
