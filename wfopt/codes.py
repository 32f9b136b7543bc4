"""The message codes of wfopt: each a stable number, a readable name, and one line of explanation.

Numbers group by subject: 00x to 09x reading a workflow, 1xx to 4xx findings about it, 5xx what happened
during a run, 6xx the command line, 9xx what an importer could not map. A number is never used again for
something else. The codes of findings stand with the checks that report them.
"""

from __future__ import annotations

from wfopt.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of message.

    Attributes:
        number: `WF` and three digits; what messages show.
        name: kebab-case and names the problem; accepted wherever the number is.
        summary: one sentence that says what it means.
    """

    number: str
    name: str
    summary: str


UNREADABLE_FILE = Code("WF000", "unreadable-file", "the file cannot be read as UTF-8 text")
UNSUPPORTED_VERSION = Code("WF001", "unsupported-version", "`wfopt: 1` is missing or another number")
UNKNOWN_KEY = Code("WF002", "unknown-key", "a key that the format does not know")
NO_STEPS = Code("WF003", "no-steps", "a workflow needs at least one step")
BAD_STEP_ID = Code("WF004", "bad-step-id", "a step id is malformed or not unique")
MISSING_RUN = Code("WF005", "missing-run", "a step has nothing to run")
CUT_BY_COMMENT = Code("WF007", "cut-by-comment", "a script ends at ` #` because YAML starts a comment there")
YAML_SYNTAX = Code("WF008", "yaml-syntax", "the file is not well-formed YAML")
WRONG_TYPE = Code("WF009", "wrong-type", "a value of another type than the key takes")
BAD_PARAM = Code("WF010", "bad-param", "a param's value does not fit its declaration")
MISSING_PARAM = Code("WF011", "missing-param", "a required param was not given")
BAD_ENV = Code("WF012", "bad-env", "an environment variable is not a plain value")
MISSING_DOTENV = Code("WF013", "missing-dotenv", "a file of `dotenv` is missing or malformed")
DUPLICATE_KEY = Code("WF014", "duplicate-key", "a key stands twice in one mapping")
TOO_COMPLEX = Code("WF015", "too-complex", "the file is nested, aliased or expanded beyond the limits")
UNDERSCORE_KEY = Code("WF016", "underscore-key", "a key is written with underscores instead of hyphens")
ABOVE_CAPACITY = Code("WF020", "above-capacity", "a step requests more of a resource than there is")
BAD_SIZE = Code("WF021", "bad-size", "a size without a unit, or malformed")
BAD_INCLUDE = Code("WF030", "bad-include", "a file cannot be included, or contradicts another")
UNKNOWN_SHELL = Code("WF040", "unknown-shell", "a shell that wfopt does not know")
SHELL_NOT_FOUND = Code("WF041", "shell-not-found", "a shell or program is not on PATH")
BAD_CWD = Code("WF042", "bad-cwd", "a working directory outside the workspace, or missing")
UNKNOWN_STEP = Code("WF050", "unknown-step", "a step that does not exist is named")
CYCLE = Code("WF051", "cycle", "steps need each other in a circle")
SELF_NEED = Code("WF052", "self-need", "a step needs itself")
NO_ORDER = Code("WF053", "no-order", "no step waits for another one")
OUTPUT_CONFLICT = Code("WF060", "output-conflict", "an output is declared twice, or is its own input")
OUTSIDE_WORKSPACE = Code("WF061", "outside-workspace", "a path that leaves the workspace")
MISSING_OUTPUT = Code("WF062", "missing-output", "a step ended well without making a declared output")
BAD_MATRIX = Code("WF070", "bad-matrix", "a matrix axis is not a list")
EMPTY_MATRIX = Code("WF071", "empty-matrix", "a matrix without any cell")
MATRIX_TOO_LARGE = Code("WF072", "matrix-too-large", "a matrix or a workflow beyond the limits")
BAD_FOREACH = Code("WF073", "bad-foreach", "`foreach` is not a list or map, or stands beside `matrix`")
BAD_EXPRESSION = Code("WF080", "bad-expression", "an expression in `${{ }}` cannot be read or evaluated")
CONSTANT_CONDITION = Code("WF081", "constant-condition", "a condition that is always true or always false")
BAD_DURATION = Code("WF082", "bad-duration", "a duration without a unit, or malformed")
BAD_RETRIES = Code("WF083", "bad-retries", "more retries than allowed, or malformed")
BAD_ALLOW_FAILURE = Code("WF084", "bad-allow-failure", "`allow-failure` is malformed")
BAD_CACHE = Code("WF090", "bad-cache", "`cache` contradicts the step's effects, or is malformed")
BAD_EFFECTS = Code("WF092", "bad-effects", "an effect's name is malformed")
BAD_CAPTURE = Code("WF093", "bad-capture", "`capture` is malformed")
BAD_ROLLBACK = Code("WF094", "bad-rollback", "`rollback` is malformed")
SECRET_IN_ID = Code("WF096", "secret-in-id", "the id of a step holds the value of a secret")
BAD_LIMITS = Code("WF097", "bad-limits", "`limits` is malformed")
HOOK_NEEDS_STEP = Code("WF095", "hook-needs-step", "a hook may not need steps of the graph")

UNUSED_IGNORE = Code("WF408", "unused-ignore", "a comment that silences no finding")

STEP_FAILED = Code("WF501", "step-failed", "a step ended with an exit status other than 0")
STEP_TIMED_OUT = Code("WF502", "step-timed-out", "a step ran longer than its `timeout`")
STEP_KILLED = Code("WF503", "step-killed", "a step was ended by a signal")
STEP_NOT_STARTED = Code("WF504", "step-not-started", "a step's program could not be started")
LEFT_BEHIND = Code("WF505", "left-behind", "a step left processes in the background")
OUTPUT_NOT_CLOSED = Code("WF506", "output-not-closed", "a step ended but something still holds its output")
EMPTY_OUTPUT_GLOB = Code("WF507", "empty-output-glob", "an output pattern matched nothing")
CPU_CLAMPED = Code("WF508", "cpu-clamped", "a step asked for more cpus than there are")
OUTPUTS_LEFT = Code("WF509", "outputs-left", "the outputs of a failed step could not be moved aside")
WORKSPACE_BUSY = Code("WF510", "workspace-busy", "another run has the workspace")
LOCK_UNAVAILABLE = Code("WF511", "lock-unavailable", "the workspace cannot be locked here")
SERVICE_ENDED = Code("WF512", "service-ended", "a background service ended before the run did")
LOGS_LOST = Code("WF513", "logs-lost", "the output of steps could not be written to their logs")
LOG_CAPPED = Code("WF514", "log-capped", "a step printed more than its log takes")
CACHE_TROUBLE = Code("WF515", "cache-trouble", "the cache cannot be used, or not be written to")
NOT_STORED = Code("WF516", "not-stored", "a step ended well, but its result could not be kept in the cache")
HISTORY_TROUBLE = Code("WF517", "history-trouble", "the history of runs cannot be used, or not be written to")
REPORT_NOT_WRITTEN = Code("WF519", "report-not-written", "a file about a run could not be written")
OVER_LIMIT = Code("WF520", "over-limit", "a step used more than it is limited to")
OVER_REQUEST = Code("WF521", "over-request", "a step used more memory than it asks for, unnoticed")
NOT_OPTIMIZED = Code("WF522", "not-optimized", "a workflow is run as it is, though it was to be optimized")
NOT_TRACED = Code("WF523", "not-traced", "steps are run without a trace, though they were to be traced")
GATE_TRIPPED = Code("WF518", "gate-tripped", "the newest runs are worse than a gate allows")

BAD_OPTION = Code("WF600", "bad-option", "an option of the command line cannot be used")
BAD_CONFIG = Code("WF601", "bad-config", "a file with defaults for options cannot be used")

OPAQUE_ACTION = Code("WF901", "opaque-action", "a step is an action that wfopt does not run itself")
OPAQUE_COMMAND = Code("WF902", "opaque-command", "a command with a template that wfopt does not fill in")
IN_CONTAINER = Code("WF903", "in-container", "steps run in a container")
WITH_SERVICES = Code("WF904", "with-services", "containers run beside the steps")
NEEDS_SECRETS = Code("WF905", "needs-secrets", "a step uses secrets of the service")
NOT_FETCHED = Code("WF906", "not-fetched", "a file elsewhere belongs to it, and nothing is fetched")
OTHER_MACHINE = Code("WF907", "other-machine", "a step asks for a machine of another kind")
OPEN_MATRIX = Code("WF908", "open-matrix", "only the run knows the cells of a matrix")
IGNORED_KEY = Code("WF909", "ignored-key", "a key that means nothing to wfopt")
CALLED_WORKFLOW = Code("WF910", "called-workflow", "a job calls another workflow")
OPEN_CONDITION = Code("WF911", "open-condition", "only the service can decide a condition")
NOT_MAPPED = Code("WF912", "not-mapped", "a feature of the format that has no counterpart")

BAD_HISTORY = Code("WF950", "bad-history", "a file of past runs cannot be imported")

CODES: tuple[Code, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Code))
