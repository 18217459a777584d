"""A value only a prompt heard is kept where the sound supports it, and nowhere else."""

import pytest

from models.priming import supported
from models.protocols import Hypothesis


@pytest.mark.parametrize(
    ("primed", "plain", "score", "kept"),
    [
        ("我在拼多多买的", "我在萍多多买的", -0.5, True),
        ("抖音", "抖因", -0.9, True),
        ("拼多多, 淘宝, 抖音", "阴苏云", -0.6, False),
        ("淘宝", "驾驶", -1.1, False),
        ("拼多多", "拼多多", -1.6, False),
    ],
)
def test_support(primed: str, plain: str, score: float, kept: bool) -> None:
    heard = (Hypothesis(plain, score, False),)
    assert bool(supported([Hypothesis(primed, -0.3, True)], heard)) == kept


def test_any_of_the_plain_n_best_may_support() -> None:
    heard = (Hypothesis("我在讨保买的", -0.4, False), Hypothesis("他", -0.9, False))
    assert supported([Hypothesis("我在淘宝买的", -0.3, True)], heard)
