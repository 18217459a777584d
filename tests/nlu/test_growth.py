from __future__ import annotations

import random

from data.vocabulary import Intent, Slot
from nlu.growth import changed, grow
from nlu.sentences import Marked, Sentence, read_sentences

_JACKET = Sentence(
    "我在拼多多买了一件羽绒服，穿了两天就跑毛，商家不给退",
    (Intent.COMPLAINT_ONLINE,),
    (Marked(Slot.PLATFORM, 2, 5), Marked(Slot.PRODUCT, 9, 12)),
    known=True,
)


def test_the_same_seed_grows_the_same() -> None:
    some = read_sentences()[::50]
    assert grow(some, seed=7) == grow(some, seed=7)
    assert grow(some, seed=7) != grow(some, seed=8)


def test_some_sentences_stay_as_written_and_the_others_differ() -> None:
    grown = grow([_JACKET] * 60, seed=1)
    assert 10 <= grown.count(_JACKET) <= 35
    assert len({other.text for other in grown if other != _JACKET}) >= 20
    assert all(other.intents == _JACKET.intents and other.known for other in grown)


def test_marks_follow_their_words() -> None:
    chance = random.Random(3)
    for _ in range(300):
        grown = changed(_JACKET, chance)
        # A firm may have been named in front.
        own = [mark.slot for mark in grown.marks if mark.slot is not Slot.RESPONDENT]
        assert own == [Slot.PLATFORM, Slot.PRODUCT]
        product = next(mark for mark in grown.marks if mark.slot is Slot.PRODUCT)
        # What follows the product in the sentence still follows it, but for a recogniser's fault.
        assert 0 <= product.start < product.end <= len(grown.text)
        assert "，" not in grown.text[product.start : product.end]


def test_speech_is_what_it_does_to_a_sentence() -> None:
    texts = [sentence.text for sentence in grow([_JACKET] * 300, seed=5)]
    assert any("，" not in text for text in texts)
    assert any("不对" in text for text in texts)
    assert any("呃" in text for text in texts)
    assert any("衣" not in text and "羽绒服" not in text for text in texts)
