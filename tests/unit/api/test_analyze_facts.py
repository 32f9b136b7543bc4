"""Shape, bounds and cost of small graphs, compared with what can be worked out by hand."""

import pytest

from tests.support.analyses import TWO_CPUS
from tests.support.builders import edge, step
from wfopt.analyzer.base import Case
from wfopt.analyzer.case import case_of
from wfopt.api import analyze_facts
from wfopt.api.analyze_facts import cost_of, graph_of, machines_of
from wfopt.dataclass import replace
from wfopt.model.estimates import Knowledge, StepFacts
from wfopt.model.workflow import Request, StepId, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.registry import STRATEGIES

FORK = Workflow(
    name="fork",
    steps=(step("a"), step("b"), step("c"), step("d")),
    edges=(edge("a", "b"), edge("a", "c"), edge("a", "d")),
)
SECONDS = {StepId("a"): 10.0, StepId("b"): 30.0, StepId("c"): 20.0, StepId("d"): 20.0}


def case(workflow: Workflow = FORK, seconds: dict[StepId, float] | None = None, **known: StepFacts) -> Case:
    knowledge = Knowledge(steps={StepId(name): facts for name, facts in known.items()})
    return case_of("native", workflow, None, knowledge, SECONDS if seconds is None else seconds)


def test_a_timed_graph() -> None:
    graph = graph_of(case())
    assert (graph.steps, graph.edges, graph.depth, graph.width) == (4, 3, 2, 3)
    assert (graph.work, graph.critical, graph.path, graph.parallelism) == (80, 40, ("a", "b"), 2)
    assert (graph.timed, graph.basis) == (True, "durations in the file")
    assert graph.slacks == {"a": 0, "b": 0, "c": 10, "d": 10}
    assert graph.profile == ((1, 0.5), (3, 0.5))


def test_an_untimed_graph_counts_steps() -> None:
    graph = graph_of(case(seconds={}))
    assert (graph.work, graph.critical, graph.timed) == (4, 2, False)
    assert graph.basis == "every step taken to last equally long"


@pytest.mark.parametrize("workflow", [Workflow(name="none", steps=())])
def test_nothing_at_all(workflow: Workflow) -> None:
    graph = graph_of(case(workflow))
    assert (graph.depth, graph.width, graph.critical, graph.parallelism, graph.profile) == (0, 0, 0, None, ())
    (*_, last) = machines_of(case(workflow), TWO_CPUS, STRATEGIES[0])
    assert (last.bound, last.makespan, last.ceiling, last.speedup) == (0, 0, 1, 1)


def test_steps_that_take_no_time() -> None:
    graph = graph_of(case(seconds=dict.fromkeys(SECONDS, 0.0)))
    assert (graph.critical, graph.parallelism, graph.profile) == (0, None, ())


def test_machines_until_more_cpus_do_not_help() -> None:
    machines = machines_of(case(), TWO_CPUS, STRATEGIES[0])
    assert [(each.cpus, each.bound, each.makespan, each.meant) for each in machines] == [
        (1, 80, 80, False),
        (2, 50, 50, True),
        (4, 40, 40, False),
    ]
    assert [round(each.ceiling, 2) for each in machines] == [1, 1.6, 2]
    assert all(each.speedup <= each.ceiling for each in machines)


def test_a_machine_of_another_size_stands_between_the_others() -> None:
    machines = machines_of(case(), Capacity(slots=3, cpu_milli=2500), STRATEGIES[0])
    assert [(each.cpus, each.meant) for each in machines] == [(1, False), (2, False), (2.5, True), (4, False)]


def test_demands_count() -> None:
    wide = tuple(replace(step(name), request=Request(cpu_milli=2000)) for name in "abcd")
    machines = machines_of(case(Workflow(name="wide", steps=wide)), TWO_CPUS, STRATEGIES[0])
    assert [(each.cpus, each.makespan) for each in machines] == [(1, 80), (2, 80), (4, 40), (8, 30)]


def test_memory_counts_where_it_is_asked_for_and_is_never_too_little() -> None:
    hungry = tuple(replace(step(name), request=Request(memory_bytes=600)) for name in "abcd")
    small = Capacity(slots=4, cpu_milli=4000, memory_bytes=500)
    large = Capacity(slots=4, cpu_milli=4000, memory_bytes=10_000)
    workflow = Workflow(name="hungry", steps=hungry)
    found = [
        next(each for each in machines_of(case(workflow), machine, STRATEGIES[0]) if each.meant).makespan
        for machine in (small, large)
    ]
    assert found == [80, 30]


def test_tokens_of_the_file_count() -> None:
    steps = tuple(replace(step(name), request=Request(tokens={"db": 1})) for name in "abcd")
    workflow = Workflow(name="tokens", steps=steps, tokens={"db": 1})
    machines = machines_of(case(workflow), TWO_CPUS, STRATEGIES[0])
    assert [(each.cpus, each.makespan) for each in machines] == [(1, 80), (2, 80), (4, 80)]


def test_a_step_that_asks_for_much_gets_its_machine() -> None:
    wide = tuple(replace(step(name), request=Request(cpu_milli=16000)) for name in "ab")
    machines = machines_of(case(Workflow(name="wide", steps=wide)), TWO_CPUS, STRATEGIES[0])
    assert [(each.cpus, each.makespan) for each in machines][-2:] == [(16, 40), (32, 30)]


def test_machines_do_not_grow_for_ever() -> None:
    many = Workflow(name="many", steps=tuple(step(f"s{number}") for number in range(1500)))
    assert max(each.cpus for each in machines_of(case(many, {}), TWO_CPUS, STRATEGIES[0])) == 1024


def test_large_graphs_get_a_plain_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = machines_of(case(), TWO_CPUS, STRATEGIES[0])
    monkeypatch.setattr(analyze_facts, "CLOSE_STEPS", 3)
    plain = machines_of(case(), TWO_CPUS, STRATEGIES[0])
    assert [each.bound for each in plain] == [80, 50, 40]
    assert all(one.bound <= other.bound for one, other in zip(plain, exact, strict=True))
    assert [each.makespan for each in plain] == [each.makespan for each in exact]


def test_cost_of_what_is_not_timed_is_not_known() -> None:
    assert cost_of(case(seconds={})).reserved is None


def test_cost_is_reserved_and_used() -> None:
    plain = cost_of(case())
    assert (plain.reserved, plain.used, plain.told) == (80, None, 0)
    known = cost_of(case(b=StepFacts(cpu_s=15.0), c=StepFacts(cpu_s=5.0)))
    assert (known.reserved, known.used, known.told, known.reserved_told) == (80, 20, 2, 50)
