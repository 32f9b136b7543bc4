"""Swaps names for links, and back, as fast as it can.

Called as `python -I -S swapper.py WORK ASIDE OUTSIDE SWAPS SEED NAME...`: each NAME in WORK is exchanged with
a link that leads to the same name in OUTSIDE, and back; meanwhile what stood there waits in ASIDE. It says
when SWAPS are done, but goes on until stdin is closed; then everything is in its place again, and the number
of swaps is printed.
"""
# This runs as a program of its own, without the project on its path.

import contextlib
import ctypes
import os
import random
import select
import sys

_HERE = -100
_EXCHANGE = 2
THIRD = "-third"
_LIBC = ctypes.CDLL(None, use_errno=True)


def exchange(first: str, second: str) -> None:
    """Let two names change places, in one step where the system can do that."""
    call = getattr(_LIBC, "renameat2", None)
    if call is None or call(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE):
        by_steps(first, second)


def by_steps(first: str, second: str) -> None:
    """Let two names change places, with nothing at the first for a moment."""
    os.rename(first, second + THIRD)
    os.rename(second, first)
    os.rename(second + THIRD, second)


def swap(here: str, there: str, goal: str, chance: random.Random) -> None:
    """Let a link stand at a name for a moment."""
    os.symlink(goal, there)
    chance.choice((exchange, exchange, by_steps))(here, there)
    for _ in range(chance.choice((0, 0, 1, 10, 100, 3000))):
        pass
    exchange(here, there)
    os.unlink(there)


def mend(here: str, there: str) -> None:
    """Bring order into a swap that was disturbed: what belongs there comes back if nothing took its place."""
    for each in (there, there + THIRD):
        if os.path.islink(each):
            os.unlink(each)
    for each in (there, there + THIRD):
        if os.path.lexists(each):
            if os.path.islink(here):
                os.unlink(here)
            os.rename(each, f"{each}-{os.urandom(8).hex()}" if os.path.lexists(here) else here)
    if os.path.islink(here):
        os.unlink(here)


def main() -> None:
    """Swap until it is told to stop."""
    work, aside, outside, least, seed, *names = sys.argv[1:]
    chance, done = random.Random(seed), 0  # noqa: S311 - the same every time
    print("ready", flush=True)
    while not select.select([0], [], [], 0)[0]:
        name = chance.choice(names)
        here, there = os.path.join(work, name), os.path.join(aside, name.replace("/", "-"))
        try:
            swap(here, there, os.path.join(outside, name), chance)
        except OSError:
            with contextlib.suppress(OSError):
                mend(here, there)
            continue
        done += 1
        if done == int(least):
            print("enough", flush=True)
    print(done, flush=True)


if __name__ == "__main__":
    main()
