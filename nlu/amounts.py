"""Money: 三百九十九块, 399, 三块五毛, 一千二百多, 二百八一箱, 三九九 when the amount was asked.

Of several sums the one in dispute is taken: what was paid or charged, not the list price, the gift or the balance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from data.understanding import Finding
from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.numbers import DIGIT, Number, scan

_YUAN = re.compile(r"\s*(?:块钱|元钱|块大洋|人民币|块|元|圆|快钱|塊)(?:钱|钞票)?")
_JIAO = re.compile(r"([一二两三四五六七八九\d])(?:毛|角)(?:([一二两三四五六七八九\d])分?)?|([一二两三四五六七八九\d])(?![\d一二三四五六七八九十百千万个件台月天年])|半(?!年|个|天)")
_BARE_JIAO = re.compile(r"\s*(?:毛钱|毛|角钱)")
_CURRENCY_BEFORE = re.compile(r"[¥￥]\s*$")
_PER = re.compile(r"\s*(?:一|每|1)?(?:个月|箱|瓶|斤|盒|个|件|双|套|张|台|次|份|袋|桶|条|包|只|节课|节|晚|年|位|克|平方|平米|公斤|小时)(?![十百千])")
_UNIT_AFTER = re.compile(
    r"\s*(?:个|天|号|月|年|岁|楼|层|室|弄|支弄|路|点|分钟|分|小时|日|周|星期|件|台|双|套|张|次|份|袋|桶|条|只|人|户|名|位|桌|度|斤|克|公斤|公里|米|遍|倍|折|片|粒|集|期|页|级|瓶|箱|盒|"
    r"%|％|门|栋|号楼|单元|幢|匹|寸|升|毫升|ml|kg|g|cm|mm|G|W|w|家|辆|颗|把|块屏|节|本|届|句|种|项|口|批|成|代|架|趟|公分|平方|平米|平|座|排|多(?:天|个|号|人|次|年|岁|斤|件))"
)
_NOT_MONEY_BEFORE = re.compile(
    r"(?:第|百分之|尾号|号码|电话|订单号|单号|编号|热线|打了?|短信|双|周|礼拜|星期|型号|一比|初|农历|打|拨|满|假一赔|退一赔|假一罚|赔|G|版|年|月|六一|三|百补|机型|苹果|华为|小米|iPhone|手机)\s*$"
)
_HOTLINE = re.compile(r"^(?:12315|12345|12331|12358|12365|12330|110|119|120|12\d{3}|95\d{3,4}|96110|618|315|996)$")
_PAID = re.compile(
    r"(?:花了?|付了?|交了?|充了?|充值了?|收了?|收我|扣了?|扣我|扣掉|买的|价格是?|价钱是?|一共|总共|总价|合计|总计|共|贵|损失|要价|卖|要了?|收费|付款|金额是?|退我|转了|转账|骗了|消费了?|实付|到手|预付了?|定金|订金|押金|学费|费用|票价|办了?|打款|刷了?|刷卡|贷款|贷了|支付了?|给了|缴了?)[了我他她是的大概差不多约个将近快要也就]*\s*$"
)
_TOTAL = re.compile(r"(?:一共|总共|总价|合计|总计|加起来|拢共|前后|总额|金额是?)[花付交充收用了是]*\s*$")
_NOW = re.compile(r"(?:现在|结果|却|实际|昨天|最后|后来|变成|居然|涨到|要)[^,，。]{0,6}$")
_LIST_PRICE = re.compile(r"(?:原价|平时|本来|标价|标的?|原来|才|只要|应该|说好?|市场价|别人|人家|外面|平常|以前|正常|写的|活动价)[^,，。]{0,6}$")
_OTHER = re.compile(
    r"(?:送|赠送|赠|余额|还剩下?|剩下?|剩余|里面还有|卡里[^,，。]{0,3}还?有|还有|退了我?|已经退了?|只退|只肯退|只赔|返|优惠|打折|补贴|减|满|便宜|补偿|运费|邮费|快递费|赔[我了]?|挣|赚|工资)[了我你他她的]*\s*$"
)
_SUPERSEDED = re.compile(r"不对|说错|错了|搞错|记错|不不|哦不|噢不|不是|应该是|更正|改成|改为|不止")
_RATE = re.compile(
    r"(?:一|每)(?:个)?(?:小时|个月|月|斤|瓶|箱|份|次|张|晚|天|年|只|盒|件|位|个|碗|杯|条|盘|碟)[^,，。;；\d]{0,8}$"
)
_VAGUE = re.compile(r"(?:大概|大约|差不多|约|将近|快|左右|上下|不到|来块|至少|起码|好像|接近|近)\s*$")
_VAGUE_AFTER = re.compile(r"^(?:左右|上下|的样子|不到|出头|多)")
_BASE = 1.0


@dataclass(frozen=True, slots=True)
class _Sum:
    value: float
    start: int
    end: int
    about: bool
    marked: bool
    """Carries a currency word."""
    score: float


def find(heard: Heard) -> list[Finding]:
    """The sum in dispute, if one was named."""
    text = heard.text
    asked = heard.asks(Slot.AMOUNT)
    sums: list[_Sum] = []
    for number in scan(text):
        # The 五 of 三块五毛 is already part of the sum before it.
        if sums and number.start < sums[-1].end:
            continue
        if (found := _sum(text, number, asked)) is not None:
            sums.append(found)
    sums = _drop_superseded(text, sums)
    if not sums:
        return []
    # The later of two equal ones: people correct themselves forwards.
    best = max(enumerate(sums), key=lambda pair: (pair[1].score, pair[0] if asked else -pair[0]))[1]
    number = int(best.value) if best.value == int(best.value) else round(best.value, 2)
    confidence = 0.95 if best.marked else 0.9 if asked else 0.75
    others = tuple(
        int(other.value) if other.value == int(other.value) else round(other.value, 2)
        for other in sums
        if other is not best and other.score >= best.score - 0.5 and other.value != best.value
    )
    return [
        heard.finding(
            Slot.AMOUNT,
            number,
            (best.start, best.end),
            method="amount",
            confidence=confidence,
            precision="approx" if best.about else None,
            alternatives=others[:3],
        )
    ]


def _sum(text: str, number: Number, asked: bool) -> _Sum | None:
    before, end, value = text[: number.start], number.end, number.value
    start = number.start
    if _HOTLINE.match(number.text) and not asked:
        return None
    marked = bool(_CURRENCY_BEFORE.search(before))
    if marked:
        start = before.rindex("¥" if "¥" in before[-3:] else "￥")
    yuan = _YUAN.match(text, end)
    if yuan is not None and not text.startswith(("块屏", "元旦", "元素", "块地", "块表", "块手表", "块玉", "块砖"), end):
        marked, end = True, yuan.end()
        if yuan.group().strip() in ("块", "元") and (tail := _JIAO.match(text, end)):
            value, end = value + _change(tail), tail.end()
            if extra := _YUAN.match(text, end):
                end = extra.end()
            elif text.startswith("钱", end):
                end += 1
    elif jiao := _BARE_JIAO.match(text, end):
        marked, value, end = True, value / 10, jiao.end()
    elif not marked and not _stands_as_sum(text, number, before, asked):
        return None
    if value <= 0 or value >= 1e9:
        return None
    about = number.about or bool(_VAGUE.search(before)) or bool(_VAGUE_AFTER.match(text[end:]))
    return _Sum(value, start, end, about, marked, _score(before, marked, value))


def _change(tail: re.Match[str]) -> float:
    """块五 → 0.5, 块五毛 → 0.5, 块八毛五 → 0.85, 块半 → 0.5."""
    if tail.group() == "半":
        return 0.5
    jiao = tail[1] or tail[3]
    return round(_figure(jiao) / 10 + (_figure(tail[2]) / 100 if tail[2] else 0.0), 2)


def _figure(character: str) -> int:
    return DIGIT[character] if character in DIGIT else int(character)


def _stands_as_sum(text: str, number: Number, before: str, asked: bool) -> bool:
    """Whether a number without a currency word is money."""
    if len(number.text) >= 7 and number.spelt:
        return False
    if _NOT_MONEY_BEFORE.search(before) and not _PAID.search(before):
        return False
    per = _PER.match(text, number.end)
    if _UNIT_AFTER.match(text, number.end) and not (per and text[number.end : number.end + 1] in "一每1"):
        return False
    if asked:
        return number.composed or text[number.end :].strip(" ,，。了吧啊呀嗯") == ""
    if not number.composed or number.value < 5:
        return False
    if _PAID.search(before) or _NOW.search(before):
        return True
    if per:
        return number.value >= 10
    # "停车一小时三十", "三千八": a rounded or composed number closing a clause.
    closes = text[number.end : number.end + 1] in ("", ",", "，", "。", ".", "!", "！", "、", " ", "了", "的", "呢")
    rate = _RATE.search(before)
    money_like = any(unit in number.text for unit in "百千万") or number.about
    return closes and (bool(rate) or (money_like and not number.text.isdigit()))


def _score(before: str, marked: bool, value: float) -> float:
    score = _BASE + (0.3 if marked else 0.0)
    if _TOTAL.search(before):
        score += 1.5
    if _PAID.search(before):
        score += 1.0
    if _NOW.search(before):
        score += 0.6
    if _LIST_PRICE.search(before):
        score -= 0.7
    if _OTHER.search(before):
        score -= 1.5
    return score


def _drop_superseded(text: str, sums: list[_Sum]) -> list[_Sum]:
    """Without the sums that were taken back: "三百九，不对，四百二十九"."""
    kept: list[_Sum] = []
    for index, found in enumerate(sums):
        following = sums[index + 1] if index + 1 < len(sums) else None
        if following is not None and _SUPERSEDED.search(text[found.end : following.start]):
            continue
        kept.append(found)
    if len(kept) == 1 and len(sums) > 1:
        return [replace(kept[0], score=kept[0].score + 1)]
    return kept
