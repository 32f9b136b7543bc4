"""Shells and machines."""

import pytest

from wfopt.formats.github.shells import SHELLS, UNSET, is_hosted, machine_of


def test_the_shell_that_is_not_named_has_no_pipefail() -> None:
    assert SHELLS[""] == UNSET
    assert "pipefail" not in UNSET.argv
    assert "pipefail" in SHELLS["bash"].argv


@pytest.mark.parametrize(
    ("labels", "machine", "hosted"),
    [
        ((), "", True),
        (("ubuntu-latest",), "", True),
        (("",), "", True),
        (("self-hosted", "Linux"), "", False),
        (("self-hosted", "Windows"), "Windows", False),
        (("macos-14-xlarge",), "macos-14-xlarge", True),
    ],
)
def test_machines(labels: tuple[str, ...], machine: str, hosted: bool) -> None:
    assert (machine_of(labels), is_hosted(labels)) == (machine, hosted)
