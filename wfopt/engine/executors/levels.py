"""Who sees to limits, where several do."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.model.outcome import Enforcer

_WEAKEST_LAST = (Enforcer.KERNEL, Enforcer.WATCHDOG, Enforcer.ADVISORY)


def weaker(first: Mapping[str, Enforcer], second: Mapping[str, Enforcer]) -> Mapping[str, Enforcer]:
    """Return who sees to each kind of limit; of two, the weaker one, since no more can be promised."""
    found = dict(first)
    for kind, level in second.items():
        found[kind] = max(found.get(kind, level), level, key=_WEAKEST_LAST.index)
    return found
