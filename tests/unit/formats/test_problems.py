"""What is wrong with a file, collected."""

import pytest

from wfopt.codes import WRONG_TYPE
from wfopt.errors import LoadError
from wfopt.formats.positions import parse_yaml
from wfopt.formats.problems import GIVE_UP, LIMIT, Problems
from wfopt.source import SourceFile


def test_after_very_many_errors_nobody_looks_for_more() -> None:
    problems, node = Problems(), parse_yaml(SourceFile("wfopt.yml", "a: 1\n"))[0]
    for number in range(GIVE_UP - 1):
        problems.error(WRONG_TYPE, f"error {number}", node)
    with pytest.raises(LoadError) as caught:
        problems.error(WRONG_TYPE, "the last one", node)
    assert len(caught.value.diagnostics) == LIMIT
