"""What asks for measurements, takes them, and keeps what they found."""

from benchmarks.services.budget import OverBudget, month_spent
from benchmarks.services.claims import (
    RUN_LEASE,
    RUN_SOFT_TIME_LIMIT_S,
    RUN_TIME_LIMIT_S,
    claim_run,
    claimable_runs,
)
from benchmarks.services.closing import close_lost_runs
from benchmarks.services.endpoints import (
    create_endpoint,
    revise_endpoint,
    switch_endpoint,
)
from benchmarks.services.execution import execute_run
from benchmarks.services.imports import AlreadyImported, import_results
from benchmarks.services.plans import create_plan, revise_plan, switch_plan
from benchmarks.services.requests import (
    LOAD_FIELDS,
    cancel_run,
    request_run,
    retry_run,
    run_plan_now,
)
from benchmarks.services.scheduling import open_due_slots
from benchmarks.services.slots import next_slot

__all__ = [
    "LOAD_FIELDS",
    "RUN_LEASE",
    "RUN_SOFT_TIME_LIMIT_S",
    "RUN_TIME_LIMIT_S",
    "AlreadyImported",
    "OverBudget",
    "cancel_run",
    "claim_run",
    "claimable_runs",
    "close_lost_runs",
    "create_endpoint",
    "create_plan",
    "execute_run",
    "import_results",
    "month_spent",
    "next_slot",
    "open_due_slots",
    "request_run",
    "retry_run",
    "revise_endpoint",
    "revise_plan",
    "run_plan_now",
    "switch_endpoint",
    "switch_plan",
]
