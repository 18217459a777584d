"""The reference tables: what the field knows, as data, typed and read once.

Every table names its source, its date and whether somebody has verified it. A word list is written as words
separated by blanks. Nothing here may be changed at run time.
"""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from ruamel.yaml import YAML

from data.vocabulary import Emergency

_FOLDER = Path(__file__).parent / "reference"


def _split(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


#: Words separated by blanks, as they are written in the tables.
WordList = Annotated[tuple[str, ...], BeforeValidator(_split)]
Confidence = Literal["A", "B", "C"]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Table(Row):
    source: str
    date: datetime.date
    verified: bool


class Platform(Row):
    """conf: of the hotline (A found in an open yellow page … C not found); entity_conf: of the entity."""

    name: str
    aliases: tuple[str, ...] = ()
    with_context: tuple[str, ...] = ()
    misheard: tuple[str, ...] = ()
    entity: str | None = None
    city: str | None = None
    district: str | None = None
    hotline: tuple[str, ...] = ()
    hotline_source: str | None = None
    signed_off: bool = False
    """Whether the seat may speak the hotline."""
    conf: Confidence
    entity_conf: Confidence
    note: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every form that means this platform once the context is known."""
        return tuple(dict.fromkeys((self.name, *self.aliases, *self.with_context, *self.misheard)))


class Platforms(Table):
    platforms: tuple[Platform, ...]


class District(Row):
    code: str
    name: str
    aliases: tuple[str, ...]
    pinyin: WordList
    places: WordList
    weak_places: WordList = ()
    misheard: WordList = ()


class Districts(Table):
    districts: tuple[District, ...]


class Issue(Row):
    code: str
    name: str
    strong: WordList
    weak: WordList


class Issues(Table):
    issues: tuple[Issue, ...]


class Service(Row):
    name: str
    words: WordList


class Categories(Table):
    goods: tuple[str, ...]
    services: tuple[Service, ...]


class ProductGroup(Row):
    category: str
    words: WordList
    short: WordList = ()


class Products(Table):
    """not_goods: words that hold a product's name and are none (手机号, 面馆). broad: words for a whole class (衣服)."""

    products: tuple[ProductGroup, ...]
    services: tuple[ProductGroup, ...]
    not_goods: WordList
    broad: WordList = ()


class Venue(Row):
    category: str
    words: WordList
    card: str | None = None


class Venues(Table):
    """branded: kinds that a brand's name stands before (联华超市); vague: kinds that say where, not what."""

    venues: tuple[Venue, ...]
    branded: WordList
    vague: WordList


class Demand(Row):
    name: str
    said: WordList
    implied: WordList
    report_only: bool = False


class Demands(Table):
    demands: tuple[Demand, ...]


class Line(Row):
    id: str
    number: str
    name: str
    scope: WordList
    own: bool
    signed_off: bool


class Lines(Table):
    lines: tuple[Line, ...]


class EmergencyNumber(Row):
    id: str
    number: str
    name: str
    spoken: str
    emergencies: tuple[Emergency, ...]
    signed_off: bool


class EmergencyNumbers(Table):
    numbers: tuple[EmergencyNumber, ...]


class Law(Row):
    """said: shorter names of the same law. read: articles whose text was read; articles: those of them that may
    be spoken. signed_off: the law's name may be spoken."""

    id: str
    name: str
    said: WordList = ()
    read: WordList = ()
    articles: WordList = ()
    since: datetime.date | None = None
    signed_off: bool

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.said)


class Laws(Table):
    laws: tuple[Law, ...]

    def named(self, name: str) -> Law | None:
        """The law with this full or shorter name."""
        return next((law for law in self.laws if name in law.names), None)


class SpeechRate(Table):
    """How long a text takes to say, before it is said. characters_a_second: Chinese characters, digits and
    Latin words, pauses included, at the ordinary speed."""

    characters_a_second: float
    longest_must_finish_seconds: float
    longest_answer_seconds: float


def _characters(value: object) -> object:
    return tuple("".join(value.split())) if isinstance(value, str) else value


class Surnames(Table):
    single: Annotated[tuple[str, ...], BeforeValidator(_characters)]
    compound: WordList
    spelt: dict[str, str]


class FixedDay(Row):
    words: WordList
    month: int
    day: int
    period: bool = False


class LunarDay(Row):
    words: WordList
    dates: tuple[datetime.date, ...]
    period: bool = False


class Calendar(Table):
    fixed: tuple[FixedDay, ...]
    lunar: tuple[LunarDay, ...]


class Language(Row):
    """names: what it is called; said: words of it that recognisers write; letters: a pattern of its own writing."""

    code: str
    name: str
    names: WordList
    said: WordList = ()
    letters: str | None = None


class Languages(Table):
    """Those the seat does not speak. unless: words behind a name that make it something else (英语课)."""

    unless: WordList
    languages: tuple[Language, ...]


class SoundAlikes(Table):
    initials: tuple[tuple[str, str], ...]
    finals: tuple[tuple[str, str], ...]
    real_words: WordList
    digits: dict[str, WordList]


class Roads(Table):
    """Road names as they are said; none tells its district. spoken: characters with a sound of their own here."""

    spoken: dict[str, str]
    roads: WordList


T = TypeVar("T", bound=Table)


def load_table(name: str, model: type[T]) -> T:
    """data/reference/`name`.yaml, checked."""
    yaml = YAML(typ="safe", pure=True)
    return model.model_validate(yaml.load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


@cache
def platforms() -> Platforms:
    return load_table("platforms", Platforms)


@cache
def districts() -> Districts:
    return load_table("districts", Districts)


@cache
def issues() -> Issues:
    return load_table("issues", Issues)


@cache
def categories() -> Categories:
    return load_table("categories", Categories)


@cache
def known_goods() -> frozenset[str]:
    """Every category of goods and services."""
    return frozenset({*categories().goods, *(service.name for service in categories().services)})


@cache
def products() -> Products:
    return load_table("products", Products)


@cache
def venues() -> Venues:
    return load_table("venues", Venues)


@cache
def demands() -> Demands:
    return load_table("demands", Demands)


@cache
def lines() -> Lines:
    return load_table("lines", Lines)


@cache
def emergency_numbers() -> EmergencyNumbers:
    return load_table("emergency_numbers", EmergencyNumbers)


@cache
def laws() -> Laws:
    return load_table("laws", Laws)


@cache
def speech_rate() -> SpeechRate:
    return load_table("speech_rate", SpeechRate)


@cache
def surnames() -> Surnames:
    return load_table("surnames", Surnames)


@cache
def calendar() -> Calendar:
    return load_table("calendar", Calendar)


@cache
def languages() -> Languages:
    return load_table("languages", Languages)


@cache
def roads() -> Roads:
    return load_table("roads", Roads)


@cache
def sound_alikes() -> SoundAlikes:
    return load_table("soundalikes", SoundAlikes)


@cache
def _platforms_by_spelling() -> dict[str, Platform]:
    found: dict[str, Platform] = {}
    for platform in platforms().platforms:
        for spelling in platform.spellings:
            found.setdefault(spelling.lower(), platform)
    return found


def platform_named(name: str) -> Platform | None:
    """The platform with this name or alias, in any case of letters."""
    return _platforms_by_spelling().get(name.strip().lower())


def district_named(name: str) -> District | None:
    """The district with this name, alias, code or neighbourhood."""
    wanted = name.strip()
    for district in districts().districts:
        if wanted == district.code or wanted in (district.name, *district.aliases, *district.places):
            return district
    return None


def may_speak(number: str) -> bool:
    """Whether `number` stands in a table its owner has signed off."""
    released = {line.number for line in lines().lines if line.signed_off}
    released |= {row.number for row in emergency_numbers().numbers if row.signed_off}
    for platform in platforms().platforms:
        if platform.signed_off:
            released |= {hotline.replace("-", "") for hotline in platform.hotline}
    return number.replace("-", "") in released
