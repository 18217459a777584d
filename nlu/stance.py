"""Yes-or-no facts and the evidence: spoken to the shop before, anonymous, on another's behalf, what proof there is."""

from __future__ import annotations

import re

from data.understanding import Finding
from data.vocabulary import Act, Slot
from nlu.heard import Heard
from nlu.tables import pattern

_CONTACTED = pattern("stance", "contacted")
_NOT_CONTACTED = re.compile(
    r"(?:还没|没有?|未)(?:有)?(?:联系|协商|沟通|找过|跟他们?说|和他们?说|问过|去找|跟商家|跟店家|和商家)"
)
_ANONYMOUS = pattern("stance", "anonymous")
_NAMED = pattern("stance", "named")
_PROXY = pattern("stance", "proxy")
_OWN = re.compile(r"(?:我|是我)(?:自己|本人)|本人")
_CLOSED, _OPEN = pattern("stance", "closed"), pattern("stance", "open")
#: Answered in words of their own, and only when asked.
_ASKED = (
    (Slot.GUARDIAN, pattern("stance", "guardian"), pattern("stance", "alone")),
    (Slot.INSISTS, pattern("stance", "insists"), pattern("stance", "not_insists")),
)
_EVIDENCE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(words))
    for name, words in (
        ("聊天记录", r"聊天记录|聊天截图|微信记录|对话记录"),
        ("截图", r"截图|截屏|截了图"),
        ("照片", r"照片|拍照|拍了照|图片|相片|拍下来"),
        ("视频", r"视频(?!号)|录像|录了像|监控"),
        ("录音", r"录音|录了音"),
        ("小票", r"小票|购物单|收银条"),
        ("发票", r"发票"),
        ("收据", r"收据|收条"),
        ("合同", r"合同|协议书?"),
        ("付款记录", r"付款(?:记录|凭证|截图)|支付(?:记录|凭证)|转账(?:记录|凭证|截图)|账单|刷卡单|流水"),
        ("订单记录", r"订单(?:记录|截图|页面|信息)"),
        ("鉴定结果", r"鉴定(?:书|报告|结果)?(?:出来|说|是|证明)?|鉴定"),
        ("检测报告", r"检测报告|检验报告|化验单"),
        ("病历", r"病历|病例|就诊记录|诊断书|医院证明"),
        ("快递单", r"快递单|物流(?:记录|信息)|运单"),
        ("设计稿", r"设计稿|设计图|原图"),
        ("实物", r"实物|东西还在|货还在|原件|还留着"),
        ("宣传页", r"宣传单|宣传页|广告单|海报"),
        ("邮件", r"邮件|邮箱"),
        ("行车记录仪", r"行车记录"),
        ("包装", r"包装(?:盒|袋)?"),
        ("工资表", r"工资表|工资单"),
        ("缴费单", r"(?:水|电|燃气|煤气|物业)费单|缴费单"),
        ("证书", r"商标证|注册证|专利证书|证书"),
    )
)
_HELD = re.compile(
    r"有|拍了?|留着?|保存|录了?|截了?|给你们?看|我这(?:边|里)|都在|存着|出来|能提供|可以提供|鉴定"
)
_UNWANTED = re.compile(r"(?:不要|别|不同意|不许)(?:你们?)?\s*$")
_LACKING = pattern("stance", "lacking")
_NOT_HELD_BEFORE = pattern("stance", "not_held_before")


def find(heard: Heard, acts: frozenset[Act]) -> list[Finding]:
    found: list[Finding] = []
    for finding in (
        _flag(heard, acts, Slot.PRIOR_CONTACT, _CONTACTED, _NOT_CONTACTED),
        _flag(heard, acts, Slot.ANONYMOUS, _ANONYMOUS, _NAMED),
        _flag(heard, acts, Slot.PROXY, _PROXY, _OWN),
        _flag(heard, acts, Slot.CLOSED, _CLOSED, _OPEN),
        *(_flag(heard, acts, slot, yes, no) for slot, yes, no in _ASKED if heard.asks(slot)),
        _evidence(heard),
    ):
        if finding is not None:
            found.append(finding)
    return found


def _flag(
    heard: Heard, acts: frozenset[Act], slot: Slot, yes: re.Pattern[str], no: re.Pattern[str]
) -> Finding | None:
    """True or False by its words, or by a plain yes or no to its question."""
    asked = heard.asks(slot)
    against = no.search(heard.text)
    # "本人" alone is an answer to the proxy question only.
    if against and (asked or slot is not Slot.PROXY):
        return heard.finding(slot, False, against.span(), method="phrase", confidence=0.9)
    if match := yes.search(heard.text):
        return heard.finding(slot, True, match.span(), method="phrase", confidence=0.9)
    if asked and acts & {Act.AFFIRM, Act.DENY} and Act.CORRECT not in acts:
        value = Act.AFFIRM in acts and Act.DENY not in acts
        return heard.finding(slot, value, (0, len(heard.text)), method="yes_no", confidence=0.9)
    return None


def _evidence(heard: Heard) -> Finding | None:
    text = heard.text
    asked = heard.asks(Slot.EVIDENCE)
    kinds: list[str] = []
    start, end = len(text), 0
    for name, words in _EVIDENCE:
        for match in words.finditer(text):
            before, after = (
                text[max(0, match.start() - 8) : match.start()],
                text[match.end() : match.end() + 8],
            )
            clause = (
                re.split(r"[,，。!！?？]", before)[-1] + match.group() + re.split(r"[,，。!！?？]", after)[0]
            )
            if _LACKING.search(before) or re.match(
                r"(?:都|也)?(?:没有|没了|丢了|扔了|找不到|不给|不开)", after
            ):
                continue
            if _UNWANTED.search(before):
                continue
            if not asked and (not _HELD.search(clause) or _NOT_HELD_BEFORE.search(before)):
                continue
            if (
                name == "鉴定结果"
                and not asked
                and not re.search(r"鉴定(?:书|报告|结果|出来)", match.group())
            ):
                continue
            if name == "截图" and "聊天记录" in kinds and "聊天截图" in text:
                continue
            kinds.append(name)
            start, end = min(start, match.start()), max(end, match.end())
            break
    if not kinds:
        return None
    return heard.finding(
        Slot.EVIDENCE, tuple(kinds), (start, end), method="keywords", confidence=0.9 if asked else 0.75
    )
