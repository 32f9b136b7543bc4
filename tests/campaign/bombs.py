"""Files that are written to hurt: bombs, depth, length, circles, and things that are no text at all."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Bomb = Callable[[Random], bytes]

HEAD = "wfopt: 1\nsteps:\n"


def _aliases(rnd: Random) -> bytes:
    fan, levels = rnd.randint(2, 12), rnd.randint(3, 40)
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * fan)}]" for level in range(1, levels)]
    return "\n".join(["wfopt: 1", *lines, f"steps: *a{levels - 1}"]).encode()


def _merges(rnd: Random) -> bytes:
    fan, levels = rnd.randint(1, 12), rnd.randint(3, 40)
    lines = ["a0: &a0 {x: 1}"]
    lines += [
        f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * fan)}], k{level}: 1}}"
        for level in range(1, levels)
    ]
    return "\n".join([*lines, "wfopt: 1", f"steps: {{a: {{<<: *a{levels - 1}, run: x}}}}"]).encode()


def _brackets(rnd: Random) -> bytes:
    sign = rnd.choice([b"[", b"{", b"- ", b"? ", b"[[{", b"{a: ", b"\n- ", b"!!seq [", b"&a ["])
    return rnd.choice([b"", HEAD.encode()]) + sign * rnd.choice([10, 63, 64, 65, 500, 5000, 100_000])


def _indented(rnd: Random) -> bytes:
    depth = rnd.choice([60, 64, 70, 300])
    return "\n".join(" " * level + "a:" for level in range(depth)).encode()


def _long_line(rnd: Random) -> bytes:
    size = rnd.choice([1_000, 65_536, 1_000_000])
    text = rnd.choice(["x", "x ", "\u4e2d", "a: ", "${{ ", "'", "\t", "&a ", "*a ", "é"]) * (size // 3)
    return f"{HEAD}  a: {{run: {text}}}\n".encode()


def _nested_expression(rnd: Random) -> bytes:
    depth = rnd.choice([10, 50, 100, 500, 20_000])
    inner = rnd.choice(
        [
            "(" * depth + "1" + ")" * depth,
            "!" * depth + "true",
            "contains(" * depth + "1" + ")" * depth,
            "params" + ".a" * depth,
            "params" + "[0]" * depth,
            " && ".join(["true"] * depth),
            "a[" * depth,
            "(" * depth,
            "'" * depth,
            " == ".join("1" * min(depth, 5000)),
        ]
    )
    key = rnd.choice(["if", "run", "cwd", "env", "outputs"])
    text = f'"${{{{ {inner} }}}}"'
    value = {"env": f"{{A: {text}}}", "outputs": f"[{text}]"}.get(key, text)
    run = "" if key == "run" else "run: x, "
    return f"{HEAD}  a: {{{run}{key}: {value}}}\n".encode()


def _matrix(rnd: Random) -> bytes:
    axes = rnd.randint(1, 40)
    values = ", ".join(str(value) for value in range(rnd.choice([1, 2, 3, 10, 300, 5000])))
    lines = [f"      a{axis}: [{values}]" for axis in range(axes)]
    return "\n".join([f"{HEAD}  m:", "    run: x", "    matrix:", *lines]).encode()


def _ranges(rnd: Random) -> bytes:
    most = rnd.choice(["10", "1000", "10001", "1000000000", "1e18", "-5", "9" * 500, "params.n", "'x'", ""])
    where = rnd.choice(["matrix: {x: %s}", "foreach: %s", "env: {A: %s}", "matrix: {x: [%s, %s]}", "if: %s"])
    text = where.replace("%s", f'"${{{{ range({most}) }}}}"')
    return f"wfopt: 1\nparams: {{n: 99999999}}\nsteps:\n  a:\n    run: x\n    {text}\n".encode()


def _circle(rnd: Random) -> bytes:
    size = rnd.choice([1, 2, 3, 50, 1000, 3000])
    kind = rnd.randrange(3)
    lines = []
    for step in range(size):
        after = (step + 1) % size
        if kind == 0:
            lines.append(f"  s{step}: {{run: x, needs: [s{after}]}}")
        elif kind == 1:
            lines.append(f"  s{step}: {{run: x, inputs: [o{after}], outputs: [o{step}]}}")
        else:
            lines.append(f"  s{step}: {{run: x, if: \"${{{{ needs.s{after}.status == 'failed' }}}}\"}}")
    return (HEAD + "\n".join(lines)).encode()


def _dense(rnd: Random) -> bytes:
    size = rnd.choice([10, 100, 400])
    selector = rnd.choice(["'*'", "'s*'", "'s?'", "'s[0-9]'"])
    lines = [f"  s{step}: {{run: x, inputs: ['o*', '**/*.c'], outputs: [o{step}]}}" for step in range(size)]
    lines += [f"  t{step}: {{run: x, needs: [{selector}], inputs: ['*{step}*']}}" for step in range(size)]
    return (HEAD + "\n".join(lines)).encode()


def _globs(rnd: Random) -> bytes:
    part = rnd.choice(["**/", "*", "[a-z]*", "{a,b}", "?*", "a*", "**/*a*/", "[!x]"])
    glob = part * rnd.choice([3, 10, 40, 200])
    lines = [f"  s{step}: {{run: x, inputs: ['{glob}b'], outputs: ['{glob}c{step}']}}" for step in range(20)]
    return (HEAD + "\n".join(lines)).encode()


def _circular_values(rnd: Random) -> bytes:
    return rnd.choice(
        [
            b"&a [*a]",
            b"&a {wfopt: 1, steps: *a}",
            b"wfopt: 1\nsteps: &s {a: {run: x}, b: *s}",
            b"wfopt: 1\nsteps: {a: &a {run: x, env: *a}}",
            b"? &a *a\n: 1",
            b"&a ? *a : 1",
            b"wfopt: 1\nsteps: {a: &a {<<: *a, run: x}}",
        ]
    )


def _includes(rnd: Random) -> bytes:
    path = rnd.choice(
        ["loop.yml", "part.yml", "case.yml", "../up.yml", "/etc/passwd", ".", "gone.yml", "/dev/zero"]
    )
    many = rnd.choice([1, 2, 40])
    items = "".join(f"  - {{path: {path}, as: p{item}}}\n" for item in range(many))
    return f"wfopt: 1\ninclude:\n{items}steps: {{a: {{run: x, needs: ['*']}}}}\n".encode()


def _dotenv(rnd: Random) -> bytes:
    path = rnd.choice(
        ["vars.env", "latin.env", "/dev/zero", "/etc/shadow", "../x", ".", "gone.env", "?gone.env", "odd.env"]
    )
    return f"wfopt: 1\ndotenv: ['{path}']\nsteps: {{a: {{run: x}}}}\n".encode()


def _many_keys(rnd: Random) -> bytes:
    count = rnd.choice([100, 3000, 20_000])
    same = rnd.random() < 0.5
    return (HEAD + "".join(f"  s{0 if same else step}: {{rum: x}}\n" for step in range(count))).encode()


def _wide(rnd: Random) -> bytes:
    """Return very many steps that are all right or all wrong in the same way."""
    line = rnd.choice(
        [
            "{run: x}",
            "{run: x, needs: [gone%d]}",
            "{run: '${{ 1 + }}'}",
            "{run: '${{ params.x%d }}'}",
            "[x]",
            "{run: x, inputs: ['a%d*'], outputs: [b%d]}",
            "{run: x, matrix: {a: [1, 2, 3], b: [1, 2, 3]}}",
            "{run: x, timeout: 1, retries: x, cpu: 1}",
            "*%d",
        ]
    )
    count = rnd.choice([1000, 10_000])
    return (HEAD + "".join(f"  s{step}: {line.replace('%d', str(step))}\n" for step in range(count))).encode()


def _no_text(rnd: Random) -> bytes:
    text = f"{HEAD}  a: {{run: echo}}\n"
    return rnd.choice(
        [
            b"",
            b"\n" * 1000,
            b"#" * 1000,
            b"\0" * 1000,
            rnd.randbytes(rnd.choice([1, 10, 1000, 100_000])),
            text.encode("utf-16"),
            text.encode("utf-16-be"),
            text.encode("utf-32"),
            b"\xef\xbb\xbf" + text.encode(),
            b"\xef\xbb\xbf" * 3 + text.encode(),
            text.encode() + b"\xff",
            text.encode() * 2,
            text.encode() + b"---\n" + text.encode(),
            b"%YAML 1.1\n---\n" + text.encode(),
            b"%TAG ! tag:x,2000:\n---\n!x " + text.encode(),
            b"\x7fELF" + rnd.randbytes(100),
            b"PK\x03\x04",
            text.encode().replace(b"\n", b"\x0b"),
            b'{"wfopt": 1, "steps": ' + b'{"a": ' * 100,
        ]
    )


def _ids(rnd: Random) -> bytes:
    name = rnd.choice(
        [
            *(
                "../x",
                "a/b",
                "a b",
                "caf\u00e9",
                "cafe\u0301",
                "-",
                "--help",
                "a" * 300,
                "a[b=c]",
                "*",
                "~",
                "1",
            ),
            *(
                "'a\\nb'",
                '"a\\nb"',
                "<<",
                "finally:x",
                "rollback:a",
                '""',
                "\u202ea",
                "$(touch PWNED)",
                "a;b",
                "true",
            ),
        ]
    )
    return f"{HEAD}  {name}: {{run: x}}\n  b: {{run: x, needs: [{name}]}}\n".encode("utf-8", "surrogatepass")


BOMBS: tuple[Bomb, ...] = (
    _aliases,
    _merges,
    _brackets,
    _indented,
    _long_line,
    _nested_expression,
    _matrix,
    _ranges,
    _circle,
    _dense,
    _globs,
    _circular_values,
    _includes,
    _dotenv,
    _many_keys,
    _wide,
    _no_text,
    _ids,
)


def bomb(rnd: Random) -> bytes:
    """Return one of them."""
    return rnd.choice(BOMBS)(rnd)
