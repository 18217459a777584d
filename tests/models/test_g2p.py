"""How names are read: the lexicon, and what it corrects."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.g2p import MandarinG2P, load_pronunciation
from models.kokoro_tokens import vocabulary
from models.speakable import speakable


@pytest.fixture(scope="module")
def g2p() -> MandarinG2P:
    return MandarinG2P()


SAID = {
    # The sixteen districts
    "黄浦区": "huang2 pu3 qu1",
    "徐汇区": "xu2 hui4 qu1",
    "长宁区": "chang2 ning2 qu1",
    "静安区": "jing4 an1 qu1",
    "普陀区": "pu3 tuo2 qu1",
    "虹口区": "hong2 kou3 qu1",
    "杨浦区": "yang2 pu3 qu1",
    "闵行区": "min3 hang2 qu1",
    "宝山区": "bao3 shan1 qu1",
    "嘉定区": "jia1 ding4 qu1",
    "浦东新区": "pu3 dong1 xin1 qu1",
    "金山区": "jin1 shan1 qu1",
    "松江区": "song1 jiang1 qu1",
    "青浦区": "qing1 pu3 qu1",
    "奉贤区": "feng4 xian2 qu1",
    "崇明区": "chong2 ming2 qu1",
    # Towns and roads
    "莘庄": "xin1 zhuang1",
    "莘松路": "xin1 song1 lu4",
    "七莘路": "qi1 xin1 lu4",
    "漕河泾": "cao2 he2 jing1",
    "徐泾": "xu2 jing1",
    "枫泾": "feng1 jing1",
    "朱泾": "zhu1 jing1",
    "泗泾": "si4 jing1",
    "庙行镇": "miao4 hang2 zhen4",
    "肇嘉浜路": "zhao4 jia1 bang1 lu4",
    "长阳路": "chang2 yang2 lu4",
    "长寿路": "chang2 shou4 lu4",
    "重庆南路": "chong2 qing4 nan2 lu4",
    "淞沪路": "song1 hu4 lu4",
    # A lane is lòng, to play with something is nòng
    "一千二百五十弄十二号": "yi1 qian1 er4 bai3 wu3 shi2 long4 shi2 er4 hao4",
    "弄坏了": "nong4 huai4 le5",
    # Platforms and companies
    "拼多多": "pin1 duo1 duo1",
    "得物": "de2 wu4",
    "饿了么": "e4 le5 me5",
    "盒马": "he2 ma3",
    "小红书": "xiao3 hong2 shu1",
    "行吟信息科技": "xing2 yin2 xin4 xi1 ke1 ji4",
    # Words of the trade
    "退还货款": "tui4 huan2 huo4 kuan3",
    "还款": "huan2 kuan3",
    "还是": "hai2 shi4",
    "重复": "chong2 fu4",
    "调解": "tiao2 jie3",
    "调查": "diao4 cha2",
    "银行": "yin2 hang2",
    "行为": "xing2 wei2",
    "幺二三幺五": "yao1 er4 san1 yao1 wu3",
}


@pytest.mark.parametrize(("text", "pinyin"), SAID.items(), ids=list(SAID))
def test_names_are_read_as_people_say_them(g2p: MandarinG2P, text: str, pinyin: str) -> None:
    assert g2p.pinyin(text) == pinyin.split()


def test_a_name_is_read_right_inside_a_sentence(g2p: MandarinG2P) -> None:
    pinyin = " ".join(g2p.pinyin("您是在长宁区的店里买的吗"))
    assert "zai4 chang2 ning2 qu1 de5" in pinyin


def test_every_symbol_is_one_kokoro_knows(g2p: MandarinG2P) -> None:
    texts = [*SAID, "您好，AI客服为您服务：请问、您；贵姓？好的！", "ABCDEFGHIJKLMNOPQRSTUVWXYZ iPhone"]
    unknown = {symbol for text in texts for symbol in g2p(speakable(text))} - set(vocabulary())
    assert unknown == set()


def test_every_entry_of_the_lexicon_has_sounds(g2p: MandarinG2P) -> None:
    table = load_pronunciation()
    assert all(g2p(word) for word in [*table.names, *table.words, *table.letters])
    letters = "".join([*table.letters.values(), *table.latin.values()])
    assert set(letters) <= set(vocabulary())


def test_nothing_is_no_sound(g2p: MandarinG2P) -> None:
    assert g2p("") == ""


def test_a_wrong_line_of_the_lexicon_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pronunciation.yaml"
    file.write_text("names: {长宁: chang2}\nwords: {}\nafter_numeral: {}\nletters: {}\nlatin: {}\n", "utf-8")
    with pytest.raises(ValueError, match="长宁"):
        load_pronunciation(file)
