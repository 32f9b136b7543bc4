"""Every key of the native format, version 1: its name, its value and its purpose.

The tables are the single source of the loader and of the JSON Schema.
"""

from __future__ import annotations

from wfopt.codes import (
    BAD_ALLOW_FAILURE,
    BAD_CACHE,
    BAD_CAPTURE,
    BAD_EFFECTS,
    BAD_ENV,
    BAD_FOREACH,
    BAD_INCLUDE,
    BAD_MATRIX,
    BAD_PARAM,
    BAD_RETRIES,
    BAD_ROLLBACK,
    HOOK_NEEDS_STEP,
    MISSING_RUN,
    NO_STEPS,
    UNKNOWN_SHELL,
    UNSUPPORTED_VERSION,
)
from wfopt.formats.native.records import Fields, Key, Refused
from wfopt.formats.native.scalars import (
    ALLOW_FAILURE,
    CACHE,
    CAPTURED,
    CONDITION,
    CPU,
    DEFAULT,
    DURATION,
    EFFECT,
    FLAG,
    PARAM_NAME,
    RUN,
    SIZE,
    STEP_ID,
    TEXT,
    VARIABLE,
    choice,
    number,
    whole,
    word,
)
from wfopt.formats.native.shapes import TEMPLATED, Either, Items, MapOf, Shape, Templates

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
    Key(name="memory", shape=SIZE, summary="memory that is reserved, such as `2GiB`"),
    what="resources",
    extra=whole(0, 1_000_000),
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

RUN_KEY = Key(
    name="run",
    shape=Either(
        wants="a script, or a list with a program and its arguments",
        scalar=RUN,
        sequence=Items(TEMPLATES, minimum=1, code=MISSING_RUN),
        code=MISSING_RUN,
    ),
    summary="a script for the shell, or a program and its arguments",
    required=True,
    code=MISSING_RUN,
)

BODY: tuple[Key, ...] = (
    RUN_KEY,
    Key(name="description", shape=TEXT, summary="what the step is for"),
    Key(name="shell", shape=SHELL, summary="what runs the script: bash, sh, python, none or a list"),
    Key(name="cwd", shape=TEMPLATES, summary="the folder to run in, relative to the file's"),
    Key(name="env", shape=ENV, summary="environment variables; null unsets one"),
    Key(name="timeout", shape=DURATION, summary="the longest time that one attempt may take"),
    Key(name="retries", shape=RETRIES, summary="how often to try again after a failure"),
    Key(name="quiet", shape=FLAG, summary="whether its output stays out of the terminal"),
    Key(name="secrets", shape=SECRETS, summary="variables whose values are masked"),
)

NO_NEEDS = {
    "needs": Refused(
        HOOK_NEEDS_STEP,
        "cannot need steps: it runs when the graph is done",
        "drop `needs`; expressions may still ask for `needs.STEP.status` and `needs.STEP.out.NAME`",
    )
}

ROLLBACK: Shape = Either(
    wants="a script or a step without `needs`",
    scalar=RUN,
    mapping=Fields(*BODY, what="rollback", refused=NO_NEEDS),
    code=BAD_ROLLBACK,
)

STEP_KEYS: tuple[Key, ...] = (
    *BODY,
    Key(name="needs", shape=NEEDS, summary="steps that must end first: ids, `id[axis=value]`, globs"),
    Key(name="inputs", shape=PATHS, summary="what the step reads; `[]` declares that it reads nothing"),
    Key(name="outputs", shape=PATHS, summary="what the step writes; `[]` declares that it writes nothing"),
    Key(name="matrix", shape=MATRIX, summary="one step for each combination of the axes' values"),
    Key(name="foreach", shape=FOREACH, summary="one step for each item"),
    Key(name="max-parallel", shape=whole(1, 100_000), summary="how many cells may run at once"),
    Key(name="fail-fast", shape=FLAG, summary="whether a failed cell cancels the rest, true if absent"),
    Key(name="if", shape=CONDITION, summary="an expression; the step is skipped if it is false"),
    Key(
        name="allow-failure",
        shape=Either(
            wants="true, false, an expression or a list of exit statuses",
            scalar=ALLOW_FAILURE,
            sequence=Items(whole(0, 255, code=BAD_ALLOW_FAILURE)),
            code=BAD_ALLOW_FAILURE,
        ),
        summary="whether the run succeeds although this step fails; or the exit statuses for which",
    ),
    Key(name="resources", shape=RESOURCES, summary="what the step asks of the machine"),
    Key(name="cache", shape=CACHE_KEYS, summary="whether and how results are reused"),
    Key(
        name="effects",
        shape=Either(wants="a list of effects", sequence=Items(EFFECT), code=BAD_EFFECTS),
        summary="what it does besides its outputs; `[]` declares that it does nothing else",
    ),
    Key(name="interactive", shape=FLAG, summary="whether it takes the terminal for itself"),
    Key(
        name="capture",
        shape=Either(
            wants="a mapping such as `stdout: NAME`",
            mapping=Fields(
                Key(
                    name="stdout",
                    shape=word(CAPTURED),
                    summary="the name under which its stdout is known",
                    required=True,
                    code=BAD_CAPTURE,
                ),
                what="capture",
            ),
            code=BAD_CAPTURE,
        ),
        summary="values for later steps",
    ),
    Key(name="rollback", shape=ROLLBACK, summary="undoes the step after a later failure"),
    Key(name="priority", shape=whole(-1_000_000, 1_000_000), summary="larger goes first, 0 if absent"),
    Key(name="keep-on-failure", shape=FLAG, summary="whether outputs stay in place when it fails"),
    Key(name="x-duration", shape=DURATION, summary="how long it is expected to take"),
)

STEP = Fields(*STEP_KEYS, what="step")
LISTED_STEP = Fields(
    Key(name="id", shape=word(STEP_ID), summary="the step's id, `step-N` if absent"),
    *STEP_KEYS,
    what="step",
    named_by="id",
)
HOOK = Fields(*BODY, what="hook", refused=NO_NEEDS)
HOOKS = MapOf(value=HOOK, entry="hook", keys=STEP_ID)

DEFAULTS = Fields(
    Key(name="shell", shape=SHELL, summary="as in a step"),
    Key(name="cwd", shape=TEMPLATES, summary="as in a step"),
    Key(name="env", shape=ENV, summary="merged under each step's"),
    Key(name="timeout", shape=DURATION, summary="as in a step"),
    Key(name="retries", shape=RETRIES, summary="as in a step"),
    Key(name="cache", shape=CACHE_KEYS, summary="as in a step"),
    Key(name="resources", shape=RESOURCES, summary="merged under each step's"),
    what="defaults",
)

PARAM = Fields(
    Key(name="default", shape=DEFAULT, summary="the value if none is given"),
    Key(
        name="type",
        shape=choice("str", "int", "float", "bool", "path", code=BAD_PARAM),
        summary="str if absent",
    ),
    Key(name="choices", shape=Items(TEXT, minimum=1), summary="the values that are allowed"),
    Key(name="min", shape=number(), summary="the smallest value allowed"),
    Key(name="max", shape=number(), summary="the largest value allowed"),
    Key(name="env", shape=word(VARIABLE), summary="a variable to take the value from"),
    Key(name="required", shape=FLAG, summary="false: it is null if there is no value and no default"),
    Key(name="description", shape=TEXT, summary="what it is for"),
    what="param",
)

INCLUDE = Fields(
    Key(name="path", shape=TEXT, summary="a file, relative to this one", required=True, code=BAD_INCLUDE),
    Key(
        name="as",
        shape=word(STEP_ID),
        summary="the prefix of its steps' ids: `lint` makes `lint/ruff`",
        required=True,
        code=BAD_INCLUDE,
    ),
    Key(name="params", shape=MapOf(value=VALUES), summary="values for its params"),
    Key(name="optional", shape=FLAG, summary="whether the file may be missing"),
    what="include",
)

WORKFLOW = Fields(
    Key(
        name="wfopt",
        shape=whole(1, 1, code=UNSUPPORTED_VERSION),
        summary="the version of this format: 1",
        required=True,
        code=UNSUPPORTED_VERSION,
    ),
    Key(name="name", shape=TEXT, summary="what the workflow is called, the file's name if absent"),
    Key(name="description", shape=TEXT, summary="what the workflow is for"),
    Key(name="defaults", shape=DEFAULTS, summary="values for every step that does not set them"),
    Key(
        name="params",
        shape=MapOf(
            value=Either(wants="a value or a mapping", scalar=DEFAULT, mapping=PARAM, code=BAD_PARAM),
            keys=PARAM_NAME,
        ),
        summary="values that a run can set with `-p NAME=VALUE`",
    ),
    Key(name="env", shape=ENV, summary="environment variables of every step; null unsets one"),
    Key(name="dotenv", shape=Items(TEXT), summary="files with variables; `?` in front: may be missing"),
    Key(name="resources", shape=MapOf(value=whole(0, 1_000_000)), summary="named resources of the machine"),
    Key(name="include", shape=Items(INCLUDE), summary="further workflow files"),
    Key(name="secrets", shape=SECRETS, summary="variables whose values are masked"),
    Key(name="targets", shape=TEXTS, summary="the steps that are wanted, every last one if absent"),
    Key(
        name="steps",
        shape=Either(
            wants="a mapping from ids to steps, or a list of steps",
            mapping=MapOf(value=STEP, entry="step", keys=STEP_ID, minimum=1),
            sequence=Items(LISTED_STEP),
            code=NO_STEPS,
        ),
        summary="what to run: a mapping (needs decide the order) or a list (in this order)",
        code=NO_STEPS,
    ),
    Key(name="on-failure", shape=HOOKS, summary="runs after a failed run"),
    Key(name="finally", shape=HOOKS, summary="runs at the end, whatever happened"),
    what="workflow",
    either=("steps", "include"),
)
