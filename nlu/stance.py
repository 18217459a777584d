"""Yes-or-no facts and the evidence: spoken to the shop before, anonymous, on another's behalf, what proof there is."""

from __future__ import annotations

import re

from data.understanding import Finding
from data.vocabulary import Act, Slot
from nlu.heard import Heard

_CONTACTED = re.compile(
    r"(?:联系|找|问|跟|和|打|打过|打了|打给)(?:过|了)?(?:他们?|商家|店家|老板|卖家|客服|店里|平台|对方|店铺|物业|公司|老老板|售后|经理|店长)(?:的?电话|协商|沟通|说|谈|反映|反应|理论|讲|要|过|了|他|三次|好几次|多次)?"
    r"|(?:商家|店家|老板|卖家|客服|对方|店里|平台|他们|售后|店员|校长|教练|安装公司|工作人员)(?:也|就|又|却|还|都|一直|还是|硬|非)?(?:说|讲|不肯|不给|不同意|拒绝|不理|推|不承认|不认|不退|只肯|不回|答应|让我|叫我|要我|称)"
    r"|他(?:又|就|却|还)?说(?!你们)|协商(?:过|了|不成|无果|未果)|沟通(?:过|了|无果|不成)|客服电话(?:打|是)|退货寄回去|没人理|不理我|拉黑|电话打(?:不|勿)通|问他[^,，。]{0,6}他说|找(?:过|了)他们?"
)
_NOT_CONTACTED = re.compile(r"(?:还没|没有?|未)(?:有)?(?:联系|协商|沟通|找过|跟他们?说|和他们?说|问过|去找|跟商家|跟店家|和商家)")
_ANONYMOUS = re.compile(
    r"(?<!不)(?<!不用)(?<!不想)匿名|(?:不要|别|不能|不可以|千万别|千万不要|绝对不能|不想)(?:说|让|告诉|透露|给)[^,，。]{0,8}(?:是我|知道我|我的?(?:名字|信息|身份|电话|姓名))|(?:不想|不愿意?|不要)(?:留|透露|暴露|公开)(?:我的?)?(?:名|姓名|名字|身份|信息)|帮我保密|要保密|替我保密|别暴露|不留名|不实名|不要实名"
)
_NAMED = re.compile(r"(?:不用|不要|不需要|不必|不是|不)匿名|可以实名|(?<!不)(?<!不要)(?<!不想)实名|(?:可以|愿意)留(?:名字|姓名|电话)|不怕(?:他|他们)知道")
_PROXY = re.compile(
    r"(?:帮|替|代)(?:我|着)?(?:的|家)?(?:老?妈|老?爸|妈妈|爸爸|父亲|母亲|爷爷|奶奶|外婆|外公|老公|老婆|爱人|朋友|同事|邻居|儿子|女儿|孩子|姐姐|妹妹|哥哥|弟弟|家人|家里人|老人|亲戚|别人|他|她)(?!退)[^,，。]{0,8}(?:投诉|举报|打|问|反映|咨询|来)?|我是(?:他|她)的?(?:女儿|儿子|老婆|老公|妈妈|爸爸|家属|家人|朋友|妈|爸)|代(?:为)?投诉|受[^,，。]{1,5}委托"
)
_OWN = re.compile(r"(?:我|是我)(?:自己|本人)|本人")
_EVIDENCE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
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
        ("证书", r"商标证|注册证|专利证书|证书"),
    )
)
_HELD = re.compile(r"有|拍了?|留着?|保存|录了?|截了?|给你们?看|我这(?:边|里)|都在|存着|出来|能提供|可以提供|鉴定")
_LACKING = re.compile(r"(?:没有?|不给开?|不开|没开|无|没给|没拿到?|丢了|没签|要|不肯开|拒开|不肯给|没留|忘了[^,，。]{0,2})(?:任何|什么|到|过|我)?(?:的)?\s*$")
_NOT_HELD_BEFORE = re.compile(r"(?:电话|通话|会|先声明我|不要|别|不同意|拒绝|在|买的?|贵|标|网上把我的[^,，。]{0,4}|我的投诉)\s*$")


def find(heard: Heard, acts: frozenset[Act]) -> list[Finding]:
    found: list[Finding] = []
    for finding in (
        _flag(heard, acts, Slot.PRIOR_CONTACT, _CONTACTED, _NOT_CONTACTED),
        _flag(heard, acts, Slot.ANONYMOUS, _ANONYMOUS, _NAMED),
        _flag(heard, acts, Slot.PROXY, _PROXY, _OWN),
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
    for name, pattern in _EVIDENCE:
        for match in pattern.finditer(text):
            before, after = text[max(0, match.start() - 8) : match.start()], text[match.end() : match.end() + 8]
            clause = re.split(r"[,，。!！?？]", before)[-1] + match.group() + re.split(r"[,，。!！?？]", after)[0]
            if _LACKING.search(before) or re.match(r"(?:都)?(?:没有|没了|丢了|不给|不开)", after):
                continue
            if not asked and (not _HELD.search(clause) or _NOT_HELD_BEFORE.search(before)):
                continue
            if name == "鉴定结果" and not asked and not re.search(r"鉴定(?:书|报告|结果|出来)", match.group()):
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
