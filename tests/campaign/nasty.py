"""Words and values that have made trouble somewhere: keys of the format, and scalars for any place."""

from __future__ import annotations

from wfopt.formats.native.keys import WORKFLOW
from wfopt.formats.native.records import Fields
from wfopt.formats.native.shapes import Either, Items, MapOf, Shape


def _keys(shape: Shape | None) -> list[str]:
    """Return the keys that may stand somewhere below a shape."""
    if isinstance(shape, Fields):
        return [name for key in shape.keys.values() for name in (key.name, *_keys(key.shape))]
    if isinstance(shape, Either):
        return [*_keys(shape.scalar), *_keys(shape.sequence), *_keys(shape.mapping)]
    if isinstance(shape, Items):
        return _keys(shape.item)
    return _keys(shape.value) if isinstance(shape, MapOf) else []


KEYS: tuple[str, ...] = tuple(dict.fromkeys(_keys(WORKFLOW)))
"""Every key of the format."""

_NUMBERS = (
    *("0", "-1", "1", "2", "1e309", "1e-400", "-0", "+5", ".5", "5.", "0x7fffffff", "0o17", "010", "1_000"),
    *("9223372036854775808", "9" * 400, "9" * 5000, ".inf", "-.inf", ".nan", "12:30", "1e3", "NaN", "1,5"),
)

_QUANTITIES = (
    *("90s", "1h30m", "20", "0s", "-1s", "1e9d", "9" * 30 + "d", "1.5.5h", "s", "2GiB", "2gib", "-1MiB"),
    *("9" * 40 + "TiB", "0B", "1e400GiB", "512 MiB", "0.0000001s", "1d1d1d"),
)

_WORDS = (
    *("true", "yes", "no", "~", "null", "''", '""', "on", "auto", "any", "timeout", "bash", "none", "python"),
    *("needs", "always()", "network", "a", "b", "build", "test-*", "*", "**", "!", "!!", "[]", "{}", "[[]]"),
    *("{a: {b: {c: [1, {d: e}]}}}", "[{}, [], ~, 1]", "{[a]: b}", "{? {a: b} : c}", "- x", "? x", "|", ">-"),
    *("2024-01-01", "=", "<<", "%YAML 9.9", "---", "...", "# nothing", "@x", "`x`", "\\", "'open", '"open'),
)

_TAGGED = (
    *("!!python/object/apply:os.system ['touch PWNED']", "!!python/name:os.system", "!!binary aGVsbG8="),
    *(
        "!!python/object/new:os.system [touch PWNED]",
        "!!set {a, b}",
        "!!omap [a: 1]",
        "!!timestamp 2001-01-01",
    ),
    *(
        "!!int x",
        "!!float x",
        "!!bool x",
        "!custom {a: b}",
        "!<tag:x> y",
        "!!",
        "! x",
        "!!null x",
        "!!map []",
    ),
    *("&a [*a]", "&a {b: *a}", "*unknown", "&a &b c", "&a x", "*a", "{<<: *a}", "{<<: [*a, *a]}", "{<<: 1}"),
)

_PATHS = (
    *(
        "../out",
        "/etc/passwd",
        "~/.ssh/id_rsa",
        "a/../../b",
        "./././a",
        "a//b",
        ".",
        "..",
        "/",
        "a/",
        ".wfopt",
    ),
    *(".wfopt/runs", "[", "[a", "[!]", "a[z-a]", "{a,b}", "{a,{b,{c,d}}}", "**/**/**/**/**/a", "a" * 5000),
    *("*" * 300, "?" * 3000, "con\u0000", "a\\b", "a\nb", "*/" * 200 + "x", "{a,b}" * 12, "[[:alpha:]]"),
)

_EXPRESSIONS = (
    *(
        "${{",
        "${{ }}",
        "}}",
        "${{ ${{ }} }}",
        "${{ params }}",
        "${{ params.x",
        "${{ 'a }}",
        "${{ env.HOME }}",
    ),
    *(
        "${{ params.nope }}",
        "${{ matrix.nope }}",
        "${{ needs.nope.out.x }}",
        "${{ needs.a.status }}",
        "${{ 1/0 }}",
    ),
    *(
        "${{ range(999999999999) }}",
        "${{ range(-1) }}",
        "${{ range(0, 10, 0) }}",
        "${{ range('x') }}",
        "${{ 1 == }}",
    ),
    *(
        "${{ ((((((((((1)))))))))) }}",
        f"${{{{ {'(' * 3000}1{')' * 3000} }}}}",
        f"${{{{ {'!' * 5000}true }}}}",
    ),
    *(f"${{{{ {' && '.join(['true'] * 3000)} }}}}", f"${{{{ {'a.' * 3000}b }}}}", f"${{{{ {'-' * 500}1 }}}}"),
    *(
        "${{ join(range(100000), 'x') }}",
        "${{ format('{0}', 1) }}",
        "${{ __import__('os') }}",
        "${{ a.__class__ }}",
    ),
    *("${{ x[y[z[0]]] }}", "${{ '" + "x" * 10_000 + "' }}", "${{ fromJSON('[') }}", "${{ hashFiles('**') }}"),
    *(
        "${{ contains('a', 'b') && !failure() || (1 < 2) }}",
        "${{ failed.ids }}",
        "${{ success( }}",
        "$${{ x }}",
    ),
    *(
        "${{ 9" + "9" * 4400 + " }}",
        "${{ 1e999 }}",
        "${{ range(5) }}",
        "${{ env.A || params.b }}",
        "${{ \u00e9 }}",
    ),
)

_UNICODE = (
    *(
        "caf\u00e9",
        "cafe\u0301",
        "\u202eabc",
        "\u200b",
        "\ufeff",
        "\U0001f600",
        "\u2028",
        "\u0085",
        "\u0661\u0662",
    ),
    *(
        "\ufffe",
        "\u00a0",
        "\u0430dmin",
        "\u2066x\u2069",
        "\ud7ff",
        "\U0010ffff",
        "a\u0300" * 500,
        "\u4e2d" * 3000,
    ),
    *('"\\0"', '"\\x1b[2J"', '"\\ud800"', '"\\U00110000"', '"\\e]0;x\\a"', '"a\\nb"', '"\\t"', '"\\u2028"'),
)

_LONG = ("x" * 100_000, "- " * 60 + "x", "a: " * 30 + "b", "[" * 70 + "]" * 70, "{a: " * 70 + "}" * 70)

_FLOOD = (
    "[" * 3000,
    "{" * 3000,
    "[" + "1," * 20_000 + "]",
    "- [" * 40,
    "? " * 200,
    '"' + "\\n" * 20_000 + '"',
)

SCALARS: tuple[bytes, ...] = tuple(
    text.encode()
    for group in (_NUMBERS, _QUANTITIES, _WORDS, _TAGGED, _PATHS, _EXPRESSIONS, _UNICODE, _LONG, _FLOOD)
    for text in group
)
"""Values for any place."""
