"""The kinds of the suite by name, one module each."""

from collections.abc import Mapping

from benchmarks.suite.kinds import (
    email_extraction,
    instruction_following,
    invoice_extraction,
    multi_hop_choice,
    normalization,
    sentiment,
    sql_queries,
    table_arithmetic,
    ticket_routing,
)
from benchmarks.suite.question import Kind

_ALL = (
    *(ticket_routing.KIND, sentiment.KIND, invoice_extraction.KIND),
    *(email_extraction.KIND, normalization.KIND, table_arithmetic.KIND),
    *(sql_queries.KIND, multi_hop_choice.KIND),
    instruction_following.KIND,
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
