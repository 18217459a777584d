"""Messages of the protocol: what is read, and what each mistake is called."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import media_stream as ms

START: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": "1",
    "streamSid": "MZ1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"from": "13800001234", "line": "12315"},
    },
}
MEDIA: dict[str, Any] = {
    "event": "media",
    "sequenceNumber": "3",
    "streamSid": "MZ1",
    "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": "/////w=="},
}


def changed(message: dict[str, Any], path: str, value: object) -> str:
    """The message as text with one field set, or removed where value is None."""
    copy = json.loads(json.dumps(message))
    *parents, last = path.split(".")
    place = copy
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(copy)


def test_twilios_own_examples() -> None:
    reader = ms.StreamReader()
    assert isinstance(reader.feed('{"event":"connected","protocol":"Call","version":"1.0.0"}'), ms.Connected)
    start = reader.feed(json.dumps(START))
    assert isinstance(start, ms.Start)
    assert start.start.custom_parameters["line"] == "12315"
    media = reader.feed(json.dumps(MEDIA))
    assert isinstance(media, ms.Media)
    assert media.media.payload == b"\xff\xff\xff\xff"
    assert (media.media.chunk, media.media.timestamp) == (1, 5)
    key = reader.feed('{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"#"}}')
    assert isinstance(key, ms.Dtmf)
    mark = reader.feed('{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"x"}}')
    assert isinstance(mark, ms.MarkMessage)
    assert not reader.stopped
    reader.feed('{"event":"stop","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}')
    assert reader.stopped


MISTAKES = [
    ("hello", "not_json"),
    ("", "not_json"),
    ("\ud800", "not_json"),
    ("[" * 50_000, "not_json"),
    ("[]", "not_object"),
    ("7", "not_object"),
    ("{}", "missing_field"),
    ('{"event":"video"}', "unknown_event"),
    ('{"event":7}', "unknown_event"),
    ('{"event":"media"}', "missing_field"),
    (changed(START, "start.callSid", None), "missing_field"),
    (changed(START, "streamSid", None), "missing_field"),
    (changed(START, "start.mediaFormat", None), "missing_field"),
    (changed(START, "start.callSid", "../../etc/passwd"), "bad_field"),
    (changed(START, "start.customParameters", {"from": 1}), "bad_field"),
    (changed(START, "start.customParameters", {str(i): "" for i in range(40)}), "bad_field"),
    (changed(START, "start.mediaFormat.encoding", "audio/x-alaw"), "wrong_encoding"),
    (changed(START, "start.mediaFormat.sampleRate", 16000), "wrong_encoding"),
    (changed(START, "start.mediaFormat.channels", 2), "wrong_encoding"),
    (changed(MEDIA, "media.payload", None), "missing_field"),
    (changed(MEDIA, "media.payload", 5), "bad_base64"),
    (changed(MEDIA, "media.payload", "/////w"), "bad_base64"),
    (changed(MEDIA, "media.payload", "语音"), "bad_base64"),
    (changed(MEDIA, "media.payload", ""), "empty_audio"),
    (changed(MEDIA, "media.track", "both"), "bad_field"),
    (changed(MEDIA, "media.chunk", -1), "bad_field"),
    (changed(MEDIA, "media.payload", "A" * ms.MAX_MESSAGE), "too_large"),
    ('{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":"12"}}', "bad_field"),
    ('{"event":"mark","streamSid":"MZ1","mark":{"name":""}}', "bad_field"),
]


@pytest.mark.parametrize(("text", "code"), MISTAKES)
def test_each_mistake_has_its_name(text: str, code: str) -> None:
    with pytest.raises(ms.ProtocolError) as caught:
        ms.parse_from_gateway(text)
    assert caught.value.code == code
    assert len(caught.value.detail) > 10


def test_a_mistake_names_the_place() -> None:
    with pytest.raises(ms.ProtocolError, match=r"start\.mediaFormat\.channels: channels must be 1"):
        ms.parse_from_gateway(changed(START, "start.mediaFormat.channels", 2))


def test_a_mistake_does_not_repeat_what_was_sent() -> None:
    for path, value in [
        ("start.callSid", "13800001234/"),
        ("start.customParameters", {"from": ["13800001234"]}),
    ]:
        with pytest.raises(ms.ProtocolError) as caught:
            ms.parse_from_gateway(changed(START, path, value))
        assert "1380000" not in str(caught.value)


def test_order() -> None:
    reader = ms.StreamReader()

    def mistake(message: str) -> str:
        with pytest.raises(ms.ProtocolError) as caught:
            reader.feed(message)
        return caught.value.code

    assert mistake(json.dumps(MEDIA)) == "media_before_start"
    assert mistake('{"event":"stop","streamSid":"MZ1"}') == "stop_before_start"
    reader.feed(json.dumps(START))
    assert mistake(json.dumps(START)) == "start_again"
    assert mistake(changed(MEDIA, "streamSid", "MZ2")) == "wrong_stream"
    reader.feed('{"event":"stop","streamSid":"MZ1"}')
    assert mistake(json.dumps(MEDIA)) == "after_stop"


@pytest.mark.parametrize("size", [1, 7, 159, 160, 161, 20_000])
def test_odd_sizes_are_audio_too(size: int) -> None:
    sent = ms.Media(stream_sid="MZ1", media=ms.MediaBody(payload=bytes(size)))
    assert ms.parse_from_gateway(ms.to_text(sent)) == sent


@pytest.mark.parametrize(
    "message",
    [
        ms.SeatMedia(stream_sid="MZ1", media=ms.SeatMediaBody(payload=b"\x00\xff")),
        ms.MarkMessage(stream_sid="MZ1", mark=ms.MarkBody(name="提示-1")),
        ms.Clear(stream_sid="MZ1"),
        ms.Refusal(error=ms.ErrorBody(code="busy", message="later")),
    ],
)
def test_the_seats_messages_there_and_back(message: ms.FromSeat) -> None:
    assert ms.parse_from_seat(ms.to_text(message)) == message


def test_twilio_understands_what_we_send() -> None:
    sent = ms.SeatMedia(stream_sid="MZ1", media=ms.SeatMediaBody(payload=b"\xff\xff\xff\xff"))
    assert json.loads(ms.to_text(sent)) == {
        "event": "media",
        "streamSid": "MZ1",
        "media": {"payload": "/////w=="},
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.sampled_from(["connected", "start", "media", "dtmf", "mark", "stop", "x"])


@given(st.one_of(st.text(), JSON.map(json.dumps)))
def test_anything_at_all_is_read_or_named(text: str) -> None:
    try:
        ms.parse_from_gateway(text)
    except ms.ProtocolError as error:
        assert error.code and error.detail


@given(EVENTS, st.dictionaries(st.sampled_from(["streamSid", "start", "media", "dtmf", "mark"]), JSON))
def test_any_body_of_a_known_event_is_read_or_named(event: str, body: dict[str, object]) -> None:
    try:
        ms.parse_from_gateway(json.dumps({"event": event, **body}))
    except ms.ProtocolError as error:
        assert error.code and error.detail
