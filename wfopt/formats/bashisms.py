"""Tells whether a script needs bash, for formats whose own tools bring a shell that reads more than `sh`.

Known are `[[`, `((`, arrays, `<<<`, `<(`, `${x//a/b}`, `{a,b}`, `$'...'`, `&>`, `|&`, `function`, `source`,
`declare` and their like. A construct that is not known is found by `sh` as a syntax error, or taken as words.
"""

from __future__ import annotations

import re

_BASHISM = re.compile(
    r"""(?:^|[\s;&|(])(?:\[\[\s | \(\( | function\s+\w+ | (?:source|declare|pushd|popd|mapfile|shopt|let)\s
        | local\s+-\w | read\s+-[ant]\b | set\s+-o\s+pipefail )
    | <<< | [<>]\( | &> | \|& | \b\w+=\( | \$'
    | \$\{!\w | \$\{\w+\[ | \$\{\w+(?:/|\^|,|@|:\s*-?\d) | \{\d+\.\.\d+\} | \{[\w./*-]*,[\w./*,-]*\}
    | \[\s[^\]\n]{0,200}\s==\s""",
    re.VERBOSE | re.MULTILINE,
)


def needs_bash(script: str) -> bool:
    """Return whether a construct that only bash has is in a script."""
    return _BASHISM.search(script) is not None
