"""The campaigns, loaded by name: each one brings its own part of wfopt along."""

from __future__ import annotations

import importlib
from typing import cast

from tests.campaign.base import Campaign

NAMES = (
    *("files", "bytes", "injection", "children", "flood", "signals", "kills", "secrets"),
    *("deaths", "memory"),
    *("trees", "races", "flips", "store"),
    *("resume", "edits", "clocks", "rerun"),
    *("faults", "disks", "hostile", "damage"),
    *("history", "rewrites", "mutants"),
)

_MODULES = {"bytes": "odd_bytes", "secrets": "hidden"}


def named(name: str) -> Campaign:
    """Return a campaign.

    Raises:
        KeyError: there is none with this name.
    """
    if name not in (*NAMES, "rehearsal"):
        raise KeyError(name)
    module = importlib.import_module(f"tests.campaign.{_MODULES.get(name, name)}")
    return cast("Campaign", module.CAMPAIGN)
