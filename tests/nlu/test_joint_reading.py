"""What of the joint reader's reading counts, beside rules and a trainer's newest sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from data.understanding import Asked, Finding
from data.vocabulary import Intent, Slot
from nlu.classifier import Classifier
from nlu.heard import Heard
from nlu.joint_reading import JointReading, Span, beside, soft_values
from nlu.sentences import Sentence

_TODAY = date(2026, 11, 24)


def _heard(text: str) -> Heard:
    return Heard(text, Asked(), _TODAY)


def _span(text: str, words: str, kind: Slot, confidence: float = 0.9) -> Span:
    start = text.index(words)
    return Span(kind, start, start + len(words), confidence)


def _seen(
    heard: Heard,
    found: Sequence[Finding],
    spans: Sequence[Span],
    *,
    online: bool = False,
    leading: Intent = Intent.COMPLAINT_OTHER,
) -> list[Finding]:
    return beside(found, soft_values(heard, found, spans, leading, online=online))


def test_a_value_no_table_lists_is_taken_and_is_never_sure() -> None:
    text = "在悠树堂买的宠物烘干箱不转了"
    spans = [_span(text, "宠物烘干箱", Slot.PRODUCT), _span(text, "悠树堂", Slot.RESPONDENT)]
    firm, product = _seen(_heard(text), [], spans)
    assert (firm.slot, firm.value, firm.method) == (Slot.RESPONDENT, "悠树堂", "model")
    assert (product.slot, product.value) == (Slot.PRODUCT, "宠物烘干箱")
    assert product.confidence <= 0.7


def test_on_a_platform_a_firm_is_a_shop() -> None:
    text = "拼多多上悠树堂卖的"
    (shop,) = _seen(_heard(text), [], [_span(text, "悠树堂", Slot.RESPONDENT)], online=True)
    assert shop.slot is Slot.SHOP


def test_what_a_table_knows_stays() -> None:
    heard = _heard("买的羽绒服套装坏了")
    known = heard.finding(Slot.PRODUCT, "羽绒服", (2, 5), method="gazetteer", confidence=0.9)
    assert _seen(heard, [known], [Span(Slot.PRODUCT, 2, 7, 0.99)]) == [known]


def test_what_was_only_guessed_gives_way() -> None:
    heard = _heard("买了一个宠物烘干箱坏了")
    guess = heard.finding(Slot.PRODUCT, "宠物烘", (4, 7), method="pattern", confidence=0.55)
    (product,) = _seen(heard, [guess], [Span(Slot.PRODUCT, 4, 9, 0.9)])
    assert product.value == "宠物烘干箱"


def test_an_unsure_or_shapeless_span_is_left_out() -> None:
    text = "买的那个，东西坏了"
    for span in (Span(Slot.PRODUCT, 2, 4, 0.4), Span(Slot.PRODUCT, 3, 7, 0.9), Span(Slot.PRODUCT, 2, 3, 0.9)):
        assert _seen(_heard(text), [], [span]) == []


def test_of_reports_and_questions_only_exact_values_are_kept() -> None:
    text = "在悠树堂买的宠物烘干箱不转了"
    spans = [_span(text, "宠物烘干箱", Slot.PRODUCT), _span(text, "悠树堂", Slot.RESPONDENT)]
    for leading in (Intent.REPORT_FOOD, Intent.CONSULT, Intent.URGE):
        assert _seen(_heard(text), [], spans, leading=leading) == []
    (firm,) = _seen(_heard(text), [], spans, leading=Intent.COMPLAINT_PREPAID)
    assert firm.slot is Slot.RESPONDENT


class _Stubborn:
    """Has learned the first sentences, and takes everything for a consultation."""

    def __init__(self, learned: Sequence[Sentence]) -> None:
        self._learned = {sentence.text for sentence in learned}

    def trained_on(self, text: str) -> bool:
        return text in self._learned

    def read(self, text: str) -> JointReading:
        return JointReading({intent: float(intent is Intent.CONSULT) for intent in Intent}, ())


def _leading(classifier: Classifier, reader: _Stubborn, text: str) -> Intent:
    shares = classifier.shares(_heard(text), on_platform=False, reading=reader.read(text))
    return max(shares, key=lambda intent: shares[intent])


def test_a_trainers_new_sentence_counts_before_any_training() -> None:
    learned = [
        Sentence("请问发票丢了怎么办", (Intent.CONSULT,)),
        Sentence("麻烦帮我催一下单子", (Intent.URGE,)),
        Sentence("美容院的卡不给退钱", (Intent.COMPLAINT_PREPAID,)),
    ]
    reader = _Stubborn(learned)
    said = "蹦极绳子快断了没人管"
    before = Classifier(learned, reader)
    assert _leading(before, reader, said) is Intent.CONSULT
    new = Sentence("蹦极的绳子快断了也没人管", (Intent.REPORT_SPECIAL_EQUIPMENT,))
    after = Classifier([*learned, new], reader)
    assert _leading(after, reader, said) is Intent.REPORT_SPECIAL_EQUIPMENT
    assert _leading(after, reader, "麻烦帮我催一下单子") is Intent.CONSULT
