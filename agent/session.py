"""One call in progress: inputs are decided on, stored, and carried out, one after another.

The only place where `decide`, the store and the speaking edge meet. The live call and the chat share it.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Sequence

import data.events as ev
from agent.acts import (
    Act,
    Clause,
    HangUp,
    Hush,
    Listen,
    Lodge,
    LookUp,
    MoveCase,
    QueueCallback,
    RaiseAlert,
    Recall,
    Refer,
    Say,
    StopRecording,
    Transfer,
)
from agent.deciding import Decision, asked_of
from agent.dialog import Input, decide
from agent.foresight import foreseen
from agent.hands import Hands, Keeper, NotKept
from agent.state import CallState
from data.vocabulary import Slot
from dialogs.script import Script
from dialogs.ways import Way

log = logging.getLogger(__name__)

#: Acts whose effect leaves the call: planned durably before they run, marked when done.
EFFECTS = (Lodge, Refer, MoveCase, Transfer, QueueCallback, RaiseAlert)
#: Inputs that were the caller's turn.
FROM_CALLER = (ev.WordsHeard, ev.KeysPressed, ev.SilenceHeard, ev.NoiseHeard)

#: Events after which more can be said ahead of time.
FORESEEABLE = (ev.SlotFilled, ev.SlotCorrected, ev.StepEntered)


class CallSession:
    """Not thread-safe: all inputs go through `put`, one task carries them out in order."""

    def __init__(
        self,
        script: Script,
        keeper: Keeper,
        hands: Hands,
        *,
        clock: Callable[[], int],
        watch: Callable[[ev.CallEvent], None] | None = None,
        walk: Callable[[Sequence[Way]], None] | None = None,
        foresee: bool = True,
    ) -> None:
        """clock: milliseconds since the call was answered. watch: sees every event once it is durable.

        walk: sees the ways taken through the script. foresee: False where no sound is made ahead.
        """
        self.script = script
        self.state = CallState()
        self._keeper = keeper
        self._hands = hands
        self._clock = clock
        self._watch = watch
        self._walk = walk
        self._foresee = foresee
        self._inputs: asyncio.Queue[Input | None] = asyncio.Queue()

    def put(self, event: Input) -> None:
        """Queue an input; it is stamped when it is taken."""
        self._inputs.put_nowait(event)

    def finish(self) -> None:
        """Nothing more will come: `run` ends after what is queued."""
        self._inputs.put_nowait(None)

    async def run(self) -> None:
        """Carry out inputs until the call is closed, cannot be kept, or `finish` was called."""
        while (event := await self._inputs.get()) is not None:
            if not await self.take(event) or self.state.closed is not None:
                return

    async def take(self, event: Input) -> bool:
        """Handle one input whatever goes wrong; False when the call cannot be kept and is being ended."""
        try:
            await self.handle(event)
        except NotKept:
            # Nothing is promised that is not kept: say so, and let the citizen call again.
            log.error("call %s: the store takes nothing; the call is ended", self.state.call_id)
            await self._say_unkept()
            return False
        except Exception as error:
            _log_fault(self.state.call_id, type(event).__name__, error)
            return await self._apologise(event)
        return True

    async def handle(self, event: Input) -> None:
        """Decide on one input and on what follows from it. Raises NotKept."""
        waiting: list[Input] = [event]
        while waiting:
            now = waiting.pop(0).stamped(self._clock())
            decision = decide(self.script, self.state, now)
            effects = [act for act in decision.acts if isinstance(act, EFFECTS)]
            await self._keeper.append(decision.events, effects)
            self.state = decision.state
            if self._walk is not None:
                self._walk(decision.walked)
            if self._watch is not None:
                for kept in decision.events:
                    self._watch(kept)
            if self._foresee and any(isinstance(kept, FORESEEABLE) for kept in decision.events):
                await self._hands.foresee(foreseen(self.script, self.state))
            if isinstance(now, FROM_CALLER) and any(isinstance(act, Say) for act in decision.acts):
                await self._hands.supersede()
            if unheard_after(now, decision):
                await self._hands.listen(Listen(asked=asked_of(self.state)))
            for act in decision.acts:
                result = await self._carry_out(act)
                if result is not None:
                    waiting.append(result)

    def foretell(self, event: ev.WordsHeard) -> tuple[str, ...]:
        """The clauses with values that would be spoken if `event` came now: nothing is decided by asking."""
        decision = decide(self.script, self.state, event)
        spoken = [
            clause.text
            for act in decision.acts
            if isinstance(act, Say)
            for clause in act.clauses
            if not clause.fixed
        ]
        return tuple(dict.fromkeys((*spoken, *foreseen(self.script, decision.state))))

    async def _carry_out(self, act: Act) -> Input | None:
        result: Input | None = None
        match act:
            case Say():
                await self._hands.say(act)
            case Hush():
                await self._hands.hush()
            case Listen():
                await self._hands.listen(act)
            case Lodge():
                result = await self._keeper.lodge(self.state, act.key)
            case Refer():
                await self._keeper.refer(act)
            case LookUp():
                result = await self._keeper.look_up(act)
            case MoveCase():
                result = await self._keeper.move_case(act)
            case Recall():
                result = await self._keeper.recall(act)
            case QueueCallback():
                phone = self.state.value(Slot.PHONE)
                known = phone if isinstance(phone, str) else self.state.caller_no
                await self._keeper.queue_callback(act, known)
            case RaiseAlert():
                await self._keeper.raise_alert(act)
            case Transfer():
                result = await self._hands.transfer(act.reason, act.to)
            case StopRecording():
                await self._hands.stop_recording()
            case HangUp():
                await self._hands.hang_up()
        if isinstance(act, EFFECTS):
            await self._keeper.done(act.key)
        return result

    async def _apologise(self, event: Input) -> bool:
        """A fault of ours becomes a spoken sentence, not silence."""
        if isinstance(event, ev.FaultStruck) or self.state.closed is not None:
            return True
        try:
            await self.handle(ev.FaultStruck(room="agent"))
        except Exception as error:
            _log_fault(self.state.call_id, "the apology", error)
            await self._say_unkept()
            return False
        return True

    async def _say_unkept(self) -> None:
        """The last resort: no store, a fixed sentence, a closed line."""
        prompt_id = self.script.file.says["cannot_keep"]
        prompt = self.script.prompts[prompt_id]
        text = "".join(prompt.parts)
        say = Say(
            utterance=self.state.utterances + 1,
            prompt=prompt_id,
            clauses=(Clause(text=text, fixed=True),),
            bargein=False,
            must_finish=True,
        )
        await self._hands.hush()
        await self._hands.say(say)
        await self._hands.hang_up()


def unheard_after(event: Input, decision: Decision) -> bool:
    """A turn changed nothing: the same question still stands, and somebody must go on listening."""
    standing = decision.state.standing
    return (
        isinstance(event, FROM_CALLER)
        and standing is not None
        and standing.phase != "pending"
        and not any(isinstance(act, Listen) for act in decision.acts)
    )


def _log_fault(call_id: str, what: str, error: Exception) -> None:
    """Kind and place only: an exception's text may quote what a caller said."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    log.error(
        "call %s: %s failed: %s at %s:%s", call_id, what, type(error).__name__, where.name, where.lineno
    )
