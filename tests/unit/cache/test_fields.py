"""From a step to what its key is made of."""

import os
from pathlib import Path

import pytest

from tests.support.builders import step
from tests.support.reusing import making
from tests.support.step_fields import STORE_KEY, reads
from wfopt.cache.fields import VOLATILE, Surroundings, fields_of, this_platform
from wfopt.cache.key import Extra, step_key
from wfopt.model.patterns import PathPattern
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import CacheExtra

AROUND = Surroundings(platform=("Linux", "x86_64"))


def test_everything_is_passed_on() -> None:
    extra = Extra(CacheExtra.TEXT, "v", "v")
    made = making("o")
    around = Surroundings(
        platform=("a", "b"), namespace="n", secrets=("S",), secret_texts=lambda: ("sesame",)
    )
    found = fields_of(made, Resolved(run="make", env={"A": "1"}), reads("i=1"), (extra,), around)
    assert (found.run, found.shell, found.env) == ("make", ("sh", "-c"), {"A": "1"})
    assert (found.inputs, found.outputs) == (reads("i=1"), (PathPattern("o"),))
    assert (found.extras, found.platform, found.namespace) == ((extra,), ("a", "b"), "n")
    assert (found.secrets, found.secret_values) == (frozenset({"S"}), ("sesame",))
    own = fields_of(
        step("a", cwd="sub", capture="c", secrets=("T",)), Resolved(run=("x",)), reads(), (), around
    )
    assert (own.run, own.shell, own.cwd, own.capture) == (("x",), (), "sub", "c")
    assert own.secrets == {"S", "T"}


@pytest.mark.parametrize("name", sorted(VOLATILE))
def test_how_a_step_runs_does_not_count(name: str) -> None:
    resolved = [Resolved(run=f"echo ${name}", env={name: value}) for value in ("1", "2")]
    keys = {step_key(fields_of(making(), each, reads(), (), AROUND), STORE_KEY) for each in resolved}
    assert len(keys) == 1


def test_the_platform_is_that_of_the_system() -> None:
    assert this_platform() == (os.uname().sysname, os.uname().machine)
    assert Path("/proc").exists() is (this_platform()[0] == "Linux")
