"""A headless Chromium, driven by its DevTools protocol over a pipe: JSON messages, each ended by a NUL."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Frames come as fast as they are drawn, so that the time between two is what one costs.
    "--disable-frame-rate-limit",
    "--disable-gpu-vsync",
    "--remote-debugging-pipe",
    "--force-color-profile=srgb",
)
_PATIENCE_S = 40.0


def chromium_path() -> str | None:
    """Return the path of a Chromium that is installed, or None."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Page:
    """One open page.

    Attributes:
        events: everything that the page reported and nobody has taken yet: pairs of method and parameters.
    """

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._write, self._read = to_browser, from_browser
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the result of a command of the protocol; an error of it fails the test."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            if "method" in answer:
                self.events.append((answer["method"], answer.get("params", {})))

    def open(self, path: Path, *, width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        """Show a file in a window of that size and color scheme, and wait until the page says it is drawn."""
        self.events.clear()
        mobile = width < 600
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call("Page.navigate", url=path.as_uri())
        self.wait_for("document.documentElement.dataset.ready === 'yes' && location.protocol === 'file:'")
        self.settle()

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page, awaited if it is a promise."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until a JavaScript condition holds; the page may load another document meanwhile."""
        for _ in range(2000):
            answer = self.call("Runtime.evaluate", expression=condition, returnByValue=True)
            if answer["result"].get("value") is True:
                return
            # Nothing is reported about a condition: a short wait in the browser spares it a busy loop.
            self.call("Runtime.evaluate", expression="new Promise(r => setTimeout(r, 10))", awaitPromise=True)
        raise AssertionError(f"never became true: {condition}")

    def settle(self) -> None:
        """Wait until everything that was asked for is drawn."""
        self.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(1))))")

    def press(self, key: str) -> None:
        """Press and release a key."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Send a mouse event: `mouseMoved`, `mousePressed`, `mouseReleased` or `mouseWheel`."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        """Click with the left button."""
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1)

    def picture(self, *, full: bool = False) -> bytes:
        """Return a PNG of the window, or of the page in its full height."""
        self.settle()
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=full)
        return base64.b64decode(shot["data"])

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for."""
        return [
            fields["request"]["url"] for name, fields in self.events if name == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """Return what was written to the console as an error or warning, and what was thrown."""
        found = []
        for name, fields in self.events:
            if name == "Runtime.exceptionThrown":
                found.append(str(fields["exceptionDetails"].get("exception", fields["exceptionDetails"])))
            elif name == "Runtime.consoleAPICalled" and fields["type"] in {"error", "warning", "assert"}:
                found.append(str(fields["args"]))
            elif name == "Log.entryAdded" and fields["entry"]["level"] in {"error", "warning"}:
                found.append(fields["entry"]["text"])
        return found

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], _PATIENCE_S)
            assert ready, "the browser does not answer"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser ended"
            self._buffer += more
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer


@contextmanager
def open_browser(program: str, folder: Path) -> Iterator[Page]:
    """Run a Chromium with a new profile in `folder` and yield a page of it."""
    our_read, their_write = os.pipe()
    their_read, our_write = os.pipe()
    # Descriptors 3 and 4 are where Chromium looks; a high copy cannot be overwritten by the other's move.
    high = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 20) for each in (their_read, their_write)]
    log = str(folder / "chromium.log")
    process = os.posix_spawn(
        program,
        [program, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", "about:blank"],
        dict(os.environ) | {"HOME": str(folder)},  # noqa: TID251 - it needs the display's and locale's names
        file_actions=[
            (os.POSIX_SPAWN_DUP2, high[0], 3),
            (os.POSIX_SPAWN_DUP2, high[1], 4),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setpgroup=0,
    )
    for each in (*high, their_read, their_write):
        os.close(each)
    try:
        yield Page(our_write, our_read)
    finally:
        os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(our_write)
        os.close(our_read)
