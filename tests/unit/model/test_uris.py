"""Paths as parts of URIs."""

from urllib.parse import quote, unquote_to_bytes

import pytest

from wfopt.model.uris import escaped


@pytest.mark.parametrize("path", ["/a/b-c_d.e~0/Z", "a b?c#d%e&f=g", "/grün/\udcff\n", ""])
def test_what_is_special_is_escaped(path: str) -> None:
    found = escaped(path)
    assert found == quote(path, errors="surrogateescape")
    assert unquote_to_bytes(found).decode("utf-8", "surrogateescape") == path
