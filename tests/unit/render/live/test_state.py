"""What the live display knows of a run after its events."""

import pytest

from tests.support.live_stories import story
from wfopt.codes import LEFT_BEHIND
from wfopt.errors import Diagnostic, Severity
from wfopt.events import Noticed
from wfopt.render.live.choice import Move
from wfopt.render.live.state import TAIL_BYTES, TICKS, State
from wfopt.render.live.view import AlertRow, Counts, View

DIAMOND = """
step a
step b
step c
step d
hook clean
after b a
after c a
after d b c
0 begin 2
"""


def after(events: str, steps: str = DIAMOND) -> View:
    return story(f"{steps}{events}").view


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ("", Counts(total=4, waiting=1, blocked=3)),
        ("0 start a", Counts(total=4, running=1, blocked=3)),
        ("0 start a\n1 end a succeeded", Counts(total=4, done=1, waiting=2, blocked=1)),
        ("0 end a cached\n1 start b", Counts(total=4, done=1, cached=1, running=1, waiting=1, blocked=1)),
        ("0 start a\n1 allowed a\n1 skip b", Counts(total=4, done=2, waiting=1, blocked=1, skipped=1)),
        (
            "0 start a\n1 end a failed\n1 skip b\n1 skip c\n1 cancel d",
            Counts(total=4, done=4, failed=1, skipped=2, cancelled=1),
        ),
        # Told before what it waited for has ended.
        (
            "0 start a\n1 cancel b\n2 end a succeeded",
            Counts(total=4, done=2, waiting=1, blocked=1, cancelled=1),
        ),
        ("0 start a\n1 retry a", Counts(total=4, waiting=1, blocked=3)),
        ("0 start a\n1 retry a\n2 start a", Counts(total=4, running=1, blocked=3)),
        # The run was stopped while the next attempt was waited for.
        (
            "0 start a\n1 retry a\n2 end a cancelled",
            Counts(total=4, done=1, cancelled=1, waiting=2, blocked=1),
        ),
        ("0 start finally-clean", Counts(total=4, running=1, waiting=1, blocked=3)),
        ("0 start clean\n1 end clean failed\n1 cancel clean", Counts(total=4, waiting=1, blocked=3)),
        ("0 start clean\n1 retry clean\n2 over failed", Counts(total=4, waiting=1, blocked=3)),
    ],
)
def test_where_the_steps_are(events: str, counts: Counts) -> None:
    assert after(events).counts == counts


def test_running_steps_stand_in_the_order_of_their_starts() -> None:
    view = after("0 end a cached\n1 start c\n2 start b\n5 sample 1 1GiB")
    assert [(row.name, row.elapsed_s) for row in view.running] == [("c", 4.0), ("b", 3.0)]


def test_only_the_last_measurements_and_the_end_of_the_output_are_kept() -> None:
    samples = "".join(f"{at} sample {at} {at}MiB a={at},{at}KiB gone=1,1KiB\n" for at in range(1, 41))
    view = after(f"0 start a\n1 print a {'x' * 3000}\n1 print a end\n{samples}")
    [row] = view.running
    assert row.cpus == tuple(range(41 - TICKS, 41))
    assert row.memory == tuple(at << 10 for at in range(41 - TICKS, 41))
    assert row.output == b"x" * (TAIL_BYTES - 3) + b"end"
    assert view.machine is not None
    assert view.machine.busy == row.cpus
    assert view.machine.memory == tuple(at << 20 for at in range(41 - TICKS, 41))


def test_each_attempt_starts_afresh() -> None:
    [row] = after("0 start a\n1 print a one\n1 sample 1 1GiB a=1,1KiB\n2 retry a\n9 start a").running
    assert (row.output, row.cpus, row.elapsed_s) == (b"", (), 0.0)


def test_output_of_quiet_steps_and_of_those_that_ended_is_not_kept() -> None:
    steps = "step a quiet\nstep b\n0 begin 2\n"
    view = after("0 start a\n0 start b\n1 print a x\n1 end b succeeded\n2 print b y", steps)
    assert [row.output for row in view.running] == [b""]


def test_alerts_stand_until_they_are_cleared() -> None:
    one, two, new = "1 warn cpu - one", "2 alarm disk - two", "3 warn slow a three\n4 warn cpu - four"
    assert after(f"{one}\n{two}\n{new}").alerts == (
        AlertRow(message="two", critical=True),
        AlertRow(message="four"),
        AlertRow(message="three", step="a"),
    )
    cleared = after(f"{one}\n{two}\n{new}\n5 clear disk -\n5 clear slow a\n5 clear disk -")
    assert cleared.alerts == (AlertRow(message="four"),)


def test_what_is_left_is_known_only_if_every_step_is() -> None:
    usual = "".join(f"usual {name} 10 5 20\n" for name in "abc")
    assert after("1 start a", DIAMOND + usual).left is None
    known = DIAMOND + usual + "usual d 10 5 20\n"
    left = after("1 start a\n5 sample 1 1GiB", known).left
    assert left is not None
    assert (left.expected_s, left.low_s) == (26.0, 11.0)
    assert after("0 cancel a\n0 cancel b\n0 cancel c\n0 cancel d\n3 start clean", known).left is None


def test_what_was_learned_late_counts_as_if_it_had_been_known() -> None:
    told = story(DIAMOND + "".join(f"usual {name} 10 5 20\n" for name in "abcd") + "0 start a\n4 retry a")
    early, late = State(told.workflow), State(told.workflow)
    early.follow(told.events[0])
    early.learn(told.usual)
    for event in told.events[1:]:
        early.follow(event)
    for event in told.events:
        late.follow(event)
    late.learn(told.usual)
    assert early.view(5.0) == late.view(5.0)
    assert early.view(5.0).left is not None


def test_messages_change_nothing() -> None:
    state = State(story(DIAMOND).workflow)
    before = state.view(1.0)
    note = Diagnostic(code=LEFT_BEHIND, message="x", severity=Severity.NOTE)
    state.follow(Noticed(at=1.0, step=None, diagnostic=note))
    assert state.view(1.0) == before


def test_the_output_that_somebody_wishes_to_see() -> None:
    told = story(
        """
step a
step b
0 begin 2
0 start a
0 start b
1 print a one\\n
2 print b two\\n
3 end b succeeded
"""
    )
    state = State(told.workflow)
    state.has_keys = True
    chosen = []
    for event in told.events:
        state.follow(event)
        if event.at == 1:
            state.wish(Move.FOLLOW)
        row = state.view(event.at).chosen
        chosen.append(row and (row.name, row.output))
    assert chosen == [None, None, None, ("a", b"one\n"), ("b", b"two\n"), ("a", b"one\n")]
    state.wish(Move.OFF)
    view = state.view(4.0)
    assert (view.chosen, view.has_keys) == (None, True)
