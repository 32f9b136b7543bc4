"""The forms of secret values."""

import base64
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.engine.secret_forms import forms_of

KEY = "\n".join(["-----BEGIN KEY-----", "MIIEpAIBAAKCAQEAx7" * 3, "o+w/Zq==", "-----END KEY-----"])


@pytest.mark.parametrize("value", ["", " ", "\n", "\r\n", " \t \n ", "\u00a0"])
def test_white_space_has_no_form(value: str) -> None:
    assert forms_of(value) == set()


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ("x", b"x"),
        ("'/ ", b"'/ "),
        ("a\nb", b"a\nb"),
        ("ab\n", b"ab"),
        ("\r\nab\r\n", b"ab"),
        ("ä'", b"\xc3\xa4'"),
    ],
)
def test_a_short_value_has_one_form(value: str, raw: bytes) -> None:
    assert forms_of(value) == {raw}


def test_four_bytes_have_derived_forms() -> None:
    assert forms_of("key1") == {
        b"key1",
        *(b"6b657931", b"6B657931"),
        *(b"a2V5MQ", b"a2V5MQ==", b"a2V5MQo", b"a2V5MQo="),  # at the beginning of a text
        b"tleTEK",  # after one byte; without the line end it is too short
        *(b"rZXkxCg", b"rZXkxCg=="),  # after two bytes; likewise
    }


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("p\udcffss", b"p\xffss"),
        ("pass\n", b"pass"),
        # lines
        (KEY, b"-----BEGIN KEY-----"),
        (KEY, b"o+w/Zq=="),
        (KEY, KEY.replace("\n", "\r\n").encode()),
        (KEY.replace("\n", "\r\n"), KEY.encode()),
        ("one1\r\ntwo2", b"one1"),
        ("{\n  key: 1\n}", b"key: 1"),
        ("  padded  ", b"padded"),
        # JSON
        ('quo"te\\\n\t', b'quo\\"te\\\\\\n\\t'),
        ("wörd😀", b"w\\u00f6rd\\ud83d\\ude00"),
        ('w"örd', b'w\\"\xc3\xb6rd'),
        ("a<b>&c", b"a\\u003cb\\u003e\\u0026c"),
        ("ab/cd", b"ab\\/cd"),
        # Python
        ("it's\x01", b"it's\\x01"),
        ("wörd", b"w\\xc3\\xb6rd"),
        # shells
        ("it's", b"it'\"'\"'s"),
        ("it's", b"it'\\''s"),
        ("'it''s'", b"\"'\"'it'\"''\"'s'\"'\""),
        ("it's\nö\x1b\x01\x7f", b"it\\'s\\n\xc3\xb6\\E\\001\\177"),
        ("it's\nö", b"it\\'s\\n\\303\\266"),
        ('a"b`c$d\\', b'a\\"b\\`c\\$d\\\\'),
        ("a b'c*", b"a\\ b\\'c\\*"),
        # URLs
        ("p@ss w/rd!", b"p%40ss%20w%2Frd%21"),
        ("p@ss w/rd!", b"p%40ss%20w%2frd%21"),
        ("p@ss w/rd!", b"p%40ss+w%2Frd%21"),
        ("p@ss w/rd!", b"p%40ss+w%2frd%21"),
        ("p@ss w/rd!", b"p%40ss%20w/rd%21"),
        ("p@ss w/rd!", b"p%40ss%20w%2Frd!"),
        ("wörd", b"w%C3%B6rd"),
        # hexadecimal
        ("jklmn", b"6a6b6c6d6e"),
        ("jklmn", b"6A6B6C6D6E"),
        # base64
        ("jklmn", b"amtsbW4"),
        ("jklmn", b"amtsbW4="),
        ("jklmn", b"amtsbW4K"),  # `echo jklmn | base64`
        ("????~~~~", b"Pz8_P35-fn4="),
        ("????~~~~", b"Pz8/P35+fn4="),
    ],
)
def test_form(value: str, form: bytes) -> None:
    assert form in forms_of(value)


def test_short_lines_are_no_forms() -> None:
    forms = forms_of("  abc\n}\n    \nlong enough")
    assert b"long enough" in forms
    assert not forms & {b"abc", b"  abc", b"}", b"    ", b""}


@given(st.text(st.sampled_from("aZ0 '\"\\/+~!*&<\tö😀\udcff\n"), min_size=4).filter(str.strip))
@settings(deadline=None, max_examples=100)
def test_forms_agree_with_the_libraries(value: str) -> None:
    core = value.strip("\n")
    forms = forms_of(core)
    if len(core) < 4:
        return
    raw = core.encode("utf-8", "surrogateescape")
    assert {raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw)} <= forms
    assert {quote(raw, safe="").encode(), quote(raw).encode(), quote_plus(raw).encode()} <= forms
    for written in (shlex.quote(core), repr(core), json.dumps(core), json.dumps(core, ensure_ascii=False)):
        data = written.encode("utf-8", "surrogateescape")
        assert forms & {data, data[1:-1]}


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("after", [b"", b"\n", b"x", b"xy", b"xyz"])
def test_base64_of_a_longer_text(before: int, after: bytes) -> None:
    for value in ("five5", "sixsix", "seven77", "a much longer one"):
        encoded = base64.b64encode(b"\xff\xef\xdf\xcf\xbf\xaf\x9f"[:before] + value.encode() + after)
        found = max((form for form in forms_of(value) if form in encoded), key=len, default=b"")
        # All but the characters that also depend on the neighbors; the very end depends on no neighbor.
        first = -(-8 * before // 6)
        last = 8 * (before + len(value)) // 6 if after.strip() else len(encoded)
        assert found == encoded[first:last] or last - first < 6


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(("encode", "width"), [(in_base64, 76), (in_base64, 64), (bytes.hex, 60)])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_wrapped(encode: Callable[[bytes], str], width: int, line_end: str) -> None:
    value = "0123456789" * 15
    text = encode(value.encode())
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    forms = forms_of(value)
    assert line_end.join(lines).encode() in forms
    assert {line.encode() for line in lines} <= forms
    assert len(lines) > 2


def test_wrapped_short_last_line() -> None:
    forms = forms_of("x" * 59)
    wrapped = base64.encodebytes(b"x" * 59).rstrip(b"\n")
    lines = wrapped.split(b"\n")
    assert [len(line) for line in lines] == [76, 4]
    assert {wrapped, lines[0]} <= forms
    assert lines[1] not in forms
