"""Charts as Vega-Lite specs: one module a chart, drawn alike by pages and mails.

A page gives a spec to Vega in the browser and adds `themed(spec, scheme)` itself when
its colour scheme changes; a mail gets `rendering.png_of(spec)`.
"""

from advisor.reports.charts.drivers import drivers_chart
from advisor.reports.charts.frontier import frontier_chart
from advisor.reports.charts.ladder import ladder_chart
from advisor.reports.charts.latency_history import latency_history_chart
from advisor.reports.charts.price_history import price_history_chart
from advisor.reports.charts.size_mix import size_mix_chart
from advisor.reports.charts.spend import spend_chart

__all__ = [
    "drivers_chart",
    "frontier_chart",
    "ladder_chart",
    "latency_history_chart",
    "price_history_chart",
    "size_mix_chart",
    "spend_chart",
]
