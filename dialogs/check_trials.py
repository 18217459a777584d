"""Whether other wordings and trials can be meant: shares on every side or on none, and no side twice."""

from __future__ import annotations

from dialogs.draft import Draft, FlowDraft, Placed
from dialogs.schema import Branch, ReadBack
from dialogs.source import Source, Where


def check_trials(draft: Draft) -> None:
    """Report into the sources."""
    for prompt_id, prompt in draft.prompts.items():
        _same_twice(draft, prompt_id)
        sides = [prompt.share, *(None if isinstance(v, str) else v.share for v in prompt.variants)]
        if len(sides) == 1 and prompt.share is not None:
            message = f"话术“{prompt_id}”写了 share，却只有一种说法"
            hint = "请加 variants，或去掉 share"
            draft.prompt_source.problem((prompt_id, "share"), "share_alone", message, hint)
        else:
            _all_or_none(draft.prompt_source, (prompt_id,), sides, "每一种说法（第一种也写）")
    for flow in draft.flows:
        for place in flow.placed():
            if isinstance(place.step, Branch):
                _arms(flow, place, place.step)
            elif isinstance(place.step, ReadBack):
                _read_whole(draft, flow, place, place.step)


def _all_or_none(source: Source, where: Where, shares: list[int | None], sides: str) -> None:
    if any(share is None for share in shares) and any(share is not None for share in shares):
        message = f"share 要写在{sides}上，或者都不写"
        source.problem(where, "share_some", message, "例如各写 share: 50，就是一半对一半", at_key=True)


def _same_twice(draft: Draft, prompt_id: str) -> None:
    wordings = draft.prompts[prompt_id].wordings
    for number, wording in enumerate(wordings):
        if any(wording.parts == before.parts for before in wordings[:number]):
            where = (prompt_id, "variants", number - 1)
            message = f"话术“{prompt_id}”的这种说法和前面的一样"
            draft.prompt_source.problem(where, "same_wording", message, "请换一种说法，或删掉它")


def _arms(flow: FlowDraft, place: Placed, step: Branch) -> None:
    _all_or_none(flow.source, (*place.where, "branch"), [arm.share for arm in step.branch], "每一支")
    for number, arm in enumerate(step.branch):
        if arm.share is not None and arm.when is not None:
            where = (*place.where, "branch", number, "when")
            message = "这一支写了 share，就不看 when 了"
            flow.source.problem(where, "share_and_when", message, "请把条件写在 branch 外面，或去掉 share")
    if len(step.branch) == 1 and step.branch[0].share is not None:
        where = (*place.where, "branch", 0, "share")
        message = "写了 share，却只有一支"
        flow.source.problem(where, "share_alone", message, "请再写一支，或去掉 share")


def _read_whole(draft: Draft, flow: FlowDraft, place: Placed, step: ReadBack) -> None:
    """What was cut short is read on from where it was: the parts have to be the same."""
    prompt = draft.prompts.get(step.read_back)
    if prompt is not None and prompt.variants:
        message = f"念一遍的话术“{step.read_back}”只能有一种说法"
        where = (*place.where, "read_back")
        flow.source.problem(where, "variants_here", message, "改了以后要接着念，请去掉它的 variants")
