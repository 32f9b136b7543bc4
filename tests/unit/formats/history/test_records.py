"""JSON documents as objects that know where they stand."""

from __future__ import annotations

import pytest

from wfopt.codes import BAD_HISTORY, TOO_COMPLEX, WRONG_TYPE
from wfopt.errors import UserError
from wfopt.formats.history import records
from wfopt.formats.history.records import MAX_PROBLEMS, Problems, Record, parse_json, records_of, shown
from wfopt.source import SourceFile


def record(**fields: object) -> Record:
    return Record(fields, "", Problems("f.json"))


def complaints(of: Record) -> list[str]:
    try:
        of.problems.raise_any()
    except UserError as error:
        return [each.message for each in error.diagnostics]
    return []


def source(text: str) -> SourceFile:
    return SourceFile("f.json", text)


def test_fields_of_the_right_kind_are_read() -> None:
    found = record(a="x", b=2, c=[{"d": None}], e={"f": ["g", "h"]}, i="2025-03-01T10:00:00Z", j=1.5)
    assert found.text("a") == "x"
    assert found.number("b", most=2) == 2.0
    assert found.size("j", scale=1000) == 1500
    assert found.records("c")[0].path == "c[0]"
    assert found.moment("i") == 1740823200.0
    inner = found.record("e")
    assert inner is not None
    assert inner.texts("f") == ["g", "h"]
    assert inner.at("f") == "e.f"
    assert complaints(found) == []


def test_absent_fields_are_nothing() -> None:
    found = record(a=None)
    assert (found.text("a"), found.text("b")) == ("", "")
    assert found.number("a", most=1) is None
    assert (found.size("a"), found.moment("a"), found.record("a")) == (None, None, None)
    assert (found.records("a"), found.texts("a")) == ([], [])
    assert not found.has("a", "b")
    assert complaints(found) == []


def test_of_several_names_the_first_that_is_there_counts() -> None:
    found = record(old=1, new=None, newer="x")
    assert found.number("new", "old", most=5) == 1.0
    assert found.name_of("new", "old") == "old"
    assert found.name_of("gone", "lost") == "gone"
    assert found.has("new", "old")


def test_an_empty_text_is_nothing() -> None:
    assert not record(a="").has("a")
    assert record(a=0).has("a")


@pytest.mark.parametrize(
    ("value", "method", "message"),
    [
        (3, "text", "`a` must be text, not a number"),
        (["x"], "text", "`a` must be text, not a list"),
        (True, "number", "`a` must be a number, not true or false"),
        ("3", "number", "`a` must be a number, not text"),
        (-1, "number", "`a` is negative: -1"),
        (float("-inf"), "number", "`a` is negative: -inf"),
        (11, "number", "`a` is more than 10"),
        (10**400, "number", "`a` is more than 10"),
        (float("inf"), "number", "`a` is more than 10"),
        ({}, "records", "`a` must be a list, not an object"),
        ([3], "records", "`a[0]` must be an object, not a number"),
        ([None], "records", "`a[0]` must be an object, not null"),
        ([3], "texts", "`a[0]` must be text, not a number"),
        ([], "record", "`a` must be an object, not a list"),
        (5, "moment", "`a` must be a date and time, not a number"),
        ("soon", "moment", "`a` is not a date and time: `soon`"),
        ("x" * 1001, "text", "`a` is longer than 1,000 characters"),
    ],
)
def test_what_cannot_be_used_is_noted_and_counts_as_absent(value: object, method: str, message: str) -> None:
    found = record(a=value)
    options = {"most": 10} if method == "number" else {}
    assert not getattr(found, method)("a", **options)
    assert complaints(found) == [message]


def test_names_have_no_control_characters() -> None:
    assert record(a="x\0y\n\ud800z").text("a") == "x\ufffdy\ufffd\ufffdz"


def test_types_have_a_code_of_their_own() -> None:
    found = record(a=3, b=-1)
    found.text("a")
    found.number("b", most=1)
    with pytest.raises(UserError) as caught:
        found.problems.raise_any()
    assert [each.code for each in caught.value.diagnostics] == [WRONG_TYPE, BAD_HISTORY]
    assert {each.file for each in caught.value.diagnostics} == {"f.json"}


def test_problems_are_told_up_to_a_limit() -> None:
    problems = Problems("f.json")
    with pytest.raises(UserError) as caught:
        records_of([1] * 1000, "a", problems)
    assert len(caught.value.diagnostics) == MAX_PROBLEMS


def test_a_refusal_tells_what_was_found_before() -> None:
    problems = Problems("f.json")
    problems.add("one")
    assert [each.message for each in problems.refusal("two").diagnostics] == ["one", "two"]


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    assert parse_json(source('{"a": 1, "a": 2}')) == {"a": 2}


def test_syntax_errors_have_a_place() -> None:
    with pytest.raises(UserError) as caught:
        parse_json(source('{"a": 1,\n "b": x}'))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "not JSON: expecting value"
    assert str(diagnostic.primary and diagnostic.primary.span) == "f.json:2:7"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[NaN]", "not JSON: a number cannot be used: `NaN`"),
        ("[-Infinity]", "not JSON: a number cannot be used: `-Infinity`"),
        ("[" * 100_000, "the file is nested too deep"),
    ],
)
def test_other_trouble_has_words(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_json(source(text))
    assert [each.message for each in caught.value.diagnostics] == [message]


def test_a_document_may_not_hold_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_VALUES", 4)
    assert parse_json(source("[1, [2], 3]")) == [1, [2], 3]
    with pytest.raises(UserError) as caught:
        parse_json(source("[1, [2], {}]"))
    assert [each.code for each in caught.value.diagnostics] == [TOO_COMPLEX]


def test_long_texts_are_cut_in_messages() -> None:
    assert shown("x" * 60) == "x" * 60
    assert shown("x" * 61) == "x" * 57 + "..."
