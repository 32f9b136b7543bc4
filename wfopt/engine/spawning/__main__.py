"""The program of the spawner process: `python -I -S __main__.py DESCRIPTOR`.

Without the `site` module and with next to no imports it starts in a few milliseconds and stays small: the
kernel counts the peak memory of a step from the size of the process that started it. Nothing of wfopt
outside this folder may be imported here.
"""
# Importing pathlib would double the time that the spawner needs to start, and `os`, with what it imports,
# takes a third of what can be saved at all; what it has over `posix` is not needed here.

import posix
import sys

if __name__ == "__main__":
    # The path is absolute: `wfopt.engine.beginning` sees to that.
    sys.path.append(__file__.rsplit("/", 4)[0])

    from wfopt.engine.spawning.setup import run

    # Taking all modules down in order would take half as long again as loading them.
    posix._exit(run(int(sys.argv[1])))  # noqa: SLF001 - as it is called in `os`, too
