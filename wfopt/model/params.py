"""How params reach the environment."""

from __future__ import annotations


def variable(name: str) -> str:
    """Return the environment variable that carries a param.

    >>> variable("build-type")
    'WFOPT_PARAM_BUILD_TYPE'
    """
    return "WFOPT_PARAM_" + name.upper().replace("-", "_")
