"""Which actions keep something for later runs, with the options and versions that decide it."""

from __future__ import annotations

import pytest

from tests.support.texts_at import place_of
from wfopt.analyzer.actions import caches
from wfopt.model.workflow import Opaque, Step, StepId


def action(what: str, **options: str) -> Step:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    run = Opaque(what=what, why="an action", options=given)
    return Step(id=StepId("a"), run=run, places={"uses": place_of(what, what)})


@pytest.mark.parametrize(
    ("what", "options", "wanted"),
    [
        ("actions/cache@v4", {}, True),
        ("actions/cache/restore@v4", {}, True),
        ("Swatinem/rust-cache@v2", {}, True),
        ("./.github/actions/prepare", {}, True),
        ("somebody/setup-everything@v1", {}, True),
        ("somebody/lint@v1", {}, False),
        ("actions/checkout@v4", {}, False),
        ("actions/setup-node@v4", {}, False),
        ("actions/setup-node@v4", {"cache": "npm"}, True),
        ("actions/setup-node@v4", {"cache": "${{ inputs.cache }}"}, True),
        ("actions/setup-node@v4", {"cache": "false"}, False),
        ("actions/setup-go@v3", {}, False),
        ("actions/setup-go@v4.1.0", {}, True),
        ("actions/setup-go@0a1b2c3d4e5f", {}, True),
        ("actions/setup-go@v5", {"cache": "false"}, False),
        ("astral-sh/setup-uv@v6", {}, True),
        ("astral-sh/setup-uv@v6", {"enable_cache": "false"}, False),
        ("gradle/actions/setup-gradle@v4", {}, True),
        ("gradle/actions/setup-gradle@v4", {"cache_disabled": "true"}, False),
        ("ruby/setup-ruby@v1", {"bundler_cache": "true"}, True),
        ("taiki-e/install-action@v2", {}, False),
        ("dtolnay/rust-toolchain@stable", {}, False),
    ],
)
def test_caching_actions(what: str, options: dict[str, str], wanted: bool) -> None:
    assert caches(action(what, **options)) is wanted


def test_a_script_caches_nothing() -> None:
    script = Opaque(what="npm install setup cache", why="uses secrets")
    assert not caches(Step(id=StepId("a"), run=script))
