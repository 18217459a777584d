"""`decide`: from what came in to what follows. Pure: no clock, no I/O, no model.

The live call, the chat, the stories, the replay and the resume all drive this one function.
"""

from __future__ import annotations

import data.events as ev
from agent.absorb import absorb, keep_narrative, note_flags
from agent.acts import Hush, RaiseAlert, Refer, StopRecording
from agent.advance import advance, collect_node, connection_failed, end, queue_callback, to_desk
from agent.answers import on_answer, on_keys
from agent.asides import aside, slow_down
from agent.consenting import advance_from, on_consent_silence, withdraw
from agent.deciding import Deciding, Decision
from agent.ladder import ask_again, on_nothing
from agent.matters import enter_flow, lodge_key, refer_key
from agent.resuming import ask_resume, may_resume, told_earlier
from agent.state import CallState, evolve, fold
from data.understanding import Understanding
from data.vocabulary import ELDERLY, Act, ConsentStatus, Intent, Kind, Outcome, Slot
from data.vocabulary import Listen as ListenProfile
from dialogs.schema import ConsentStep, Lodge, Lookup, OnCase, TransferCall
from dialogs.schema import Refer as ReferStep
from dialogs.script import Node, Script
from dialogs.ways import CONNECTED, FOUND, MISSING, MOVED, NOT_MOVED

__all__ = ["CallState", "Decision", "Input", "decide", "evolve", "fold"]

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
    | ev.CaseMoved
    | ev.EarlierTold
    | ev.FaultStruck
)


def decide(script: Script, state: CallState, event: Input) -> Decision:
    """What follows from `event`. The decision's first event is the input itself; a closed call takes none."""
    d = Deciding(script, state, event.at)
    if state.closed is not None:
        return d.done()
    d.emit(event)
    match event:
        case ev.CallerHungUp():
            _hung_up(d)
        case ev.CallAnswered():
            if state.flow is None:
                _answer(d, event)
        case _ if state.flow is None:
            # Before the call was answered there is nobody to talk to.
            pass
        case ev.WordsHeard() if state.ending is not None:
            _after_the_end(d, event)
        case _ if state.ending is not None:
            # The closing words are on their way: nothing follows.
            pass
        case ev.WordsHeard():
            _words(d, event)
        case ev.KeysPressed():
            on_keys(d, event)
        case ev.SilenceHeard() | ev.NoiseHeard():
            _nothing(d, silent=isinstance(event, ev.SilenceHeard))
        case ev.TimeUp():
            _time_up(d)
        case ev.FaultStruck():
            _fault(d)
        case ev.TransferEnded():
            if state.handing_over:
                _transfer_ended(d, answered=event.answered)
        case _:
            _result(d, event, state)
    return d.done()


def _answer(d: Deciding, event: ev.CallAnswered) -> None:
    file = d.script.file
    opening = d.script.flows[file.opening]
    start = enter_flow(d, opening)
    greeting = file.openings.get(event.line, file.greeting)
    if not event.desk_open:
        greeting = file.closed_openings.get(event.line) or file.closed_greeting or greeting
    d.say(greeting)
    if may_resume(d):
        ask_resume(d)
    else:
        advance(d, start)


def _hung_up(d: Deciding) -> None:
    """Whoever said something and has no record yet is called back; whoever is in danger, first."""
    ending, lodged, told = d.state.ending, d.state.case_no is not None, d.state.shown is not None
    if ending is None and d.state.emergency is not None:
        queue_callback(d, "emergency", 1)
    elif ending is None and not lodged and not told and (d.state.turns > 0 or d.state.slots):
        queue_callback(d, "hung_up", 2)
    outcome = _outcome(d.state, ending or Outcome.INCOMPLETE)
    d.emit(ev.CallClosed(by="seat" if ending is not None else "caller", outcome=outcome))


def _outcome(state: CallState, ending: Outcome) -> Outcome:
    """Who has a case number has his matter lodged, whatever came after it in the same call."""
    kinds = {*(lodged.kind for lodged in state.earlier), state.kind if state.case_no is not None else None}
    if ending is Outcome.INCOMPLETE and state.any_lodged:
        return Outcome.LODGED
    if ending is Outcome.INCOMPLETE and state.shown is not None:
        return Outcome.ANSWERED
    if ending is Outcome.ANSWERED and kinds & {Kind.COMPLAINT, Kind.REPORT}:
        return Outcome.LODGED
    return ending


def _time_up(d: Deciding) -> None:
    urgent = d.state.emergency is not None
    queue_callback(d, "emergency" if urgent else "time_up", 1 if urgent else 2)
    outcome = Outcome.LODGED if d.state.any_lodged else Outcome.INCOMPLETE
    end(d, outcome, d.script.file.says["time_up"])


# --- words ------------------------------------------------------------------------------------------


def _words(d: Deciding, words: ev.WordsHeard) -> None:
    meant, standing = words.understanding, d.state.standing
    if _danger(d, words):
        return
    note_flags(d, words, comfort=not meant.request_human)
    if d.state.handing_over:
        # A person is being called already; what is said meanwhile is kept for him.
        absorb(d, words)
        return
    if meant.language is not None:
        _other_language(d, words, meant.language)
        return
    if meant.request_human:
        d.act(Hush())
        _keep_the_matter(d, words)
        if not to_desk(d, "requested", turn=words.turn, goes_on=True):
            ask_again(d)
        return
    if Act.REFUSE_RECORDING in meant.acts:
        d.emit(ev.RecordingRefused(turn=words.turn))
        d.act(StopRecording())
        d.say_use("recording_stopped")
        if not _tells_more(d, words):
            ask_again(d)
            return
    if standing is None or standing.phase == "pending":
        # The seat is busy; a consent taken back counts all the same.
        if Act.WITHDRAW in meant.acts:
            withdraw(d, words)
        return
    crowd = meant.find(Slot.CROWD)
    if crowd is not None and crowd.value == ELDERLY:
        slow_down(d)
    if not aside(d, words):
        on_answer(d, words)


def _tells_more(d: Deciding, words: ev.WordsHeard) -> bool:
    """Beside the wish itself, something that answers."""
    standing, meant = d.state.standing, words.understanding
    if standing is None or standing.phase == "consent":
        return False
    return bool(meant.findings) or (_has_matter(meant) and standing.listen is ListenProfile.STORY)


def _has_matter(meant: Understanding) -> bool:
    """It points to some business: not only away from this call."""
    no_matter = (Intent.REQUEST_HUMAN, Intent.EMOTIONAL, Intent.INVALID)
    return any(scored.intent not in no_matter for scored in meant.intents)


def _other_language(d: Deciding, words: ev.WordsHeard, language: str) -> None:
    """A language the seat does not speak: a sentence in it, where the script has one, then a person."""
    d.emit(ev.LanguageWanted(language=language, turn=words.turn))
    d.act(Hush())
    _keep_the_matter(d, words)
    file = d.script.file
    prompt = file.languages.get(language, file.says["other_language"])
    to_desk(d, f"language_{language}", prompt, turn=words.turn)


def _keep_the_matter(d: Deciding, words: ev.WordsHeard) -> None:
    """What was told on the way to a person is kept, so that it need not be told again."""
    if words.understanding.findings or _has_matter(words.understanding):
        keep_narrative(d, words)


def _danger(d: Deciding, words: ev.WordsHeard) -> bool:
    """An emergency comes before everything: the safety sentence first, then a person."""
    emergency = words.understanding.flags.emergency
    if emergency is None or emergency is d.state.emergency:
        return False
    under_way = d.state.handing_over or d.state.ending is not None
    if not under_way:
        d.act(Hush())
    d.emit(ev.EmergencyRaised(emergency=emergency, turn=words.turn))
    note_flags(d, words, comfort=False)
    d.act(RaiseAlert(cause=emergency, key=f"{d.state.call_id}:alert:{emergency}"))
    keep_narrative(d, words)
    safety = d.script.file.emergencies.get(emergency)
    if safety is not None:
        d.say(safety)
    if not under_way:
        to_desk(d, "emergency", turn=words.turn)
    return True


def _after_the_end(d: Deciding, words: ev.WordsHeard) -> None:
    """Said over the closing words: kept. Only a danger, or a consent taken back, still has effects."""
    if d.state.ending is Outcome.TO_DESK:
        return
    if Act.WITHDRAW in words.understanding.acts:
        withdraw(d, words)
    if _danger(d, words):
        queue_callback(d, "emergency", 1)


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


def _pending(d: Deciding) -> Node | None:
    """The step whose result the dialog waits for, None when it waits for a person or for the caller."""
    standing = d.state.standing
    if standing is None or standing.phase != "pending" or d.state.handing_over:
        return None
    return d.script.node(standing.flow, standing.step)


def _result(d: Deciding, event: ev.Event, before: CallState) -> None:
    """What the seat itself was doing has an outcome. One that nobody waits for is only kept."""
    node = _pending(d)
    match event:
        case ev.RecordLodged() if node is not None and isinstance(node.step, Lodge):
            advance_from(d, node.next)
        case ev.EffectDelayed(what="lodge"):
            _lodge_later(d, waiting=node is not None and isinstance(node.step, Lodge))
        case ev.CaseFound() if node is not None and isinstance(node.step, Lookup):
            _found(d, node, node.step, event.status, limited=event.limited)
        case ev.CaseMoved(done=done) if node is not None and isinstance(node.step, OnCase):
            _moved(d, node, node.step, done=done)
        case ev.EarlierTold(told=told) if node is not None and before.resuming:
            told_earlier(d, told)
        case _:
            pass


def _refers(d: Deciding, purpose: str) -> bool:
    flow = d.script.flows.get(d.state.flow or "")
    steps = flow.nodes.values() if flow is not None else ()
    return any(isinstance(node.step, ReferStep) and node.step.refer == purpose for node in steps)


def _lodge_later(d: Deciding, *, waiting: bool) -> None:
    queue_callback(d, "lodge_later", 2)
    for purpose, consent in d.state.consents.items():
        if consent.status is ConsentStatus.GIVEN and _refers(d, purpose):
            # Planned now, done by whoever lodges the record later.
            key, lodging = refer_key(d, purpose), lodge_key(d)
            d.act(Refer(consent=purpose, recipient=consent.recipient, key=key, lodging=lodging))
    if waiting:
        end(d, Outcome.INCOMPLETE, d.script.file.says["lodge_later"])


def _found(d: Deciding, node: Node, step: Lookup, status: str | None, *, limited: bool) -> None:
    """The case is told, or number and phone are asked for once more: always in the same words."""
    d.walk(node.id, MISSING if status is None else FOUND)
    if status is not None:
        d.say(step.found, status=status)
    elif not limited:
        d.say(step.missing)
        again = collect_node(d, Slot.CASE_NO)
        if again is not None and d.state.lookups < step.limit:
            d.emit(ev.CaseAskedAgain())
            advance_from(d, again[0].id)
            return
    advance_from(d, node.next)


def _moved(d: Deciding, node: Node, step: OnCase, *, done: bool) -> None:
    d.walk(node.id, MOVED if done else NOT_MOVED)
    d.say(step.done if done else step.closed)
    advance_from(d, node.next)


def _transfer_ended(d: Deciding, *, answered: bool) -> None:
    standing = d.state.standing
    node = d.script.node(standing.flow, standing.step) if standing is not None else None
    if node is not None and isinstance(node.step, TransferCall):
        if answered:
            d.walk(node.id, CONNECTED)
            end(d, Outcome.LODGED, None)
        else:
            connection_failed(d, node)
        return
    if answered:
        end(d, Outcome.TO_DESK, d.script.file.says["desk_answered"])
        return
    urgent = d.state.emergency is not None
    queue_callback(d, "emergency" if urgent else "no_desk", 1)
    end(d, Outcome.NO_DESK, d.script.file.says["no_desk_emergency" if urgent else "no_desk"])


def _fault(d: Deciding) -> None:
    """Something broke: said, and the question put again. What the seat itself was doing will not come now."""
    node = _pending(d)
    if d.state.handing_over:
        _transfer_ended(d, answered=False)
    elif node is not None and isinstance(node.step, Lodge):
        _lodge_later(d, waiting=True)
    elif node is not None and isinstance(node.step, Lookup):
        _found(d, node, node.step, None, limited=True)
    elif node is not None and isinstance(node.step, OnCase):
        _moved(d, node, node.step, done=False)
    elif d.state.resuming:
        told_earlier(d, None)
    else:
        d.say_use("fault")
        ask_again(d)
