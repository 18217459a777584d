"""A case that is known already: looked up, and what its caller wants written into its history. Pure.

Whether the case is his is for the store to say (data.inquiries): here only what he gives is passed on.
"""

from __future__ import annotations

from agent.acts import LookUp, MoveCase
from agent.deciding import Deciding
from data.vocabulary import Listen as ListenProfile
from data.vocabulary import Slot
from dialogs.schema import OnCase
from dialogs.script import Node


def look_up(d: Deciding, node: Node) -> bool:
    """Ask the store by the number and the phone, or its end; False when it would answer no more."""
    if not d.state.looking:
        return False
    d.stand(node, "pending", listen=ListenProfile.SHORT)
    case_no = d.state.value(Slot.CASE_NO)
    phone = d.state.value(Slot.PHONE_TAIL) or d.state.value(Slot.PHONE)
    d.act(
        LookUp(
            case_no=case_no if isinstance(case_no, str) else None,
            phone=phone if isinstance(phone, str) else None,
        )
    )
    return True


def enter_case(d: Deciding, node: Node, step: OnCase) -> bool:
    """Ask what is to be asked first, or have it done at once; False when no case was shown."""
    if d.state.shown is None:
        return False
    if step.ask is not None:
        ask_case(d, node, step)
    else:
        reason = d.state.value(Slot.NARRATIVE)
        move_case(d, node, step, reason if isinstance(reason, str) else "")
    return True


def ask_case(d: Deciding, node: Node, step: OnCase, attempt: int = 0) -> None:
    """An open question, or for a withdrawal a yes or no."""
    d.say_unheard()
    if step.ask is not None:
        d.say(step.ask)
    yes_no = step.on_case == "ask_withdrawal"
    listen = ListenProfile.YES_NO if yes_no else ListenProfile.STORY
    d.stand(node, "case", listen=listen, attempt=attempt)


def move_case(d: Deciding, node: Node, step: OnCase, why: str) -> None:
    """Have it written down; the answer comes as CaseMoved. why: his words."""
    assert d.state.shown is not None
    d.stand(node, "pending", listen=ListenProfile.SHORT)
    key = f"{d.state.call_id}:case:{step.on_case}:{node.id}"
    d.act(MoveCase(case_no=d.state.shown, move=step.on_case, why=why, key=key))
