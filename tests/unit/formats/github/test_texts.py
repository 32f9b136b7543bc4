"""Texts with expressions in them."""

from tests.support.github_files import mapping
from wfopt.formats.github.texts import Broken, split, split_condition, warn_of_broken
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Literal, Reference

SHA = Reference("github", ("sha",))


def test_a_text_is_split_at_its_expressions() -> None:
    assert split("a ${{ github.sha }}b").parts == ("a ", SHA, "b")
    assert split("${{github.sha}}${{ 'a }}' }}").parts == (SHA, Literal("a }}"))
    assert split("plain $${x}").parts == ("plain $${x}",)
    assert split("").parts == ()


def test_a_text_knows_what_it_mentions() -> None:
    assert split("${{ github.sha }} ${{ secrets.A }} ${{ ( }}").mentions == {"github.sha", "secrets.A"}


def test_what_cannot_be_read_stays_as_it_is() -> None:
    assert split("x ${{ a").parts == ("x ", Broken("${{ a", "`${{` is never closed", 2))
    assert split("${{  a b }}").parts == (Broken("a b", "the end is expected, not `b`", 7),)


def test_a_condition_needs_no_braces() -> None:
    assert split_condition(" github.sha\n").parts == (SHA,)
    assert split_condition("${{ github.sha }}").parts == (SHA,)
    assert split_condition("${{ github.sha }}\n").parts == (SHA, "\n")
    assert split_condition("  ").parts == ()


def test_warnings_point_at_the_character() -> None:
    node = mapping("a: x\nif: echo ${{ a b }}\n")
    problems = Problems()
    value = node.get("if")
    assert value is not None
    warn_of_broken([(value, split("echo ${{ a b }}")), (node, split("${{"))], problems)
    places = [each.primary.span[1:3] for each in problems.found if each.primary]
    assert places == [(2, 16), (1, 1)]
