"""Secrets stand nowhere in what `wfopt run` keeps, in none of their forms."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.cache_stores import keys_in, store_at
from tests.support.cached import ran, workspace
from wfopt.cache.packing import unpack
from wfopt.cache.parts import unpacked

pytestmark = pytest.mark.slow

SECRETS = {
    "TOKEN": 'se"same/open+12 %',
    "API_KEY": "zoéra-bluth-99/77",
    "PASS": "quirk&vex<plum>55",
    "CAUGHT": "ferrous-wolf;8812",
}
NAME = "plain-name-4417"
STEPS = """params:
  pass: {default: "", env: PASS}
secrets: [TOKEN, PASS, WFOPT_PARAM_PASS]
steps:
  shows: {run: 'echo "$TOKEN" "$B64" "$URL" "$JSON"; seq 500', inputs: [], outputs: []}
  env:
    run: echo
    inputs: []
    outputs: []
    env: {PLAIN: "x${{ env.TOKEN }}y", B: "${{ env.B64 }}", U: "${{ env.URL }}"}
  own: {run: echo $API_KEY, inputs: [], outputs: [], secrets: [API_KEY], env: {API_KEY: "${{ env.FROM }}"}}
  param: {run: 'echo "${{ params.pass }}" $WFOPT_PARAM_PASS', inputs: [], outputs: []}
  extra:
    run: echo
    inputs: []
    outputs: []
    cache: {key: ["${{ env.TOKEN }}", {env: TOKEN}, {command: 'echo "$TOKEN"'}]}
  catches: {run: echo "$FOUND", inputs: [], outputs: [], capture: {stdout: CAUGHT}, secrets: [CAUGHT]}
  hands: {run: 'echo "n=$TOKEN" >> $WFOPT_STEP_OUTPUT', inputs: [], outputs: []}
  names:
    run: 'mkdir -p d; touch "d/$API_KEY.x"'
    inputs: []
    outputs: [d/]
    secrets: [API_KEY]
    env: {API_KEY: "${{ env.NAME }}"}
  links: {run: 'ln -s "$NAME" l', inputs: [], outputs: [l]}
  reads: {run: echo, inputs: ["s/*"], outputs: []}
  fails: {run: 'echo "$TOKEN" >&2; exit 1', inputs: [], outputs: [], allow-failure: true}
"""


def forms(value: str) -> set[bytes]:
    raw = value.encode()
    return {
        raw,
        base64.b64encode(raw),
        base64.urlsafe_b64encode(raw),
        quote(value).encode(),
        quote(value, safe="").encode(),
        json.dumps(value)[1:-1].encode(),
        raw.hex().encode(),
    }


def kept(space: Path) -> Iterator[tuple[str, bytes]]:
    """Yield everything that runs have left, with its place: file names, contents, records unpacked.

    The trash is left out: it holds files of the user, under their own names.
    """
    for path in (space / ".wfopt").rglob("*"):
        if path.is_relative_to(space / ".wfopt/trash"):
            continue
        yield "a name", path.name.encode(errors="surrogateescape")
        if path.is_file():
            yield path.relative_to(space).as_posix(), path.read_bytes()
    with store_at(space / ".wfopt/cache") as store:
        for key, record in store.records.get_many(keys_in(store)).items():
            entry = unpack(key, record, store.blobs)
            assert entry is not None
            yield f"the record of {entry.step}", repr(entry).encode(errors="surrogateescape")
            parts = unpacked(entry.parts)
            assert parts is not None
            yield f"the parts of {entry.step}", "\n".join([*parts, *parts.values()]).encode()
            yield f"the parts of {entry.step}", json.dumps(parts, ensure_ascii=False).encode()


def environ(more: str = "") -> dict[str, str]:
    secret = SECRETS["TOKEN"] + more
    return {
        "TOKEN": secret,
        "PASS": SECRETS["PASS"] + more,
        "FROM": SECRETS["API_KEY"] + more,
        "FOUND": SECRETS["CAUGHT"] + more,
        "NAME": NAME,
        "B64": base64.b64encode(secret.encode()).decode(),
        "URL": quote(secret, safe=""),
        "JSON": json.dumps(secret)[1:-1],
    }


def test_no_form_of_a_secret_is_kept_or_told(tmp_path: Path) -> None:
    space = workspace(tmp_path, STEPS, {f"s/{NAME}": "x"})
    first = ran(space, "-v", "-k", env=environ())
    assert first.code == 0, first.err
    second = ran(space, "-v", "-k", env=environ())
    assert second.executed == ["catches", "hands", "names", "links", "fails"]
    third = ran(space, "-v", "-k", env=environ("0"))
    assert {"env", "own", "param", "extra"} <= set(third.executed)
    told = [("stderr", each.err.encode()) for each in (first, second, third)]
    told += [("the report", json.dumps(each.report, ensure_ascii=False).encode()) for each in (first, third)]
    everything = [*kept(space), *told]
    found = [
        (place, form)
        for value in (*SECRETS.values(), NAME)
        for form in forms(value)
        for place, data in everything
        if form in data
    ]
    assert found == [], first.err


def test_a_new_secret_runs_the_step_again_without_a_word_of_it(tmp_path: Path) -> None:
    step = "{run: echo, inputs: [], outputs: [], secrets: [T], env: {T: '${{ env.V }}'}}"
    space = workspace(tmp_path, f"steps:\n  a: {step}\n")
    reasons = [ran(space, env={"V": value}).reasons["a"] for value in ("first-1", "second-2", "second-2")]
    assert reasons == ["never ran", "env T changed", "up to date"]
    assert ran(space, env={"V": "first-1"}).reasons["a"] == "up to date"
