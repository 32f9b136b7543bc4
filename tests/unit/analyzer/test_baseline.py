"""A baseline is read as it was written, and only what it does not have is new."""

import re

import pytest

from tests.support.analyses import TEXT, finding
from wfopt.analyzer.baseline import BaselineError, baseline_text, key_of, parse_baseline, without_known
from wfopt.source import SourceFile

SOURCE = SourceFile("wfopt.yml", TEXT)
FIRST, SECOND = finding(SOURCE, "build"), finding(SOURCE, "test")


def test_what_is_written_is_read() -> None:
    keys = [key_of("b.yml", SECOND), key_of("a.yml", FIRST), key_of("b.yml", SECOND)]
    text = baseline_text(keys)
    assert text == (
        '{\n  "schema": "wfopt.baseline/1",\n  "findings": [\n'
        '    {"file": "a.yml", "code": "WF301", "identity": "build"},\n'
        '    {"file": "b.yml", "code": "WF301", "identity": "test", "count": 2}\n  ]\n}\n'
    )
    assert parse_baseline(text) == {("a.yml", "WF301", "build"): 1, ("b.yml", "WF301", "test"): 2}


def test_an_empty_baseline() -> None:
    assert parse_baseline(baseline_text([])) == {}


def test_each_of_several_counts() -> None:
    known = parse_baseline(baseline_text([key_of("a.yml", FIRST)] * 2))
    assert without_known([FIRST] * 3 + [SECOND], known, "a.yml") == ([FIRST, SECOND], 2)
    assert without_known([FIRST], known, "b.yml") == ([FIRST], 0)


def test_without_an_identity_the_message_counts() -> None:
    assert key_of("a.yml", finding(SOURCE, "build", identity=""))[2] == "`build` has no `timeout`"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x", "it is no JSON: "),
        ("[" * 100_000, "it is no JSON: "),
        ("[]", "its `schema` is not `wfopt.baseline/1`"),
        ('{"schema": "wfopt.run/1"}', "its `schema` is not"),
        ('{"schema": "wfopt.baseline/1"}', "its `findings` are no list"),
        ('{"schema": "wfopt.baseline/1", "findings": [1]}', "entry 1 of its `findings` lacks a `file`"),
        (baseline_text([("a", "b", "c")] * 2).replace("2}", "0}"), "the `count` of entry 1"),
        (baseline_text([("a", "b", "c")] * 2).replace("2}", "true}"), "the `count` of entry 1"),
    ],
)
def test_what_is_no_baseline(text: str, why: str) -> None:
    with pytest.raises(BaselineError, match="^" + re.escape(why)):
        parse_baseline(text)
