"""Variables on several levels."""

from tests.support.github_files import mapping
from tests.support.model_text import template_text
from wfopt.formats.github.environment import Environment, extended
from wfopt.formats.github.scope import Scope

TOP = extended(Environment(), mapping("A: '${{ secrets.A }}'\nB: b\nC: '${{ github.ref }}'\nL: [x]"), Scope())


def test_values_are_translated() -> None:
    assert {name: template_text(value) for name, value in TOP.values.items()} == {
        "A": "${{ service['secrets.A'] }}",
        "B": "b",
        "C": "${{ env['GITHUB_REF'] }}",
    }
    assert (TOP.unknown, TOP.secret) == ({"A": "secrets.A"}, ("A",))
    assert TOP.mentions == {"secrets.A", "github.ref"}


def test_what_only_the_service_knows_is_not_set() -> None:
    assert list(TOP.known) == ["B", "C"]


def test_a_level_replaces_those_above() -> None:
    below = extended(TOP, mapping("A: known"), Scope())
    assert (below.unknown, below.secret) == ({}, ())
    assert below.known is below.values
    assert extended(TOP, None, Scope()) is TOP
    assert extended(TOP, mapping("{}"), Scope()) is TOP
