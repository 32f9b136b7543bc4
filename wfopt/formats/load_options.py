"""What a file is loaded with."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.formats.outside import Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What the outside contributes to a workflow.

    Attributes:
        workspace: the absolute path of the folder that the workflow works in.
        path: the path of the file, to find what it includes; by default the file of the source's name in
            the workspace.
        params: values given on the command line, by param name.
        environ: the process environment.
        param_twins: whether `WFOPT_PARAM_<NAME>` variables give params, too.
        lenient: whether a param without a value is empty instead of wrong, for those who only look.
        outside: looks at other files, and notes which.
        actions: commands for actions of GitHub, by name in lower case.
    """

    workspace: str
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    param_twins: bool = True
    lenient: bool = False
    outside: Outside = field(default_factory=lambda: Outside({}))
    actions: Mapping[str, str] = field(default_factory=dict)
