"""Steps as the file has them."""

import pytest

from tests.support.github_files import mapping
from wfopt.formats.github.declared import condition_text, declared, is_step


@pytest.mark.parametrize(
    ("script", "sets"),
    [
        ("echo A=1 >> $GITHUB_ENV", True),
        ('echo x >> "${GITHUB_PATH}"', True),
        ("echo ::set-env name=A::1", True),
        ("echo a=1 >> $GITHUB_OUTPUT", False),
        ("echo $GITHUB_ENVIRONMENT", False),
    ],
)
def test_scripts_that_set_something(script: str, sets: bool) -> None:
    assert declared("1", "", mapping(f"run: '{script}'")).sets is sets


def test_mentions_come_from_everything_but_the_name() -> None:
    text = """
    run: ${{ a.b }}
    name: ${{ c.d }}
    env: {X: "${{ e.f }}", Y: [x]}
    if: g.h
    shell: ${{ i.j }}
    """
    assert declared("1", "", mapping(text)).mentions == {"a.b", "e.f", "g.h", "i.j"}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("{run: a}", True),
        ("{uses: a}", True),
        ("{run: }", False),
        ("{run: [a]}", False),
        ("{name: a}", False),
    ],
)
def test_what_is_a_step(node: str, expected: bool) -> None:
    assert is_step(mapping(node)) is expected


def test_an_empty_condition_is_none() -> None:
    assert condition_text(mapping("{if: ''}")) is None
    assert condition_text(mapping("{if: true}")) is not None
