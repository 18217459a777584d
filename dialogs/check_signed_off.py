"""Nothing is said aloud that the office has not signed off: laws and their articles, telephone numbers.

What may be said stands in data/reference: laws.yaml, lines.yaml, emergency_numbers.yaml, platforms.yaml. A false
service number is a fraud vector and a wrong article misleads a citizen, so whatever is not there is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from data.reference import Laws, laws, may_speak, platform_named
from dialogs.draft import Draft, prompt_parts

_DIGITS = str.maketrans("幺一二三四五六七八九零〇０１２３４５６７８９", "112345678900" + "0123456789")
_DIGIT = "0-9０-９幺一二三四五六七八九零〇"
#: A run of digits, as figures or as they are read out, in groups or in one. Three at least: 110.
_NUMBER = re.compile(rf"[{_DIGIT}](?:[{_DIGIT}]|[-－—  ](?=[{_DIGIT}])){{2,}}")
#: What makes a number something else than a telephone's: 3000元, 2024年, 121号令.
_MEASURES = "元|块|万|千|百|年|月|日|天|个|件|条|项|次|倍|岁|人|家|字|秒|分|小时|工作日|%|％|号令|米|克|斤|升|毫升|室|弄"
_MEASURE = re.compile(rf"\s*[多几]?(?:{_MEASURES})")
_CITED = re.compile(r"第\s*([0-9]+|[一二三四五六七八九十百零〇两]+)\s*条")
_TITLE = re.compile(r"《([^》]*)》?")
#: A law's name without its marks: 广告法, 消费者权益保护法实施条例; not 办法, 依法 or 按规定.
_TOPIC = "保护|安全|电子商务|竞争|质量|合同|价格|广告|计量|商标|专利|反垄断|药品管理"
_BARE = re.compile(rf"[\u4e00-\u9fff]*?(?:(?:{_TOPIC})法|(?:管理|实施)条例|(?:管理|处理)办法)")
_LEAD = re.compile(r"^.*?(?:按照|根据|依照|依据|违反|适用|按|和|与)(?=.)")


@dataclass(frozen=True, slots=True)
class Claim:
    """Something said that needs a signature. hint: what to do, if it has none."""

    code: str
    message: str
    hint: str


def check_signed_off(draft: Draft) -> None:
    """Report where it is written: prompts.yaml, and the labels of script.yaml."""
    for slot, label in draft.script.labels.items() if draft.script else ():
        for claim in unsigned(label):
            draft.script_source.problem(("labels", slot.value), claim.code, claim.message, claim.hint)
    for prompt_id, prompt in draft.prompts.items():
        for where, text in prompt_parts(prompt_id, prompt):
            for claim in unsigned(text):
                draft.prompt_source.problem(where, claim.code, claim.message, claim.hint)


def unsigned(text: str, table: Laws | None = None) -> Iterator[Claim]:
    """The claims in `text` that no table signs, laws first. table: of laws; the office's own by default."""
    yield from _laws(text, table or laws())
    yield from _numbers(text)


# --- telephone numbers ------------------------------------------------------------------------------


def phone_numbers(text: str) -> Iterator[str]:
    """The numbers in `text` that may be a telephone's, as they are written."""
    for found in _NUMBER.finditer(text):
        counted = text[: found.start()].endswith("第") or _MEASURE.match(text, found.end())
        if not counted and not platform_named(_digits(found[0])):
            yield found[0]


def _digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number.translate(_DIGITS))


def _numbers(text: str) -> Iterator[Claim]:
    for number in phone_numbers(text):
        if may_speak(_digits(number)):
            continue
        message = f"号码“{number}”不在核准过的号码表里，不能念"
        hint = (
            "只能用 data/reference 里 lines、emergency_numbers、platforms 核准过（signed_off: true）的号码；"
            "不是电话号码的，数字后面请写上单位，例如 500元"
        )
        yield Claim("unsigned_number", message, hint)


# --- laws -------------------------------------------------------------------------------------------


def laws_in(text: str, table: Laws) -> list[str]:
    """The laws `text` names, in order."""
    return [name for _, name in sorted(_named(text, table))]


def _laws(text: str, table: Laws) -> Iterator[Claim]:
    named = sorted(_named(text, table), key=lambda law: law[0])
    for _, name in named:
        law = table.named(name)
        if law is None or not law.signed_off:
            known = "还没有核准" if law else "不在核准过的法规表里"
            hint = "只能用 data/reference/laws.yaml 里核准过（signed_off: true）的法规，或改成“依法”"
            yield Claim("unsigned_law", f"法规“{name}”{known}，不能念", hint)
    for cited in _CITED.finditer(text):
        before = [name for at, name in named if at < cited.start()]
        law = table.named(before[-1]) if before else None
        if law is None and before:
            continue  # the law itself is told already
        if law is None:
            hint = "请写成“消费者权益保护法第五十五条”这样，或改成“依法”"
            yield Claim("unsigned_law", f"“{cited[0]}”前面没有写是哪部法", hint)
        elif law.signed_off and str(_article(cited[1])) not in law.articles:
            released = "、".join(law.articles)
            hint = f"核准过的是第 {released} 条" if released else "还没有一条核准过，请改成“依法”"
            yield Claim("unsigned_law", f"“{law.name}”的{cited[0]}没有核准，不能念", hint)


def _named(text: str, table: Laws) -> list[tuple[int, str]]:
    """Each law the text names, with where: in 《》, by a name of the table, or by the look of it."""
    found = [(title.start(), title[1]) for title in _TITLE.finditer(text)]
    covered = [range(*title.span()) for title in _TITLE.finditer(text)]
    names = sorted((name for law in table.laws for name in law.names), key=len, reverse=True)
    looks = [re.compile(re.escape(name)) for name in names] + [_BARE]
    for look in looks:
        for hit in look.finditer(text):
            if not any(hit.start() in span or hit.end() - 1 in span for span in covered):
                found.append((hit.start(), _LEAD.sub("", hit[0]) if look is _BARE else hit[0]))
                covered.append(range(*hit.span()))
    return found


_ONES = "零一二三四五六七八九"


def _article(written: str) -> int:
    """The number of an article: 五十五, 一百四十八, 55."""
    if written.isdecimal():
        return int(written)
    total, digit = 0, 0
    for character in written.replace("〇", "零").replace("两", "二"):
        if character in "十百":
            total += max(digit, 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _ONES.index(character)
    return total + digit
