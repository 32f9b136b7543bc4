"""A file of GitLab CI: an optional document with a `spec` header, then the pipeline."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.codes import WRONG_TYPE
from wfopt.dataclass import dataclass
from wfopt.errors import LoadError
from wfopt.formats.gitlab.inputs import OPEN, declared_defaults, fill_in
from wfopt.formats.gitlab.trees import REFERENCE, is_null
from wfopt.formats.positions import MappingNode, Node, parse_documents
from wfopt.formats.problems import Problems
from wfopt.source import SourceFile


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says.

    Attributes:
        source: the file.
        header: the first of several documents, or None.
        root: the last document.
    """

    source: SourceFile
    header: Node | None
    root: MappingNode

    def filled(self, given: Mapping[str, Node]) -> MappingNode:
        """Return the pipeline with its inputs filled in from what is given, else from their defaults.

        Raises:
            LoadError: the result would be too large.
        """
        if not OPEN.search(self.source.text):
            return self.root
        defaults = {} if self.header is None else declared_defaults(self.header)
        root = fill_in(self.root, {**defaults, **given})
        return root if isinstance(root, MappingNode) else self.root


def read_document(source: SourceFile, problems: Problems) -> Document:
    """Return what a file says.

    Raises:
        LoadError: it is no YAML, or not a mapping.
    """
    roots, found = parse_documents(source, tags=(REFERENCE,))
    problems.add(found)
    root = roots[-1]
    if not isinstance(root, MappingNode):
        what = "nothing" if is_null(root) else "no mapping"
        message = f"the file must be a mapping of keys and jobs, and holds {what}"
        problems.error(WRONG_TYPE, message, root)
        raise LoadError(problems.found)
    header = roots[0] if len(roots) > 1 and _is_header(roots[0]) else None
    return Document(source, header, root)


def _is_header(root: Node) -> bool:
    return isinstance(root, MappingNode) and root.get("spec") is not None
