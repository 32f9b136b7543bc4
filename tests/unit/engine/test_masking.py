"""Masking secrets in output and messages."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.engine.masking import MaskedStream, Masker
from wfopt.engine.secret_forms import forms_of

TOKEN = "tok/en+'Ünique'?"
KEY = "-----BEGIN KEY-----\n" + "MIIEpAIBAAKCAQEAx7" * 9 + "\n-----END KEY-----"


def masker(*secrets: str) -> Masker:
    made = Masker()
    for secret in secrets:
        made.add(secret)
    return made


def fed(stream: MaskedStream, chunks: Iterable[bytes]) -> bytes:
    return b"".join([*map(stream.feed, chunks), stream.flush()])


def cut(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    return [data[start:stop] for start, stop in pairwise([0, *sorted(cuts), len(data)])]


def everywhere(form: bytes, data: bytes) -> Iterator[re.Match[bytes]]:
    return re.finditer(b"(?=" + re.escape(form) + b")", data)


def expected(data: bytes, secrets: Iterable[str]) -> bytes:
    """Mask without regard to speed: every byte is marked that belongs to any form."""
    forms = set().union(*map(forms_of, secrets))
    spans = sorted(
        (found.start(), found.start() + len(form)) for form in forms for found in everywhere(form, data)
    )
    merged: list[tuple[int, int]] = []
    for start, stop in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    gaps = pairwise([0, *(place for span in merged for place in span), len(data)])
    return b"***".join([data[start:stop] for start, stop in gaps][::2])


def test_nothing_to_mask() -> None:
    idle = masker("", " \n")
    assert not idle.active
    assert idle.text("text") == "text"
    stream = idle.stream()
    assert stream.feed(b"data") == b"data"
    assert stream.flush() == b""


def test_active() -> None:
    assert masker("x").active


@pytest.mark.parametrize("secret", [TOKEN, "plain", KEY])
def test_every_form_at_every_cut(secret: str) -> None:
    knowing = masker(TOKEN, "plain", KEY)
    for form in forms_of(secret):
        data = b"[" + form + b"]"
        # Of the forms of a long value, which are alike, about 10 cuts will do.
        cuts = range(0, len(data) + 1, max(len(data) // 10, 1)) if secret == KEY else range(len(data) + 1)
        assert {fed(knowing.stream(), cut(data, [place])) for place in cuts} == {b"[***]"}
        assert fed(knowing.stream(), [form]) == b"***"


@pytest.mark.parametrize(
    ("secrets", "data", "shown"),
    [
        (["secret"], b"a secret b", b"a *** b"),
        (["secret"], b"secretsecret", b"******"),
        (["secret"], b"secre secret", b"secre ***"),
        (["secret"], b"sesecret", b"se***"),
        (["secret"], b"ends with secre", b"ends with secre"),
        (["abcd", "abcdef"], b"abcdef abcde abcd abc", b"*** ***e *** abc"),
        (["abcdef", "cd"], b"abcdef abcde bcd", b"*** ab***e b***"),
        (["abcdef", "f"], b"abcdef f", b"*** ***"),
        (["password1", "1password"], b"password1password, 1password1", b"***, ***"),
        (["aba"], b"ababa abaaba aba", b"*** ****** ***"),
        (["aaaa"], b"aaa aaaa aaaaaaaaa", b"aaa *** ***"),
        (["abcabcabcabc"], b"abcabcabcabcabc abcabcabcabc", b"*** ***"),
        (["ab", "bc", "cd"], b"abcd abd bcd", b"*** ***d ***"),
        (["x"], b"xyxx", b"***y******"),
        (["a.c", "x|y"], b"abc a.c x x|y", b"abc *** x ***"),
        (["longest!"], b"x6c6f6e6765737421", b"x***"),
        (["\udcff\udcfe"], b"\xff\xfe\xff", b"***\xff"),
        (["one line\nanother"], b"another\r\none line\nanother\n", b"***\r\n***\n"),
    ],
)
def test_any_two_cuts(secrets: list[str], data: bytes, shown: bytes) -> None:
    assert expected(data, secrets) == shown
    knowing = masker(*secrets)
    for cuts in combinations(range(len(data) + 1), 2):
        assert fed(knowing.stream(), cut(data, cuts)) == shown
    assert fed(knowing.stream(), [bytes([byte]) for byte in data]) == shown


@pytest.mark.parametrize(
    ("secrets", "feeds"),
    [
        (["secret"], [(b"log", b"log"), (b" sec", b" "), (b"ond", b"second"), (b"", b""), (b"s", b"")]),
        (["a long secret"], [(b"for a", b"for "), (b" long", b""), (b" text", b"a long text")]),
        (["a long secret"], [(b"a long secret", b"***"), (b"a long secre", b"")]),
        (["abcd", "bc"], [(b"abc", b""), (b"e", b"a***e")]),
        (["abcd", "abcdef"], [(b"abcd", b""), (b"e", b""), (b"!", b"***e!")]),
        (["abcdab"], [(b"abcdab", b"***"), (b"cd", b""), (b"!", b"cd!")]),
        (["abcdab"], [(b"abcdab", b"***"), (b"cd", b""), (b"ab", b""), (b"!", b"!")]),
    ],
)
def test_only_beginnings_are_held_back(secrets: list[str], feeds: list[tuple[bytes, bytes]]) -> None:
    stream = masker(*secrets).stream()
    assert [(data, stream.feed(data)) for data, _ in feeds] == feeds


def test_rest() -> None:
    stream = masker("secret", "sec").stream()
    assert [stream.feed(b"my secr"), stream.flush(), stream.flush()] == [b"my ", b"***r", b""]
    assert [stream.feed(b"my secr"), stream.feed(b"et"), stream.flush()] == [b"my ", b"***", b""]


def test_secrets_learned_during_a_run() -> None:
    learning = masker()
    early = learning.stream()
    assert early.feed(b"late sec") == b"late sec"
    learning.add("later")
    assert early.feed(b"later, fi") == b"***, fi"
    assert early.feed(b" fir") == b" fir"
    learning.add("later")
    learning.add("first")
    assert early.feed(b"st first later fi") == b"st *** *** "
    learning.add("final")
    assert early.feed(b"nal") == b"***"
    assert early.flush() == b""


def test_streams_are_separate() -> None:
    knowing = masker("secret")
    first, second = knowing.stream(), knowing.stream()
    assert first.feed(b"sec") == b""
    assert second.feed(b"ret") == b"ret"
    assert first.feed(b"ret") == b"***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("has tökén inside", "has *** inside"),
        ("tökén", "***"),
        ("tök", "tök"),
        (json.dumps({"key": "tökén"}), '{"key": "***"}'),
        ("\udcff tökén \udcfe", "\udcff *** \udcfe"),
        ("\ud800tökén\udfff", "\ud800***\udfff"),
        ("\udcc3\udca4 stays", "\udcc3\udca4 stays"),
        ("", ""),
    ],
)
def test_text(text: str, shown: str) -> None:
    assert masker("tökén").text(text) == shown


def test_values_with_any_surrogate() -> None:
    knowing = masker("se\udcffcret", "half\ud800other")
    assert knowing.text("a se\udcffcret half\ud800other") == "a *** ***\ud800***"
    assert fed(knowing.stream(), [b"se\xff", b"cret"]) == b"***"


def test_basic_authentication() -> None:
    header = b"Authorization: Basic " + base64.b64encode(b"user:tokentoken")
    assert fed(masker("tokentoken").stream(), [header]) == b"Authorization: Basic dXNlcjp***"


SECRETS = st.lists(
    st.text(st.sampled_from("ab'/ ö\n"), min_size=1, max_size=10) | st.text(max_size=30),
    min_size=1,
    max_size=3,
).map(lambda secrets: [secret for secret in secrets if "*" not in secret and not has_lone(secret)])


def has_lone(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[str], list[bytes]]:
    """Draw secrets and chunks of an output made of their forms, of parts of these and of anything else."""
    secrets = draw(SECRETS)
    forms = sorted(set().union(*map(forms_of, secrets))) or [b"none"]
    form = st.sampled_from(forms)
    part = st.builds(
        lambda whole, start, size: whole[start:][:size], form, st.integers(0, 3), st.integers(1, 20)
    )
    other = st.binary(max_size=6) | st.text("ab'/ \n", max_size=6).map(str.encode)
    data = b"".join(draw(st.lists(form | part | other, max_size=12)))
    cuts = draw(st.lists(st.integers(0, len(data)), max_size=8))
    return secrets, cut(data.replace(b"*", b"+"), cuts)


@given(runs())
@settings(deadline=None, max_examples=60)
def test_any_output_in_any_chunks(run: tuple[list[str], list[bytes]]) -> None:
    secrets, chunks = run
    knowing = masker(*secrets)
    longest = max((len(form) for secret in secrets for form in forms_of(secret)), default=1)
    stream = knowing.stream()
    pieces = []
    for chunk in chunks:
        pieces.append(stream.feed(chunk))
        assert len(stream._held) < longest
    shown = b"".join([*pieces, stream.flush()])
    assert shown == expected(b"".join(chunks), secrets)
    assert [form for secret in secrets for form in forms_of(secret) if form in shown] == []


@given(st.lists(st.binary(max_size=20), max_size=10))
@settings(deadline=None, max_examples=50)
def test_output_without_secrets_is_left_alone(chunks: list[bytes]) -> None:
    stream = masker("no such value", KEY).stream()
    assert fed(stream, chunks) == b"".join(chunks)
