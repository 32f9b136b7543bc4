"""How jobs ended, in words."""

import pytest

from wfopt.formats.github.scope import Finished, both, either
from wfopt.model.expressions import Literal, Reference, evaluate

JOB = Finished(definitions=("a/1", "a/2"))


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        ("succeeded", "succeeded", "success"),
        ("succeeded", "skipped", "success"),
        ("failed", "skipped", "failure"),
        ("failed", "cancelled", "failure"),
        ("succeeded", "cancelled", "cancelled"),
        ("skipped", "skipped", "skipped"),
    ],
)
def test_the_result_of_a_job_follows_from_its_steps(first: str, second: str, word: str) -> None:
    contexts = {"needs": {"a/1": {"status": first}, "a/2": {"status": second}}}
    assert evaluate(JOB.result, contexts, {}) == word
    for other in ("success", "failure", "cancelled", "skipped", "unheard-of"):
        assert evaluate(JOB.was(other), contexts, {}) == (other == word)


def test_joining_leaves_out_what_does_not_matter() -> None:
    one = Reference("env", ("A",))
    assert both() == Literal(value=True)
    assert both(one, Literal(value=True)) == one
    assert either(Literal(value=False), one) == one
    assert either() == Literal(value=False)
