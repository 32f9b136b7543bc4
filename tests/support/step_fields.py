"""What keys of steps are made of, for tests in which only one of the fields matters."""

from __future__ import annotations

from typing import Any

from wfopt.cache.files import Entry, Kind
from wfopt.cache.key import StepFields
from wfopt.cache.manifest import Manifest, manifest_of

STORE_KEY = b"0123456789abcdef"


def reads(*entries: Entry | str) -> Manifest:
    """Return a manifest; a text such as `src/a.c=1` stands for a file and what is in it."""
    return manifest_of(each if isinstance(each, Entry) else file(each) for each in entries)


def file(text: str, *, executable: bool = False, mentions_wfopt: bool = False) -> Entry:
    """Return the entry of a file."""
    path, _, content = text.partition("=")
    return Entry(path, Kind.FILE, executable, content, mentions_wfopt)


def fields(**changed: Any) -> StepFields:
    """Return the fields of a small step, some of them changed."""
    values: dict[str, Any] = {
        "run": "make all\n",
        "shell": ("bash", "-c"),
        "inputs": reads("src/a.c=1"),
        "platform": ("Linux", "x86_64"),
    }
    return StepFields(**(values | changed))
