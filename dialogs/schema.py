"""What a script may say: the shape of every YAML file a trainer edits (DESIGN: "Scripts").

A step is known by one key (collect, say, read_back …; see STEP_KEYS). Ids are given or derived, and unique
in a flow.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from data.events import CaseMove
from data.vocabulary import Emergency, Intent, Kind, Listen, Outcome, Slot

#: The step's distinguishing keys, in the order they are looked for (`say` last: others may carry one).
STEP_KEYS = (
    "collect",
    "route",
    "read_back",
    "consent",
    "questions",
    "lodge",
    "refer",
    "transfer",
    "to_desk",
    "lookup",
    "more",
    "on_case",
    "branch",
    "call",
    "leave",
    "set",
    "end",
    "say",
)


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Variant(Shape):
    """Another wording of a prompt."""

    text: str | list[str]
    share: int | None = Field(default=None, ge=1, le=100)


class Prompt(Shape):
    """What the seat says. A text given as a list is spoken part by part: a part with a `{slot}` that holds
    no value is left out."""

    text: str | list[str]
    share: int | None = Field(default=None, ge=1, le=100)
    """With shares a trial: each caller hears one wording throughout, drawn by the shares of all."""
    variants: list[str | Variant] = []
    """Other wordings. Without shares they are said in turn."""
    bargein: bool = True
    must_finish: bool = False
    """Heard to the end, whoever speaks; only an emergency or a request for a human cuts in."""
    purpose: Literal["notice", "ask", "consent", "read_back", "inform", "safety", "closing"] = "inform"
    once: str | None = None
    """What it tells, by a name of the trainer's: of the prompts with one name, `say` says one a call. An answer to
    a question is said all the same."""

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.text,) if isinstance(self.text, str) else tuple(self.text)

    @cached_property
    def wordings(self) -> tuple[Prompt, ...]:
        """Each wording as a prompt of its own, in the order written."""
        if not self.variants:
            return (self,)
        texts = [self.text, *(v if isinstance(v, str) else v.text for v in self.variants)]
        manner = {"bargein": self.bargein, "must_finish": self.must_finish, "purpose": self.purpose}
        return tuple(Prompt.model_validate({"text": text, **manner}) for text in texts)

    @cached_property
    def shares(self) -> tuple[int, ...] | None:
        """The wordings' shares, None where they are no trial."""
        written = [self.share, *(None if isinstance(v, str) else v.share for v in self.variants)]
        given = tuple(share for share in written if share is not None)
        return given if len(given) == len(written) > 1 else None


class StepBase(Shape):
    id: str | None = None
    when: str | None = None
    """A condition over slots and facts; the step is skipped when it does not hold."""


class Asking(StepBase):
    """A step that asks. Its own ladder comes before the script's; escalate: what follows its last asking.

    `more` and `questions` take silence for "nothing else", unless they have a `noinput` of their own.
    """

    noinput: list[str] = []
    """Said before asking again when nothing was heard: the first time, the second …; default the script's."""
    nomatch: list[str] = []
    """The same, when nothing heard was an answer."""
    escalate: Literal["go_on", "to_desk"] | None = None
    """go_on: the call goes on without an answer (the default of all but `route` and `more`); to_desk: a person
    takes it. A consent not answered is not given, whatever follows."""


class Collect(Asking):
    """Ask for a slot, unless it is filled or declined already."""

    collect: Slot
    ask: str
    listen: Listen = Listen.SHORT
    optional: bool = False
    """The caller may decline, or not know; stored as declined, not as empty."""
    confirm: Literal["explicit", "implicit", "none"] = "none"
    confirm_ask: str | None = None
    """The prompt of an explicit confirmation; default `confirm.<slot>`."""
    ack: str | None = None
    """The prompt of an implicit confirmation, said before the next question; default `ack.<slot>`."""
    reprompt: list[str] = []
    """What to say on each further asking; the last one from then on."""
    offer: Literal["caller_no"] | None = None
    """Offer the caller's number for confirmation first."""
    offer_ask: str | None = None
    """The prompt of the offer; default `offer.<slot>`."""
    expect: list[str] = []
    """Words the recogniser is told to expect; `@platforms` and `@districts` stand for a table's names."""
    limit: int = Field(default=3, ge=1, le=5)
    """How often it is asked before it is given up (optional) or a human is offered."""


class Say(StepBase):
    """Say a prompt."""

    say: str


class Route(Asking):
    """Go to the flow whose `start_when` fits what was said; ask when none does."""

    route: Literal["intent"]
    ask: str
    reprompt: list[str] = []
    limit: int = Field(default=2, ge=1, le=5)


class ReadBack(Asking):
    """Read the record back and take corrections until the caller agrees. `read_back` is a prompt id."""

    read_back: str
    ask: str
    """The closing question ("以上对吗？")."""
    changed: str | None = None
    """Said after a correction, with {label} and {value} of what changed; default the script's `corrected`."""
    limit: int = Field(default=3, ge=1, le=6)


class ConsentStep(Asking):
    """One purpose, one recipient. `explain` is the binding part, heard to its end before an answer counts."""

    consent: str
    recipient: Slot
    fields: list[Slot]
    explain: str
    ask: str
    again: str
    """Asked once more after a condition, a question or an unclear answer."""
    answer: str
    """The answer to a question or a condition ("不会影响您向我们投诉…")."""
    given: list[Step]
    refused: list[Step]


class Questions(Asking):
    """Answer the caller's questions, one after the other; what the seat has no answer to is noted for a person."""

    questions: Literal["faq"]
    ask: str
    """Said when nothing was asked yet."""
    more: str
    """Said after each answer ("还有什么要问的吗？")."""
    noted: str
    """Said when a question is noted for a person."""
    limit: int = Field(default=6, ge=1, le=10)
    """How many questions are taken."""


class Lodge(StepBase):
    """Lodge the record; the case number is known from here on."""

    lodge: Literal["record"]


class Refer(StepBase):
    """Queue the referral of the lodged record; only reachable under `given` of its consent."""

    refer: str
    """The consent's purpose."""


class TransferCall(StepBase):
    """Connect the caller himself to whom he has consented to pass his record to. The call ends when it is
    answered there."""

    transfer: Slot
    """The slot that names to whom."""
    say: str
    """Said before."""
    failed: list[Step]
    """What is done when nobody answers there."""


class ToDesk(StepBase):
    """Hand the call to a person."""

    to_desk: str
    """Why ("emergency", "requested", "not_understood", …)."""
    say: str | None = None


class Lookup(StepBase):
    """Look a case up by its number and phone. `found` tells where it stands to whoever has shown that it is his;
    else `missing` is said, whether there is such a case or not, and both are asked for once more."""

    lookup: Literal["case"]
    found: str
    missing: str
    limit: int = Field(default=3, ge=1, le=5)
    """How often it is looked up; the table of limits may end it sooner."""


class OnCase(Asking):
    """Write into the history of the case just shown: an urging, something to add, the wish to withdraw it (which
    takes back every consent at once). Skipped when no case was shown."""

    on_case: CaseMove
    ask: str | None = None
    """Asked first: what he has to add, or whether he really wants to withdraw."""
    done: str
    closed: str
    """Said when the case does not allow it (any more)."""
    kept: str | None = None
    """He has nothing to add, or does not withdraw."""


class More(Asking):
    """Ask whether there is something else, and take it down as a record of its own (办法 art. 9)."""

    more: Literal["matter"]
    heard: str
    """Said when the caller has asked for another matter already; {matter} names it."""
    ask: str | None = None
    """Said when he has not; without it, that is not asked."""
    tell: str
    """Said to a bare "yes, there is"."""
    limit: int = Field(default=3, ge=1, le=5)
    """So many further matters are taken in one call."""


class Arm(Shape):
    when: str | None = None
    """None: else."""
    share: int | None = Field(default=None, ge=1, le=100)
    """In place of `when`, in every arm: a trial, each caller goes one way, drawn by the shares."""
    steps: list[Step]


class Branch(StepBase):
    """The first arm whose condition holds, or the one drawn; then what follows the branch."""

    branch: list[Arm]

    @property
    def shares(self) -> tuple[int, ...] | None:
        """The arms' shares, None where they are no trial."""
        given = tuple(arm.share for arm in self.branch if arm.share is not None)
        return given if given and len(given) == len(self.branch) else None


class CallFlow(StepBase):
    """Do another flow's steps, then go on here."""

    call: str


class Leave(StepBase):
    """Leave a called flow before its end: go on where it was called."""

    leave: Literal["flow"]


class SetSlot(StepBase):
    """Fill slots with fixed values ("anonymous": true). Recorded as set by the script."""

    set: dict[Slot, str | bool | int | float]


class End(StepBase):
    """Say the last words and end the call."""

    end: Outcome
    say: str | None = None


def step_kind(value: object) -> str:
    """The key that says what a step does; "unknown_step" for anything that is none."""
    written = value if isinstance(value, dict) else vars(value) if isinstance(value, StepBase) else {}
    keys = {str(key) for key in written}
    return next((key for key in STEP_KEYS if key in keys), "unknown_step")


Step = Annotated[
    Annotated[Collect, Tag("collect")]
    | Annotated[Say, Tag("say")]
    | Annotated[Route, Tag("route")]
    | Annotated[ReadBack, Tag("read_back")]
    | Annotated[ConsentStep, Tag("consent")]
    | Annotated[Questions, Tag("questions")]
    | Annotated[Lodge, Tag("lodge")]
    | Annotated[Refer, Tag("refer")]
    | Annotated[TransferCall, Tag("transfer")]
    | Annotated[ToDesk, Tag("to_desk")]
    | Annotated[Lookup, Tag("lookup")]
    | Annotated[More, Tag("more")]
    | Annotated[OnCase, Tag("on_case")]
    | Annotated[Branch, Tag("branch")]
    | Annotated[CallFlow, Tag("call")]
    | Annotated[Leave, Tag("leave")]
    | Annotated[SetSlot, Tag("set")]
    | Annotated[End, Tag("end")],
    Discriminator(step_kind),
]


#: The step each of `STEP_KEYS` makes.
STEP_SHAPES: dict[str, type[StepBase]] = {
    "collect": Collect,
    "route": Route,
    "read_back": ReadBack,
    "consent": ConsentStep,
    "questions": Questions,
    "lodge": Lodge,
    "refer": Refer,
    "transfer": TransferCall,
    "to_desk": ToDesk,
    "lookup": Lookup,
    "more": More,
    "on_case": OnCase,
    "branch": Branch,
    "call": CallFlow,
    "leave": Leave,
    "set": SetSlot,
    "end": End,
    "say": Say,
}


class StartWhen(Shape):
    """What brings a caller into the flow; of both, both must fit."""

    intent: list[Intent] = []
    """One, or a list."""
    said: list[str] = []
    """Words, or example sentences, one of which the caller said (`dialogs.said`). Such a flow comes before those
    that name the intent only."""

    @field_validator("intent", "said", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class Flow(Shape):
    flow: str
    kind: Kind | None = None
    """What record the flow fills; None for flows that fill none."""
    start_when: StartWhen | None = None
    steps: list[Step] = Field(min_length=1)


class Profile(Shape):
    """How patient a listening profile is. Milliseconds."""

    complete_ms: int
    """Silence that ends a turn whose words answer the question."""
    incomplete_ms: int
    """Silence that ends a turn whose words do not (yet)."""
    noinput_ms: int
    """Silence after the question before it is asked again."""


class Ladder(Shape):
    """What is said when nothing, or nothing usable, was heard: one prompt an attempt."""

    noinput: list[str]
    nomatch: list[str]


class Resume(Shape):
    """What is asked of a caller whose call dropped, when the same number rings again."""

    within_minutes: int = Field(default=30, ge=1, le=1440)
    """After the end of the dropped call."""
    ask: str
    """Names no matter: for a 举报, and wherever `matters` has nothing."""
    matters: dict[str, str] = {}
    """By flow, the prompt that names the kind of matter; nothing the caller said."""
    go_on: str
    fresh: str


class ScriptFile(Shape):
    """script.yaml: what holds for the whole script."""

    script: str
    title: str
    opening: str
    """The flow a call begins with."""
    openings: dict[str, str] = {}
    """By dialled number, the greeting prompt that replaces `greeting`."""
    greeting: str
    closed_greeting: str | None = None
    """The greeting at hours when no person is on duty, for lines `closed_openings` does not name."""
    closed_openings: dict[str, str] = {}
    """By dialled number, the same."""
    profiles: dict[Listen, Profile]
    ladder: Ladder
    limit_minutes: int = Field(default=15, ge=1, le=60)
    max_turns_lost: int = Field(default=3, ge=1, le=6)
    """So many noinputs or nomatches in a row end in a human or a goodbye."""
    wait_seconds: int = Field(default=30, ge=5, le=120)
    """How long the seat waits in silence when it is asked to."""
    max_questions: int = Field(default=2, ge=1, le=5)
    """So many questions in a row are answered in the middle of something else; further ones are noted."""
    unsure: float = Field(default=0.6, ge=0, le=1)
    """A value below this confidence is confirmed explicitly, whatever the step says."""
    emergencies: dict[Emergency, str]
    """The safety sentence of each danger."""
    languages: dict[str, str] = {}
    """By code of data/reference/languages.yaml, what is said before a person takes over who may speak it."""
    says: dict[str, str]
    """Prompts the engine itself needs, by use (see `ENGINE_PROMPTS`)."""
    labels: dict[Slot, str]
    """What each slot is called aloud, for consents and corrections."""
    resume: Resume | None = None
    """Going on with dropped calls; without it every call begins anew."""


#: The uses a script must give a prompt for in `says`, each with when it is said (shown to trainers).
ENGINE_PROMPTS = {
    "to_desk": "转人工之前说",
    "no_desk": "人工接不通，已排回电",
    "no_desk_emergency": "危急时人工接不通，已排最急的回电",
    "desk_answered": "人工接通了",
    "desk_closed": "人工不在班，已排回电，接着登记",
    "desk_closed_goodbye": "人工不在班，来电人还是要人工，已排回电",
    "other_language": "来电人要说别的语言，转人工之前说",
    "wait": "来电人请您等一下",
    "slower": "来电人请您说慢一点",
    "recording_stopped": "来电人不让录音，录音停了",
    "goodbye_incomplete": "来电人没说完就要挂",
    "withdrawn": "来电人说不办了，什么都不登记",
    "time_up": "通话到了时限",
    "one_moment": "系统要想一下，先不冷场",
    "lodge_later": "记下来了，编号要晚一点才有",
    "cannot_keep": "存不下来，请来电人过一会儿再打",
    "fault": "出了故障，要再说一遍",
    "silent_goodbye": "一直没有声音，要挂断",
    "cannot_answer": "答不了的问题，记下来请工作人员答，然后接着问",
    "answer_unverified": "答了一条还没有核实的（faq.yaml 里 verified: false），跟着说",
    "questions_later": "连着问了好几个，先记下来，接着办",
    "what_is_wrong": "来电人说不对，但没说哪里不对",
    "corrected": "改好了一项，可用 {label} 和 {value}",
    "declined": "可以不说的一项，来电人不说",
    "needed": "必须要的一项，来电人不说",
    "emotion": "一句安慰的话",
    "emotion_again": "又激动起来：告诉他可以找人说，只说一次",
}

#: Names of tables that stand for their words in `expect`.
EXPECT_TABLES = ("@platforms", "@districts")

#: What a condition may read besides the slots' names.
FACTS = {
    "intent": "what the caller wants, e.g. 'complaint_online'",
    "kind": "what record the flow fills: '投诉', '举报' or '咨询'",
    "line": "the number dialled, e.g. '12345'",
    "caller_no": "the caller's number, nothing when it is withheld",
    "online": "true when the purchase was made online: a platform is named or the intent says so",
    "mass_incident": "true when many people are concerned (a shop that vanished …)",
    "safety_flag": "'食品', '药品', '医疗器械', '化妆品', '特种设备' or '重点工业产品'",
    "emotion": "'angry', 'anxious', 'sad' or 'furious'; nothing when calm",
    "emergency": "the danger raised, e.g. 'trapped'",
    "case_no_given": "true once the record is lodged",
    "case_no_whole": "true when the case number was given whole, all 25 digits",
    "case_shown": "true once the caller has shown that the case looked up is his",
    "question_left": "true once a question was left for a person to answer",
    "hour": "0 to 23, when the call was answered",
    "weekday": "1 (Monday) to 7, when the call was answered",
    "workday": "true on days offices work, holidays and weekends worked instead considered",
    "desk_open": "true when people are on duty behind the line at this hour",
    "draw": "0 to 1, drawn once a call: `draw < 0.5` holds in half of all calls",
}

#: The facts that are true or nothing.
FLAG_FACTS = frozenset(
    {
        "online",
        "mass_incident",
        "case_no_given",
        "case_no_whole",
        "case_shown",
        "question_left",
        "workday",
        "desk_open",
    }
)
#: The facts that are numbers.
NUMBER_FACTS = frozenset({"hour", "weekday", "draw"})
SAFETY_FLAGS = ("食品", "药品", "医疗器械", "化妆品", "特种设备", "重点工业产品")
EMOTIONS = ("angry", "anxious", "sad", "furious")

#: What a prompt's text may hold in braces besides the slots' names.
PLACEHOLDERS = {
    "case_tail": "the last six digits of the case number",
    "caller_tail": "the last four digits of the caller's number",
    "recipient": "to whom a consent or a referral is",
    "fields": "the labels of the filled fields a consent would pass on",
    "label": "what the slot in question is called aloud",
    "value": "the value in question",
    "status": "what the store knows of a case that was looked up",
    "matter": "what else the caller has asked for: 投诉 or 举报",
    "desk_hours": "when people are on duty behind the line dialled, where that is verified",
}


def confirm_prompt(step: Collect) -> str:
    """The prompt that asks whether the value is right."""
    return step.confirm_ask or f"confirm.{step.collect}"


def offer_prompt(step: Collect) -> str:
    """The prompt that offers the caller's number."""
    return step.offer_ask or f"offer.{step.collect}"


def ack_prompt(step: Collect) -> str:
    """The prompt that repeats the value before the next question."""
    return step.ack or f"ack.{step.collect}"


for _model in (ConsentStep, TransferCall, Arm, Branch, Flow):
    _model.model_rebuild()
