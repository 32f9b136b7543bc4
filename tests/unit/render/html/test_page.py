"""The page as a document: complete by itself, and safe whatever steps are called or print."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from tests.support.stories import attempt, large_story, page_history, past_run, pipeline, point, story
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.render.html.embedding import source_hash
from wfopt.render.html.page import render_page
from wfopt.render.html.past import PageHistory, TrendMark

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "'\"><svg onload=alert(1)>",
    "a\u2028b",
    "https://example.org/x.js",
    "${data} $policy $$",
    "\ud800",
]


class Outline(HTMLParser):
    """Collects elements and the text of each."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    found.close()
    return found


def embedded(page: str) -> dict[str, object]:
    """Return the data that the page holds."""
    return json.loads(outline(page).texts["script"][0])


def hostile_page(text: str) -> str:
    steps = story(
        [attempt(text, reason=text), attempt("b", status=StepStatus.FAILED, reason=text)],
        [(text, "b")],
        steps=[text, "b"],
        run=past_run(workflow=text),
        printed={text: text},
    )
    mark = TrendMark(step=StepId(text), metric=text, before=1.0, after=2.0, since_run=text)
    points = [point(number, 1.0, run_id=text, host=text) for number in range(3)]
    history = PageHistory(runs=points, steps={StepId(text): points}, trends=[mark])
    return render_page(steps, history, title=text)


PAGES = [
    render_page(pipeline()),
    render_page(None, page_history()),
    render_page(pipeline(), page_history(), title="both"),
    render_page(None),
]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_names_no_address_and_loads_nothing(page: str) -> None:
    # Not even the namespace of SVG is needed, and what steps print is written without one.
    assert re.findall(r"(?i)\b(?:https?|wss?|ftp|file)://|//[a-z0-9]+\.[a-z]", page) == []
    loading = [
        (tag, fields) for tag, fields in outline(page).tags if {"src", "srcset", "action"} & fields.keys()
    ]
    assert loading == []
    assert [fields["href"] for tag, fields in outline(page).tags if tag == "link"] == ["data:,"]


@pytest.mark.parametrize("page", PAGES)
def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page(page: str) -> None:
    found = outline(page)
    policy = next(fields["content"] for tag, fields in found.tags if "http-equiv" in fields)
    rules = dict(rule.split(" ", 1) for rule in str(policy).split("; "))
    [style] = found.texts["style"]
    data, script = found.texts["script"]
    assert rules == {
        "default-src": "'none'",
        "style-src": source_hash(style),
        "script-src": source_hash(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert json.loads(data)
    assert not [
        fields for _, fields in found.tags if "style" in fields or any(k.startswith("on") for k in fields)
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_and_comes_back_whole(text: str) -> None:
    page = hostile_page(text)
    plain = hostile_page("plain")
    assert [tag for tag, _ in outline(page).tags] == [tag for tag, _ in outline(plain).tags]
    assert page.encode("utf-8")
    steps = embedded(page)["steps"]
    assert isinstance(steps, dict)
    shown = text.replace("\u2028", "\\u2028").replace("\ud800", "\\ud800")
    assert steps["name"][0] == shown
    assert outline(page).texts["title"] == [f"{shown} · wfopt"]


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (PAGES[0], "ci/pipeline.yml · wfopt"),
        (PAGES[1], "history · wfopt"),
        (PAGES[2], "both · wfopt"),
    ],
)
def test_the_title_is_the_given_one_or_the_workflow(page: str, title: str) -> None:
    assert outline(page).texts["title"] == [title]


def test_only_what_was_given_is_embedded() -> None:
    assert {"run", "steps", "graph"} <= embedded(PAGES[0]).keys()
    assert "history" not in embedded(PAGES[0])
    assert embedded(PAGES[1]).keys() == {"title", "history"}


def test_data_enters_the_document_as_text_only() -> None:
    scripts = [
        path for path in files("wfopt.render.html").joinpath("assets").iterdir() if path.name.endswith(".js")
    ]
    assert len(scripts) == 9
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc"
    )
    assert [path.name for path in scripts if forbidden.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.slow
def test_five_thousand_steps_stay_below_a_megabyte_and_a_half() -> None:
    assert len(render_page(large_story(5000)).encode()) < 1_500_000


COLOR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_can_be_read_in_both_themes(theme: int) -> None:
    style = files("wfopt.render.html").joinpath("assets", "page.css").read_text(encoding="utf-8")
    colors = {name: shades[theme] for name, *shades in COLOR.findall(style)}
    texts = ("ink", "muted", "accent", "critical", "succeeded", "failed", "allowed")
    bars = ("succeeded", "cached", "failed", "allowed", "cancelled")
    pairs = [(text, ground) for text in texts for ground in ("card", "faint")]
    pairs += [("on-color", bar) for bar in bars] + [("ink", "ground"), ("muted", "ground")]
    found = {pair: contrast(colors[pair[0]], colors[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}
