"""What the spawner needs of `signal`, whose enumerations take a quarter of its start to import."""

import _signal  # type: ignore[import-not-found]  # typeshed does not describe it

SIGCHLD: int = _signal.SIGCHLD
SIGHUP: int = _signal.SIGHUP
SIGINT: int = _signal.SIGINT
SIGKILL: int = _signal.SIGKILL
SIGQUIT: int = _signal.SIGQUIT
SIGSTOP: int = _signal.SIGSTOP
SIGTERM: int = _signal.SIGTERM
SIGXCPU: int = _signal.SIGXCPU
SIGXFSZ: int = _signal.SIGXFSZ
SIG_DFL: int = _signal.SIG_DFL
SIG_IGN: int = _signal.SIG_IGN

getsignal = _signal.getsignal
set_wakeup_fd = _signal.set_wakeup_fd
signal = _signal.signal
valid_signals = _signal.valid_signals


def unblock_all() -> None:
    """Let every signal through."""
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
