"""Variables of GitLab pipelines inside the values of others."""

from __future__ import annotations

from tests.support.yaml_texts import parsed
from wfopt.formats.gitlab import variables
from wfopt.formats.gitlab.variables import MAX_LENGTH, Expander, Variable, fill, mentions, read_variables


def expanded(known: dict[str, str] | None = None, **texts: str) -> dict[str, str]:
    return Expander().expanded({name: Variable(text) for name, text in texts.items()}, known or {})


def test_variables_are_filled_in_however_deep_they_stand() -> None:
    assert expanded(A="$B/$C", B="b", C="${B}c") == {"A": "b/bc", "B": "b", "C": "bc"}


def test_what_is_not_known_stays_as_it_is_written() -> None:
    assert expanded({"X": "x"}, A="$X $Y ${Z} $$X $1") == {"A": "x $Y ${Z} $X $1"}


def test_a_circle_ends() -> None:
    assert expanded(A="$B", B="$A", C="$C") == {"A": "$A", "B": "$A", "C": "$C"}


def test_a_value_does_not_explode() -> None:
    doubled = {f"V{n}": f"$V{n + 1}$V{n + 1}" for n in range(18)}
    found = expanded(**doubled, V18="x" * 100)
    assert max(map(len, found.values())) <= MAX_LENGTH
    assert len(found["V17"]) == 200


def test_all_values_together_do_not_explode() -> None:
    expander = Expander()
    known = {"BIG": "x" * 30_000}
    total = 0
    for _ in range(700):
        total += len(expander.expanded({"A": Variable("$BIG")}, known)["A"])
    assert total < variables.MAX_FILLED + 10_000


def test_forms_of_variables() -> None:
    root = parsed(
        'A: 1.10\nB: {value: x, expand: false}\nC: {description: d}\nD:\nE: [1]\n"a b": 1\nF: {value: }\n'
    )
    found = read_variables(root)
    assert found == {
        "A": Variable("1.10"),
        "B": Variable("x", expands=False),
        "D": Variable(""),
        "F": Variable(""),
    }


def test_texts() -> None:
    assert mentions("$A ${B} $$C $A") == ("A", "B")
    assert fill("$A $B", {"A": "1"}) == "1 $B"
