"""What is known in a cell."""

from tests.support.github_files import imported, steps_by_id
from tests.support.model_text import template_text
from wfopt.formats.github.places import LARGEST_OUTPUT
from wfopt.model.workflow import Opaque, Script

OUTPUTS = """
on: push
jobs:
  c:
    needs: b
    steps: [{{run: "x ${{{{ needs.b.outputs.o }}}}"}}]
  b:
    needs: a
    outputs: {{o: "{output}"}}
    steps: [{{run: b}}]
  a:
    strategy: {{matrix: {{x: [1, 2]}}}}
    outputs: {{o: "${{{{ steps.s.outputs.v }}}}", fixed: f}}
    steps: [{{run: a, id: s}}]
"""


def test_outputs_go_through_several_jobs_to_the_last_cell() -> None:
    found = steps_by_id(imported(OUTPUTS.format(output="${{ needs.a.outputs.o }}")))["c/1"].run
    assert isinstance(found, Script)
    assert template_text(found.text) == "x ${{ needs['a[x=2]/s']['out']['v'] }}"


def test_fixed_outputs_become_text() -> None:
    found = steps_by_id(imported(OUTPUTS.format(output="${{ needs.a.outputs.fixed }}!")))["c/1"].run
    assert isinstance(found, Script)
    assert found.text.static == "x f!"


def test_outputs_of_several_parts_are_not_known() -> None:
    found = steps_by_id(imported(OUTPUTS.format(output="${{ needs.a.outputs.o }}!")))["c/1"].run
    assert isinstance(found, Opaque)
    assert found.why == "uses needs.b.outputs.o"


def test_outputs_do_not_grow_without_end() -> None:
    template = (
        "  j{n}: {{needs: {b}, steps: [{{run: x}}], "
        "outputs: {{o: '${{{{ !(needs.{b}.outputs.o == needs.{b}.outputs.o) }}}}'}}}}\n"
    )
    jobs = "".join(template.format(n=n, b=f"j{n - 1}") for n in range(1, 40))
    first = "  j0: {outputs: {o: '${{ github.sha }}'}, steps: [{run: x}]}\n"
    last = "  z: {needs: j39, steps: [{run: 'x ${{ needs.j39.outputs.o }}'}]}\n"
    found = imported(f"on: push\njobs:\n{first}{jobs}{last}").workflow.steps[-1].run
    assert LARGEST_OUTPUT < 2**39
    assert isinstance(found, Opaque)
    assert found.why.startswith("uses needs.j")
