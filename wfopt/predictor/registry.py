"""The models of duration and memory."""

from __future__ import annotations

from wfopt.predictor.base import Model
from wfopt.predictor.models.last import Last
from wfopt.predictor.models.lotaru import Lotaru
from wfopt.predictor.models.moving_average import MovingAverage
from wfopt.predictor.models.neighbors import Neighbors
from wfopt.predictor.models.quartile import Quartile
from wfopt.predictor.models.recent_median import RecentMedian
from wfopt.predictor.models.relative_line import RelativeLine
from wfopt.predictor.models.run_mean import RunMean
from wfopt.predictor.models.theil_sen import TheilSen
from wfopt.predictor.series import LONGEST

# The order matters where two models are equally good: the one that says more simply why is named.
MODELS: tuple[Model, ...] = (
    Quartile("median"),
    RecentMedian(5),
    RecentMedian(11),
    Last(),
    MovingAverage(),
    Quartile("quantile-75", upper=True),
    RelativeLine(),
    TheilSen("theil-sen"),
    TheilSen("power-law", power_law=True),
    Neighbors(3),
    Neighbors(7),
    Lotaru(),
)

REPEATED: tuple[Model, ...] = (RunMean("runs", LONGEST), RunMean("runs-5", 5))
"""Those that are asked as well where a run has several values and sizes tell nothing: with one value a run
they say nothing new, and with sizes enough of those are asked that look at none."""
