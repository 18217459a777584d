"""Whisper's tokens for Mandarin: prompts in, characters out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import tokenizers
from faster_whisper.tokenizer import Tokenizer

from models.hanzi import simplified

#: A prompt longer than this leaves too little of the decoder's context for what is said.
LONGEST_PROMPT = 120

_SECONDS_PER_TIMESTAMP = 0.02
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-]+(?=\d)")


#: Whisper at times spells Mandarin in characters only Cantonese uses.
_CANTONESE = str.maketrans("嘅咗喺唔哋冇佢啲係", "的了在不们没他些是")
_LATIN = re.compile(r"[^\W\d_]", re.ASCII)


class Tokens:
    """The vocabulary of one multilingual Whisper model, set to transcribe Mandarin."""

    def __init__(self, tokenizer_json: Path) -> None:
        self._vocabulary = tokenizers.Tokenizer.from_file(str(tokenizer_json))
        self._tokenizer = Tokenizer(self._vocabulary, True, task="transcribe", language="zh")
        self.start: list[int] = self._tokenizer.sot_sequence
        self.all_but_digits = self._all_but_digits()
        self.latin = self._latin()

    def primed(self, expect: Sequence[str]) -> list[int]:
        """A prompt with the words `expect` as what was said before; words that do not fit are left out."""
        prompt: list[int] = []
        for word in expect:
            tokens = self._tokenizer.encode((", " if prompt else " ") + word)
            if len(prompt) + len(tokens) > LONGEST_PROMPT:
                break
            prompt += tokens
        return [self._tokenizer.sot_prev, *prompt, *self.start]

    def spoken(self, tokens: Sequence[int]) -> list[int]:
        """`tokens` without timestamps and other marks."""
        return [token for token in tokens if token < self._tokenizer.eot]

    def reached(self, tokens: Sequence[int], seconds: float) -> float:
        """The last timestamp in `tokens`, in seconds; `seconds` where they do not end in one."""
        spoken = [token for token in tokens if token != self._tokenizer.eot]
        if not spoken or spoken[-1] < self._tokenizer.timestamp_begin:
            return seconds
        steps: int = spoken[-1] - self._tokenizer.timestamp_begin
        return min(seconds, steps * _SECONDS_PER_TIMESTAMP)

    def text(self, tokens: Sequence[int]) -> str:
        """Simplified characters; figures spelt one by one are joined."""
        decoded = self._tokenizer.decode(list(tokens)).replace("\ufffd", "").strip()
        return simplified(_BETWEEN_DIGITS.sub("", decoded).translate(_CANTONESE))

    def pieces(self, tokens: Sequence[int]) -> list[tuple[str, int]]:
        """The characters or words `tokens` spell, each with how many tokens it took."""
        words, parts = self._tokenizer.split_to_word_tokens([*tokens, self._tokenizer.eot])
        return [(word, len(part)) for word, part in zip(words[:-1], parts[:-1], strict=True)]

    def _all_but_digits(self) -> list[int]:
        """Every text token but the ten figures, bare or after a space.

        Tokens of several figures stay out: with them the decoder recalls famous numbers instead of
        listening (on spoken telephone numbers, 11 of 16 right with them, 13 of 16 without).
        """
        figures = set("0123456789")
        return [
            token
            for token in range(self._tokenizer.eot)
            if self._vocabulary.decode([token]).strip() not in figures
        ]

    def _latin(self) -> list[int]:
        """Every text token with a Latin letter, but OK: a lone 好 or 对 is else heard as "help" and "play"."""
        texts = ((token, self._vocabulary.decode([token])) for token in range(self._tokenizer.eot))
        return [token for token, text in texts if _LATIN.search(text) and text.strip().lower() != "ok"]
