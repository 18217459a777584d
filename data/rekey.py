"""A call's keys and what is derived from the master key, brought from one master to another.

Used when the master key is changed, and for what comes out of a backup (which may be older than the change).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from data.call_book import CALLER_PLACE
from data.errors import SealBroken
from data.event_log import head_message
from data.record_rows import phone_of
from data.sealing import CallSealer, MasterKey, signature
from data.sorting_rows import sort_again
from data.tables import CallRow, InquiryRow, RecordRow


def rekey_call(
    session: Session, call: CallRow, sealer: CallSealer | None, master: MasterKey, signed_by: Iterable[bytes]
) -> None:
    """The call under `master`: its key wrapped, its numbers hashed, the head of its events signed.

    sealer None: the call was erased. signed_by: audit keys of former masters; a head none of them signed is left
    as it is, so that a broken chain stays one. The same again changes nothing.
    """
    if sealer is not None:
        call.key_wrapped = master.wrap(call.id, sealer.key)
        _hash_numbers(session, call, sealer, master)
    message = head_message(session, call)
    if any(signature(key, message) == call.head for key in signed_by):
        call.head = master.sign(message)
    session.add(call)


def _hash_numbers(session: Session, call: CallRow, sealer: CallSealer, master: MasterKey) -> None:
    """A number whose seal is broken is not searched for any more."""
    if call.caller_no_sealed is not None:
        call.caller_no_hash = None
        with suppress(SealBroken):
            call.caller_no_hash = master.phone_hash(sealer.open(call.caller_no_sealed, CALLER_PLACE).decode())
    session.execute(
        update(InquiryRow).where(col(InquiryRow.call_id) == call.id).values(caller_hash=call.caller_no_hash)
    )
    for record in session.scalars(select(RecordRow).where(col(RecordRow.call_id) == call.id)).all():
        record.phone_hash = None
        with suppress(SealBroken):
            phone = phone_of(session, record, sealer)
            record.phone_hash = None if phone is None else master.phone_hash(phone)
        sort_again(session, record.id)  # which makes its other hashes anew
