"""Data that stands in a page cannot leave its element."""

import json

import pytest

from wfopt.render.html.embedding import json_in_html, source_hash

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "]]>",
    "&lt;",
    "line\u2028and\u2029paragraph",
    "https://example.org//a",
    'quote " and \\ and \\/',
    "\ud800 alone",
    "///",
    "日本 🦆",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_comes_back_as_it_was(text: str) -> None:
    assert json.loads(json_in_html({"a": [text], text: 1})) == {"a": [text], text: 1}


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_left_that_html_or_a_script_could_take_for_its_own(text: str) -> None:
    embedded = json_in_html([text])
    assert not set(embedded) & set("<>&\u2028\u2029")
    assert "//" not in embedded
    assert embedded.encode("utf-8")


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_in_html([float("nan")])


def test_a_hash_is_that_of_the_text_as_utf_8() -> None:
    # Checked with: printf 'é' | openssl dgst -sha256 -binary | base64
    assert source_hash("é") == "'sha256-SplVfkAzw1Od4utlRyAXytX5VX96BiWgnxw/biumnEw='"
