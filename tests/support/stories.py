"""Runs of the past for tests: small ones, in which only what a test is about is written, and large ones."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

from wfopt.model.history import (
    Alert,
    Ending,
    Foreseen,
    Host,
    PastAttempt,
    PastRun,
    Point,
    Revision,
    RunStory,
    Sample,
    Shape,
)
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId
from wfopt.render.html.past import PageHistory, TrendMark

GIB = 2**30
MIB = 2**20
STARTED_AT = 1_790_000_000.0
DAY_S = 86_400.0


def attempt(
    step: str,
    started_s: float | None = 0.0,
    wall_s: float | None = 1.0,
    *,
    status: StepStatus = StepStatus.SUCCEEDED,
    number: int = 1,
    reason: str = "",
    waited_s: float = 0.0,
    cpu_s: float | None = None,
    peak_memory_bytes: int | None = None,
    memory_bytes: int | None = None,
    input_bytes: int | None = None,
    exit_code: int | None = None,
    signal: int | None = None,
    limit: LimitHit | None = None,
    allowed: bool = False,
    critical: bool = False,
) -> PastAttempt:
    return PastAttempt(
        step=StepId(step),
        attempt=number,
        status=status,
        reason=reason,
        allowed=allowed,
        started_s=started_s,
        waited_s=waited_s,
        wall_s=wall_s,
        cpu_s=cpu_s,
        peak_memory_bytes=peak_memory_bytes,
        input_bytes=input_bytes,
        exit_code=exit_code,
        signal=signal,
        limit=limit,
        memory_bytes=memory_bytes,
        critical=critical,
    )


def idle(step: str, status: StepStatus, reason: str) -> PastAttempt:
    """Return what is remembered of a step that was not started."""
    return attempt(step, None, None, status=status, number=0, reason=reason)


def past_run(
    *,
    workflow: str = "wfopt.yml",
    ending: Ending = Ending.SUCCEEDED,
    wall_s: float = 10.0,
    cpu_s: float = 12.0,
    cpus: float = 4.0,
    memory_bytes: int | None = 16 * GIB,
    alerts: tuple[Alert, ...] = (),
    hits: int = 0,
    foreseen: Foreseen | None = None,
) -> PastRun:
    return PastRun(
        run_id="20260921-133320-4f2a",
        workflow=workflow,
        content="c0ffee",
        revision=Revision(commit="4be1f2c09d7a4be1f2c09d7a4be1f2c09d7a4be1", branch="main"),
        host=Host(name="builder-1", cpus=8, memory_bytes=32 * GIB),
        cpus=cpus,
        memory_bytes=memory_bytes,
        slots=int(cpus),
        strategy="critical-path",
        options={"keep-going": "true"},
        versions={"wfopt": "0.3.0", "python": "3.11.7"},
        ending=ending,
        exit_code=0 if ending is Ending.SUCCEEDED else 1,
        started_at=STARTED_AT,
        wall_s=wall_s,
        cpu_s=cpu_s,
        peak_memory_bytes=900 * MIB,
        critical_path_s=wall_s * 0.8,
        lower_bound_s=wall_s * 0.7,
        hits=hits,
        misses=4,
        saved_s=hits * 3.2,
        alerts=alerts,
        foreseen=foreseen,
    )


def story(
    attempts: Iterable[PastAttempt],
    edges: Iterable[tuple[str, str]] = (),
    *,
    run: PastRun | None = None,
    steps: Iterable[str] | None = None,
    samples: tuple[Sample, ...] = (),
    printed: Mapping[str, str] | None = None,
) -> RunStory:
    """Return a run of these attempts; its steps are those of the attempts that are no hooks."""
    all_ = tuple(attempts)
    names = (
        tuple(steps)
        if steps is not None
        else tuple(dict.fromkeys(each.step for each in all_ if ":" not in each.step))
    )
    return RunStory(
        run=run or past_run(),
        shape=Shape(
            tuple(map(StepId, names)),
            tuple((names.index(first), names.index(then)) for first, then in edges),
        ),
        attempts=all_,
        samples=samples,
        printed={StepId(name): text for name, text in (printed or {}).items()},
    )


def scheduled(planned: Iterable[tuple[PastAttempt, Iterable[str]]], slots: int) -> list[PastAttempt]:
    """Return attempts with starts and waits as if they had run in this order in so many slots."""
    free = [0.0] * slots
    ends: dict[str, float] = {}
    ran = []
    for each, needs in planned:
        ready = max((ends[name] for name in (*needs, each.step) if name in ends), default=0.0)
        if each.wall_s is None:
            ends[each.step] = ready
            ran.append(each)
            continue
        slot = min(range(slots), key=free.__getitem__)
        start = max(ready, free[slot])
        ends[each.step] = free[slot] = start + each.wall_s
        ran.append(each._replace(started_s=start, waited_s=start - ready))
    return ran


def pipeline() -> RunStory:
    """Return a run of 29 steps and a hook with all that can happen: a hit, retries, a limit, failures."""
    chance = random.Random(3)  # noqa: S311 - a story, not a secret
    bad = StepStatus.FAILED
    over = LimitHit(kind=LimitKind.MEMORY, limit=512 * MIB, observed=530.0 * MIB, enforced_by=Enforcer.KERNEL)
    plan: list[tuple[PastAttempt, tuple[str, ...]]] = [
        (attempt("checkout", wall_s=2.1, cpu_s=0.8, peak_memory_bytes=60 * MIB, critical=True), ()),
        (idle("toolchain", StepStatus.CACHED, "restored from the cache"), ("checkout",)),
        (
            attempt("deps", wall_s=9.4, cpu_s=7.0, peak_memory_bytes=310 * MIB, critical=True),
            ("checkout", "toolchain"),
        ),
        (
            attempt("lint", wall_s=3.6, cpu_s=3.4, peak_memory_bytes=180 * MIB, input_bytes=2 * MIB),
            ("checkout",),
        ),
    ]
    modules = ("core", "net", "store", "ui")
    for number, module in enumerate(modules):
        wall = 14.0 - 2.3 * number
        build = attempt(
            f"build[module={module}]",
            wall_s=wall,
            cpu_s=wall * 0.93,
            peak_memory_bytes=(700 - 90 * number) * MIB,
            memory_bytes=GIB,
            critical=module == "core",
            input_bytes=(number + 1) * 900_000,
            reason=f"input `src/{module}/main.c` changed",
        )
        plan.append((build, ("deps",)))
    tests = [(module, shard) for shard in range(4) for module in reversed(modules)]
    for module, shard in tests:
        test = attempt(
            f"test[module={module},shard={shard}]",
            wall_s=5.0 + 4 * chance.random(),
            cpu_s=4.2,
            peak_memory_bytes=150 * MIB,
            memory_bytes=512 * MIB,
            critical=(module, shard) == ("core", 3),
            reason="never ran before",
        )
        plan.append((test, (f"build[module={module}]",)))
        if (module, shard) == ("net", 1):
            docs = attempt("docs", wall_s=3.0, status=bad, allowed=True, exit_code=2, reason="exit status 2")
            plan.append((docs, ("deps",)))
    e2e = attempt("e2e", wall_s=4.0, status=bad, exit_code=1, cpu_s=2.0, peak_memory_bytes=530 * MIB)
    again = e2e._replace(
        attempt=2,
        wall_s=6.5,
        exit_code=None,
        signal=9,
        limit=over,
        memory_bytes=512 * MIB,
        reason="killed",
    )
    built = ("build[module=ui]", "build[module=net]")
    package = attempt("package", wall_s=5.0, cpu_s=4.0, peak_memory_bytes=90 * MIB, critical=True)
    plan += [
        (e2e, built),
        (again, built),
        (package, ("checkout", *(f"test[module={module},shard={shard}]" for module, shard in tests))),
        (idle("publish", StepStatus.SKIPPED, "`e2e` failed"), ("package", "e2e")),
        (idle("announce", StepStatus.CANCELLED, "the run stopped"), ("publish",)),
    ]
    attempts = scheduled(plan, slots=4)
    wall = max((each.started_s or 0.0) + (each.wall_s or 0.0) for each in attempts)
    attempts.append(attempt("finally:clean", wall, 0.4, cpu_s=0.1))
    alerts = (
        Alert(at=61.0, rule="memory", severity="critical", message="98 % of its memory", step=StepId("e2e")),
        Alert(at=31.5, rule="cpu", severity="warning", message="all cpus were busy for 20 s without a pause"),
    )
    run = past_run(
        workflow="ci/pipeline.yml",
        ending=Ending.FAILED,
        wall_s=wall + 0.5,
        cpu_s=131.0,
        alerts=alerts,
        hits=1,
        foreseen=Foreseen(expected_s=61.0, low_s=55.0, high_s=72.0),
    )
    output = "$ run-e2e --all\n\x1b[31mFAIL\x1b[0m checkout flow (see http://localhost:8080/report)\n"
    output += "".join(f"  step {number:02}: expected 200, got 500\n" for number in range(40))
    edges = sorted({(need, each.step) for each, needs in plan for need in needs})
    return story(attempts, edges, run=run, printed={"e2e": output, "docs": "warning: broken reference\n"})


def large_story(steps: int, *, slots: int = 8, seed: int = 7) -> RunStory:
    """Return a run of that many steps in layers, each step after one or two of the layer before."""
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    width = max(steps // 20, 1)
    names = [f"stage-{number // width:02}/transform[part={number % width:04}]" for number in range(steps)]
    edges = []
    for number in range(width, steps):
        above = (number // width - 1) * width
        edges += sorted({(above + chance.randrange(width), number) for _ in range(2)})
    free = [0.0] * slots
    attempts = []
    for number, name in enumerate(names):
        slot = min(range(slots), key=free.__getitem__)
        kind = chance.random()
        if kind < 0.2:
            attempts.append(idle(name, StepStatus.CACHED, "up to date"))
            continue
        wall = chance.lognormvariate(0.0, 0.9)
        failed = kind > 0.99
        attempts.append(
            attempt(
                name,
                round(free[slot], 6),
                round(wall, 6),
                status=StepStatus.FAILED if failed else StepStatus.SUCCEEDED,
                exit_code=1 if failed else 0,
                allowed=failed,
                reason=f"input `data/part-{number:04}.csv` changed",
                cpu_s=round(wall * chance.random(), 6),
                peak_memory_bytes=chance.randrange(20 * MIB, 900 * MIB),
                memory_bytes=GIB,
                input_bytes=chance.randrange(10**7),
                waited_s=round(chance.random() * 3, 6),
                critical=number % width == 3,
            )
        )
        free[slot] += wall + 0.002
    run = past_run(workflow="large.yml", wall_s=max(free), cpu_s=sum(free) * 0.5, cpus=float(slots))
    shape = Shape(tuple(map(StepId, names)), tuple(edges))
    return RunStory(run=run, shape=shape, attempts=tuple(attempts))


def point(
    number: int,
    wall_s: float,
    *,
    run_id: str = "",
    status: str = "succeeded",
    host: str = "builder-1",
) -> Point:
    return Point(
        run_id=run_id or f"run-{number:03}",
        at=STARTED_AT + number * DAY_S / 3,
        status=status,
        wall_s=wall_s,
        cpu_s=wall_s * 1.7,
        peak_memory_bytes=300 * MIB,
        input_bytes=None,
        host=host,
        cpus=8,
    )


def page_history(runs: int = 90) -> PageHistory:
    """Return a past in which runs became slower two thirds of the way, and some failed or ran elsewhere."""
    chance = random.Random(11)  # noqa: S311 - a story, not a secret
    turn = runs * 2 // 3

    def walls(typical: float, slower: float) -> list[float]:
        return [
            (typical if number < turn else typical * slower) * (0.92 + 0.16 * chance.random())
            for number in range(runs)
        ]

    points = [
        point(
            number,
            wall,
            status="failed" if number % 17 == 5 else "cancelled" if number == 40 else "succeeded",
            host="laptop" if 20 <= number < 26 else "builder-1",
        )
        for number, wall in enumerate(walls(44.0, 1.35))
    ]
    names = ("build", "deps", "e2e", "docs", "lint", "package", "report", "test[shard=1]", "test[shard=2]")
    steps = {
        StepId(name): [
            point(number, wall)
            for number, wall in enumerate(walls(14.0 / (place + 1), 1.6 if name == "build" else 1.0))
        ]
        for place, name in enumerate((*names, "sign", "upload", "notify", "tag", "sweep"))
    }
    since, sooner = points[turn].run_id, points[runs // 3].run_id
    return PageHistory(
        runs=points,
        hit_rates={each.run_id: min(max(0.75 + 0.3 * (chance.random() - 0.5), 0.0), 1.0) for each in points},
        steps=steps,
        trends=(
            TrendMark(step=None, metric="wall_s", before=44.0, after=59.0, since_run=since),
            TrendMark(step=StepId("build"), metric="wall_s", before=14.0, after=22.4, since_run=since),
            TrendMark(step=None, metric="hit_rate", before=0.7, after=0.78, since_run=sooner),
        ),
    )
