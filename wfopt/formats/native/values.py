"""What the values of the larger keys look like: environments, paths, retries, resources, cache, matrix.

As with the tables of `wfopt.formats.native.keys`, the loader and the JSON Schema both follow from these.
"""

from __future__ import annotations

from wfopt.codes import (
    BAD_CACHE,
    BAD_ENV,
    BAD_FOREACH,
    BAD_LIMITS,
    BAD_MATRIX,
    BAD_RETRIES,
    UNKNOWN_SHELL,
)
from wfopt.formats.native.records import Fields, Key
from wfopt.formats.native.scalars import (
    CACHE,
    CPU,
    DURATION,
    FLAG,
    SIZE,
    TEXT,
    VARIABLE,
    choice,
    number,
    whole,
    word,
)
from wfopt.formats.native.shapes import TEMPLATED, Either, Items, MapOf, Templates

TEMPLATES = Templates()
VALUES = Templates(null=True)
EXPRESSION = Templates(accepts=TEMPLATED)
PATH_TEXT = Templates(accepts={"type": ["string", "number", "boolean"], "minLength": 1})
ENV = MapOf(
    value=Either(wants="plain text", scalar=TEMPLATES, code=BAD_ENV),
    null=True,
    keys=VARIABLE,
)
SECRETS = Either(
    wants="the name of a variable or a list of them",
    scalar=word(VARIABLE),
    sequence=Items(word(VARIABLE)),
    code=BAD_ENV,
)
TEXTS = Either(wants="a name or a list of names", scalar=TEXT, sequence=Items(TEXT))
NEEDS = Either(wants="a step id or a list of them", scalar=TEMPLATES, sequence=Items(TEMPLATES))
ONE_STEP = Either(wants="the id of a step", scalar=TEMPLATES)

PATH = Fields(
    Key(name="path", shape=PATH_TEXT, summary="a path or glob, relative to `cwd`", required=True),
    Key(name="optional", shape=FLAG, summary="whether it may be missing after the step"),
    Key(name="persist", shape=FLAG, summary="whether it stays in place before the step runs"),
    Key(name="store", shape=FLAG, summary="whether the cache keeps a copy"),
    what="path",
)
PATHS = Items(
    Either(wants="a path, a glob or a mapping with `path`", scalar=PATH_TEXT, mapping=PATH),
)

SIZED_FILES = Either(
    wants="a path, a glob or a list of them",
    scalar=PATH_TEXT,
    sequence=Items(PATH_TEXT, minimum=1),
)
SIZES = Either(
    wants="a path, a list of paths, or a mapping with `bytes`, `lines` or `files`",
    scalar=PATH_TEXT,
    sequence=Items(PATH_TEXT, minimum=1),
    mapping=Fields(
        Key(name="bytes", shape=SIZED_FILES, summary="files whose bytes count"),
        Key(name="lines", shape=SIZED_FILES, summary="files whose lines count"),
        Key(name="files", shape=SIZED_FILES, summary="files whose number counts"),
        what="x-size",
    ),
)

SHELL = Either(
    wants="the name of a shell or a list with its program and options",
    scalar=choice("bash", "sh", "python", "none", code=UNKNOWN_SHELL),
    sequence=Items(TEXT, minimum=1, code=UNKNOWN_SHELL),
    code=UNKNOWN_SHELL,
)

RETRIES_MAX = whole(0, 10, code=BAD_RETRIES)
RETRIES = Either(
    wants="a number or a mapping",
    scalar=RETRIES_MAX,
    mapping=Fields(
        Key(name="max", shape=RETRIES_MAX, summary="how often to try again", required=True, code=BAD_RETRIES),
        Key(name="delay", shape=DURATION, summary="the wait before the first retry, 1s if absent"),
        Key(
            name="backoff",
            shape=number(1, 100, code=BAD_RETRIES),
            summary="the factor between waits, 2 if absent",
        ),
        Key(name="max-delay", shape=DURATION, summary="the longest wait, 60s if absent"),
        Key(name="jitter", shape=FLAG, summary="whether waits vary at random, true if absent"),
        Key(
            name="when",
            shape=Items(
                Either(
                    wants="an exit status, `timeout` or `any`",
                    scalar=choice("timeout", "any", integers=True, code=BAD_RETRIES),
                    code=BAD_RETRIES,
                ),
                minimum=1,
                code=BAD_RETRIES,
            ),
            summary="exit statuses, `timeout` or `any`",
        ),
        Key(
            name="memory-factor",
            shape=number(1, 100, code=BAD_RETRIES),
            summary="multiplies `memory` after the step went over it, 1 if absent",
        ),
        what="retries",
    ),
    code=BAD_RETRIES,
)

RESOURCES = Fields(
    Key(name="cpu", shape=CPU, summary="cpus that are reserved while the step runs, 1 if absent"),
    Key(name="memory", shape=SIZE, summary="memory that is reserved, such as `2GiB`; no step gets more"),
    what="resources",
    extra=whole(0, 1_000_000),
)

LIMITS = Fields(
    Key(name="memory", shape=FLAG, summary="whether `memory` of `resources` is a limit, true if absent"),
    Key(name="cpu", shape=FLAG, summary="whether `cpu` of `resources` is a limit, false if absent"),
    Key(
        name="pids",
        shape=whole(1, 4_194_304, code=BAD_LIMITS),
        summary="how many processes and threads the step may have at once",
    ),
    Key(name="cpu-time", shape=DURATION, summary="time on a cpu for each process"),
    Key(name="file-size", shape=SIZE, summary="the largest file that it may write"),
    Key(
        name="open-files",
        shape=whole(3, 1_048_576, code=BAD_LIMITS),
        summary="how many files each process may have open",
    ),
    Key(
        name="nice",
        shape=whole(0, 19, code=BAD_LIMITS),
        summary="by how much its priority for cpus is lowered",
    ),
    what="limits",
)

CACHE_KEYS = Either(
    wants="`auto`, true, false or a mapping",
    scalar=CACHE,
    mapping=Fields(
        Key(
            name="key",
            shape=Items(
                Either(
                    wants="text, or a mapping with `file`, `env` or `command`",
                    scalar=TEMPLATES,
                    mapping=Fields(
                        Key(name="file", shape=TEMPLATES, summary="a file whose content counts"),
                        Key(name="env", shape=word(VARIABLE), summary="a variable whose value counts"),
                        Key(name="command", shape=TEMPLATES, summary="a command whose output counts"),
                        what="cache-key",
                        exactly_one=BAD_CACHE,
                    ),
                    code=BAD_CACHE,
                )
            ),
            summary="what else the result depends on; paths are relative to `cwd`",
        ),
        Key(name="ttl", shape=DURATION, summary="how long a result may be used"),
        Key(
            name="restore",
            shape=choice("outputs", "none", code=BAD_CACHE),
            summary="whether deleted outputs are restored",
        ),
        what="cache",
    ),
    code=BAD_CACHE,
)

MATRIX_VALUES = Either(wants="a list", scalar=EXPRESSION, sequence=Items(VALUES), code=BAD_MATRIX)
CELLS = Items(MapOf(value=VALUES))
MATRIX = Fields(
    Key(name="include", shape=CELLS, summary="further cells, or further values for cells"),
    Key(name="exclude", shape=CELLS, summary="cells to leave out"),
    what="matrix",
    extra=MATRIX_VALUES,
)

ITEM = Either(wants="text or a mapping", scalar=VALUES, mapping=MapOf(value=VALUES))
FOREACH = Either(
    wants="a list or a mapping",
    scalar=EXPRESSION,
    sequence=Items(ITEM),
    mapping=MapOf(value=ITEM),
    code=BAD_FOREACH,
)
