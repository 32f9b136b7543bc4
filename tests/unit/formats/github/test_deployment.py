"""Jobs that change something outside."""

import pytest

from tests.support.github_files import imported


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("{environment: prod, steps: [{run: a}]}", True),
        ("{permissions: {packages: write}, steps: [{run: a}]}", True),
        ("{permissions: {packages: read, contents: write}, steps: [{run: a}]}", False),
        ("{permissions: write-all, steps: [{run: a}]}", False),
        ("{steps: [{uses: pypa/gh-action-pypi-publish@v1}]}", True),
        ("{steps: [{uses: Azure/webapps-deploy@v1}]}", True),
        ("{steps: [{uses: some/deploy-thing@v1}]}", True),
        ("{steps: [{uses: ./.github/actions/deploy}]}", True),
        ("{steps: [{uses: actions/checkout@v4}]}", False),
        ("{steps: [{run: 'gh release create v1'}]}", True),
        ("{steps: [{run: 'python -m twine upload dist/*'}]}", True),
        ("{steps: [{run: 'cargo publish --dry'}]}", True),
        ("{steps: [{run: 'gh release view v1; npm run publisher'}]}", False),
        ("{uses: ./.github/workflows/release.yml}", True),
        ("{uses: o/r/.github/workflows/test.yml@release}", False),
    ],
)
def test_jobs(job: str, expected: bool) -> None:
    pipeline = imported(f"on: push\njobs: {{a: {job}}}").pipeline
    assert pipeline is not None
    assert pipeline.jobs[0].is_deployment == expected
