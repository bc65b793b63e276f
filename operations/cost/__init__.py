"""What a stack costs a month, from its Plan. For other code: `estimate`, `change`, `markdown`, `summary`, nothing else.

docs/cost.md says how it is computed and what it leaves out.
"""

from operations.cost.change import CostChange, change
from operations.cost.estimate import estimate
from operations.cost.markdown import markdown, summary
from operations.cost.model import Estimate

__all__ = ["CostChange", "Estimate", "change", "estimate", "markdown", "summary"]
