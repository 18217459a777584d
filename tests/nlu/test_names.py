from __future__ import annotations

from collections.abc import Callable

import pytest

from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.names import find

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王小明", "王小明"),
        ("嗯，王小明。", "王小明"),
        ("我叫王小明", "王小明"),
        ("我姓王，叫王小明", "王小明"),
        ("姓王名小明", "王小明"),
        ("好的我叫孙丽", "孙丽"),
        ("名字是李建国", "李建国"),
        ("姓郑", "郑"),
        ("王女士", "王"),
        ("我姓耳东陈", "陈"),
        ("弓长张，张伟", "张伟"),
        ("我叫王晓明，春天的春不对，是拂晓的晓", "王晓明"),
        ("我叫张小民，明天的明", "张小明"),
        ("欧阳娜娜", "欧阳娜娜"),
        ("网小明", "网小明"),
        ("木子李，李雪梅", "李雪梅"),
        ("草头蒋，蒋文斌", "蒋文斌"),
        ("许，言午许，许国强", "许国强"),
        ("司马光的司马，司马青", "司马青"),
        ("沈阳的沈", "沈"),
        ("写张伟就行", "张伟"),
        ("登记李娜吧", "李娜"),
        ("叫我老周就行，周建平", "周建平"),
        ("免贵姓沈，沈老师就行", "沈"),
        ("我姓李，叫我李姐就行", "李"),
        ("姓方方正平", "方正平"),
        ("免贵姓欧阳，欧阳明", "欧阳明"),
    ],
)
def test_asked(hear: Hear, text: str, name: str) -> None:
    assert find(hear(text, Slot.NAME))[0].value == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我姓顾，顾念慈，想投诉", "顾念慈"),
        ("我姓白，白天的白，叫白玉兰，住徐汇", "白玉兰"),
        ("我是昨天打过电话的陆女士，陆佳怡", "陆佳怡"),
        ("我姓金，金山的，想投诉", "金"),
        ("我姓何，何必呢", "何"),
        ("我姓赵，赵先生", "赵"),
        ("敝姓邱，邱志刚，电话在这里", "邱志刚"),
        ("我叫徐莉，要投诉", "徐莉"),
        ("我是周慧，查一下进度", "周慧"),
        ("我叫张伟我要投诉", "张伟"),
    ],
)
def test_unasked(hear: Hear, text: str, name: str) -> None:
    assert find(hear(text))[0].value == name


@pytest.mark.parametrize(
    "text",
    [
        "我是消费者",
        "我是他隔壁开店的",
        "他叫我去告他",
        "那家店叫张记面馆",
        "我是金山的",
        "我是高兴买的",
        "叫你们领导来",
    ],
)
def test_no_name(hear: Hear, text: str) -> None:
    assert find(hear(text)) == []


@pytest.mark.parametrize("text", ["不想说", "我不知道", "匿名", "对", "转人工", "为什么要名字", "不方便"])
def test_answers_that_are_no_name(hear: Hear, text: str) -> None:
    assert find(hear(text, Slot.NAME)) == []


def test_a_doubtful_surname_is_confirmed(hear: Hear) -> None:
    assert find(hear("网小明", Slot.NAME))[0].confidence < 0.6
