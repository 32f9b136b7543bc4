"""Text in XML documents."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from wfopt.render.xml_text import attribute, content

ANY_TEXT = st.text(alphabet=st.characters())


def legal(text: str) -> str:
    """Return a text as a reader must get it: what is illegal in XML 1.0 replaced, all else as it was."""

    def fits(mark: str) -> bool:
        number = ord(mark)
        return (
            number in (9, 10, 13) or 32 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD or number > 0xFFFF
        )

    return "".join(mark if fits(mark) else "\ufffd" for mark in text)


@given(ANY_TEXT)
def test_a_reader_gets_back_whatever_may_stand_there(text: str) -> None:
    # The tests' own text is no foreign input.
    element = ET.fromstring(f"<a b={attribute(text)}>{content(text)}</a>")  # noqa: S314
    assert (element.text or "") == legal(text)
    assert element.get("b") == legal(text)


def test_control_bytes_and_halves_of_pairs_are_replaced() -> None:
    assert content("\x1b[31m\0\ud800\ufffe") == "\ufffd[31m\ufffd\ufffd\ufffd"
    assert attribute('"\t<&>\r\n') == '"&quot;&#9;&lt;&amp;&gt;&#13;&#10;"'
