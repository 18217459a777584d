"""What the store can say went wrong. No text here ever holds personal data, a value or a parameter."""

from __future__ import annotations


class StoreError(Exception):
    """Anything the store refuses or cannot do."""


class StoreDown(StoreError):
    """The database cannot take a write now. `code` is the driver's error name, e.g. SQLITE_IOERR."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class StoreBusy(StoreDown):
    """The database stayed locked by another connection for the whole retry budget."""


class StoreFull(StoreDown):
    """The disk, or the database's size limit, is full."""


class ConstraintBroken(StoreError):
    """A constraint of the database refused a row."""


class StoreUnavailable(StoreError):
    """Neither the database nor the spill journal could take the events: they are not kept."""


class UnsafeEngine(StoreError):
    """A connection is not WAL + FULL + foreign keys, read back after setting."""


class WrongKey(StoreError):
    """The master key is missing, malformed, readable by others, or not this database's."""


class SealBroken(StoreError):
    """A sealed value does not open: it was changed, moved to another place, or the key is another's."""


class CallErased(StoreError):
    """The call's key was destroyed: its sealed values cannot be read any more."""


class CallUnknown(StoreError):
    """No such call."""


class NoRecording(StoreError):
    """A call without a sound file."""


class RecordUnknown(StoreError):
    """No such record."""


class LeaseLost(StoreError):
    """Another process has taken this call over: its former owner may write nothing more to it."""


class ReferralRefused(StoreError):
    """A referral without a standing consent to this recipient, or of a record that is no 投诉."""


class OfficeRefused(StoreError):
    """What was asked cannot be done with these records; the text says why, in Chinese, and names no person."""


class RotationPending(StoreError):
    """The master key is being changed and the change is not finished: nothing may be begun or opened."""


class RotationRefused(StoreError):
    """The master key cannot be changed now; the message says why."""


class BackupBroken(StoreError):
    """A backup does not hold what it should, or cannot go where it is to be restored."""


class EraseRefused(StoreError):
    """What was asked to be erased must still be kept; the message says why."""


class VersionUnknown(StoreError):
    """No such version of a script is kept, or its name is short for several."""
