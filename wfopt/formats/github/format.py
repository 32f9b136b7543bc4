"""GitHub Actions, as one of the formats that can be read."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.formats.github.loader import load
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.source import SourceFile


class GithubFormat:
    """Workflows of GitHub Actions."""

    name = "github"
    title = "GitHub Actions"

    def claims(self, path: str, keys: Sequence[str]) -> bool:
        """Return whether a file lies where GitHub looks for workflows, or has their keys."""
        return ".github/workflows/" in path or ("jobs" in keys and ("on" in keys or ".github" in path))

    def read(self, source: SourceFile, options: LoadOptions) -> Imported:
        """Return what a file says.

        Raises:
            LoadError: it cannot be used; with every problem that was found.
        """
        return load(source, options)
