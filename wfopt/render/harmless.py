"""Text that a terminal cannot misunderstand.

What a step prints, and what stands in a file, may hold anything: sequences that move the cursor, set the
window's title or answer as if somebody typed, and characters that reorder the text around them.
"""

from __future__ import annotations


def harmless(text: str) -> str:
    r"""Return `text` as one line in which every character but the tab is printable.

    >>> print(harmless("a\nb\u202e"))
    a\x0ab\u202e
    """
    if text.isascii() and text.isprintable():
        return text
    from wfopt.render.escaping import escaped  # noqa: PLC0415 - most text is plain

    return escaped(text)
