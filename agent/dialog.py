"""`decide`: from what came in to what follows. Pure: no clock, no I/O, no model.

The live call, the chat, the stories, the replay and the resume all drive this one function.
"""

from __future__ import annotations

import data.events as ev
from agent.acts import Hush, Listen, RaiseAlert, StopRecording
from agent.advance import advance, end, enter_flow, queue_callback, to_desk
from agent.answers import keep_narrative, on_answer, on_keys
from agent.consenting import advance_from, on_consent_silence, withdraw
from agent.deciding import Deciding, Decision, asked_of
from agent.ladder import ask_again, on_nothing
from agent.state import CallState, evolve, fold
from data.understanding import Understanding
from data.vocabulary import Act, ConsentReply, Outcome
from dialogs.schema import ConsentStep, Lookup
from dialogs.script import Script

__all__ = ["CallState", "Decision", "decide", "evolve", "fold"]

Input = (
    ev.CallAnswered
    | ev.WordsHeard
    | ev.KeysPressed
    | ev.PromptStarted
    | ev.PromptEnded
    | ev.SilenceHeard
    | ev.NoiseHeard
    | ev.TimeUp
    | ev.CallerHungUp
    | ev.RecordLodged
    | ev.EffectDelayed
    | ev.TransferEnded
    | ev.CaseFound
    | ev.FaultStruck
)


def decide(script: Script, state: CallState, event: Input) -> Decision:
    """What follows from `event`. The decision's first event is the input itself."""
    d = Deciding(script, state, event.at)
    d.emit(event)
    if state.closed is not None:
        return d.done()
    match event:
        case ev.CallAnswered():
            _answer(d, event)
        case ev.CallerHungUp():
            _hung_up(d)
        case ev.PromptStarted() | ev.PromptEnded():
            pass
        case _ if state.ending is not None:
            # The closing words are on their way: what is said now is kept, nothing follows.
            pass
        case ev.WordsHeard():
            _words(d, event)
        case ev.KeysPressed():
            on_keys(d, event)
        case ev.SilenceHeard() | ev.NoiseHeard():
            _nothing(d, silent=isinstance(event, ev.SilenceHeard))
        case ev.RecordLodged():
            _resume_pending(d)
        case ev.EffectDelayed():
            if event.what == "lodge":
                queue_callback(d, "lodge_later", 2)
                end(d, Outcome.INCOMPLETE, d.script.file.says["lodge_later"])
        case ev.CaseFound():
            _case_found(d, event)
        case ev.TransferEnded():
            _transfer_ended(d, event)
        case ev.TimeUp():
            d.say_use("time_up")
            queue_callback(d, "time_up", 2)
            end(d, Outcome.INCOMPLETE if d.state.case_no is None else Outcome.LODGED, None)
        case ev.FaultStruck():
            d.say_use("fault")
            ask_again(d)
    return d.done()


def _answer(d: Deciding, event: ev.CallAnswered) -> None:
    file = d.script.file
    opening = d.script.flows[file.opening]
    start = enter_flow(d, opening)
    d.say(file.openings.get(event.line, file.greeting))
    advance(d, start)


def _hung_up(d: Deciding) -> None:
    ending = d.state.ending
    lodged = d.state.case_no is not None
    outcome = ending or (Outcome.LODGED if lodged else Outcome.INCOMPLETE)
    if ending is None and not lodged and d.state.turns > 0:
        queue_callback(d, "hung_up", 2)
    d.emit(ev.CallClosed(by="seat" if ending is not None else "caller", outcome=outcome))


# --- words ------------------------------------------------------------------------------------------


def _words(d: Deciding, words: ev.WordsHeard) -> None:
    meant = words.understanding
    if _danger(d, words):
        return
    _note_flags(d, words)
    if meant.request_human:
        d.act(Hush())
        to_desk(d, "requested", turn=words.turn)
        return
    if Act.REFUSE_RECORDING in meant.acts:
        d.emit(ev.RecordingRefused(turn=words.turn))
        d.act(StopRecording())
        d.say_use("recording_stopped")
        ask_again(d)
        return
    standing = d.state.standing
    if standing is None or standing.phase == "pending":
        return
    if standing.phase != "consent" and _global_command(d, words, meant):
        return
    if (
        standing.phase == "consent"
        and meant.acts & {Act.REPEAT, Act.SLOWER}
        and meant.consent
        in (
            None,
            ConsentReply.UNCLEAR,
            ConsentReply.QUESTION,
        )
    ):
        _global_command(d, words, meant)
        return
    on_answer(d, words)


def _danger(d: Deciding, words: ev.WordsHeard) -> bool:
    """An emergency comes before everything: the safety sentence first, then a person."""
    emergency = words.understanding.flags.emergency
    if emergency is None or d.state.emergency is not None:
        return False
    d.emit(ev.EmergencyRaised(emergency=emergency, turn=words.turn))
    _note_flags(d, words)
    d.act(Hush())
    d.act(RaiseAlert(emergency=emergency, key=f"{d.state.call_id}:alert:{emergency}"))
    # The story is kept, so that the citizen need not tell it again to a person.
    keep_narrative(d, words)
    safety = d.script.file.emergencies.get(emergency)
    if safety is not None:
        d.say(safety)
    to_desk(d, "emergency", turn=words.turn)
    return True


def _note_flags(d: Deciding, words: ev.WordsHeard) -> None:
    flags = words.understanding.flags
    found = {
        "mass_incident": "true" if flags.mass_incident else None,
        "safety_flag": flags.safety_flag,
        "emotion": flags.emotion,
    }
    for flag, value in found.items():
        if value is not None and d.state.flags.get(flag) != value:
            comfort = flag == "emotion" and not d.state.comforted
            d.emit(ev.FlagRaised(flag=flag, value=value, turn=words.turn))
            if comfort and "emotion" in d.script.file.says and not words.understanding.request_human:
                d.say_use("emotion")


def _global_command(d: Deciding, words: ev.WordsHeard, meant: Understanding) -> bool:
    """Repeat, slower, wait, a question in the middle, withdrawal, goodbye: unless it also answers."""
    if meant.findings:
        return False
    acts = meant.acts
    if Act.SLOWER in acts:
        d.emit(ev.SpeechSlowed(speed=0.8))
        d.say_use("slower")
        ask_again(d)
    elif Act.REPEAT in acts:
        ask_again(d)
    elif Act.WAIT in acts:
        d.say_use("wait")
        d.act(Listen(asked=asked_of(d.state)))
    elif Act.WITHDRAW in acts and withdraw(d, words.turn):
        ask_again(d)
    elif Act.GOODBYE in acts and not acts & {Act.AFFIRM, Act.DENY, Act.INFORM}:
        if d.state.case_no is None:
            queue_callback(d, "goodbye", 3)
        end(
            d,
            Outcome.INCOMPLETE if d.state.case_no is None else Outcome.LODGED,
            d.script.file.says["goodbye_incomplete"],
        )
    elif Act.ASK_QUESTION in acts and d.state.standing is not None and _mid_flow(d):
        d.say_use("cannot_answer")
        ask_again(d)
    else:
        return False
    return True


def _mid_flow(d: Deciding) -> bool:
    """A question at an open question is the matter itself; elsewhere it is a digression."""
    standing = d.state.standing
    return standing is not None and standing.listen != "story" and standing.phase not in ("route",)


# --- the rest ---------------------------------------------------------------------------------------


def _nothing(d: Deciding, *, silent: bool) -> None:
    standing = d.state.standing
    if standing is None or standing.phase == "pending":
        return
    if standing.phase == "consent":
        node = d.script.node(standing.flow, standing.step)
        assert isinstance(node.step, ConsentStep)
        on_consent_silence(d, node, node.step)
        return
    on_nothing(d, silent=silent)


def _resume_pending(d: Deciding) -> None:
    standing = d.state.standing
    if standing is not None and standing.phase == "pending":
        advance_from(d, d.script.node(standing.flow, standing.step).next)


def _case_found(d: Deciding, event: ev.CaseFound) -> None:
    standing = d.state.standing
    if standing is None:
        return
    node = d.script.node(standing.flow, standing.step)
    if isinstance(node.step, Lookup):
        if event.status is not None:
            d.say(node.step.found, status=event.status)
        else:
            d.say(node.step.missing)
    advance_from(d, node.next)


def _transfer_ended(d: Deciding, event: ev.TransferEnded) -> None:
    if event.answered:
        end(d, Outcome.TO_DESK, d.script.file.says["desk_answered"])
        return
    urgent = d.state.emergency is not None
    queue_callback(d, "emergency" if urgent else "no_desk", 1)
    end(d, Outcome.NO_DESK, d.script.file.says["no_desk_emergency" if urgent else "no_desk"])
