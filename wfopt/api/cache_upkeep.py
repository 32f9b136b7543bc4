"""What `wfopt cache verify`, `gc` and `clear` do."""

from __future__ import annotations

from collections.abc import Callable

from wfopt.api.cache_place import cache_at, trouble_with
from wfopt.cache import collecting, verifying
from wfopt.cache.collecting import Collected
from wfopt.cache.inventory import Inventory, Result
from wfopt.cache.verifying import Verified
from wfopt.codes import BAD_OPTION
from wfopt.errors import Diagnostic, UserError
from wfopt.source import closest_match

PATIENCE_S = 10.0
"""How long somebody who stores or restores is waited for, in seconds."""

_SHOWN_NAMES = 8


def verify_cache(folder: str, *, wall: Callable[[], float]) -> Verified | None:
    """Read everything in a cache and put aside what is damaged; return None if there is no cache.

    Raises:
        UserError: it cannot be read or written to.
    """
    with cache_at(folder, wall=wall) as store:
        return None if store is None else verifying.verify(store)


def collect_garbage(
    folder: str, *, limit: int | None, ttl: float | None, wall: Callable[[], float]
) -> Collected | None:
    """Delete what is too old, too much or not needed; return None if there is no cache.

    Args:
        folder: the cache folder.
        limit: the bytes that the cache may take, or None for any number.
        ttl: the seconds after which a result is too old, or None.
        wall: tells the seconds since the epoch.

    Raises:
        UserError: it cannot be used, or is in use all the time.
    """
    with cache_at(folder, wall=wall) as store:
        if store is None:
            return None
        return _unless_busy(
            folder, collecting.collect(store, limit=limit, ttl=ttl, now=wall(), patience_s=PATIENCE_S)
        )


def clear_cache(
    folder: str, *, workflow: str | None, step: str | None, wall: Callable[[], float]
) -> Collected | None:
    """Delete everything in a cache, or the results of a workflow or step; return None if there is no cache.

    Args:
        folder: the cache folder.
        workflow: a workflow file, relative to the workspace, or None for all.
        step: the id of a step or, for all cells of a matrix, the id without the cell; None for all.
        wall: tells the seconds since the epoch.

    Raises:
        UserError: there is no result of that workflow or step, or the cache cannot be used or is in use
            all the time.
    """

    def chosen(inventory: Inventory) -> list[Result]:
        return choose(inventory.results, workflow, step)

    everything = workflow is None and step is None
    with cache_at(folder, wall=wall) as store:
        if store is None:
            return None
        return _unless_busy(
            folder,
            collecting.clear(store, None if everything else chosen, now=wall(), patience_s=PATIENCE_S),
        )


def choose(results: tuple[Result, ...], workflow: str | None, step: str | None) -> list[Result]:
    """Return the results of a workflow, a step, or a step of a workflow.

    Raises:
        UserError: there are none.
    """
    found = [each for each in results if workflow in (None, each.workflow)]
    if not found:
        raise _unknown("--workflow", f"{workflow}", "workflow", {each.workflow for each in results})
    named = [each for each in found if step in (None, each.step, definition_of(each.step))]
    if not named:
        known = {name for each in found for name in (each.step, definition_of(each.step))}
        raise _unknown("--step", f"{step}", "step", known)
    return named


def definition_of(step: str) -> str:
    """Return the id under which a file defines a step: that of a matrix cell without its values."""
    return step.partition("[")[0]


def _unknown(option: str, name: str, what: str, known: set[str]) -> UserError:
    near = closest_match(name, sorted(known))
    shown = ", ".join(f"`{each}`" for each in sorted(known)[:_SHOWN_NAMES])
    hint = f"did you mean `{near}`?" if near else f"some that it has: {shown}"
    hints = (hint,) if known else ()
    message = f"`{option} {name}`: the cache has no result of a {what} `{name}`"
    return UserError((Diagnostic(code=BAD_OPTION, message=message, hints=hints),))


def _unless_busy(folder: str, collected: Collected) -> Collected:
    if collected.busy and not collected.freed_bytes:
        cause = f"others have been storing or restoring for {PATIENCE_S:g} s"
        raise trouble_with(folder, cause, "try again when they are done")
    return collected
