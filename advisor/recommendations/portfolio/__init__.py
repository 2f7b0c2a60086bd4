"""All workloads of an organization: what they cost, what advice would save."""

from advisor.recommendations.portfolio.whole import portfolio_of

__all__ = ["portfolio_of"]
