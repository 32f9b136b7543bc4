"""Requests and replies as values."""

from dataclasses import replace

import pytest

from tests.support.processes import RUN_ID, launch
from wfopt.engine.messages import (
    Enforced,
    Failed,
    Fault,
    Finished,
    Gone,
    Reply,
    Started,
    adopt_request,
    base_request,
    follow_request,
    forget_request,
    groups_request,
    read_reply,
    release_request,
    start_request,
    stop_request,
)
from wfopt.engine.spawning import wire
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, PeakSource


def _fields(request: bytes) -> list[bytes]:
    (message,) = wire.Inbox().feed(request)
    return message


def test_writes_what_steps_start_from() -> None:
    assert _fields(base_request({"A": "b=c", "ODD": "\udcff"})) == [b"base", b"A=b=c", b"ODD=\xff"]


def test_writes_a_start() -> None:
    step = launch("s", "prog", "", "\udcfe", cwd="/x", env={"SET": "", "UNSET": None})
    assert _fields(start_request(7, step)) == [
        *(b"start", b"7", b"/x", b"", b"1", b"", b"3", b"prog", b"", b"\xfe"),
        *(b"WFOPT_RUN_ID=" + RUN_ID.encode(), b"WFOPT_STEP_ID=s", b"SET=", b"UNSET"),
    ]


@pytest.mark.parametrize(
    ("service", "capture", "fields"), [(True, False, [b"1", b"1"]), (False, True, [b"", b"2"])]
)
def test_writes_what_is_special_about_a_start(service: bool, capture: bool, fields: list[bytes]) -> None:
    step = replace(launch("s", "prog"), service=service, capture=capture)
    assert _fields(start_request(7, step))[3:5] == fields


@pytest.mark.parametrize(
    ("argv", "cwd", "env"),
    [
        (("a\0b",), "/", {}),
        (("a",), "/\0", {}),
        (("a",), "/", {"N": "\0"}),
        (("a",), "/", {"": "x"}),
        (("a",), "/", {"A=B": None}),
        (("\ud800",), "/", {}),
    ],
)
def test_refuses_what_no_process_can_be_given(
    argv: tuple[str, ...], cwd: str, env: dict[str, str | None]
) -> None:
    with pytest.raises(ValueError, match=r"NUL|cannot be the name|surrogates"):
        start_request(1, launch("s", *argv, cwd=cwd, env=env))


@pytest.mark.parametrize(("force", "kind"), [(True, b"kill"), (False, b"ask")])
def test_writes_a_stop(force: bool, kind: bytes) -> None:
    assert _fields(stop_request(3, force=force)) == [kind, b"3"]


def test_writes_what_becomes_of_a_foreign_process_group() -> None:
    assert _fields(adopt_request(5, [b"A=1", b"B=2"])) == [b"adopt", b"5", b"A=1", b"B=2"]
    assert _fields(release_request(5)) == [b"release", b"5"]


def test_writes_what_follows_and_that_it_does_not() -> None:
    step = replace(launch("b", "prog", "x"), unless="/v")
    assert _fields(follow_request(4, 5, step)) == [
        *(b"follow", b"4", b"/v", *_fields(start_request(5, step))[1:]),
    ]
    assert _fields(forget_request()) == [b"forget"]


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ([b"started", b"1", b"99"], Started(1, 99)),
        ([b"failed", b"2", b"no \xff"], Failed(2, "no \N{REPLACEMENT CHARACTER}")),
        ([b"gone", b"2"], Gone(2)),
        ([b"fault", b"why"], Fault("why")),
        (
            [
                *(b"finished", b"3", b"4", b"", b"1.5", b"2.5", b"0.25"),
                *(b"10", b"20", b"30", b"1"),
                *[b""] * 4,
            ],
            Finished(3, 4, None, 1.5, 2.5, 0.25, 10, 20, 30, 1, serving=False),
        ),
        (
            [
                b"finished",
                b"3",
                b"",
                b"9",
                b"1.5",
                b"2.5",
                b"0.25",
                b"10",
                b"20",
                b"30",
                b"0",
                b"1",
                b"",
                b"",
                b"7.5",
            ],
            Finished(3, None, 9, 1.5, 2.5, 0.25, 10, 20, 30, 0, serving=True, next_at=7.5),
        ),
    ],
)
def test_reads_replies(message: list[bytes], reply: Reply) -> None:
    assert read_reply(message) == reply


def test_writes_and_reads_what_concerns_limits() -> None:
    step = replace(launch("s", "prog"), limits={"memory": 5, "cpu-time": 6})
    assert _fields(start_request(7, step))[5] == b"memory=5 cpu-time=6"
    assert _fields(groups_request("run", {"": "/a", "pids": "/b c"})) == [
        *(b"groups", b"run", b"=/a", b"pids=/b c"),
    ]
    told = read_reply([b"enforced", b"memory=kernel", b"pids=watchdog"])
    assert told == Enforced({"memory": Enforcer.KERNEL, "pids": Enforcer.WATCHDOG})
    figures = [b"1.5", b"2.5", b"0.25", b"10", b"20", b"30", b"1", b""]
    reply = read_reply([b"finished", b"3", b"0", b"", *figures, b"tree", b"memory 5 9 watchdog", b""])
    assert isinstance(reply, Finished)
    assert reply.peak_memory_source is PeakSource.TREE
    assert reply.limit == LimitHit(
        kind=LimitKind.MEMORY, limit=5.0, observed=9.0, enforced_by=Enforcer.WATCHDOG
    )
