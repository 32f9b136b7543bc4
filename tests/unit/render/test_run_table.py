"""The table at the end of a run."""

import io
from textwrap import dedent

from rich.console import Console

from tests.support.builders import run_report, step, step_report, workflow
from wfopt.engine.report import RunReport
from wfopt.model.outcome import StepStatus, Usage
from wfopt.render.run_table import MAX_ROWS, run_table


def drawn(report: RunReport, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    with console.capture() as capture:
        console.print(run_table(report))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def ids(report: RunReport) -> list[str]:
    return [line.split()[0] for line in drawn(report).splitlines()[2:]]


def test_a_row_for_each_step() -> None:
    usage = Usage(wall_s=1.25, cpu_s=0.875, peak_memory_bytes=300 * 2**20)
    report = run_report(
        [
            step_report("fetch", reason="never ran", usage=usage),
            step_report("lint", StepStatus.FAILED, reason="exit status 1", allowed=True, wall_s=0.02),
            step_report("test[a=b]", StepStatus.FAILED, reason="exit status 2", wall_s=12.0),
            step_report("deploy", StepStatus.SKIPPED, reason="`test[a=b]` failed"),
        ]
    )
    assert drawn(report) == dedent("""\
        step       status            why                   wall     cpu  peak memory
        ────────────────────────────────────────────────────────────────────────────
        fetch      succeeded         never ran           1.25 s  0.88 s      300 MiB
        lint       failed (allowed)  exit status 1        20 ms     0 s          0 B
        test[a=b]  failed            exit status 2       12.0 s     0 s          0 B
        deploy     skipped           `test[a=b]` failed""")


def test_what_was_asked_for_stands_beside_what_was_used() -> None:
    usage = Usage(wall_s=2.0, cpu_s=1.0, peak_memory_bytes=300 * 2**20)
    steps = [
        step("a", memory_bytes=2**30),
        step("b", cpu_milli=4000),
        step("c", cpu_milli=500, memory_bytes=2**30),
    ]
    report = run_report([step_report(each.id, usage=usage) for each in steps], of=workflow(steps))
    assert [" ".join(line.split(" 2.00 s ")[1].split()) for line in drawn(report).splitlines()[2:]] == [
        "1.00 s 300 MiB of 1 GiB",
        "1.00 s (0.5 of 4) 300 MiB",
        "1.00 s (0.5 of 0.5) 300 MiB of 1 GiB",
    ]
    idle = run_report([step_report("b", usage=Usage())], of=workflow([steps[1]]))
    assert "of 4" not in drawn(idle)


def test_hooks_have_a_section_of_their_own() -> None:
    report = run_report(
        [step_report("a", reason="why", wall_s=1.25)],
        hooks=[
            step_report("rollback:a", reason="a later step failed", wall_s=0.02),
            step_report("finally:x", StepStatus.FAILED, reason="exit status 1", wall_s=12.0),
        ],
    )
    assert drawn(report) == dedent("""\
        step        status     why                    wall  cpu  peak memory
        ────────────────────────────────────────────────────────────────────
        a           succeeded  why                  1.25 s  0 s          0 B

        rollback:a  succeeded  a later step failed   20 ms  0 s          0 B
        finally:x   failed     exit status 1        12.0 s  0 s          0 B""")


def test_hooks_are_shown_however_many_steps_there_are() -> None:
    steps = [step_report(f"s{number}", wall_s=1.0) for number in range(60)]
    hooks = [step_report(f"finally:h{number}", wall_s=1.0) for number in range(3)]
    lines = drawn(run_report(steps, hooks=hooks)).splitlines()
    assert [line.split()[0] for line in lines[-4:-1]] == ["finally:h0", "finally:h1", "finally:h2"]
    assert lines[-1] == "… and 20 more: 20 succeeded"


def test_ids_and_reasons_are_no_markup_and_cannot_steer_the_terminal() -> None:
    text = drawn(run_report([step_report("a[red]", reason="[bold]x[/bold] :boom: \x1b[2J")]))
    assert "a[red]    succeeded  [bold]x[/bold] :boom: \\x1b[2J" in text


def test_ids_are_folded_and_never_cut_on_a_narrow_terminal() -> None:
    text = drawn(run_report([step_report("x" * 60, reason="zz " * 9, wall_s=12.5)]), width=60)
    assert text.count("x") == 60
    assert text.count("z") == 18
    assert "12.5 s" in text
    assert max(map(len, text.splitlines())) <= 60


def test_as_many_steps_as_fit_are_all_shown_in_file_order() -> None:
    steps = [step_report(f"s{number}", StepStatus.CACHED) for number in range(MAX_ROWS)]
    assert ids(run_report(steps)) == [f"s{number}" for number in range(MAX_ROWS)]


def test_of_many_steps_the_failed_come_first_and_then_those_that_ran_longest_in_file_order() -> None:
    steps = [step_report(f"s{number}", wall_s=1.0 + number * 7 % 100) for number in range(100)]
    steps[60] = step_report("s60", StepStatus.FAILED, wall_s=0.1)
    steps[50] = step_report("s50", StepStatus.FAILED)
    longest = {f"s{number}" for number in range(100) if number * 7 % 100 >= 62 and number not in (50, 60)}
    shown = ids(run_report(steps))
    assert shown[:2] == ["s50", "s60"]
    assert shown[2:-1] == [each.id for each in steps if each.id in longest]
    assert len(shown) - 1 == MAX_ROWS


def test_what_is_not_shown_is_counted_in_one_line() -> None:
    steps = [step_report(f"s{number}", wall_s=1.0) for number in range(60)]
    steps += [step_report(f"c{number}", StepStatus.CACHED) for number in range(900)]
    steps += [step_report(f"k{number}", StepStatus.SKIPPED) for number in range(40)]
    assert drawn(run_report(steps)).splitlines()[-1] == "… and 960 more: 20 succeeded, 900 cached, 40 skipped"


def test_cached_steps_do_not_fill_up_the_rows() -> None:
    steps = [step_report("ran", wall_s=0.1), step_report("restored", StepStatus.CACHED, wall_s=9.0)]
    steps += [step_report(f"c{number}", StepStatus.CACHED) for number in range(50)]
    lines = drawn(run_report(steps), width=60).splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["ran", "…"]
    assert lines[-1] == "… and 51 more: 51 cached"


def test_more_failures_than_rows_are_counted_too() -> None:
    steps = [step_report(f"s{number}", StepStatus.FAILED, wall_s=1.0) for number in range(60)]
    shown = ids(run_report(steps))
    assert shown[:-1] == [f"s{number}" for number in range(MAX_ROWS)]
