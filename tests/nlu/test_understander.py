from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.events import Reading
from data.understanding import Asked, Understanding
from data.vocabulary import Act, ConsentReply, Emergency, Intent, Listen, Slot
from nlu.understander import Understander

TODAY = date(2026, 11, 23)
KNOWN = {
    Slot.PLATFORM: "拼多多",
    Slot.AMOUNT: 399,
    Slot.PHONE: "13800001234",
    Slot.ORDER_NO: "230518764",
    Slot.NAME: "王小明",
    Slot.DATE: "2026-11-11",
    Slot.PRODUCT: "羽绒服",
}
READ_BACK = Asked(listen=Listen.YES_NO, read_back=tuple(KNOWN), known=KNOWN)


def read(reader: Understander, text: str, asked: Asked | None = None, *others: Reading) -> Understanding:
    return reader.understand(text, asked=asked or Asked(), today=TODAY, alternatives=others)


def values(understanding: Understanding) -> dict[Slot, object]:
    return {finding.slot: finding.value for finding in understanding.findings}


# --- acts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["对", "对的没错", "嗯", "好的", "没问题", "没错", "都对的", "是", "嗯没有问题", "就这个号码"]
)
def test_a_read_back_is_affirmed(reader: Understander, text: str) -> None:
    understood = read(reader, text, READ_BACK)
    assert Act.AFFIRM in understood.acts
    assert not understood.acts & {Act.DENY, Act.CORRECT}


@pytest.mark.parametrize("text", ["嗯", "好", "好的", "哦"])
def test_breath_after_an_open_question_is_no_yes(reader: Understander, text: str) -> None:
    assert Act.AFFIRM not in read(reader, text).acts


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("再说一遍", Act.REPEAT),
        ("没听清", Act.REPEAT),
        ("你说慢一点", Act.SLOWER),
        ("等一下我找找", Act.WAIT),
        ("我不知道", Act.DONT_KNOW),
        ("没有订单号", Act.DONT_KNOW),
        ("不想说", Act.DECLINE),
        ("跳过吧", Act.DECLINE),
        ("为什么要我的电话", Act.ASK_QUESTION),
        ("订单号在哪里看", Act.ASK_QUESTION),
        ("我不投诉了", Act.WITHDRAW),
        ("再见", Act.GOODBYE),
        ("不要录音", Act.REFUSE_RECORDING),
        ("不对", Act.DENY),
    ],
)
def test_acts(reader: Understander, text: str, act: Act) -> None:
    assert act in read(reader, text, Asked(slot=Slot.ORDER_NO, listen=Listen.SHORT)).acts


def test_a_story_holds_no_acts_of_the_dialog(reader: Understander) -> None:
    story = "我在网上买了一台冰箱，商家说不知道什么原因坏的，不给退款，让我再等一下，我说不行"
    assert not read(reader, story).acts & {Act.DONT_KNOW, Act.DECLINE, Act.WAIT, Act.DENY, Act.REPEAT}


# --- corrections --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("不对，是四百九十九", Slot.AMOUNT, 499),
        ("不对是499块", Slot.AMOUNT, 499),
        ("不是，四百九十九", Slot.AMOUNT, 499),
        ("部队是四百九十九", Slot.AMOUNT, 499),
        ("有一个不对，金额应该是四百九", Slot.AMOUNT, 490),
        ("电话不对，是一三九零零零零五六七八", Slot.PHONE, "13900005678"),
        ("不对不对，一三八零零零零一二五六", Slot.PHONE, "13800001256"),
        ("电话最后两位是七八", Slot.PHONE, "13800001278"),
        ("订单号最后两位是七八", Slot.ORDER_NO, "230518778"),
        ("不对，订单号是二三零五一八七六五", Slot.ORDER_NO, "230518765"),
        ("平台不是淘宝是京东", Slot.PLATFORM, "京东"),
        ("不是拼多多是淘宝", Slot.PLATFORM, "淘宝"),
        ("名字错了，是王晓敏", Slot.NAME, "王晓敏"),
        ("不是王小明，是黄小明", Slot.NAME, "黄小明"),
        ("姓名不对，我姓黄", Slot.NAME, "黄小明"),
        ("日期不对，是十一月十二号", Slot.DATE, "2026-11-12"),
        ("买的不是羽绒服是毛衣", Slot.PRODUCT, "毛衣"),
    ],
)
def test_corrections_at_the_read_back(reader: Understander, text: str, slot: Slot, value: object) -> None:
    understood = read(reader, text, READ_BACK)
    assert values(understood)[slot] == value
    assert {Act.DENY, Act.CORRECT} <= understood.acts


def test_what_is_denied_is_not_found(reader: Understander) -> None:
    understood = read(
        reader, "不是拼多多", Asked(read_back=(Slot.PLATFORM,), known={Slot.PLATFORM: "拼多多"})
    )
    assert Slot.PLATFORM not in values(understood)
    assert Act.DENY in understood.acts


def test_a_wrong_slot_without_its_value(reader: Understander) -> None:
    understood = read(reader, "对，但是金额不对", READ_BACK)
    assert values(understood) == {}
    assert Act.DENY in understood.acts


# --- values -------------------------------------------------------------------------------------------


def test_one_sentence_fills_many_slots(reader: Understander) -> None:
    understood = read(
        reader,
        "我叫赵梅，上个月十五号在萍多多一家叫暖冬服饰的店买了件与荣福，四百二十九块，收到是假的，我要求退一赔三，有聊天记录。",
    )
    found = values(understood)
    assert found[Slot.NAME] == "赵梅"
    assert found[Slot.DATE] == "2026-10-15"
    assert found[Slot.PLATFORM] == "拼多多"
    assert found[Slot.SHOP] == "暖冬服饰"
    assert found[Slot.PRODUCT] == "羽绒服"
    assert found[Slot.GOODS] == "服装、鞋帽"
    assert found[Slot.AMOUNT] == 429
    assert found[Slot.DEMAND] == ("退还货款和服务费用", "赔偿损失")
    assert found[Slot.EVIDENCE] == ("聊天记录",)
    assert understood.intent is Intent.COMPLAINT_ONLINE


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("找过，他们不理", Slot.PRIOR_CONTACT, True),
        ("没有", Slot.PRIOR_CONTACT, False),
        ("匿名", Slot.ANONYMOUS, True),
        ("不用匿名", Slot.ANONYMOUS, False),
        ("三个人", Slot.PEOPLE_COUNT, 3),
        ("没有人受伤", Slot.INJURY, "无"),
        ("健身卡", Slot.CARD_TYPE, "健身卡"),
        ("退货退款", Slot.DEMAND, ("退还货款和服务费用", "退货")),
        ("换一件新的", Slot.DEMAND, ("更换",)),
        ("小区的电梯", Slot.DEVICE, "电梯"),
        ("威尔士健身", Slot.RESPONDENT, "威尔士健身"),
        ("有聊天记录和截图", Slot.EVIDENCE, ("聊天记录", "截图")),
        ("是一条羊绒围脖", Slot.PRODUCT, "羊绒围脖"),
        ("潮流前线旗舰店", Slot.SHOP, "潮流前线旗舰店"),
    ],
)
def test_answers(reader: Understander, text: str, slot: Slot, value: object) -> None:
    assert values(read(reader, text, Asked(slot=slot, listen=Listen.SHORT)))[slot] == value


def test_a_refusal_told_as_a_fact_only_hints_at_the_demand(reader: Understander) -> None:
    found = read(reader, "我在商场买了件衣服，掉色，商家不给退款").find(Slot.DEMAND)
    assert found is not None
    assert found.confidence < 0.5


def test_investigation_is_asked_for_in_reports_only(reader: Understander) -> None:
    report = read(reader, "我要举报这家饭店用过期的肉，你们去查一查")
    assert values(report)[Slot.DEMAND] == ("查处",)
    complaint = read(reader, "我在网店买的鞋开胶了，要求退货，你们查一查")
    assert "查处" not in str(values(complaint)[Slot.DEMAND])


# --- intents ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我在淘宝买的鞋子开胶了，店家不给退", Intent.COMPLAINT_ONLINE),
        ("我在美容院办的卡，店关门了，里面还有两千块", Intent.COMPLAINT_PREPAID),
        ("我在商场专柜买的皮鞋裂了，要求换货", Intent.COMPLAINT_OTHER),
        ("举报楼下烧烤店用过期的肉", Intent.REPORT_FOOD),
        ("停车场不按公示的标准乱收费，一小时收三十", Intent.REPORT_PRICE),
        ("小区电梯没有年检标志，物业不管", Intent.REPORT_SPECIAL_EQUIPMENT),
        ("有工厂假冒我们公司的注册商标", Intent.REPORT_IP),
        ("有人拉人头搞传销，你们去查", Intent.REPORT_OTHER),
        ("请问七天无理由退货怎么算", Intent.CONSULT),
        ("我上个月的投诉处理到哪一步了", Intent.QUERY_PROGRESS),
        ("都过了二十天了还没人联系我，帮我催一下", Intent.URGE),
        ("转人工", Intent.REQUEST_HUMAN),
        ("我要投诉", Intent.COMPLAINT_OTHER),
    ],
)
def test_intents(reader: Understander, text: str, intent: Intent) -> None:
    assert read(reader, text).intent is intent


@pytest.mark.parametrize("text", ["你好", "喂", "嗯", "好的"])
def test_no_business(reader: Understander, text: str) -> None:
    assert read(reader, text).intents == ()


def test_an_answer_to_a_slot_has_no_intent(reader: Understander) -> None:
    assert read(reader, "健身房", Asked(slot=Slot.RESPONDENT_TYPE, listen=Listen.SHORT)).intents == ()


# --- the other hypotheses -----------------------------------------------------------------------------


def test_a_value_only_a_prompt_brought_forth_is_unsure(reader: Understander) -> None:
    asked = Asked(slot=Slot.PLATFORM, listen=Listen.SHORT)
    invented = read(
        reader,
        "拼多多",
        asked,
        Reading(text="拼多多", score=-0.1, primed=True),
        Reading(text="你好吗", score=-0.3, primed=False),
    )
    heard = read(
        reader,
        "拼多多",
        asked,
        Reading(text="拼多多", score=-0.1, primed=True),
        Reading(text="萍多多", score=-0.3, primed=False),
    )
    assert invented.findings[0].confidence < 0.5
    assert heard.findings[0].confidence > 0.9


def test_a_phone_is_taken_from_the_reading_that_has_all_figures(reader: Understander) -> None:
    understood = read(
        reader,
        "一三八零零零一二三四",
        Asked(slot=Slot.PHONE, listen=Listen.DIGITS),
        Reading(text="一三八零零零一二三四", score=-0.1, primed=False),
        Reading(text="13800001234", score=-0.3, primed=False),
    )
    finding = understood.findings[0]
    assert finding.value == "13800001234"
    assert finding.confidence < 0.5
    assert understood.text[slice(*finding.span)] == finding.heard


def test_disagreeing_amounts_are_kept_as_alternatives(reader: Understander) -> None:
    understood = read(
        reader,
        "四百九十九",
        Asked(slot=Slot.AMOUNT, listen=Listen.SHORT),
        Reading(text="四百九十九", score=-0.1, primed=False),
        Reading(text="三百九十九", score=-0.3, primed=False),
    )
    assert understood.findings[0].alternatives == (399,)
    assert understood.findings[0].confidence <= 0.75


def test_consent_is_read_only_when_it_was_asked(reader: Understander) -> None:
    asked = Asked(consent="refer_to_platform", recipient="拼多多", listen=Listen.YES_NO)
    assert read(reader, "可以，你转吧", asked).consent is ConsentReply.AGREE
    assert read(reader, "可以，你转吧").consent is None
    assert read(reader, "", asked).consent is ConsentReply.UNCLEAR


def test_danger_is_seen_whatever_was_asked(reader: Understander) -> None:
    asked = Asked(slot=Slot.ORDER_NO, listen=Listen.DIGITS)
    assert read(reader, "等一下我们被困在电梯里了", asked).flags.emergency is Emergency.TRAPPED


def test_traditional_characters_and_full_width_figures(reader: Understander) -> None:
    found = values(read(reader, "我在淘寶買了一件羽絨服，３９９塊錢"))
    assert found[Slot.PLATFORM] == "淘宝"
    assert found[Slot.AMOUNT] == 399


# --- properties ---------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    (
        *("我", "在", "拼多多", "不是", "是", "不对", "三百", "块", "一三八", "零零零零", "号"),
        *("电话", "订单号", "叫", "王小明", "徐汇", "路", "弄", "退款", "电梯", "吗", "，", "。"),
        *("３", "a", "不", "可以", "上个月", "十五", " ", "😀", "\x00", "\u200b"),
    )
)
_TEXTS = st.one_of(st.text(max_size=80), st.lists(_WORDS, max_size=25).map("".join))
_ASKED = st.builds(
    Asked,
    slot=st.none() | st.sampled_from(list(Slot)),
    listen=st.sampled_from(list(Listen)),
    consent=st.none() | st.just("refer_to_platform"),
    read_back=st.sampled_from([(), tuple(KNOWN), (Slot.PHONE,)]),
    known=st.sampled_from([{}, KNOWN]),
)


@settings(max_examples=300, deadline=None)
@given(text=_TEXTS, asked=_ASKED, other=_TEXTS, primed=st.booleans())
def test_any_text_is_understood_and_every_span_lies_in_it(
    reader: Understander, text: str, asked: Asked, other: str, primed: bool
) -> None:
    alternatives = (
        Reading(text=text, score=0.0, primed=primed),
        Reading(text=other, score=-1.0, primed=False),
    )
    understood = reader.understand(text, asked=asked, today=TODAY, alternatives=alternatives)
    for finding in understood.findings:
        start, end = finding.span
        assert 0 <= start < end <= len(text)
        assert text[start:end] == finding.heard
        assert 0 <= finding.confidence <= 1
    assert understood == reader.understand(text, asked=asked, today=TODAY, alternatives=alternatives)
    if asked.consent is None:
        assert understood.consent is None


@pytest.mark.parametrize(
    "piece", ["一", "拼多多", "不是", "😀", "\x00", "三百块，不对，", "路", "买了一件", "a1"]
)
def test_ten_thousand_characters(reader: Understander, piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    understood = reader.understand(text, asked=Asked(), today=TODAY)
    assert all(text[slice(*finding.span)] == finding.heard for finding in understood.findings)


def test_a_number_one_reading_wrote_a_figure_too_long_stays_as_another_chance(reader: Understander) -> None:
    meant = read(
        reader,
        "15000043221",
        Asked(slot=Slot.PHONE, listen=Listen.DIGITS),
        Reading(text="15000043221", score=-0.3, primed=False),
        Reading(text="150000043221", score=-0.4, primed=False),
    )
    phone = meant.find(Slot.PHONE)
    assert phone is not None
    assert (phone.value, phone.alternatives) == ("15000043221", ("15000004321",))


def test_the_other_readings_of_a_name_stay_at_hand(reader: Understander) -> None:
    asked = Asked(listen=Listen.YES_NO, read_back=(Slot.NAME,), known={Slot.NAME: "王敬国"})
    readings = [Reading(text=text, score=-0.5, primed=False) for text in ("不对我叫王尽国", "不对我叫王建国")]
    name = read(reader, "不对我叫王尽国", asked, *readings).find(Slot.NAME)
    assert name is not None
    assert (name.value, name.alternatives) == ("王尽国", ("王建国",))


@pytest.mark.parametrize("said", ["不要录音", "把录音关掉", "我不同意录音"])
def test_whoever_refuses_the_recording_is_no_wrong_number(said: str) -> None:
    understood = Understander().understand(said, asked=Asked(), today=date(2026, 11, 24))
    assert Act.REFUSE_RECORDING in understood.acts
    assert understood.intents == ()


# --- answers to another question than was asked ---------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "text", "slot", "value"),
    [
        (Slot.RESPONDENT_ADDRESS, "十月二十几号吧", Slot.DATE, "2026-10"),
        (Slot.RESPONDENT_ADDRESS, "退钱呀", Slot.DEMAND, ("退还货款和服务费用",)),
        (Slot.SHOP, "三十八块", Slot.AMOUNT, 38),
        (Slot.SHOP, "十月三号", Slot.DATE, "2026-10-03"),
        (Slot.RESPONDENT, "13800001234", Slot.PHONE, "13800001234"),
        (Slot.DATE, "我要他们道歉", Slot.DEMAND, ("赔礼道歉",)),
    ],
)
def test_a_value_told_elsewhere_goes_where_it_belongs(
    reader: Understander, asked: Slot, text: str, slot: Slot, value: object
) -> None:
    found = values(read(reader, text, Asked(slot=asked, listen=Listen.SHORT)))
    assert found.get(slot) == value
    assert asked not in found


@pytest.mark.parametrize("shop", ["一号店", "三百六十五便利店", "三只松鼠", "八百伴"])
def test_a_shop_may_be_named_by_a_number(reader: Understander, shop: str) -> None:
    assert values(read(reader, shop, Asked(slot=Slot.SHOP, listen=Listen.SHORT)))[Slot.SHOP] == shop


@pytest.mark.parametrize("text", ["他们说不给退款", "退货寄回去了", "可以退款吗"])
def test_what_is_told_of_a_refund_is_no_demand(reader: Understander, text: str) -> None:
    assert Slot.DEMAND not in values(read(reader, text, Asked(slot=Slot.DATE, listen=Listen.SHORT)))


def test_what_the_shop_shall_pay_is_not_what_was_paid(reader: Understander) -> None:
    asked = Asked(slot=Slot.AMOUNT, listen=Listen.SHORT)
    assert Slot.AMOUNT not in values(read(reader, "要他赔一千块", asked))
    assert values(read(reader, "花了三十八，要他赔一千", asked))[Slot.AMOUNT] == 38


def test_a_whole_name_completes_the_surname_told_before(reader: Understander) -> None:
    asked = Asked(slot=Slot.PHONE, listen=Listen.DIGITS, known={Slot.NAME: "顾"})
    assert values(read(reader, "顾小军", asked))[Slot.NAME] == "顾小军"


@pytest.mark.parametrize("text", ["现在人都找不到了", "老板找不着", "找不到人"])
def test_who_is_not_to_be_found_is_gone(reader: Understander, text: str) -> None:
    understood = read(reader, text, Asked(slot=Slot.CLOSED, listen=Listen.YES_NO))
    assert values(understood)[Slot.CLOSED] is True
    assert Act.DONT_KNOW not in understood.acts


def test_a_name_given_with_doubt_is_the_name(reader: Understander) -> None:
    assert values(read(reader, "就是讲座上的，叫什么康寿堂"))[Slot.RESPONDENT] == "康寿堂"
