"""What the spawner needs to know of limits before there are any; the rest is loaded with the first."""

from wfopt.engine.spawning.family import NEVER, Tree


class Hold:
    """What holds one step to its limits."""

    __slots__ = ()

    def launch(
        self,
        argv: list[bytes],
        cwd: bytes,
        env: dict[bytes, bytes],
        streams: tuple[int, int, int],
        reset: list[int],
    ) -> int:
        """Start a program that is held to the limits, as `launching.launch` does without."""
        raise NotImplementedError

    def begin(self, tree: Tree, now: float) -> None:
        """Take note that it was started."""
        raise NotImplementedError

    def verdict(self, code: int, peak: int) -> list[bytes]:
        """Return the most memory that it held, by what measure, and what limit it exceeded, if any.

        Args:
            code: how its first process ended: its exit status, or the number of a signal below 0.
            peak: the most memory that any single process of it held.
        """
        raise NotImplementedError

    def end(self) -> None:
        """Give up what was made for it: nothing of it is left, or it was never started."""
        raise NotImplementedError


class Holder:
    """Sees to the limits of all steps of a run.

    Attributes:
        look_at: when to call `look` at the latest.
    """

    def __init__(self) -> None:
        self.look_at = NEVER

    def prepare(self, text: bytes) -> tuple[Hold, list[bytes]]:
        """Return what holds a step to these limits, and which levels were decided for that just now.

        Raises:
            StartError: the kernel refuses a limit.
        """
        raise NotImplementedError

    def look(self, now: float) -> list[Tree]:
        """Look at the steps and return those that are to be ended now."""
        raise NotImplementedError

    def close(self) -> None:
        """Remove all that was made for steps."""
        raise NotImplementedError
