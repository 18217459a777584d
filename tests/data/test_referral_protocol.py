"""What a reply means, how long a pause is, what an answer may change; and the schema as published."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.companies import Retry
from data.referral_messages import schema
from data.referral_protocol import Reply, judge, may_answer, pause
from data.vocabulary import Slot

ID = "0" * 32
RECEIPT = json.dumps({"referral": ID}).encode()


@pytest.mark.parametrize(
    ("reply", "result", "code"),
    [
        (Reply(200, RECEIPT), "delivered", "delivered"),
        (Reply(202, RECEIPT), "delivered", "delivered"),
        (Reply(200, b""), "again", "bad_receipt"),
        (Reply(200, b"<html>"), "again", "bad_receipt"),
        (Reply(200, RECEIPT.replace(b"0", b"1")), "again", "receipt_of_another"),
        (Reply(301, RECEIPT), "never", "redirected_301"),
        (Reply(307), "never", "redirected_307"),
        (Reply(400), "never", "http_400"),
        (Reply(401, RECEIPT), "never", "http_401"),
        (Reply(408), "again", "http_408"),
        (Reply(429), "again", "http_429"),
        (Reply(500, RECEIPT), "again", "http_500"),
        (Reply(503), "again", "http_503"),
        (Reply(failure="timeout"), "again", "timeout"),
        (Reply(failure="unreachable"), "again", "unreachable"),
        (Reply(failure="tls"), "again", "tls"),
    ],
)
def test_replies(reply: Reply, result: str, code: str) -> None:
    verdict = judge(reply, ID)
    assert (verdict.result, verdict.code) == (result, code)


@given(st.integers(1, 100), st.text(max_size=40))
def test_a_pause_lies_about_its_exponential_and_is_always_the_same(tried: int, key: str) -> None:
    retry = Retry()
    plain = min(30 * 2 ** (tried - 1), 3600)
    first = pause(retry, tried, key).total_seconds()
    assert 0.8 * plain <= first <= 1.2 * plain
    assert pause(retry, tried, key).total_seconds() == first


def test_a_company_may_ask_for_patience_but_not_for_ever() -> None:
    assert pause(Retry(), 1, "k", asked_s=600).total_seconds() == 600
    assert pause(Retry(), 1, "k", asked_s=1e9).total_seconds() == 7200
    assert pause(Retry(), 8, "k", asked_s=1).total_seconds() > 1000


def test_ten_tries_take_hours_not_days() -> None:
    assert 3 < sum(pause(Retry(), n, "k").total_seconds() for n in range(1, 10)) / 3600 < 5


@pytest.mark.parametrize(
    ("before", "may"),
    [
        (None, {"accepted", "refused", "settled", "unresolved"}),
        ("accepted", {"refused", "settled", "unresolved"}),
        ("refused", set()),
        ("settled", set()),
        ("unresolved", set()),
        ("silent", set()),
    ],
)
def test_answers(before: str | None, may: set[str]) -> None:
    kinds = ("accepted", "refused", "settled", "unresolved")
    assert {kind for kind in kinds if may_answer(before, kind)} == may  # type: ignore[arg-type]


def test_the_schema_names_every_message_and_only_known_fields() -> None:
    published = schema()
    definitions = published["$defs"]
    assert isinstance(definitions, dict)
    for name in ("ReferralMessage", "RecallMessage", "Receipt", "CompanyAnswer", "AnswerTaken"):
        assert definitions[name]["additionalProperties"] is False
    assert set(definitions["Slot"]["enum"]) == {slot.value for slot in Slot}
    assert "case_no" not in definitions["ReferralMessage"]["properties"]
