"""The Twilio Media Streams messages, both ways, as data.

A gateway sends `connected`, then `start`, then `media`, `dtmf` and `mark` (echoes of ours) until `stop`. The
seat sends `media`, `mark`, `clear`, and `error`, our one addition: why a call was refused. Audio is base64 of
µ-law, 8000 Hz, mono, any number of bytes from one up. Fields not named here are ignored: gateways add their
own.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

#: The longest message read, in characters. 20 ms of audio make one of about 400.
MAX_MESSAGE = 64 * 1024


class ProtocolError(ValueError):
    """The far end broke the protocol. `code` is stable; `detail` says what is wrong and the cure.

    Neither holds audio, parameters or numbers from the message: both may be logged.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def _audio_from_text(value: object) -> bytes:
    if isinstance(value, bytes) and value:  # ours to send; JSON has no bytes
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("bad_base64", "payload must be a base64 string")
    try:
        audio = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError(
            "bad_base64", "payload is not base64; send standard base64 with padding"
        ) from None
    if not audio:
        raise PydanticCustomError("empty_audio", "payload holds no audio; send at least one byte")
    return audio


def _text_from_audio(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _mulaw_only(value: object) -> object:
    if value != "audio/x-mulaw":
        raise PydanticCustomError(
            "wrong_encoding", "encoding must be audio/x-mulaw; set the gateway to G.711 µ-law"
        )
    return value


def _rate_8000_only(value: object) -> object:
    if str(value) != "8000":
        raise PydanticCustomError("wrong_encoding", "sampleRate must be 8000")
    return int(str(value))


def _mono_only(value: object) -> object:
    if str(value) != "1":
        raise PydanticCustomError("wrong_encoding", "channels must be 1")
    return int(str(value))


#: µ-law bytes, base64 text on the wire.
Payload = Annotated[bytes, PlainValidator(_audio_from_text), PlainSerializer(_text_from_audio)]
#: Names a call or stream; safe as part of a file name.
Sid = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
MarkName = Annotated[str, Field(min_length=1, max_length=256)]
ParameterText = Annotated[str, Field(max_length=256)]


class _Message(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )


class MediaFormat(_Message):
    """The one format we take; anything else is `wrong_encoding`."""

    encoding: Annotated[Literal["audio/x-mulaw"], BeforeValidator(_mulaw_only)] = "audio/x-mulaw"
    sample_rate: Annotated[Literal[8000], BeforeValidator(_rate_8000_only)] = 8000
    channels: Annotated[Literal[1], BeforeValidator(_mono_only)] = 1


class StartBody(_Message):
    """Who calls: `custom_parameters` are free text pairs set by the gateway's dial plan."""

    call_sid: Sid
    media_format: MediaFormat
    custom_parameters: dict[ParameterText, ParameterText] = Field(default_factory=dict, max_length=32)


class MediaBody(_Message):
    """One packet. chunk counts packets; timestamp is milliseconds since the start of the stream."""

    track: Literal["inbound", "outbound"] = "inbound"
    chunk: int | None = Field(default=None, ge=0)
    timestamp: int | None = Field(default=None, ge=0)
    payload: Payload


class KeyBody(_Message):
    digit: Annotated[str, Field(pattern=r"^[0-9*#]$")]


class MarkBody(_Message):
    name: MarkName


class ErrorBody(_Message):
    code: str
    message: str


class Connected(_Message):
    event: Literal["connected"] = "connected"
    protocol: str = "Call"
    version: str = "1.0.0"


class Start(_Message):
    event: Literal["start"] = "start"
    stream_sid: Sid
    start: StartBody


class Media(_Message):
    """Caller audio."""

    event: Literal["media"] = "media"
    stream_sid: Sid
    media: MediaBody


class Dtmf(_Message):
    event: Literal["dtmf"] = "dtmf"
    stream_sid: Sid
    dtmf: KeyBody


class MarkMessage(_Message):
    """From the seat: tell me when all before this was played. From the gateway: it was, or was cleared."""

    event: Literal["mark"] = "mark"
    stream_sid: Sid
    mark: MarkBody


class Stop(_Message):
    event: Literal["stop"] = "stop"
    stream_sid: Sid


class SeatMediaBody(_Message):
    payload: Payload


class SeatMedia(_Message):
    """Seat audio."""

    event: Literal["media"] = "media"
    stream_sid: Sid
    media: SeatMediaBody


class Clear(_Message):
    event: Literal["clear"] = "clear"
    stream_sid: Sid


class Refusal(_Message):
    """Why the call is refused or ended; the connection closes after it."""

    event: Literal["error"] = "error"
    error: ErrorBody


FromGateway = Connected | Start | Media | Dtmf | MarkMessage | Stop
FromSeat = SeatMedia | MarkMessage | Clear | Refusal

_FROM_GATEWAY: TypeAdapter[FromGateway] = TypeAdapter(Annotated[FromGateway, Field(discriminator="event")])
_FROM_SEAT: TypeAdapter[FromSeat] = TypeAdapter(Annotated[FromSeat, Field(discriminator="event")])


def _named(error: ErrorDetails) -> ProtocolError:
    """The mistake behind pydantic's first complaint."""
    # The first part of a place is the event again, so the rest is the path inside the message.
    kind, at = error["type"], ".".join(str(part) for part in error["loc"][1:])
    match kind:
        case "json_invalid" | "string_unicode":
            return ProtocolError("not_json", "the message is not JSON; send one JSON object a message")
        case "union_tag_not_found":
            return ProtocolError("missing_field", "event is missing; every message names its event")
        case "union_tag_invalid":
            known = error.get("ctx", {}).get("expected_tags", "")
            return ProtocolError("unknown_event", f"this event is not known; known are {known}")
        case _ if not error["loc"]:
            return ProtocolError("not_object", "the message is JSON but not an object")
        case "missing":
            return ProtocolError("missing_field", f"{at} is missing")
        case "bad_base64" | "empty_audio" | "wrong_encoding":
            return ProtocolError(kind, f"{at}: {error['msg']}")
        case _:
            return ProtocolError("bad_field", f"{at}: {error['msg']}")


def _checked_size(text: str) -> str:
    if len(text) > MAX_MESSAGE:
        raise ProtocolError(
            "too_large", f"a message has at most {MAX_MESSAGE} characters, this one {len(text)}"
        )
    return text


def parse_from_gateway(text: str) -> FromGateway:
    """One message of a gateway. Raises ProtocolError naming the first mistake."""
    try:
        return _FROM_GATEWAY.validate_json(_checked_size(text))
    except ValidationError as error:
        raise _named(error.errors(include_url=False, include_input=False)[0]) from None


def parse_from_seat(text: str) -> FromSeat:
    """One message of a seat. Raises ProtocolError naming the first mistake."""
    try:
        return _FROM_SEAT.validate_json(_checked_size(text))
    except ValidationError as error:
        raise _named(error.errors(include_url=False, include_input=False)[0]) from None


def to_text(message: FromGateway | FromSeat) -> str:
    """The JSON to send."""
    return message.model_dump_json(by_alias=True, exclude_none=True)


class StreamReader:
    """Reads a gateway's messages in the protocol's order: start once, the rest between it and stop."""

    def __init__(self) -> None:
        self.start: Start | None = None
        self.stopped = False

    def feed(self, text: str) -> FromGateway:
        """The next message. Raises ProtocolError; what came before stays valid and reading may go on."""
        message = parse_from_gateway(text)
        if isinstance(message, Connected):
            return message
        if self.stopped:
            raise ProtocolError("after_stop", f"{message.event} came after stop")
        if isinstance(message, Start):
            if self.start is not None:
                raise ProtocolError("start_again", "the stream has started already; one start a connection")
            self.start = message
            return message
        if self.start is None:
            raise ProtocolError(
                f"{message.event}_before_start", f"{message.event} came before start; send start first"
            )
        if message.stream_sid != self.start.stream_sid:
            raise ProtocolError("wrong_stream", f"streamSid of this {message.event} is not the one of start")
        self.stopped = isinstance(message, Stop)
        return message
