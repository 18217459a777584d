"""The first half of a spoken call: one sentence, and the seat's answer begins."""

from __future__ import annotations

import json

from websockets.asyncio.client import connect

from qa.simulate import caller_voices
from telephony.client import PhoneClient

from .conftest import MODELS, RunningSeat

SENTENCE = "我在淘宝上买了一个电饭锅，用了一次就坏了。"


async def half_a_call(seat: RunningSeat, *, kill: bool) -> tuple[str, list[str]]:
    """Speak one sentence; when the answer sounds, kill the seat or hang up. Gives the events it had shown."""
    sound = caller_voices(MODELS)["kokoro"].render(SENTENCE, voice="zf_xiaoyi")
    seen: list[str] = []
    async with PhoneClient(f"{seat.url}/media", caller_no="13900004321") as phone:
        async with connect(f"{seat.url}/feed?call={phone.call_id}", proxy=None) as feed:
            spoken = False
            async for frame in feed:
                seen.append(str(json.loads(frame)["event"]["type"]))
                if not spoken and seen.count("prompt_ended") == 2:
                    spoken = True
                    phone.say(sound)
                if "words_heard" in seen and seen[-1] == "prompt_started":
                    if kill:
                        seat.kill()
                    break
        return phone.call_id, seen
