"""The use case behind `wfopt schema`."""

from __future__ import annotations

from typing import Any

from wfopt.formats.native.keys import WORKFLOW


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the native format, made from the loader's own tables."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wfopt workflow, version 1",
        **WORKFLOW.schema(),
    }
