"""Which files are native, told by their names or their first key."""

import pytest

from wfopt.formats.recognizing import is_named_native, says_native


@pytest.mark.parametrize(
    ("path", "native"),
    [
        ("wfopt.yml", True),
        ("/a/wfopt.yaml", True),
        ("ci.wfopt.yml", True),
        ("a/b.wfopt.yaml", True),
        ("mywfopt.yml", False),
        (".github/workflows/ci.yml", False),
    ],
)
def test_names(path: str, *, native: bool) -> None:
    assert is_named_native(path) is native


@pytest.mark.parametrize(
    ("text", "native"),
    [("# x\nwfopt: 1\n", True), ("'wfopt' : 1", True), (" wfopt: 1", False), ("on: push\n", False)],
)
def test_texts(text: str, *, native: bool) -> None:
    assert says_native(text) is native
