"""The public conformance kit, which judges whether a policy keeps its contract.

`check_policy` puts a policy through everything the engine relies on and says of each point whether it holds, and if
not, where the fault is and what to do. In a test of your own::

    @pytest.mark.parametrize("verdict", check_policy(Vengeful), ids=lambda verdict: verdict.name)
    def test_vengeful(verdict):
        assert verdict.passed, verdict.message

The one idea: every replicate of the kit's views and draws is addressed by its index, so any selection of replicates can
be shown to the policy again, and must be answered with the same selection of answers, bit for bit.

Imports policies and core. Begin with `checks`.
"""

from sim.testing.checks import check_policy
from sim.testing.synthetic_views import (
    LANE_COUNTS,
    STEP_DAYS,
    STEPS,
    TOP,
    ResponseSeries,
    answers_of,
    quiet_view_of,
    view_of,
)
from sim.testing.verdicts import Verdict

__all__ = ["LANE_COUNTS", "STEPS", "STEP_DAYS", "TOP", "ResponseSeries", "Verdict", "answers_of", "check_policy"]
__all__ += ["quiet_view_of", "view_of"]
