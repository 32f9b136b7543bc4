"""Rows of texts that can be told apart."""

from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.cache.framing import framed


def read_back(data: bytes) -> list[bytes | None]:
    """Undo `framed`: what can be read back is different for different rows."""
    parts: list[bytes | None] = []
    while data:
        if data[:1] == b"-":
            parts.append(None)
            data = data[1:]
            continue
        digits, _, data = data.partition(b":")
        parts.append(data[: int(digits)])
        data = data[int(digits) :]
    return parts


PARTS = st.none() | st.binary(max_size=12) | st.text(alphabet="-:0123ab", max_size=5).map(str.encode)


@settings(max_examples=50)
@given(st.lists(PARTS, max_size=6))
def test_rows_can_be_read_back(parts: list[bytes | None]) -> None:
    assert read_back(framed(parts)) == parts


@settings(max_examples=50)
@given(st.lists(st.lists(PARTS, max_size=3), max_size=4))
def test_rows_in_rows_can_be_read_back(rows: list[list[bytes | None]]) -> None:
    outer = read_back(framed(framed(row) for row in rows))
    assert [read_back(row) for row in outer if row is not None] == rows


@settings(max_examples=50)
@given(st.text(st.characters(), max_size=6), st.text(st.characters(), max_size=6))
def test_different_texts_differ(one: str, other: str) -> None:
    assert (framed([one]) == framed([other])) is (one == other)


def test_bytes_that_are_not_text_keep_their_difference() -> None:
    assert framed([b"\xff".decode("utf-8", "surrogateescape")]) != framed(["ÿ"])
