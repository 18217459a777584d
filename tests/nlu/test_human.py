from __future__ import annotations

from collections.abc import Callable

import pytest

from nlu.heard import Heard
from nlu.human import requested

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    "text",
    [
        "转人工",
        "帮我转到人工",
        "人工服务",
        "找个真人",
        "我要跟人讲",
        "叫你们领导来",
        "转认工",
        "专人工",
        "转人公",
        "赚人工",
        "不想跟机器人说",
        "能不能换个人来跟我说",
        "有没有人啊",
        "人呢",
        "找你们主管",
        "给我接一下接线员",
        "订单号我不知道，你给我转人工吧",
    ],
)
def test_any_wording_counts(hear: Hear, text: str) -> None:
    assert requested(hear(text))


@pytest.mark.parametrize(
    "text",
    [
        "他们用了人工色素",
        "人工费收了我三百",
        "不用转人工，你来就行",
        "我找了他们店里的经理三次都没用，商家就是不肯退钱",
        "我们群里两百多个人呢",
        "没有人管这件事",
        "买了一件衣服",
        "商家找人打我",
        "",
    ],
)
def test_other_persons(hear: Hear, text: str) -> None:
    assert not requested(hear(text))
