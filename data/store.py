"""The store: everything the seat keeps, behind one synchronous, typed door."""

from __future__ import annotations

from data.analysis import AnalysisBook
from data.assignments import AssignmentBook
from data.audit_book import AuditBook
from data.company_answers import CompanyAnswers
from data.delta_book import DeltaBook
from data.exporting import Exports
from data.handover import HandoverBook
from data.incident_book import IncidentBook
from data.inquiries import Inquiries
from data.joint import JointBook
from data.outbox import Outbox
from data.record_book import RecordFilter
from data.referral_book import ReferralBook
from data.script_book import ScriptBook
from data.sorting_book import SortingBook
from data.track_book import TrackBook


class Store(
    HandoverBook,
    Exports,
    Outbox,
    TrackBook,
    ReferralBook,
    CompanyAnswers,
    Inquiries,
    SortingBook,
    AssignmentBook,
    JointBook,
    DeltaBook,
    IncidentBook,
    AnalysisBook,
    AuditBook,
    ScriptBook,
):
    """Calls and their events, records and their consents and handling, what must still reach somebody, who did
    what with it, and the versions of the script.

    Open with `Store.open(url, home)`. Writes are durable on return. Call it from one writer thread; other
    threads may read. Times are arguments; where one is left out, the store's clock is read.
    """


__all__ = ["RecordFilter", "Store"]
