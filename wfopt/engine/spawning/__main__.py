"""The program of the spawner process: `python -I -S __main__.py DESCRIPTOR`.

Without the `site` module and with next to no imports it starts in a few milliseconds and stays small: the
kernel counts the peak memory of a step from the size of the process that started it. Nothing of wfopt
outside this folder may be imported here.
"""
# Importing pathlib would double the time that the spawner needs to start.

import os
import sys

if __name__ == "__main__":
    _package = os.path.dirname(os.path.abspath(__file__))
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(_package))))

    from wfopt.engine.spawning.setup import run

    # Taking all modules down in order would take half as long again as loading them.
    os._exit(run(int(sys.argv[1])))
