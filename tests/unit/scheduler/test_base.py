"""What strategies share."""

from wfopt.scheduler.base import Demands, dominant_shares


def test_dominant_share_is_the_largest_of_any_resource() -> None:
    demands = Demands(
        resources=("slots", "cpu", "token:gpu", "token:none", "matrix:test"),
        capacity=(4, 4000, 2, 0, 1),
        rows=((1, 1000, 0, 0, 1), (1, 2000, 0, 0, 0), (1, 500, 2, 0, 0)),
        kinds=(),
    )
    assert dominant_shares(demands) == [0.25, 0.5, 1.0]
