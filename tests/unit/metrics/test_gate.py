"""Gates: how they are written, refused and decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.metrics.baseline import Metric
from wfopt.metrics.gate import Gate, GateError, Stat, judge, parse_gate
from wfopt.model.workflow import StepId


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("wall p50 +10%", Gate(metric=Metric.WALL, stat=Stat.P50, share=0.1)),
        ("cpu p90 +5.5%", Gate(metric=Metric.CPU, stat=Stat.P90, share=0.055)),
        ("  memory\tmean  +200% ", Gate(metric=Metric.MEMORY, stat=Stat.MEAN, share=2.0)),
        (
            "step:test[python=3.10,shard=0] wall p50 +10%",
            Gate(metric=Metric.WALL, stat=Stat.P50, share=0.1, step=StepId("test[python=3.10,shard=0]")),
        ),
    ],
)
def test_gates(text: str, gate: Gate) -> None:
    assert parse_gate(text) == gate
    assert str(gate) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "message", "hint", "column"),
    [
        ("", "a gate needs a metric and a stat and a rise", "`wall p50 +10%`", 1),
        ("wall", "a gate needs a stat and a rise", "`wall p50 +10%`", 5),
        ("wall p50 ", "a gate needs a rise", "`wall p50 +10%`", 9),
        ("wal p50 +10%", "`wal` is not a metric", "did you mean `wall`?", 1),
        ("Memory p50 +10%", "`Memory` is not a metric", "did you mean `memory`?", 1),
        ("disk p50 +10%", "`disk` is not a metric", "write one of `wall`, `cpu`, `memory`", 1),
        ("wall p95 +10%", "`p95` is not a stat", "did you mean `p90`?", 6),
        ("wall max +10%", "`max` is not a stat", "write one of `p50`, `p90`, `mean`", 6),
        ("wall p50 10%", "`10%` is not a rise", "`+10%`", 10),
        ("wall p50 +10", "`+10` is not a rise", "`+10%`", 10),
        ("wall p50 -10%", "`-10%` is not a rise", "`+10%`", 10),
        ("wall p50 +٣%", "`+٣%` is not a rise", "`+10%`", 10),
        ("wall p50 +0%", "`+0%` is out of range", "from `+0.001%`", 10),
        ("wall p50 +10001%", "`+10001%` is out of range", "`+10000%`", 10),
        ("wall p50 +10% now", "`now` is too much", "`wall p50 +10%`", 15),
        ("step: wall p50 +10%", "`step:` names no step", "`step:build`", 1),
        ("x" * 61 + " p50 +10%", "`" + "x" * 60 + "...` is not a metric", "`wall`", 1),
    ],
)
def test_refused_gates(text: str, message: str, hint: str, column: int) -> None:
    with pytest.raises(GateError) as caught:
        parse_gate(text)
    assert caught.value.message == str(caught.value) == message
    assert hint in caught.value.hint
    assert caught.value.column == column


@given(st.text(max_size=30))
def test_any_text_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(GateError) as caught:
        parse_gate(f"wall {text} +10% now")
    assert 6 <= caught.value.column <= len(text) + 15


@given(
    st.sampled_from(Metric),
    st.sampled_from(Stat),
    st.integers(min_value=1, max_value=10**7),
    st.none() | st.just("a"),
)
def test_a_gate_reads_what_it_writes(metric: Metric, stat: Stat, thousandths: int, step: str | None) -> None:
    share = thousandths / 1000 / 100
    gate = Gate(metric=metric, stat=stat, share=share, step=None if step is None else StepId(step))
    assert parse_gate(str(gate)) == gate


@pytest.mark.parametrize(
    ("text", "before", "after", "tripped", "why"),
    [
        (
            "wall p50 +10%",
            [10.0] * 30,
            [12.0] * 5,
            True,
            "went from 10.0 s to 12.0 s (+20.0%): more than the gate's +10%",
        ),
        ("wall p50 +20%", [10.0] * 30, [12.0] * 5, False, "within the gate's +20%"),
        ("wall p50 +10%", [10.0] * 30, [5.0] * 5, False, "(-50.0%): within the gate's +10%"),
        ("wall p50 +10%", [10.0] * 30, [10.0, 10.0, 10.0, 99.0, 99.0], False, "within"),
        (
            "wall mean +10%",
            [10.0] * 30,
            [10.0, 10.0, 10.0, 99.0, 99.0],
            True,
            "wall mean went from 10.0 s to 45.6 s",
        ),
        ("wall p90 +10%", [10.0] * 30, [10.0, 10.0, 10.0, 10.0, 99.0], True, "wall p90"),
        ("cpu p50 +10%", [0.1] * 30, [0.14] * 5, False, "a change of 50 ms or less trips no gate"),
        ("cpu p50 +10%", [0.0] * 30, [0.5] * 5, True, "went from 0 s to 0.50 s: more than"),
        ("memory p50 +10%", [1 << 20] * 30, [3 << 20] * 5, True, "from 1 MiB to 3 MiB (+200.0%)"),
        ("memory p50 +10%", [1 << 20] * 30, [2 << 20] * 5, False, "a change of 1 MiB or less"),
        ("step:build wall p50 +10%", [10.0] * 30, [12.0] * 5, True, "wall p50 of `build` went"),
    ],
)
def test_decisions(text: str, before: list[float], after: list[float], tripped: bool, why: str) -> None:
    result = judge(parse_gate(text), [*before, *after])
    assert result.tripped is tripped
    assert why in result.why
    assert (result.n_before, result.n_after) == (30, 5)


def test_the_numbers_of_a_decision() -> None:
    values = [99.0] * 10 + [10.0, 11.0, 12.0] * 10 + [22.0] * 5
    result = judge(parse_gate("wall p50 +10%"), values)
    assert (result.before, result.after, result.ratio, result.change) == (11.0, 22.0, 2.0, 11.0)
    assert result.noise == pytest.approx(1.4826 / 11)


def test_a_level_of_zero_has_no_ratio() -> None:
    result = judge(parse_gate("cpu p50 +10%"), [0.0] * 10)
    assert (result.ratio, result.noise, result.tripped) == (None, None, False)


@pytest.mark.parametrize("count", [0, 3, 5, 9])
def test_too_few_runs_trip_nothing(count: int) -> None:
    result = judge(
        parse_gate("wall p50 +10%"), [10.0, 99.0, 99.0, 99.0, 99.0, 99.0, 99.0, 99.0, 99.0][:count]
    )
    assert not result.tripped
    assert result.why == f"too few runs: `wall p50 +10%` needs 10, and there are {count}"
    assert (result.before, result.after, result.ratio, result.change) == (None, None, None, None)
    assert result.n_before + result.n_after == count


def test_the_floor_can_be_moved() -> None:
    values = [0.1] * 10 + [0.14] * 5
    assert judge(parse_gate("wall p50 +10%"), values, floor=0.01).tripped
    assert not judge(parse_gate("wall p50 +10%"), values).tripped
