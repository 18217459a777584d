"""The store: everything the seat keeps, behind one synchronous, typed door."""

from __future__ import annotations

from data.audit_book import AuditBook
from data.call_book import CallBook
from data.case_moves import CaseMoves
from data.company_answers import CompanyAnswers
from data.exporting import Exports
from data.inquiries import Inquiries
from data.outbox import Outbox
from data.record_book import RecordFilter
from data.referral_book import ReferralBook
from data.resuming import Resuming
from data.script_book import ScriptBook
from data.track_book import TrackBook


class Store(
    CallBook,
    Exports,
    Outbox,
    TrackBook,
    ReferralBook,
    CompanyAnswers,
    Inquiries,
    AuditBook,
    ScriptBook,
    CaseMoves,
    Resuming,
):
    """Calls and their events, records and their consents and handling, what must still reach somebody, who did
    what with it, and the versions of the script.

    Open with `Store.open(url, home)`. Writes are durable on return. Call it from one writer thread; other
    threads may read. Times are arguments; where one is left out, the store's clock is read.
    """


__all__ = ["RecordFilter", "Store"]
