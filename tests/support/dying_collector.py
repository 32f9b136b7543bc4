"""Cleans stores up in processes that die: `python -m tests.support.dying_collector FOLDER...`.

In the first store the process dies at its first call of the system, in the second at its second, and so on.
Prints the exit statuses.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tests.support.cache_stores import NOW, store_at
from tests.support.faults import FaultyOs
from wfopt.cache import blobs, collecting, due, folders, leftovers, reserve, store, temporary
from wfopt.cache.collecting import collect
from wfopt.cache.record_schema import CONNECTION

USING_OS = (blobs, collecting, due, folders, leftovers, reserve, store, temporary)
"""The modules in which a call may fail while a store is cleaned up."""

DEAD = 9


class DyingOs(FaultyOs):
    """Ends the process at a call, before anything of it is done."""

    def _guarded(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == self._fails_at:
                os._exit(DEAD)
            return call(*args, **options)

        return guarded


def main() -> None:
    """Clean the stores up, without waiting for the disk."""
    cast("dict[str, object]", CONNECTION)["synchronous"] = 0
    for number, folder in enumerate(sys.argv[1:], 1):
        pid = os.fork()
        if not pid:
            dying = DyingOs(number, 0)
            for module in USING_OS:
                module.os = dying  # type: ignore[attr-defined]
            with store_at(Path(folder)) as opened:
                collect(opened, limit=1, ttl=None, now=NOW)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
