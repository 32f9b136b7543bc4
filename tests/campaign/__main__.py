"""Long tests of reliability: `python -m tests.campaign [NAME...] [--minutes N] [--cases N] [--seed S]`.

`--case N` checks one case again; `--write FILE` writes what it is made of. Variable `WFOPT_DATA` names a
folder whose `corpus` holds further workflow files for the campaign `files`; its cases depend on it.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tests.campaign.base import Campaign, Tally, Verdict
from tests.campaign.crew import Crew
from tests.campaign.registry import NAMES, named

SHOWN_FAILURES = 20


def main() -> int:
    """Run the campaigns that are asked for; return 1 if any case failed."""
    arguments = _parser().parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    tallies = []
    for name in arguments.names or NAMES:
        campaign = named(name)
        if arguments.case is not None and arguments.write:
            Path(arguments.write).write_bytes(campaign.material(arguments.seed, arguments.case))
        tally = Crew(
            campaign,
            seed=arguments.seed,
            numbers=_numbers(campaign, arguments),
            minutes=arguments.minutes,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        ).run()
        _show(tally)
        tallies.append(tally)
    _table(tallies)
    return int(any(tally.failures for tally in tallies))


def _leave(number: int, _frame: FrameType | None) -> None:
    """End in a way that also ends the processes."""
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*NAMES, []], help=", ".join(NAMES))
    parser.add_argument("--minutes", type=float, help="start nothing new after that, in each campaign")
    parser.add_argument("--cases", type=int, help="how many cases; each campaign has its own number")
    parser.add_argument("--seed", type=int, default=1, help="makes other cases")
    parser.add_argument("--case", type=int, help="check this case alone")
    parser.add_argument("--write", metavar="FILE", help="with --case: write what the case is made of")
    return parser


def _numbers(campaign: Campaign, arguments: argparse.Namespace) -> Sequence[int]:
    if arguments.case is not None:
        return [arguments.case]
    return range(arguments.cases or campaign.cases)


def _show(tally: Tally) -> None:
    """Print the failures and how often each kind of case occurred."""
    shown = Tally(tally.campaign, tally.seed, failures=tally.failures[:SHOWN_FAILURES])
    if tally.failures:
        print(shown.explained())
    if len(tally.failures) > SHOWN_FAILURES:
        others = ", ".join(str(each.case) for each in tally.failures[SHOWN_FAILURES:][:200])
        print(f"further failures: {others}")
    kinds = ", ".join(f"{label} {count}" for label, count in tally.labels.most_common())
    print(f"{tally.campaign.name}: {tally.campaign.summary}\n  {kinds}")


def _table(tallies: Sequence[Tally]) -> None:
    print(f"\n{'name':<10} {'cases':>8} {'failures':>8} {'cases/s':>8}  {'worst time':<24} worst memory")
    for tally in tallies:
        print(
            f"{tally.campaign.name:<10} {tally.cases:>8} {len(tally.failures):>8}"
            f" {tally.cases / max(tally.wall_s, 0.001):>8.1f}"
            f"  {_worst(tally.slowest, 's'):<24} {_worst(tally.largest, 'MiB')}"
        )


def _worst(verdict: Verdict | None, unit: str) -> str:
    if verdict is None:
        return "-"
    amount = verdict.wall_s if unit == "s" else verdict.memory_bytes / (1 << 20)
    return f"{amount:.2f} {unit} (case {verdict.case})" if amount else "-"


if __name__ == "__main__":
    sys.exit(main())
