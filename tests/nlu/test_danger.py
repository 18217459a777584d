from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.understanding import Asked
from data.vocabulary import Emergency
from nlu.danger import flags
from nlu.heard import Heard

Hear = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "emergency"),
    [
        ("我们被困在电梯里面了，按铃没人应", Emergency.TRAPPED),
        ("电梯门打不开，里面有小孩出不来", Emergency.TRAPPED),
        ("扶梯把老人的裤脚卷进去夹住了腿", Emergency.TRAPPED),
        ("一家四口吃完饭上吐下泻，快来看看", Emergency.POISONING),
        ("我同事喝了那个酒昏迷了正在抢救", Emergency.POISONING),
        ("老人误喝了饭店当水放的消毒液", Emergency.POISONING),
        ("这里煤气泄漏味道很大，现在怎么办", Emergency.FIRE),
        ("店里着火了，快点", Emergency.FIRE),
        ("他们把门堵住不让我走", Emergency.THREAT),
        ("老板拿刀出来了", Emergency.THREAT),
        ("我活不下去了，想从楼上跳下去", Emergency.SELF_HARM),
        ("过山车的安全带扣不上，现在还在开", Emergency.EQUIPMENT),
        ("加气站有人在抽烟", Emergency.EQUIPMENT),
        ("商家把我的身份证照片发到网上了", Emergency.PRIVACY_LEAK),
        ("我们一家被关在观光梯里快半个钟头了", Emergency.TRAPPED),
        ("游泳馆更衣室的门从外面反锁了，我们出不去", Emergency.TRAPPED),
        ("卷帘门落下来把我老公压住了", Emergency.TRAPPED),
        ("旋转木马停不下来，上面都是孩子", Emergency.EQUIPMENT),
        ("两个擦玻璃的挂在外墙上，吊篮歪了", Emergency.TRAPPED),
        ("吃了菌子以后我爸胡言乱语", Emergency.POISONING),
        ("喝了他们的水，是强碱，嘴都烂了", Emergency.POISONING),
        ("插座一直冒火花，老板还不断电", Emergency.FIRE),
        ("厨房里一股臭鸡蛋味，燃气管那边", Emergency.FIRE),
        ("他说再告就打残我", Emergency.THREAT),
        ("他们不让我报警，手机也抢走了", Emergency.THREAT),
        ("老板正在往车上搬东西，再不来人就跑了", Emergency.THREAT),
        ("我人在天台上，你们不管我就跳了", Emergency.SELF_HARM),
        ("手腕我已经划了一道", Emergency.SELF_HARM),
        ("他把我的住址和照片发到小区群里了", Emergency.PRIVACY_LEAK),
        ("里面还困着人，你们快点", Emergency.TRAPPED),
        ("店门锁死了，我们五个人出不去", Emergency.TRAPPED),
        ("扶梯把我裤子绞进去了", Emergency.TRAPPED),
        ("他把我堵在办公室不给走", Emergency.THREAT),
        ("我妈吃完那盘虾脸都紫了", Emergency.POISONING),
        ("空调外机掉下来砸到人了", Emergency.EQUIPMENT),
    ],
)
def test_emergencies(hear: Hear, text: str, emergency: Emergency) -> None:
    assert flags(hear(text)).emergency is emergency


@pytest.mark.parametrize(
    "text",
    [
        "面包里有玻璃碴，还好没吃下去",
        "搬家公司搬东西把我柜子磕坏了，现在不赔",
        "新开的店天天在搬货，噪音大",
        "吊车停在马路上吊东西，噪音太大",
        "快递柜把我的菜锁在里面打不开，没人管",
        "这个号码刚才给我打了一个电话，我回过来问问",
        "他把我们的生意抢走了，还打我们的牌子",
        "管子是拿铁丝扎的，看着不像样",
        "你们也打了，12345也打了，到底谁管",
        "家用压力锅的盖子打不开，要求退货",
        "电梯广告太吵了",
        "跳楼价买的衣服质量很差",
        "吃了面包拉肚子，要求赔偿",
        "上个月买的充电宝爆炸了，我要退款",
        "气死我了，这家店太过分",
        "电梯年检过期了",
        "担心他们会不会把我电话公开",
        "我去年被困过一次电梯",
        "这个健身房跑路了",
        "炸鸡店卖过期的鸡",
    ],
)
def test_no_emergency(hear: Hear, text: str) -> None:
    assert flags(hear(text)).emergency is None


@pytest.mark.parametrize(
    "text", ["健身房跑路了，我们群里一百多人", "老板卷款了，器材搬空", "会员有两百多个人都退不了"]
)
def test_mass_incident(hear: Hear, text: str) -> None:
    assert flags(hear(text)).mass_incident


@pytest.mark.parametrize("text", ["我买的衣服掉色", "卖家失联了", "我们三个人吃饭"])
def test_no_mass_incident(hear: Hear, text: str) -> None:
    assert not flags(hear(text)).mass_incident


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("小区电梯没有年检", "特种设备"),
        ("超市卖过期的牛奶", "食品"),
        ("药店卖假药", "药品"),
        ("血压计量出来不准", "医疗器械"),
        ("面膜用了过敏", "化妆品"),
        ("充电宝起火了", "重点工业产品"),
        ("压力锅坏了", None),
        ("电梯广告虚假宣传", None),
        ("衣服掉色", None),
    ],
)
def test_safety(hear: Hear, text: str, flag: str | None) -> None:
    assert flags(hear(text)).safety_flag == flag


def test_fast(hear: Hear) -> None:
    heard = hear("我在健身房办了卡，充了三千块，现在他们搬走了，电话也不接，我该怎么办，你们管不管")
    flags(heard)
    started = time.process_time()
    for _ in range(50):
        flags(heard)
    assert (time.process_time() - started) / 50 < 0.005


#: Ways people tell a danger that is there now.
TOLD = {
    Emergency.TRAPPED: (
        "我们三个人关在电梯里十分钟了没人理|轿厢里有个老太太出不来|货梯停在半当中工人下不来|缆车停了我们悬在半空|小孩的手被扶梯夹住了|"
        "停在两层楼中间了，里面好黑，我出不去，按铃没人应|我被关在冷库里出不来|卷帘门压住人了快来|爸爸在电梯里关了半个钟头"
    ),
    Emergency.POISONING: (
        "一桌六个人吃完火锅都在吐|我女儿吃了果冻喘不上气嘴唇发紫|老伴喝了假酒眼睛看不见了|工友喝了散装酒叫不醒|敬老院二十个老人上吐下泻|"
        "婴儿喝了奶粉抽筋了|煤气熏倒了一家人|孩子在游泳馆呛水没呼吸了|吃了河豚嘴麻了说不出话|幼儿园半个班的孩子发烧呕吐|热水器漏电，我老公被电倒了"
    ),
    Emergency.FIRE: (
        "楼下电瓶车着火了好大的烟|我家燃气灶在漏气怎么办|充电宝刚刚在包里炸了手上全是血|店里起火了我们跑出来了|厨房里有煤气味闻着头晕|"
        "插座冒烟，现在还在冒|火都烧到隔壁了|隔壁作坊里堆满了汽油，在居民楼里|液化气罐呲呲地漏|电动车在楼道里充电，冒烟了"
    ),
    Emergency.THREAT: (
        "他们五六个人围着我不让走|商家说知道我家住哪里|他说让我走路小心点|带了一帮人到我单位来闹|他说要泼硫酸|说找人打断我的腿|"
        "我要放火烧了这家店|你们不管我就跟他同归于尽|店员把我锁在店里了|店老板拿着菜刀追我|老板叫了七八个人把我围在中间"
    ),
    Emergency.SELF_HARM: "钱都没了我从楼上跳下去算了|我就站在天台上|活着还有什么意思|遗书都写好了|要不回来我就死在他们店门口|我割了手腕",
    Emergency.EQUIPMENT: (
        "吊篮的绳子快断了工人还在上面|锅炉压力表坏了还在烧|电梯从十楼掉到三楼现在还在用|脚手架塌了|院子里有人私自给煤气瓶倒灌|"
        "反应釜安全阀失灵了老板不管|扶梯突然逆行，人都摔了|滑索没有安全绳就放人下去|储气罐鼓包了还在用|电梯门没关上就往上跑|"
        "吊车钢丝绳起毛了还在吊|水上滑梯裂了一条缝孩子还在玩|大罐往小罐里灌液化气|窨井盖没有，一个小孩掉下去了"
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in TOLD.items() for text in texts.split("|")]
)
def test_other_ways_of_telling_a_danger(hear: Hear, kind: Emergency, text: str) -> None:
    assert flags(hear(text)).emergency is kind


#: Past, mended, asked, imagined, figurative, or goods that are merely bad.
HARMLESS = (
    "如果煤气漏了打什么电话|食物中毒几个人以上要上报|上个月充电宝着火了，我要求赔偿|业主群都炸了|钱被困在平台里|会员卡里的钱扣着不退|他打我电话打了十几个|"
    "想死的心都有了|电动车电池会不会爆炸|担心电梯会掉下来|他不让我退货|生产日期看不清|配料表的字看不见|安全座椅扣不上我要退|前天吹风机冒烟了，已经扔了|"
    "微波炉冒火花，后来修好了|吃坏肚子我要赔偿|电梯夹坏我的箱子|游乐设施没有检验标志还在用|锅炉没有检验就用了|饭店里抽烟没人管|去年我爸喝酒中毒住院|"
    "昨天他们不让我走，后来报警了|家用高压锅漏气|儿童自行车链条第一天就掉|扫地机器人卡在沙发底下出不来|煤气灶打不着火|这价格杀人|玻璃杯炸了幸好没伤到人"
)


@pytest.mark.parametrize("text", HARMLESS.split("|"))
def test_what_is_over_or_only_asked_is_no_emergency(hear: Hear, text: str) -> None:
    assert flags(hear(text)).emergency is None


@pytest.mark.parametrize("kind", TOLD)
@pytest.mark.parametrize("before", ["喂你好，我跟你讲，", "我叫王芳，", "那个那个，", "不好意思打断一下，"])
def test_an_opening_hides_no_danger(hear: Hear, kind: Emergency, before: str) -> None:
    for text in TOLD[kind].split("|"):
        assert flags(hear(before + text)).emergency is kind


@pytest.mark.parametrize(
    "text",
    ["食堂吃完十五个人上吐下泻", "全班小朋友都吐了", "婚宴上一半客人进了医院", "托班园长跑了我们几十个家庭", "一百多个业主联名投诉", "旅行团二十多个老人拉肚子"],
)  # fmt: skip
def test_many_hit_by_the_same_thing(hear: Hear, text: str) -> None:
    assert flags(hear(text)).mass_incident


@pytest.mark.parametrize("text", ["我们一家四口拉肚子", "全班同学都买了这个文具", "直播间两千人在看", "排了二十几个人的队", "店员说十几个人用过"])  # fmt: skip
def test_many_people_in_no_common_matter(hear: Hear, text: str) -> None:
    assert not flags(hear(text)).mass_incident


_PIECES = [
    "电梯",
    "人",
    "掉",
    "煤气",
    "漏",
    "不让我走",
    "十七个",
    "小孩",
    "吐",
    "钢丝绳",
    "断",
    "现在",
    "上个月",
    "，",
    "关了",
    "安全带",
    "没有",
]


@given(st.one_of(st.text(max_size=1500), st.lists(st.sampled_from(_PIECES), max_size=120).map("".join)))
@example("我" * 1500)
@example("电梯关了" * 370)
def test_any_text_within_five_milliseconds(text: str) -> None:
    heard = Heard(text, Asked(), date(2026, 11, 24))
    first = flags(heard)
    assert min(_seconds(heard) for _ in range(3)) < 0.005
    assert flags(heard) == first


def _seconds(heard: Heard) -> float:
    started = time.thread_time()
    flags(heard)
    return time.thread_time() - started


def test_a_danger_at_the_end_of_a_long_story_is_heard(hear: Hear) -> None:
    assert flags(hear("我跟你讲这个事情，" * 130 + "现在我被困在电梯里了")).emergency is Emergency.TRAPPED
