"""How well questions find their answers: other wordings than faq.yaml holds, and questions it has no answer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from data.understanding import Asked, Question, Understanding
from data.vocabulary import Intent, Listen, Slot
from nlu.understander import Understander

#: The set of this project for the 12315 script's faq.yaml.
OWN_SET = Path(__file__).parent.parent / "testset" / "faq_questions.yaml"
#: As the whole purpose of a call, and in the middle of a complaint.
AS_CALL = Asked(slot=Slot.NARRATIVE, listen=Listen.STORY)
AS_DIGRESSION = Asked(slot=Slot.AMOUNT, listen=Listen.SHORT)


class QuestionSet(BaseModel):
    """asked: wordings by the id of their answer; not_in_faq: questions no answer fits."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    asked: dict[str, tuple[str, ...]]
    not_in_faq: tuple[str, ...]

    def rows(self) -> Iterator[tuple[str, str | None]]:
        """Each question with the answer it should find."""
        for entry, texts in self.asked.items():
            yield from ((text, entry) for text in texts)
        yield from ((text, None) for text in self.not_in_faq)


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that found another answer than its own, or one where there is none."""

    text: str
    wanted: str | None
    got: Question | None


@dataclass(frozen=True, slots=True)
class QuestionReport:
    """Shares are 0..1. right: the own answer; wrong: another one; the rest is noted for a person.

    answered_outside: answers given to questions there is none for. consult: of the questions with an answer,
    those whose caller is taken for one who asks (only as a call).
    """

    n: int
    right: float
    wrong: float
    outside: int
    answered_outside: float
    consult: float
    misses: tuple[Miss, ...]

    def as_dict(self) -> dict[str, object]:
        shares = {
            name: round(getattr(self, name), 4) for name in ("right", "wrong", "answered_outside", "consult")
        }
        return {"n": self.n, "outside": self.outside, **shares}


def read_questions(path: Path) -> QuestionSet:
    """Raises pydantic.ValidationError, OSError."""
    return QuestionSet.model_validate(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))


def score(questions: QuestionSet, understander: Understander, asked: Asked, today: date) -> QuestionReport:
    """Ask each of them where the seat waits for `asked`."""
    heard = [
        (text, wanted, understander.understand(text, asked=asked, today=today))
        for text, wanted in questions.rows()
    ]
    inside = [(wanted, _entry(meant)) for _, wanted, meant in heard if wanted is not None]
    outside = [_entry(meant) for _, wanted, meant in heard if wanted is None]
    return QuestionReport(
        n=len(inside),
        right=_share(got == wanted for wanted, got in inside),
        wrong=_share(got not in (None, wanted) for wanted, got in inside),
        outside=len(outside),
        answered_outside=_share(got is not None for got in outside),
        consult=_share(meant.intent is Intent.CONSULT for _, wanted, meant in heard if wanted is not None),
        misses=tuple(
            Miss(text, wanted, meant.question) for text, wanted, meant in heard if _entry(meant) != wanted
        ),
    )


def _entry(meant: Understanding) -> str | None:
    return None if meant.question is None else meant.question.entry


def _share(hits: Iterator[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted) if counted else 0.0
