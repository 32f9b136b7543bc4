"""Starts a program that is confined before it begins.

posix_spawn cannot put a process into a control group or limit it, so the process is forked and goes through
this on its own way to the program. It costs some tenths of a millisecond more, which is why a step without
limits does not come here.
"""
# Importing pathlib would double the time that the spawner needs to start.

import os

from wfopt.engine.spawning import signals as signal
from wfopt.engine.spawning.launching import StartError, about_folder, about_program, find_program

_FAILED = 127
_MOST_TOLD = 65536


class Confinement:
    """What a process does to itself before it becomes the program."""

    __slots__ = ()

    def enter(self) -> None:
        """Do it.

        Raises:
            StartError: it is not possible.
        """
        raise NotImplementedError


def launch(
    argv: list[bytes],
    cwd: bytes,
    env: dict[bytes, bytes],
    streams: tuple[int, int, int],
    reset: list[int],
    confinement: Confinement,
) -> int:
    """Start a program as `launching.launch` does, but confined.

    Raises:
        StartError: it cannot be started.
    """
    try:
        os.chdir(cwd)
    except OSError as error:
        raise StartError(about_folder(cwd, error)) from None
    program = find_program(argv[0], env.get(b"PATH", os.fsencode(os.defpath)))
    told, tell = os.pipe()
    try:
        pid = _fork(argv, env, program)
        if not pid:
            try:
                confinement.enter()
                _become(program, argv, env, streams, reset)
            except StartError as problem:
                os.write(tell, b"%s cannot be started: %s" % (b"`%s`" % argv[0], problem.reason))
            except OSError as error:
                os.write(tell, about_program(argv, env, program, error))
            except ValueError as problem:
                os.write(tell, b"`%s` cannot be started: %s" % (argv[0], str(problem).encode()))
            finally:
                os._exit(_FAILED)
    finally:
        os.close(tell)
    try:
        # Ends without a word as soon as the program runs.
        trouble = os.read(told, _MOST_TOLD)
    finally:
        os.close(told)
    if trouble:
        os.waitpid(pid, 0)
        raise StartError(trouble)
    return pid


def _fork(argv: list[bytes], env: dict[bytes, bytes], program: bytes) -> int:
    try:
        return os.fork()
    except OSError as error:
        raise StartError(about_program(argv, env, program, error)) from None


def _become(
    program: bytes,
    argv: list[bytes],
    env: dict[bytes, bytes],
    streams: tuple[int, int, int],
    reset: list[int],
) -> None:
    """Turn this process into the program, in a process group of its own."""
    os.setpgid(0, 0)
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
    for signum in reset:
        signal.signal(signum, signal.SIG_DFL)
    signal.unblock_all()
    os.execve(program, argv, env)  # noqa: S606 - what the step says
