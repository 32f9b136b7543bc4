"""The native format, as one of those that can be read."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.source import SourceFile


class NativeFormat:
    """wfopt's own format."""

    name = "native"
    title = "wfopt"

    def claims(self, path: str, keys: Sequence[str]) -> bool:
        """Return whether the file says that it is one, or is named like one."""
        return "wfopt" in keys or path.endswith(("wfopt.yml", "wfopt.yaml"))

    def read(self, source: SourceFile, options: LoadOptions) -> Imported:
        """Return what a file says.

        Raises:
            LoadError: it cannot be used; with every problem that was found.
        """
        workflow, remarks = load(source, options)
        durations = {step.id: step.expected_s for step in workflow.steps if step.expected_s is not None}
        return Imported(format=self.name, workflow=workflow, remarks=remarks, durations=durations)
