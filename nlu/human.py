"""Any wording for a person, misheard ones too. The right to a human is never argued with."""

from __future__ import annotations

import re

from nlu.heard import Heard
from nlu.tables import pattern

_PERSON = r"(?:人工|真人|活人|工作人员|接线员|话务员|客服人员|坐席|座席|专员|领导|主管|经理|负责人|值班长|班长|同志)"
_ASKS = re.compile(
    r"(?:转|接|找|要|换|叫|请|给我|帮我|切|连|跟|和|同|让|派|有没有|有)(?:到|给|一下|下|个|一个|位|一位|你们的?|你们那边的?|我|我到|接)*"
    + _PERSON
    + r"|^(?:人工|真人)(?:服务|客服|坐席|座席|电话)?$|人工(?:服务|客服|坐席|座席|台|接听)|(?:转|接)人(?:工|功|公|宫)?$"
    r"|(?:要|想|能不能|可以|跟|和|同|找)(?:个|一个|真的|真|活)*人(?:来|跟我|和我|给我)?(?:说话|讲话|说|讲|谈|聊|接|通话|对话|听)"
    r"|(?:不想|不要|不愿意|不跟|不和|别让|懒得|我不)(?:跟|和|同|要)?(?:你|这个|一个)?(?:机器人?|电脑|AI|ai|人工智能|自动语音)(?:说|讲|聊|谈)?"
    r"|(?:叫|让|换|找|喊)(?:一?个)?(?:你们)?(?:领导|主管|真人|活人|人)(?:来|跟|和|接|出来)"
    r"|(?:喊|叫|找|换|要|接)(?:一?个)?(?:活的|小姑娘|小伙子|会(?:讲|说)[^,，。]{1,5}话的)"
    r"|人在吗|(?:^|吗)人呢|^(?:喂|你好)*有人吗|有没有人(?:吗|啊|在|呀|接|听|跟我|和我|来)?$|转给刚才那个人|找(?:个|一个)(?:懂的?)?人(?:来|跟|和)?|找人(?:来)?(?:跟我|和我)|转给我人工|真人服务|人工智能不行"
)
#: What recognisers make of 转人工 on a telephone line.
_MISHEARD = pattern("human", "misheard")
_NOT = pattern("human", "not")
_REFUSES = re.compile(
    r"(?:不用|不要|不需要|先不|别|不必)(?:给我)?(?:转|找|接|叫)(?:到|给)?(?:人工|真人|领导)"
)


def requested(heard: Heard) -> bool:
    """Whether a person is asked for."""
    core = heard.core
    if not core or _REFUSES.search(core):
        return False
    cleaned = _NOT.sub("", core)
    if _MISHEARD.search(cleaned):
        return True
    match = _ASKS.search(cleaned)
    if match is None:
        return False
    # A manager inside a long story ("我找了他们经理") is the shop's, not ours.
    theirs = re.search(
        r"(?:他们|商家|店里?|店家|公司|饭店|物业|店铺|酒店|健身房|老板|银行|去|了|过)(?:的)?(?:找|叫|让|有|和|跟)?(?:个|了|过|一个)?(?:领导|主管|经理|负责人|工作人员|店长)",
        cleaned,
    )
    if (
        theirs
        and len(cleaned) > 10
        and not re.search(r"人工|真人|你们(?:的)?(?:领导|主管|经理|负责人)", match.group())
    ):
        return False
    named = re.search(r"人工|真人|活人|机器|AI|ai", match.group())
    if re.search(r"工作人员|专员|经理|负责人|班长|领导|主管|同志", match.group()) and not named:
        return len(cleaned) <= 24 or "你们" in match.group()
    return True
