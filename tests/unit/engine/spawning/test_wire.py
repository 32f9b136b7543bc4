"""Messages on a stream of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.engine.spawning import wire

fields = st.lists(st.binary(max_size=20).map(lambda field: field.replace(b"\0", b"")), min_size=1, max_size=5)


def test_frames_a_message() -> None:
    assert wire.frame([b"ab", b"", b"c"]) == b"\x00\x00\x00\x05ab\x00\x00c"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_puts_pieces_together(size: int) -> None:
    messages = [[b"a", b"bc"], [b""], [b"x" * 300]]
    stream = b"".join(map(wire.frame, messages))
    inbox = wire.Inbox()
    read = [
        message
        for start in range(0, len(stream), size)
        for message in inbox.feed(stream[start : start + size])
    ]
    assert read == messages


@given(st.lists(fields, max_size=5), st.integers(1, 50))
def test_whatever_is_sent_arrives(messages: list[list[bytes]], cut: int) -> None:
    stream = b"".join(map(wire.frame, messages))
    inbox = wire.Inbox()
    assert inbox.feed(stream[:cut]) + inbox.feed(stream[cut:]) == messages
