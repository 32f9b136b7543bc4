"""Damage to workflow files: each function takes a text as bytes and returns a damaged one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.campaign.nasty import KEYS, SCALARS

Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]

_WORD_KEY = re.compile(rb"(?m)^([ \t]*(?:- )?)([A-Za-z_][\w.-]*)(:(?=[ \n]|$))")
_VALUE = re.compile(rb"(?m)^([ \t]*(?:- )?(?:[\w.-]+:[ \t]+)?)([^\s#][^\n]*)$")
_EXPRESSION = re.compile(rb"\$\{\{[^\n]*?\}\}")
ODD_CHARACTERS = (
    *(
        b"\0",
        b"\x1b[31m",
        b"\x1b]0;x\x07",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"\x08",
        b"\r",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xf0\x9f\x98\x80",
        b"\xf4\x90\x80\x80",
        b"\x7f",
        b"\t",
    ),
)
_LONGEST = 400_000
"""A file that grew beyond this is cut: what is slow about it is its length."""


def _slice(rnd: Random, data: bytes, most: int = 60) -> tuple[int, int]:
    start = rnd.randrange(len(data) + 1)
    return start, min(len(data), start + rnd.randint(1, most))


def flip_bytes(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Replace a few bytes by any others."""
    changed = bytearray(data)
    for _ in range(rnd.randint(1, 4)):
        if changed:
            changed[rnd.randrange(len(changed))] = rnd.randrange(256)
    return bytes(changed)


def flip_punctuation(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Replace a byte by one that means something in YAML."""
    start, _ = _slice(rnd, data)
    return data[:start] + bytes([rnd.choice(b"{}[]:,-&*!|>'\"%@`#?$()=~^\t\n\r \\<")]) + data[start + 1 :]


def delete_part(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Take a part out."""
    start, end = _slice(rnd, data)
    return data[:start] + data[end:]


def repeat_part(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Repeat a part, now and then very often."""
    start, end = _slice(rnd, data)
    times = rnd.choice([1, 1, 1, 2, 30, 1000])
    return data[:end] + data[start:end] * times + data[end:]


def truncate(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Cut the end off."""
    return data[: rnd.randrange(len(data) + 1)]


def splice(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Go on with another file from somewhere on."""
    other = rnd.choice(others)
    return data[: rnd.randrange(len(data) + 1)] + other[rnd.randrange(len(other) + 1) :]


def splice_lines(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Put lines of another file somewhere."""
    lines, other = data.splitlines(keepends=True), rnd.choice(others).splitlines(keepends=True)
    if not other:
        return data
    start = rnd.randrange(len(other))
    place = rnd.randrange(len(lines) + 1)
    lines[place:place] = other[start : start + rnd.randint(1, 20)]
    return b"".join(lines)


def shuffle_lines(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Shuffle a few neighboring lines."""
    lines = data.splitlines(keepends=True)
    start = rnd.randrange(len(lines) + 1)
    part = lines[start : start + rnd.randint(2, 30)]
    rnd.shuffle(part)
    return b"".join([*lines[:start], *part, *lines[start + len(part) :]])


def repeat_lines(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Repeat a few lines, so that keys and ids stand there twice."""
    lines = data.splitlines(keepends=True)
    start = rnd.randrange(len(lines) + 1)
    part = lines[start : start + rnd.randint(1, 20)]
    return b"".join([*lines[: start + len(part)], *part, *lines[start + len(part) :]])


def indent(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Move a few lines to the right or to the left, or start them with a tab."""
    lines = data.splitlines(keepends=True)
    start = rnd.randrange(len(lines) + 1)
    way = rnd.randrange(4)
    for place in range(start, min(len(lines), start + rnd.randint(1, 8))):
        line = lines[place]
        if way == 0:
            lines[place] = b" " * rnd.randint(1, 5) + line
        elif way == 1:
            lines[place] = line.removeprefix(b" " * rnd.randint(1, 4))
        elif way == 2:
            lines[place] = b"\t" + line
        else:
            lines[place] = line.lstrip(b" ")
    return b"".join(lines)


def rename_key(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Give a key another name: one that is known, one that is nearly right, or nonsense."""
    found = list(_WORD_KEY.finditer(data))
    if not found:
        return data
    match = rnd.choice(found)
    name = match[2]
    new = rnd.choice(
        [
            rnd.choice(KEYS).encode(),
            rnd.choice(KEYS).encode(),
            name[:-1],
            name + name[-1:],
            name.upper(),
            name.replace(b"-", b"_"),
            rnd.choice(SCALARS),
        ]
    )
    return data[: match.start(2)] + new + data[match.end(2) :]


def swap_value(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Put something nasty in the place of a value."""
    found = list(_VALUE.finditer(data))
    if not found:
        return data + rnd.choice(SCALARS)
    for match in sorted(
        rnd.sample(found, min(len(found), rnd.randint(1, 3))), key=lambda each: -each.start()
    ):
        data = data[: match.start(2)] + rnd.choice(SCALARS) + data[match.end(2) :]
    return data


def damage_expression(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change an expression, or put one somewhere."""
    found = list(_EXPRESSION.finditer(data))
    if not found:
        start, _ = _slice(rnd, data)
        return data[:start] + rnd.choice([each for each in SCALARS if b"${{" in each]) + data[start:]
    match = rnd.choice(found)
    inner = rnd.choice([flip_bytes, flip_punctuation, delete_part, repeat_part])(rnd, match[0], others)
    return data[: match.start()] + inner + data[match.end() :]


def insert_character(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Put an odd character somewhere."""
    start, _ = _slice(rnd, data)
    odd = rnd.choice(ODD_CHARACTERS)
    return data[:start] + odd + data[start:]


def encode(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write the text in another encoding, or with other line ends."""
    text = data.decode("utf-8", "replace")
    way = rnd.randrange(6)
    if way < 3:
        return text.encode(["utf-16", "utf-16-le", "utf-32"][way])
    if way == 3:
        return text.encode("utf-8-sig")
    return data.replace(b"\n", [b"\r\n", b"\r"][way - 4])


def anchor(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Make an anchor of one value and aliases of others."""
    found = list(_VALUE.finditer(data))
    if len(found) < 2:
        return data
    first, *rest = sorted(rnd.sample(found, min(len(found), 4)), key=lambda each: each.start())
    for match in reversed(rest):
        new = rnd.choice([b"*here", b"*here", b"*gone", b"&here " + match[2], b"<<: *here"])
        data = data[: match.start(2)] + new + data[match.end(2) :]
    return data[: first.start(2)] + b"&here " + data[first.start(2) :]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bytes,
    flip_punctuation,
    delete_part,
    repeat_part,
    truncate,
    splice,
    splice_lines,
    shuffle_lines,
    repeat_lines,
    indent,
    rename_key,
    rename_key,
    swap_value,
    swap_value,
    swap_value,
    damage_expression,
    insert_character,
    encode,
    anchor,
)


def mutated(rnd: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return a text with one to four kinds of damage."""
    for _ in range(rnd.choice([1, 1, 1, 2, 2, 3, 4])):
        data = rnd.choice(MUTATIONS)(rnd, data, others)[:_LONGEST]
    return data
