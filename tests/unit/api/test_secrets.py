"""Secrets that are known before a run: who knows them, and where they must not stand."""

import pytest

from tests.support.builders import step, workflow
from wfopt.api.secrets import masker_of, refuse_secret_ids, without_secrets
from wfopt.codes import SECRET_IN_ID
from wfopt.errors import UserError
from wfopt.model.expressions import Template
from wfopt.model.workflow import Workflow

ENVIRON = {"TOKEN": "hunter22", "OTHER": "no secret"}


def secretive(*values: str) -> Workflow:
    steps = [step(f"t[v={value}]", definition="t", cell=(("v", value),)) for value in values]
    return workflow(steps, secrets=("TOKEN",))


def test_the_environment_and_the_variables_of_steps_give_secrets() -> None:
    env = {"KEY": Template.plain("from the file"), "UNSET": None}
    masker = masker_of(
        workflow([step("a", env=env, secrets=("KEY", "UNSET"))], secrets=("TOKEN", "GONE")), ENVIRON
    )
    assert masker.text("hunter22, from the file, no secret") == "***, ***, no secret"


def test_without_secrets_nothing_is_masked() -> None:
    assert not masker_of(workflow(["a"]), ENVIRON).active


def test_ids_that_hold_a_secret_are_refused_without_showing_it() -> None:
    made = secretive("hunter22", "fine", "x-hunter22")
    with pytest.raises(UserError) as caught:
        refuse_secret_ids(made, masker_of(made, ENVIRON))
    (told,) = caught.value.diagnostics
    assert told.code is SECRET_IN_ID
    assert "hunter22" not in str(caught.value)


def test_other_ids_are_fine() -> None:
    made = secretive("fine")
    refuse_secret_ids(made, masker_of(made, ENVIRON))
    refuse_secret_ids(secretive("hunter22"), masker_of(secretive("hunter22"), {}))


def test_what_is_listed_holds_no_secret() -> None:
    made = Workflow(
        name="hunter22",
        description="uses hunter22",
        steps=(step("a", description="hunter22!"),),
        params={"key": "hunter22"},
        param_descriptions={"key": "as hunter22"},
        secrets=("TOKEN",),
    )
    shown = without_secrets(made, ENVIRON)
    assert "hunter22" not in repr(shown)
    assert shown.params == {"key": "***"}
    assert without_secrets(made, {}) is made
