"""What the service knows beside the steps."""

from tests.support.github_files import imported
from wfopt.model.pipeline import Job, Need


def job_of_text(text: str) -> Job:
    found = imported(text).pipeline
    assert found is not None
    assert found.default_timeout_s == 21_600
    return found.jobs[-1]


def test_a_job_tells_everything() -> None:
    job = job_of_text("""
        on: push
        jobs:
          first: {steps: [{run: a}]}
          second:
            needs: [first]
            if: ${{ github.ref }}
            runs-on: [self-hosted, linux]
            timeout-minutes: 2
            container: {image: node}
            services: {db: {image: x}, cache: {image: y}}
            strategy: {matrix: {x: [1, 2]}}
            env: {A: "${{ secrets.A }}"}
            steps: [{run: "b ${{ vars.B }}", id: b}]
        """)
    assert job.id == "second"
    assert job.cells == (("second[x=1]/b",), ("second[x=2]/b",))
    assert job.needs == (Need(job="first"),)
    assert (job.condition, job.runner) == ("${{ github.ref }}", ("self-hosted", "linux"))
    assert (job.timeout_s, job.container, job.services) == (120, "node", ("db", "cache"))
    assert job.references == {"github.ref", "secrets.A", "vars.B"}
    assert job.matrix is not None
    assert job.span is not None
    assert job.span.line == 5
    assert (job.places["needs"].column, job.places["key:needs"].column) == (12, 5)


def test_a_job_without_needs_needs_nothing() -> None:
    job = job_of_text("on: push\njobs: {a: {uses: ./x.yml, with: {b: '${{ inputs.c }}'}}}")
    assert (job.needs, job.is_called, job.cells) == ((), True, (("a",),))
    assert job.references == {"inputs.c"}
