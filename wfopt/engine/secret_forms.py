"""The forms in which programs print a secret value: as it is, escaped, encoded.

Every function returns forms as bytes, the way they stand in the output of a program. Characters which are no
secret, such as the quotes around a shell word, belong to no form: what stands between them may be longer.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Iterator

SHORTEST_DERIVED = 4
"""Values of fewer bytes have no form but their own: the others would be found everywhere by chance."""
SHORTEST_LINE = 4
"""Characters a line of a value must have to be a form."""
SHORTEST_BASE64 = 6
"""Characters of base64 there must be for a form."""
SHORTEST_WRAPPED = 8
"""Characters a line of a wrapped encoding must have to be a form."""
BASE64_COLUMNS = (76, 64)
"""Where base64 is wrapped: by `base64` and MIME, by `openssl` and PEM."""
HEX_COLUMNS = (60,)
"""Where hexadecimal digits are wrapped: by `xxd -p`."""

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_PERCENT_ENCODED = (
    rb"[^A-Za-z0-9_.~-]",  # Python's quote with nothing safe, curl, Go
    rb"[^A-Za-z0-9_.~/-]",  # Python's quote as it comes
    rb"[^A-Za-z0-9_.~!'()*-]",  # encodeURIComponent of JavaScript
)
_JSON_ESCAPED: tuple[dict[int, str], ...] = (
    {},
    str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"}),  # as Go writes it
    str.maketrans({"/": r"\/"}),  # as PHP writes it
)
_OCTAL = {code: f"\\{code:03o}" for code in (*range(32), *range(127, 256))}
_LETTERS = {ord(char): rf"\{letter}" for char, letter in zip("\a\b\t\n\v\f\r\x1b", "abtnvfrE", strict=True)}
_ANSI_C = _OCTAL | _LETTERS | str.maketrans({"\\": r"\\", "'": r"\'"})
_ANSI_C_OF_UNICODE = {code: escape for code, escape in _ANSI_C.items() if code < 128}
_DOUBLE_QUOTED = str.maketrans({char: rf"\{char}" for char in '"\\$`'})
_BACKSLASHED = str.maketrans({char: rf"\{char}" for char in " '\"\\|&;()<>!{}*[?]^$`,"})


def forms_of(value: str) -> set[bytes]:
    """Return the forms of a value; none if it is empty or nothing but white space.

    Line ends around the value are no part of it. Base64 of a longer text that holds the value is found where
    it is not wrapped; of its first and last character up to 4 bits belong to the value's neighbors, and these
    two characters are in no form.

    Args:
        value: Unicode text; bytes that are not UTF-8 stand as `surrogateescape` writes them.

    Raises:
        UnicodeEncodeError: the value contains other surrogates.
    """
    core = value.strip("\r\n")
    if not core.strip():
        return set()
    raw = _encode(core)
    if len(raw) < SHORTEST_DERIVED:
        return {raw}
    unix = core.replace("\r\n", "\n")
    forms = {_encode(line) for line in map(str.strip, unix.split("\n")) if len(line) >= SHORTEST_LINE}
    for text in {core, unix, unix.replace("\n", "\r\n")}:
        data = _encode(text)
        forms.add(data)
        forms.update(map(_encode, (*_quoted(text), *_shell_escaped(text))))
        forms.update(_percent_encoded(data))
        forms.update(_hexadecimal(data))
        forms.update(_base64(data))
        forms.update(_wrapped_base64(data))
    return forms


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _quoted(text: str) -> Iterator[str]:
    """Yield what stands between the quotes of a string of JSON and of Python."""
    for ascii_only in (True, False):
        quoted = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield from (quoted.translate(table) for table in _JSON_ESCAPED)
    yield repr(text)[1:-1]
    yield repr(_encode(text))[2:-1]


def _shell_escaped(text: str) -> Iterator[str]:
    """Yield what stands between the quotes of a shell word, in each way to write a quote inside."""
    yield text.replace("'", "'\"'\"'")  # `shlex.quote`
    yield re.sub("'+", "'\"\\g<0>\"'", text).strip("'")  # dash
    yield text.replace("'", r"'\''")  # bash
    # What bash writes in `$'...'` in traces (`set -x`) when there are control characters.
    yield text.translate(_ANSI_C_OF_UNICODE)
    yield _encode(text).decode("latin-1").translate(_ANSI_C)
    yield text.translate(_DOUBLE_QUOTED)  # `export -p` of bash
    yield text.translate(_BACKSLASHED)  # `printf %q` of bash


def _percent_encoded(data: bytes) -> Iterator[bytes]:
    for pattern in _PERCENT_ENCODED:
        for encoded in (re.sub(pattern, _percent_upper, data), re.sub(pattern, _percent_lower, data)):
            yield encoded
            yield encoded.replace(b"%20", b"+")


def _percent_upper(byte: re.Match[bytes]) -> bytes:
    return b"%%%02X" % ord(byte[0])


def _percent_lower(byte: re.Match[bytes]) -> bytes:
    return b"%%%02x" % ord(byte[0])


def _hexadecimal(data: bytes) -> Iterator[bytes]:
    for encoded in (data.hex().encode(), data.hex().upper().encode()):
        yield encoded
        yield from _wrapped(encoded, HEX_COLUMNS)


def _base64(data: bytes) -> Iterator[bytes]:
    """Yield the encodings after 0, 1 and 2 other bytes (all that matters, as 3 bytes make 4 characters).

    A form leaves out the characters that depend on what stands before or after the data. Where the data is
    the end of the encoded text, with or without a line end of its own, the last character and the padding
    are known as well.
    """
    for before in range(3):
        first = (8 * before + 5) // 6
        last = 8 * (before + len(data)) // 6
        for after in (b"", b"\n"):
            encoded = binascii.b2a_base64(bytes(before) + data + after, newline=False)
            for form in (encoded[first:last], encoded[first:].rstrip(b"="), encoded[first:]):
                if len(form.rstrip(b"=")) >= SHORTEST_BASE64:
                    yield form
                    yield form.translate(_URL_SAFE)


def _wrapped_base64(data: bytes) -> Iterator[bytes]:
    for after in (b"", b"\n"):
        yield from _wrapped(binascii.b2a_base64(data + after, newline=False), BASE64_COLUMNS)


def _wrapped(encoded: bytes, columns: tuple[int, ...]) -> Iterator[bytes]:
    """Yield what does not fit in one line: all lines together, and each by itself."""
    for width in columns:
        lines = [encoded[start : start + width] for start in range(0, len(encoded), width)]
        if len(lines) > 1:
            yield b"\n".join(lines)
            yield b"\r\n".join(lines)
            yield from (line for line in lines if len(line) >= SHORTEST_WRAPPED)
