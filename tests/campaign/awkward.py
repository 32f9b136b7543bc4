"""Awkward first processes of steps: `python -I -S awkward.py KIND MARK FILE`.

Each kind leaves, does or survives something that a runner may trip over. Right before its first process ends
it touches FILE. Whatever stays alive has MARK in its environment or among its words.
"""
# This runs as a program of its own, without the project on its path.

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable

LONG_S = "1000"
FORKS = 64
IGNORED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def _sleep(seconds: float = 1000.0) -> None:
    threading.Event().wait(seconds)


def _child(action: Callable[[], object] = _sleep) -> int:
    """Fork; the child does something, sleeps if that comes back, and never returns."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(OSError):
            action()
            _sleep()
        os._exit(0)
    return pid


def _daemon(action: Callable[[], object] = _sleep) -> None:
    """Fork twice with a new session between."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        _child(action)
        os._exit(0)
    os.waitpid(pid, 0)


def _close_all() -> None:
    os.closerange(0, 256)


def _renamed() -> None:
    os.execve("/bin/sleep", [f"renamed-{MARK}", LONG_S], {})  # noqa: S606 - a child is what this is about


def _shell(script: str, shell: str = "sh") -> None:
    pid = os.fork()
    if pid == 0:
        os.execvp(shell, [shell, "-c", script])  # noqa: S606 - as above
    os.waitpid(pid, 0)


def _ignore() -> None:
    for each in IGNORED:
        signal.signal(each, signal.SIG_IGN)


def _block() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def closes_everything() -> None:
    _close_all()


def leaves_child() -> None:
    _child()


def leaves_daemon() -> None:
    _daemon()


def reads_stdin() -> None:
    while os.read(0, 4096):
        pass


def reads_terminal() -> None:
    with contextlib.suppress(OSError), open("/dev/tty", "rb") as terminal:
        terminal.read(1)


def leaves_stopped_child() -> None:
    _child(_stop)


def forks_much() -> None:
    for _ in range(FORKS):
        _child()


def forks_deep() -> None:
    def deeper() -> None:
        for _ in range(FORKS):
            if os.fork():
                break

    _child(deeper)


def leaves_renamed() -> None:
    _child(_renamed)


def leaves_group() -> None:
    _child(lambda: os.setpgid(0, 0))


def leaves_in_root() -> None:
    _daemon(lambda: os.chdir("/"))


def masks_files() -> None:
    os.umask(0o777)
    _child()


def closes_output_and_goes_on() -> None:
    os.close(1)
    os.close(2)
    _sleep(0.7)


def leaves_writer() -> None:
    def write() -> None:
        while True:
            os.write(1, b"still here\n")
            _sleep(0.01)

    _daemon(write)


def leaves_zombies() -> None:
    def make() -> None:
        for _ in range(20):
            if os.fork() == 0:
                os._exit(0)

    _child(make)


def dies_by_signal() -> None:
    _child()
    touch()
    os.kill(os.getpid(), signal.SIGKILL)


def leaves_nohup() -> None:
    _shell(f"nohup sleep {LONG_S} >/dev/null 2>&1 &")


def leaves_disowned() -> None:
    _shell(f"sleep {LONG_S} & disown", "bash")


def leaves_redirected() -> None:
    _shell(f"sleep {LONG_S} </dev/null >/dev/null 2>&1 &")


def leaves_deaf_child() -> None:
    _child(_ignore)


def leaves_blocking_child() -> None:
    _child(_block)


def leaves_respawner() -> None:
    def respawn(*_: object) -> None:
        if os.fork():
            os._exit(0)

    _child(lambda: signal.signal(signal.SIGTERM, respawn))


def leaves_runner() -> None:
    def run_away() -> None:
        for _ in range(300):
            if os.fork():
                os._exit(0)
            _sleep(0.01)

    _child(run_away)


def leaves_ghost() -> None:
    def vanish() -> None:
        _close_all()
        _ignore()
        os.chdir("/")
        _renamed()

    _daemon(vanish)


def leaves_reaper() -> None:
    def adopt() -> None:
        with contextlib.suppress(ImportError):
            import ctypes  # noqa: PLC0415 - only this kind needs it

            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
        _daemon()

    _child(adopt)


def floods() -> None:
    for _ in range(200):
        os.write(1, b"x" * 10_000 + b"\n")


def never_ends() -> None:
    _sleep()


def stops_itself() -> None:
    _stop()
    _sleep()


def ignores_signals() -> None:
    _ignore()
    _sleep()


KINDS: tuple[Callable[[], None], ...] = (
    closes_everything,
    leaves_child,
    leaves_daemon,
    reads_stdin,
    reads_terminal,
    leaves_stopped_child,
    forks_much,
    forks_deep,
    leaves_renamed,
    leaves_group,
    leaves_in_root,
    masks_files,
    closes_output_and_goes_on,
    leaves_writer,
    leaves_zombies,
    dies_by_signal,
    leaves_nohup,
    leaves_disowned,
    leaves_redirected,
    leaves_deaf_child,
    leaves_blocking_child,
    leaves_respawner,
    leaves_runner,
    leaves_ghost,
    leaves_reaper,
    floods,
    never_ends,
    stops_itself,
    ignores_signals,
)
ENDED_BY_TIMEOUT = frozenset({"never_ends", "stops_itself", "ignores_signals"})


def touch() -> None:
    """Say when the first process ended."""
    os.close(os.open(FILE, os.O_WRONLY | os.O_CREAT, 0o600))


if __name__ == "__main__":
    KIND, MARK, FILE = sys.argv[1:]
    FILE = os.path.abspath(FILE)
    next(each for each in KINDS if each.__name__ == KIND)()
    touch()
    os._exit(0)
