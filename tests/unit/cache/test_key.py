"""The key of a step: what is in it, what is not, secrets, the variables of wfopt."""

import hmac
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.step_fields import STORE_KEY, fields, file, reads
from wfopt.cache.files import Entry, Kind
from wfopt.cache.key import Extra, Sealer, StepFields, step_key, used_env
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import CacheExtra

OTHER_STORE = b"fedcba9876543210"


def key(store_key: bytes = STORE_KEY, **changed: Any) -> str:
    return step_key(fields(**changed), store_key)


DIFFERENT: list[dict[str, Any]] = [
    {},
    {"run": "make all"},
    {"run": ("make all\n",)},
    {"run": ("make", "all\n")},
    {"run": ("makeall\n", "")},
    {"run": ()},
    {"run": ""},
    {"shell": ("bash", "-e", "-c")},
    {"shell": ("bash -c",)},
    {"shell": ()},
    {"cwd": "sub"},
    {"env": {"A": "1"}},
    {"env": {"A": ""}},
    {"env": {"A": None}},
    {"env": {"A": "None"}},
    {"env": {"A1": ""}},
    {"env": {"A": "1", "B": "2"}},
    {"env": {"A": "1B2"}},
    {"env": {"A": "2", "B": "1"}},
    {"extras": (Extra(CacheExtra.TEXT, "v1", "v1"),)},
    {"extras": (Extra(CacheExtra.FILE, "v1", "v1"),)},
    {"extras": (Extra(CacheExtra.FILE, "v1", None),)},
    {"extras": (Extra(CacheExtra.ENV, "v1", "v1"),)},
    {"extras": (Extra(CacheExtra.ENV, "v1", ""),)},
    {"extras": (Extra(CacheExtra.COMMAND, "v1", "v1"),)},
    {"extras": (Extra(CacheExtra.COMMAND, "v1", "v2"),)},
    {"extras": (Extra(CacheExtra.TEXT, "v1", "v1"),) * 2},
    {"inputs": reads()},
    {"inputs": reads("src/a.c=2")},
    {"inputs": reads("src/b.c=1")},
    {"inputs": reads("src/a.c=1", "src/b.c=1")},
    {"inputs": reads(file("src/a.c=1", executable=True))},
    {"inputs": reads(Entry("src/a.c", Kind.LINK, False, "1"))},
    {"inputs": reads(Entry("src/a.c", Kind.DIR))},
    {"inputs": reads(Entry("src/a.c", Kind.ABSENT))},
    {"outputs": (PathPattern("o"),)},
    {"outputs": (PathPattern("o"), PathPattern("p"))},
    {"outputs": (PathPattern("p"), PathPattern("o"))},
    {"outputs": (PathPattern("o", negated=True),)},
    {"outputs": (PathPattern("o", directory=True),)},
    {"outputs": (PathPattern("o", optional=True),)},
    {"outputs": (PathPattern("o", persist=True),)},
    {"outputs": (PathPattern("o", store=False),)},
    {"capture": "version"},
    {"platform": ("Darwin", "x86_64")},
    {"platform": ("Linux", "aarch64")},
    {"namespace": "pr"},
    {"platform": ("Linuxx", "86_64")},
    {"env": {"A": "1"}, "secrets": frozenset({"A"})},
    {"env": {"A": "2"}, "secrets": frozenset({"A"})},
    {"env": {"A": ""}, "secrets": frozenset({"A"}), "cwd": "x"},
]


def test_every_difference_makes_another_key() -> None:
    keys = [key(**changed) for changed in DIFFERENT]
    assert len(set(keys)) == len(keys)
    assert all(len(each) == 20 for each in keys)


@pytest.mark.parametrize("changed", DIFFERENT)
def test_the_same_step_has_the_same_key(changed: dict[str, Any]) -> None:
    assert key(**changed) == key(**changed)


def test_the_order_of_variables_does_not_matter() -> None:
    assert key(env={"A": "1", "B": None, "C": "3"}) == key(env={"C": "3", "B": None, "A": "1"})


def test_where_declarations_stand_does_not_matter() -> None:
    assert key(outputs=(PathPattern("o"),)) == key(outputs=(replace(PathPattern("o"), span=None),))


def test_what_expressions_mention_matters_by_its_value_alone() -> None:
    assert key(references=frozenset({"params.a", "matrix.b"})) == key()


def test_a_key_without_secrets_is_the_same_in_every_store() -> None:
    assert key() == key(OTHER_STORE)
    assert key(secrets=frozenset({"TOKEN"}), secret_values=("", "sesame")) == key(OTHER_STORE)


@pytest.mark.parametrize(
    "changed",
    [
        {"env": {"TOKEN": "sesame"}},
        {"env": {"TOKEN": "sesame", "URL": "https://sesame@host"}, "secrets": frozenset({"TOKEN"})},
        {"run": "curl -H sesame"},
        {"run": ("curl", "sesame")},
        {"shell": ("sh", "sesame")},
        {"cwd": "sesame"},
        {"extras": (Extra(CacheExtra.TEXT, "sesame", "sesame"),)},
        {"extras": (Extra(CacheExtra.COMMAND, "x", "open sesame"),)},
        {"extras": (Extra(CacheExtra.ENV, "TOKEN", "anything"),)},
    ],
)
def test_secrets_are_hidden_wherever_they_stand(changed: dict[str, Any]) -> None:
    hiding = {"secrets": frozenset({"TOKEN"}), "secret_values": ("sesame",)}
    assert key(**(hiding | changed)) != key(OTHER_STORE, **(hiding | changed))
    assert key(**(hiding | changed)) == key(**(hiding | changed))


def test_no_text_looks_like_the_seal_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hmac, "digest", lambda *_: b"x" * 32)
    sealer = Sealer(STORE_KEY, frozenset(), ("sesame",))
    assert sealer.sealed("sesame") != sealer.sealed("x" * 32)


def test_equal_secrets_do_not_look_equal() -> None:
    sealer = Sealer(STORE_KEY, frozenset({"A", "B"}), ("sesame",))
    assert sealer.sealed_value("A", "sesame") != sealer.sealed_value("B", "sesame")


TEXTS = st.text("a:1-", max_size=3)
FIELDS = st.builds(
    StepFields,
    run=TEXTS | st.lists(TEXTS, max_size=2).map(tuple),
    shell=st.lists(TEXTS, max_size=2).map(tuple),
    cwd=TEXTS,
    env=st.dictionaries(TEXTS, st.none() | TEXTS, max_size=2),
    extras=st.lists(st.builds(Extra, st.sampled_from(CacheExtra), TEXTS, st.none() | TEXTS), max_size=2).map(
        tuple
    ),
    inputs=st.just(reads()),
    capture=TEXTS,
    platform=st.tuples(TEXTS, TEXTS),
)


@settings(max_examples=25)
@given(FIELDS, FIELDS)
def test_only_equal_steps_have_equal_keys(one: StepFields, other: StepFields) -> None:
    assert (step_key(one, STORE_KEY) == step_key(other, STORE_KEY)) is (one == other)


@settings(max_examples=25)
@given(FIELDS, st.data())
def test_moving_text_over_a_border_makes_another_key(one: StepFields, data: st.DataObject) -> None:
    moved = data.draw(TEXTS.filter(bool))
    texts = [one.cwd, one.capture, *one.platform]
    place = data.draw(st.integers(0, 2))
    keys = set()
    for at in (place, place + 1):
        parts = list(texts)
        parts[at] = parts[at] + moved if at == place else moved + parts[at]
        cwd, capture, system, machine = parts
        changed = replace(one, cwd=cwd, capture=capture, platform=(system, machine))
        keys.add(step_key(changed, STORE_KEY))
    assert len(keys) == 2


OWN = {"WFOPT_PARAM_TOP": "1", "WFOPT_PARAM_BUILD_TYPE": "2", "WFOPT_STEP_ID": "s", "CC": "gcc"}
ALL = {"TOP", "BUILD_TYPE", "STEP_ID"}


@pytest.mark.parametrize(
    ("changed", "used"),
    [
        ({}, set()),
        ({"run": "echo $WFOPT_PARAM_TOP"}, {"TOP"}),
        ({"run": "echo ${WFOPT_PARAM_TOP}s $WFOPT_STEP_ID"}, {"TOP", "STEP_ID"}),
        ({"run": ("sh", "-c", "echo $WFOPT_PARAM_BUILD_TYPE")}, {"BUILD_TYPE"}),
        ({"run": "echo > $WFOPT_STEP_OUTPUT"}, set()),
        ({"run": "echo $WFOPT_PARAM_TOPMOST"}, set()),
        ({"run": "echo PARAM_TOP"}, set()),
        ({"shell": ("sh", "-c", ". $WFOPT_PARAM_TOP;")}, {"TOP"}),
        ({"references": frozenset({"params.build-type", "matrix.top", "env.X"})}, {"BUILD_TYPE"}),
        ({"extras": (Extra(CacheExtra.ENV, "WFOPT_PARAM_TOP", "1"),)}, {"TOP"}),
        # In doubt all count.
        ({"references": frozenset({"params"})}, ALL),
        ({"run": "echo ${!WFOPT_PARAM_*}"}, ALL),
        ({"run": "env | grep ^WFOPT_"}, ALL),
        ({"run": 'eval "x=WFOPT_PARAM_B$kind"'}, ALL),
        ({"inputs": reads(file("x.sh=1", mentions_wfopt=True))}, ALL),
    ],
)
def test_variables_of_wfopt_count_if_they_are_used(changed: dict[str, Any], used: set[str]) -> None:
    counted = used_env(fields(**({"env": OWN} | changed)))
    assert {name for name in counted if name != "CC"} == {
        name for name in OWN if name.removeprefix("WFOPT_").removeprefix("PARAM_") in used
    }
    assert counted["CC"] == "gcc"


def test_variables_that_mention_a_param_use_it() -> None:
    env = {**OWN, "ARGS": "--top $WFOPT_PARAM_TOP", "NONE": None}
    assert "WFOPT_PARAM_TOP" in used_env(fields(env=env))
    assert "WFOPT_PARAM_BUILD_TYPE" not in used_env(fields(env=env))


def test_only_a_used_param_changes_the_key() -> None:
    before, after = OWN, {**OWN, "WFOPT_PARAM_TOP": "9"}
    assert key(env=before) == key(env=after)
    text = "echo $WFOPT_PARAM_TOP"
    assert key(env=before, run=text) != key(env=after, run=text)
