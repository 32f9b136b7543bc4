"""What a code means, for `--explain`."""

from __future__ import annotations

from wfopt.codes import Code
from wfopt.render.paint import Paint, Style


def explanation(code: Code, docstring: str | None, paint: Paint) -> str:
    """Return what a code means, with a line end.

    Args:
        code: the code.
        docstring: the docstring of the check that reports it, or None if no check does.
        paint: how to color it.
    """
    lines = [paint(f"{code.number} {code.name}", Style.BOLD), "", f"{code.summary}"]
    text = dedented(docstring or "")
    if text:
        lines += ["", text]
    return "\n".join(lines) + "\n"


def dedented(docstring: str) -> str:
    r"""Return a docstring without the indentation of its class.

    >>> dedented("One.\n\n    Two.\n        three\n    ")
    'One.\n\nTwo.\n    three'
    """
    first, *others = docstring.strip().splitlines() or [""]
    indents = [len(line) - len(line.lstrip()) for line in others if line.strip()]
    cut = min(indents, default=0)
    return "\n".join([first.strip(), *(line[cut:].rstrip() for line in others)]).strip()
