"""Options and where they come from."""

import pytest

from wfopt.render.option_rows import OptionRow, OptionValue, Source, option_document, option_text

ROWS = (
    OptionRow(name="jobs", value="4", source=Source.COMMAND_LINE),
    OptionRow(name="keep-going", value=True, source=Source.ENVIRONMENT, place="WFOPT_KEEP_GOING"),
    OptionRow(name="state-dir", value="/state", source=Source.CONFIG, place="../.wfopt.toml"),
    OptionRow(name="cpus", value=None, source=Source.DEFAULT),
)


def test_rows_are_aligned() -> None:
    assert option_text(ROWS) == (
        "jobs        4       command line\n"
        "keep-going  true    environment variable WFOPT_KEEP_GOING\n"
        "state-dir   /state  ../.wfopt.toml\n"
        "cpus        -       default\n"
    )
    assert option_text(()) == ""


@pytest.mark.parametrize(
    ("value", "shown"), [(False, "false"), (["a", "b"], "a b"), ("", "-"), ("\x1b[2J", "\\x1b[2J")]
)
def test_values_are_harmless_text(value: OptionValue, shown: str) -> None:
    row = OptionRow(name="x", value=value, source=Source.DEFAULT)
    assert option_text([row]) == f"x  {shown}  default\n"


def test_a_very_long_value_does_not_move_the_others() -> None:
    rows = [OptionRow(name="x", value=each, source=Source.DEFAULT) for each in ("a" * 50, "b")]
    assert option_text(rows).splitlines()[1] == f"x  {'b':<40}  default"


def test_the_document_says_the_same() -> None:
    document = option_document(ROWS, "../.wfopt.toml")
    assert (document["schema"], document["file"]) == ("wfopt.config/1", "../.wfopt.toml")
    options = document["options"]
    assert isinstance(options, list)
    assert options[1] == {
        "name": "keep-going",
        "value": True,
        "source": "environment",
        "place": "WFOPT_KEEP_GOING",
    }
    assert options[3] == {"name": "cpus", "value": None, "source": "default", "place": None}
    assert option_document((), "")["file"] is None
