"""How params reach the environment."""

import pytest

from wfopt.model.params import variable


@pytest.mark.parametrize(
    ("name", "expected"),
    [("size", "WFOPT_PARAM_SIZE"), ("build-type", "WFOPT_PARAM_BUILD_TYPE"), ("a_1", "WFOPT_PARAM_A_1")],
)
def test_params_have_variables(name: str, expected: str) -> None:
    assert variable(name) == expected
