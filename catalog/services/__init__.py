"""What changes the catalogue; every change is dated and goes through the ledger."""

from catalog.services.approval import (
    AlreadyDecided,
    Superseded,
    approve_sheet,
    reject_sheet,
)
from catalog.services.fact_files import load_fact_files
from catalog.services.imports import (
    NotFirstSheet,
    UnknownFormat,
    import_sheet,
    record_failure,
)
from catalog.services.ledger import catalogue_change

__all__ = [
    "AlreadyDecided",
    "NotFirstSheet",
    "Superseded",
    "UnknownFormat",
    "approve_sheet",
    "catalogue_change",
    "import_sheet",
    "load_fact_files",
    "record_failure",
    "reject_sheet",
]
