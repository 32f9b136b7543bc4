"""A run and the runs before it as one HTML page that needs nothing else.

The page holds its style, its script and its data, and its content security policy allows exactly these:
nothing is loaded, and text that looks like markup stays text. It works from a file.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from wfopt.model.history import RunStory
from wfopt.render.harmless import harmless
from wfopt.render.html.data import Document, story_data
from wfopt.render.html.embedding import json_in_html, source_hash
from wfopt.render.html.past import PageHistory, past_data

# One module: each script may use what those before it define, and the last one starts.
_SCRIPTS = (
    "core.js",
    "surface.js",
    "header.js",
    "detail.js",
    "timeline.js",
    "graph.js",
    "steps.js",
    "history.js",
    "page.js",
)


def render_page(story: RunStory | None, history: PageHistory | None = None, *, title: str = "") -> str:
    """Return the page of a run, of the runs before it, or of both.

    Args:
        story: the run; without it the page shows history alone.
        history: the runs before; without it the page shows the run alone.
        title: the page's title; by default the path of the workflow.

    Returns:
        A complete HTML document. It names no address, so it asks no network for anything.
    """
    heading = harmless(title or (story.run.workflow if story else "history"))
    data: Document = {"title": heading}
    if story:
        data |= story_data(story)
    if history:
        data["history"] = past_data(history)
    style, script = _sources()
    return Template(_asset("page.html")).substitute(
        title=escape(f"{heading} · wfopt"),
        policy="; ".join(
            (
                "default-src 'none'",
                f"style-src {source_hash(style)}",
                f"script-src {source_hash(script)}",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
        style=style,
        script=script,
        data=json_in_html(data),
    )


@cache
def _sources() -> tuple[str, str]:
    """Return the style and the script of every page."""
    return _asset("page.css"), "\n".join(map(_asset, _SCRIPTS))


def _asset(name: str) -> str:
    return files("wfopt.render.html").joinpath("assets", name).read_text(encoding="utf-8")
