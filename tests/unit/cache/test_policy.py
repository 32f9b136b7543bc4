"""How a run is asked to use the cache."""

import pytest

from wfopt.cache.policy import USUAL_POLICY, USUAL_SIZE, Mode


@pytest.mark.parametrize(("word", "mode"), [("rw", Mode.RW), ("ro", Mode.RO), ("off", Mode.OFF)])
def test_modes_have_the_words_of_the_command_line(word: str, mode: Mode) -> None:
    assert Mode(word) is mode


def test_unless_somebody_asks_results_are_used_and_kept_without_limits_of_age() -> None:
    assert (USUAL_POLICY.mode, USUAL_POLICY.folder, USUAL_POLICY.namespace) == (Mode.RW, "", "")
    assert (USUAL_POLICY.force, USUAL_POLICY.forced, USUAL_POLICY.ttl_s) == (False, (), None)
    assert USUAL_POLICY.size_limit == USUAL_SIZE == 10 * 2**30
