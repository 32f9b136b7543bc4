"""Secrets are masked in whatever is shown or kept: output in chunks, messages as a whole.

Wherever a form of a secret stands (see `wfopt.engine.secret_forms`), `***` is put in its place. Forms that
overlap are masked as one, so that no part of any of them is left; forms side by side are masked each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from heapq import merge

from wfopt.dataclass import dataclass, field
from wfopt.engine.secret_forms import forms_of

MASK = b"***"

# The text between surrogates that stand for no byte: programs neither get nor print these.
_ENCODABLE = re.compile("[^\ud800-\udc7f\udd00-\udfff]+")
_HEAD = 8


class Masker:
    """Knows the secrets of a run, which may become more at any time."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: set[bytes] = set()
        self._finder: Finder | None = None

    @property
    def active(self) -> bool:
        """Whether there is anything to mask."""
        return bool(self._forms)

    @property
    def finder(self) -> Finder:
        """What finds the secrets known by now."""
        if self._finder is None:
            self._finder = Finder(self._forms)
        return self._finder

    def add(self, value: str) -> None:
        """Mask a value from now on, in all its forms; nothing happens if there is only white space in it."""
        # Every step that has it adds it again, and finding all forms takes long.
        if value in self._values:
            return
        self._values.add(value)
        forms = {form for text in _ENCODABLE.findall(value) for form in forms_of(text)}
        if not forms <= self._forms:
            self._forms |= forms
            self._finder = None

    def text(self, text: str) -> str:
        """Return a whole text without secrets."""
        return _ENCODABLE.sub(lambda found: self._encodable(found[0]), text) if self.active else text

    def hides(self, text: str) -> bool:
        """Return whether there is a secret in a text."""
        return self.active and self.text(text) != text

    def texts(self) -> tuple[str, ...]:
        """Return the secrets in all the forms in which they are masked."""
        return tuple(sorted(form.decode("utf-8", "surrogateescape") for form in self._forms))

    def stream(self) -> MaskedStream:
        """Return what masks one output that comes in chunks."""
        return MaskedStream(self)

    def _encodable(self, text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        stream = self.stream()
        masked = stream.feed(data) + stream.flush()
        return text if masked == data else masked.decode("utf-8", "surrogateescape")


@dataclass(slots=True)
class MaskedStream:
    """Masks an output that comes in chunks; the cuts between them make no difference to the result.

    Attributes:
        masker: knows the secrets.
    """

    masker: Masker
    _held: bytes = field(default=b"", init=False)
    # So many bytes of those held back are part of what the last mask shown stands for.
    _covered: int = field(default=0, init=False)

    def feed(self, data: bytes) -> bytes:
        """Return what may be shown now: all but a last part that may be the beginning of a form."""
        if not self.masker.active:
            return data
        data = self._held + data
        return self._show(data, self.masker.finder.unfinished(data))

    def flush(self) -> bytes:
        """Return what was held back, as nothing follows it."""
        return self._show(self._held, len(self._held))

    def _show(self, data: bytes, end: int) -> bytes:
        """Return the data up to `end`, masked, and hold the rest back."""
        pieces = []
        done = self._covered
        for start, stop in self.masker.finder.occurrences(data):
            if start >= end:
                break
            if start >= done:
                pieces += [data[done:start], MASK]
            done = max(done, stop)
        pieces.append(data[done:end])
        self._held = data[end:]
        self._covered = max(done - end, 0)
        return b"".join(pieces)


class Finder:
    """Finds forms in bytes.

    A regular expression that has all forms as its alternatives tries one after the other at every byte that
    begins any of them, which is slow when secrets have a hundred forms. So forms of at least `_HEAD` bytes
    are looked for with a class of bytes for each of their first places; what has passed that is looked up.
    """

    def __init__(self, forms: Collection[bytes]) -> None:
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._longest = max(map(len, forms), default=0)
        self._by_head: dict[bytes, list[bytes]] = {}
        for form in longest_first:
            if len(form) >= _HEAD:
                self._by_head.setdefault(form[:_HEAD], []).append(form)
        self._head = _one_of_each(self._by_head)
        self._short = _any_of([form for form in longest_first if len(form) < _HEAD])
        self._beginnings = frozenset(
            form[:size] for form in forms for size in range(1, min(_HEAD, len(form)))
        )

    def occurrences(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where forms begin and end, sorted by where they begin; they may overlap."""
        return merge(_matches(self._short, data), self._long_ones(data))

    def unfinished(self, data: bytes) -> int:
        """Return where the longest beginning of a form that ends with the data starts, or else its end."""
        for start, stop in _matches(self._head, data, max(len(data) - self._longest + 1, 0)):
            size = len(data) - start
            forms = self._by_head.get(data[start:stop], ())
            if any(len(form) > size and form.startswith(data[start:]) for form in forms):
                return start
        ends = range(max(len(data) - _HEAD + 1, 0), len(data))
        return next((start for start in ends if data[start:] in self._beginnings), len(data))

    def _long_ones(self, data: bytes) -> Iterator[tuple[int, int]]:
        for start, stop in _matches(self._head, data):
            for form in self._by_head.get(data[start:stop], ()):
                if data.startswith(form, start):
                    yield start, start + len(form)
                    break


def _any_of(forms: Collection[bytes]) -> re.Pattern[bytes] | None:
    return re.compile(b"|".join(map(re.escape, forms))) if forms else None


def _one_of_each(heads: Collection[bytes]) -> re.Pattern[bytes] | None:
    """Return what matches bytes of which each is, in its place, in one of the heads."""
    places = [b"".join({re.escape(bytes([byte])) for byte in place}) for place in zip(*heads, strict=True)]
    return re.compile(b"".join(b"[%b]" % place for place in places)) if places else None


def _matches(pattern: re.Pattern[bytes] | None, data: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the spans of all matches from `start` on, also of those that overlap."""
    if pattern is None:
        return
    found = pattern.search(data, start)
    while found is not None:
        yield found.span()
        found = pattern.search(data, found.start() + 1)
