"""Starts one program, or says in words why it cannot be started."""
# Importing pathlib would double the time that the spawner needs to start.

import errno
import posix as os  # see `__main__`
import stat

from wfopt.engine.spawning import signals as signal

_ONE_ARGUMENT_BYTES = 131072
"""What Linux allows for one argument or one variable, its final NUL included."""

_USUAL_PATH = b"/bin:/usr/bin"
"""Where programs are looked for without a PATH."""

_NO_RESOURCES = {
    errno.EAGAIN: b"the limit on the number of processes is reached",
    errno.ENOMEM: b"there is not enough memory for another process",
    errno.EMFILE: b"the limit on open files is reached",
    errno.ENFILE: b"the limit on open files of the machine is reached",
}


class StartError(Exception):
    """A program cannot be started; the argument is the reason, as bytes."""

    @property
    def reason(self) -> bytes:
        """Why, in the words of a message."""
        reason: bytes = self.args[0]
        return reason


def launch(
    argv: list[bytes],
    cwd: bytes,
    env: dict[bytes, bytes],
    streams: tuple[int, int, int],
    reset: list[int],
) -> int:
    """Start a program in a process group of its own and return its pid.

    It has no signal blocked. The folder of the calling process changes on the way, because posix_spawn knows
    no folder.

    Args:
        argv: the program, looked up on the PATH of `env`, and its arguments.
        cwd: the folder it starts in.
        env: its environment.
        streams: the descriptors that become its stdin, stdout and stderr.
        reset: the signals that it must not ignore although the calling process does.

    Raises:
        StartError: it cannot be started.
    """
    try:
        # Even when the path is the same as before: the folder may have been made anew since.
        os.chdir(cwd)
    except OSError as error:
        raise StartError(about_folder(cwd, error)) from None
    program = find_program(argv[0], env.get(b"PATH", _USUAL_PATH))
    try:
        return os.posix_spawn(
            program,
            argv,
            env,
            file_actions=[(os.POSIX_SPAWN_DUP2, stream, place) for place, stream in enumerate(streams)],
            setpgroup=0,
            setsigmask=(),
            setsigdef=reset,
        )
    except OSError as error:
        raise StartError(about_program(argv, env, program, error)) from None
    except ValueError as error:
        raise StartError(b"`%s` cannot be started: %s" % (argv[0], str(error).encode())) from None


def read_entries(entries: list[bytes]) -> dict[bytes, bytes]:
    """Return the environment that consists of these `NAME=VALUE` entries."""
    environ = {}
    for entry in entries:
        name, _, value = entry.partition(b"=")
        environ[name] = value
    return environ


def change(environ: dict[bytes, bytes], changes: list[bytes]) -> dict[bytes, bytes]:
    """Return a changed environment; a change is `NAME=VALUE`, or `NAME` to unset the variable."""
    changed = environ.copy()
    for entry in changes:
        name, is_set, value = entry.partition(b"=")
        if is_set:
            changed[name] = value
        else:
            changed.pop(name, None)
    return changed


def ignored_signals() -> list[int]:
    """Return the signals that this process ignores, which programs must not do because of that."""
    return [signum for signum in signal.valid_signals() if signal.getsignal(signum) == signal.SIG_IGN]


def find_program(name: bytes, path: bytes) -> bytes:
    """Return the file that a program's name means, as a shell would.

    Raises:
        StartError: no folder of the path has an executable file of this name.
    """
    if b"/" in name:
        return name
    candidates = [(folder or b".") + b"/" + name for folder in path.split(b":")] if name else []
    for candidate in candidates:
        # Most folders do not have it, which an error would tell in several times as long.
        if os.access(candidate, os.X_OK) and _is_file(candidate):
            return candidate
    found = next(filter(_is_file, candidates), None)
    if found is not None:
        raise StartError(b"`%s` is not executable" % found)
    raise StartError(b"the program `%s` is not on the PATH" % name)


def _is_file(path: bytes) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def about_folder(cwd: bytes, error: OSError) -> bytes:
    """Return in words why a folder cannot be entered."""
    if error.errno == errno.ENOENT:
        return b"the folder `%s` does not exist" % cwd
    if error.errno == errno.ENOTDIR:
        return b"`%s` is not a folder" % cwd
    return b"the folder `%s` cannot be entered: %s" % (cwd, words(error))


def about_program(argv: list[bytes], env: dict[bytes, bytes], program: bytes, error: OSError) -> bytes:
    """Return in words why a program cannot be started."""
    if error.errno == errno.ENOENT:
        if _is_file(program):
            return b"the interpreter that `%s` names in its first line does not exist" % argv[0]
        return b"the program `%s` does not exist" % argv[0]
    if error.errno == errno.EACCES:
        return b"`%s` is not executable" % argv[0]
    if error.errno == errno.ENOEXEC:
        return b"`%s` is neither a program for this machine nor a script that starts with `#!`" % argv[0]
    if error.errno == errno.E2BIG:
        return _about_size(argv, env)
    reason = _NO_RESOURCES.get(error.errno or 0) or words(error)
    return b"`%s` cannot be started: %s" % (argv[0], reason)


def _about_size(argv: list[bytes], env: dict[bytes, bytes]) -> bytes:
    longest = max(map(len, argv))
    if longest >= _ONE_ARGUMENT_BYTES:
        return b"an argument of `%s` has %d bytes, the system allows %d" % (
            argv[0],
            longest,
            _ONE_ARGUMENT_BYTES - 1,
        )
    name, value = max(env.items(), key=lambda item: len(item[0]) + len(item[1]), default=(b"", b""))
    if len(name) + 1 + len(value) >= _ONE_ARGUMENT_BYTES:
        return b"the environment variable `%s` has %d bytes, more than the system allows" % (name, len(value))
    total = sum(map(len, argv)) + sum(len(name) + len(value) for name, value in env.items())
    return b"the arguments and the environment of `%s` have %d bytes, more than the system allows" % (
        argv[0],
        total,
    )


def words(error: OSError) -> bytes:
    """Return what the system calls an error."""
    return os.strerror(error.errno or 0).lower().encode()
