"""Options that several commands share: which machine is meant, and how much is told."""

from __future__ import annotations

from typing import Annotated

import typer

Jobs = Annotated[
    str, typer.Option("-j", "--jobs", envvar="WFOPT_JOBS", help="Steps at once: N, 50% or auto.")
]
Cpus = Annotated[
    str | None, typer.Option(envvar="WFOPT_CPUS", metavar="N", help="Cpu capacity, such as 4 or 0.5.")
]
Memory = Annotated[
    str | None,
    typer.Option(envvar="WFOPT_MEMORY", metavar="SIZE", help="Memory capacity, such as 8GiB."),
]
HostName = Annotated[
    str,
    typer.Option(envvar="WFOPT_HOST", metavar="NAME", help="The name of this machine in the history."),
]
