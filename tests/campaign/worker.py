"""Checks one batch of a campaign: `python -m tests.campaign.worker NAME SEED`, the numbers on stdin as JSON.

Writes one line of JSON for each verdict.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from tests.campaign.registry import named


def main() -> None:
    """Check the cases in the current folder."""
    faulthandler.enable()
    # `nohup` ignores SIGHUP, a shell the others for what runs in the background; children inherit that.
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_DFL)
    campaign, seed = named(sys.argv[1]), int(sys.argv[2])
    numbers: list[int] = json.load(sys.stdin)
    # Whatever else is printed must not get between the verdicts.
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as answers:
        os.dup2(2, 1)
        for verdict in campaign.check(seed, numbers, Path.cwd()):
            answers.write(json.dumps(asdict(verdict)) + "\n")


if __name__ == "__main__":
    main()
