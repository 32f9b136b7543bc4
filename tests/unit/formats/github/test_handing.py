"""What jobs hand to each other."""

import pytest

from tests.support.github_files import imported
from wfopt.model.workflow import EdgeKind


@pytest.mark.parametrize(
    ("left", "taken", "expected"),
    [
        ("upload-artifact@v4, with: {name: a}", "download-artifact@v4, with: {name: a}", EdgeKind.DATA),
        ("upload-artifact@v4, with: {name: a}", "download-artifact@v4, with: {name: b}", EdgeKind.ORDER),
        ("upload-artifact@v4, with: {name: a}", "download-artifact@v4", EdgeKind.DATA),
        ("upload-artifact@v4", "download-artifact@v4, with: {name: artifact}", EdgeKind.DATA),
        (
            "upload-artifact@v4, with: {name: a-1}",
            "download-artifact@v4, with: {pattern: a-*}",
            EdgeKind.DATA,
        ),
        (
            "upload-artifact@v4, with: {name: 'a-${{ x }}'}",
            "download-artifact@v4, with: {name: a-1}",
            EdgeKind.DATA,
        ),
        (
            "upload-artifact@v4, with: {name: 'b-${{ x }}'}",
            "download-artifact@v4, with: {name: a-1}",
            EdgeKind.ORDER,
        ),
        ("download-artifact@v4", "upload-artifact@v4", EdgeKind.ORDER),
        ("cache@v4, with: {key: k}", "cache/restore@v4, with: {key: k}", EdgeKind.DATA),
        ("cache@v4, with: {key: k}", "cache@v4, with: {key: l}", EdgeKind.ORDER),
        ("cache@v4", "cache@v4", EdgeKind.ORDER),
        ("upload-pages-artifact@v3", "deploy-pages@v4", EdgeKind.DATA),
        ("checkout@v4", "checkout@v4", EdgeKind.ORDER),
    ],
)
def test_names_decide(left: str, taken: str, expected: EdgeKind) -> None:
    text = f"""
    on: push
    jobs:
      a: {{steps: [{{uses: actions/{left}}}]}}
      b: {{needs: a, steps: [{{uses: actions/{taken}}}]}}
    """
    assert [edge.kind for edge in imported(text).workflow.edges] == [expected]


@pytest.mark.parametrize(
    "text", ["${{ needs.a.outputs.x }}", "${{ toJSON(needs) }}", "${{ join(needs.*.result) }}"]
)
def test_mentioning_a_job_is_a_reference(text: str) -> None:
    found = imported(
        f"on: x\njobs: {{a: {{steps: [{{run: a}}]}}, b: {{needs: a, steps: [{{run: '{text}'}}]}}}}"
    )
    assert [edge.kind for edge in found.workflow.edges] == [EdgeKind.REF]
