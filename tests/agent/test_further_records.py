"""A 投诉 and a 举报 in one call: two records, each with its own consents (办法 art. 9), and whatever else."""

from __future__ import annotations

import data.events as ev
from agent.acts import Lodge, Refer, Transfer
from data.fold_record import told
from data.vocabulary import Act, Intent, Kind, Outcome, Slot
from tests.agent.talk import Talk, wide_script

BOTH = (Intent.COMPLAINT_ONLINE, Intent.REPORT_OTHER)


def lodged(*, outright: tuple[Intent, ...] = BOTH, agree: bool = True, caller_no: str | None = None) -> Talk:
    """A complaint to its case number; `outright`: what the caller asked for by name."""
    talk = Talk(wide_script(), caller_no)
    talk.says(
        "我在网上买的东西是假的",
        Act.INFORM,
        intents=BOTH[:1],
        outright=outright,
        platform="拼多多",
        product="羽绒服",
        amount=399,
        demand=("退款",),
        phone="13800001234",
    ).yes()
    if agree:
        talk.agrees()
        talk.put(ev.TransferEnded(answered=False))
    else:
        talk.says("不同意", Act.DENY)
        talk.says("不同意", Act.DENY)
    assert talk.at == ("more", "more"), talk.at
    return talk


def test_what_was_asked_for_too_is_offered_and_is_a_record_of_its_own() -> None:
    talk = lodged()
    assert talk.said[-1] == "more.heard"
    assert "举报" in talk.spoken
    talk.yes()
    assert talk.at == ("anonymous", "value")
    assert talk.state.kind is Kind.REPORT
    assert talk.state.case_no is None
    assert talk.state.consents == {}
    talk.no().says("就那家店", respondent="某某店").yes()
    assert [act.key for act in talk.did(Lodge)] == ["c1:lodge:投诉", "c1:lodge:举报:2"]
    assert talk.said[-1] == "more.ask"
    talk.no()
    assert talk.state.ending is Outcome.LODGED
    first, second = told(talk.events)
    assert (first.draft.kind, second.draft.kind) == (Kind.COMPLAINT, Kind.REPORT)
    assert first.lodged is not None and second.lodged is not None
    assert first.lodged.case_no != second.lodged.case_no
    assert [consent.decision.value for consent in first.draft.consents] == ["given"]
    assert second.draft.consents == ()
    assert talk.folds()


def test_the_same_matter_is_not_told_twice_but_each_value_keeps_its_words() -> None:
    talk = lodged()
    talk.yes()
    first, second = told(talk.events)
    product = second.draft.field(Slot.PRODUCT)
    assert product == first.draft.field(Slot.PRODUCT)
    assert second.draft.value(Slot.DEMAND) is None, "what is demanded is the complaint's"
    assert second.draft.content == first.draft.content


def test_an_anonymous_report_holds_nothing_of_who_complained() -> None:
    talk = lodged()
    talk.yes().yes()
    assert talk.value(Slot.ANONYMOUS) is True
    first, second = told(talk.events)
    assert first.draft.text(Slot.PHONE) == "13800001234"
    assert second.draft.text(Slot.PHONE) is None


def test_a_report_is_never_referred() -> None:
    talk = lodged()
    referred = len(talk.did(Refer))
    talk.yes().no().says("就那家店", respondent="某某店").yes()
    assert len(talk.did(Refer)) == referred == 1
    assert len(talk.did(Transfer)) == 1


def test_who_wants_no_more_is_not_asked_again() -> None:
    talk = lodged()
    talk.no()
    assert talk.state.ending is Outcome.LODGED
    assert [event.intent for event in talk.of(ev.MatterDeclined)] == [Intent.REPORT_OTHER]  # type: ignore[attr-defined]


def test_another_matter_begins_with_nothing_but_who_he_is() -> None:
    talk = lodged(outright=())
    assert talk.said[-1] == "more.ask"
    talk.says("还有，我在京东买的手机坏了", intents=BOTH[:1], platform="京东", product="手机")
    assert talk.state.number == 2
    assert talk.value(Slot.PHONE) == "13800001234"
    assert talk.value(Slot.PLATFORM) == "京东"
    assert talk.value(Slot.AMOUNT) is None
    first, second = told(talk.events)
    assert second.draft.content == "还有，我在京东买的手机坏了"
    assert first.draft.text(Slot.PLATFORM) == "拼多多"
    assert talk.at == ("amount", "value")


def test_a_bare_yes_is_asked_what_it_is() -> None:
    talk = lodged(outright=())
    assert talk.yes().said == ["more.tell"]
    talk.says("我要举报他们卖假货", intents=(Intent.REPORT_OTHER,), outright=(Intent.REPORT_OTHER,))
    assert talk.state.kind is Kind.REPORT
    assert talk.value(Slot.PRODUCT) == "羽绒服", "the same shop: what is known stays"


def test_what_is_lodged_told_once_more_is_not_lodged_twice() -> None:
    talk = lodged(outright=())
    talk.says("我在拼多多买的羽绒服是假的", intents=BOTH[:1], platform="拼多多", product="羽绒服")
    assert talk.state.ending is Outcome.LODGED
    assert len(talk.did(Lodge)) == 1


def test_silence_and_goodbye_end_it() -> None:
    assert lodged(outright=()).silent().state.ending is Outcome.LODGED
    talk = lodged(outright=()).says("没有了，再见", Act.GOODBYE)
    assert talk.said[-1] == "goodbye", "the proper closing words"


def test_so_many_and_no_more() -> None:
    talk = lodged(outright=())
    for number in range(3):
        assert talk.at == ("more", "more")
        talk.says("还有一家卖假货", intents=(Intent.REPORT_OTHER,), respondent=f"第{number}家")
        assert talk.value(Slot.RESPONDENT) == f"第{number}家"
        talk.no().yes()
    assert talk.state.ending is Outcome.LODGED
    assert len(talk.did(Lodge)) == 4


def test_hanging_up_in_the_second_keeps_both() -> None:
    talk = lodged()
    talk.yes().hangs_up()
    assert talk.state.closed is Outcome.LODGED
    callbacks = [event.reason for event in talk.of(ev.CallbackQueued)]  # type: ignore[attr-defined]
    assert callbacks == ["hung_up"], "what is open is called back for"
    first, second = told(talk.events)
    assert first.lodged is not None
    assert second.lodged is None


def test_taking_back_the_first_consent_while_the_second_is_told() -> None:
    talk = lodged()
    talk.yes()
    talk.says("刚才那件别转了", Act.WITHDRAW)
    [taken] = talk.of(ev.ConsentWithdrawn)
    assert taken.record == "r1"  # type: ignore[attr-defined]
    first, second = told(talk.events)
    assert [consent.decision.value for consent in first.draft.consents] == ["withdrawn"]
    assert second.draft.consents == ()
    assert talk.at == ("anonymous", "value"), "and the report goes on"
    assert talk.folds()


def test_dropping_the_second_leaves_the_first_as_it_is() -> None:
    talk = lodged()
    talk.yes()
    talk.says("算了，不举报了", Act.WITHDRAW)
    assert talk.of(ev.ConsentWithdrawn) == []
    assert talk.state.ending is Outcome.INCOMPLETE
    talk.hangs_up()
    assert talk.state.closed is Outcome.LODGED


def test_he_is_connected_only_where_he_consented_and_only_once_lodged() -> None:
    talk = Talk(wide_script())
    talk.says(
        "假的", intents=BOTH[:1], platform="拼多多", amount=1, demand=("退款",), phone="13800001234"
    ).yes().agrees()
    [transfer] = talk.did(Transfer)
    assert isinstance(transfer, Transfer)
    assert transfer.to == "拼多多"
    talk.put(ev.TransferEnded(answered=True))
    assert talk.state.ending is Outcome.LODGED
    assert lodged(agree=False).did(Transfer) == []


def test_leaving_a_called_flow_goes_on_where_it_was_called() -> None:
    talk = lodged(caller_no=None)
    assert "closing.case" in [event.prompt for event in talk.of(ev.PromptSaid)]  # type: ignore[attr-defined]
    talk = Talk(wide_script(), "13900007788").says("假的", intents=BOTH[:1], amount=1, demand=("退款",))
    talk.says("不知道", Act.DONT_KNOW).no().says("不说", Act.DECLINE).says("不说", Act.DECLINE)
    assert talk.at == ("more", "more"), talk.at
    assert "closing.case" not in [event.prompt for event in talk.of(ev.PromptSaid)]  # type: ignore[attr-defined]


def test_a_step_s_own_ladder_and_where_it_leads() -> None:
    talk = Talk(wide_script()).says("假的", intents=BOTH[:1], platform="拼多多")
    assert talk.at == ("amount", "value")
    assert talk.silent().said == ["noinput.amount", "amount.ask"]
    assert talk.mumbles().said == ["nomatch.amount", "amount.ask"]
    talk.says("一块", amount=1)
    assert talk.at == ("demand", "value")
    talk.says("嗯，呃", Act.INFORM, product="鞋").says("呃", Act.INFORM, product="袜子")
    assert isinstance(talk.did(Transfer)[-1], Transfer), "asked often enough: a person"


# --- what the next record takes over ----------------------------------------------------------------


def reported() -> Talk:
    """A report on a lift at an address, to its case number, asked whether there is anything else."""
    talk = Talk(wide_script()).says(
        "电梯坏了没人修",
        Act.INFORM,
        intents=(Intent.REPORT_OTHER,),
        device="电梯",
        respondent="安居物业",
        respondent_address="静安区某路1号",
        district="静安区",
        platform="拼多多",
        phone="13800001234",
    )
    talk.no().yes()
    assert talk.at == ("more", "more"), talk.at
    return talk


SIDE = (Slot.RESPONDENT, Slot.RESPONDENT_ADDRESS, Slot.DISTRICT)


def test_another_matter_takes_over_nothing_of_the_other_side() -> None:
    talk = reported().says("还有，洗衣店把我羽绒服洗坏了，他们不赔", intents=BOTH[:1], product="羽绒服")
    assert talk.state.number == 2
    assert [talk.value(slot) for slot in SIDE] == [None, None, None]
    assert talk.value(Slot.PHONE) == "13800001234", "he is who he is"


def test_the_same_side_is_taken_over_where_he_says_so() -> None:
    talk = reported().says("还是刚才那家，停车费乱收", intents=BOTH[:1], product="停车费")
    assert talk.value(Slot.RESPONDENT) == "安居物业"
    assert talk.value(Slot.DEVICE) is None, "the lift is of the other record"
    assert talk.value(Slot.PRODUCT) == "停车费"
    assert talk.folds()


def test_the_same_side_in_the_same_kind_of_record() -> None:
    talk = lodged(outright=()).says("也是他们，还有一双鞋开胶了", intents=BOTH[:1], product="鞋")
    assert talk.state.number == 2
    assert (talk.value(Slot.PLATFORM), talk.value(Slot.PRODUCT)) == ("拼多多", "鞋")
    assert talk.value(Slot.AMOUNT) is None


def test_another_shop_is_another_though_it_is_called_that_one() -> None:
    talk = reported().says("另一家店买的面包过期了，那家也要投诉", intents=BOTH[:1], product="面包")
    assert talk.value(Slot.RESPONDENT) is None


def test_a_wish_that_names_nothing_is_asked_what_it_is() -> None:
    talk = reported().says("我还要投诉", intents=BOTH[:1])
    assert talk.said == ["more.tell"]
    talk.says("洗衣店把我羽绒服洗坏了", intents=BOTH[:1], product="羽绒服")
    assert talk.value(Slot.NARRATIVE) == "洗衣店把我羽绒服洗坏了"
    assert talk.value(Slot.RESPONDENT) is None


def test_two_matters_told_in_one_breath_are_not_one() -> None:
    talk = Talk(wide_script()).says(
        "电梯坏了要举报，还有一家洗衣店我要投诉",
        Act.INFORM,
        intents=(Intent.REPORT_OTHER,),
        outright=(Intent.REPORT_OTHER, Intent.COMPLAINT_ONLINE),
        respondent="安居物业",
    )
    talk.no().yes()
    assert talk.said[-1] == "more.heard"
    assert talk.yes().said == ["more.tell"]
    talk.says("衣服洗坏了不肯赔给我", product="羽绒服")
    assert talk.state.kind is Kind.COMPLAINT
    assert talk.value(Slot.RESPONDENT) is None
    assert talk.folds()
