"""What the expressions of a step ask for."""

from tests.support.builders import step
from wfopt.dataclass import replace
from wfopt.model.asking import asked_by, values_asked_by
from wfopt.model.expressions import Reference, Template
from wfopt.model.workflow import Argv, Opaque, Script, Shell

OUT, STATUS, ENV = (
    Reference("needs", ("a/b", "out", "x")),
    Reference("needs", ("c", "status")),
    Reference("env", ("HOME",)),
)


def test_all_parts_of_a_step_are_looked_at() -> None:
    text = Template(("say ", OUT))
    made = step("s", run=Script(text, Shell("sh", ("sh", "-c"))), env={"E": Template((ENV,)), "N": None})
    made = replace(made, condition=STATUS, allow_failure=ENV)
    assert asked_by(made) == (ENV, OUT, STATUS, ENV)
    assert values_asked_by(made) == ("a/b",)


def test_what_runs_in_the_place_of_something_else_counts() -> None:
    run = Opaque(what="x", why="y", stand_in=Argv((Template((OUT,)), Template.plain("z"))))
    assert asked_by(replace(step("s"), run=run)) == (OUT,)
    assert asked_by(replace(step("s"), run=Opaque(what="x", why="y"))) == ()
