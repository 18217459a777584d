"""multilingual-e5-small: sentences to unit vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from models.e5_convert import (
    CONFIG_FILE,
    EMBEDDINGS,
    NORMALISATION_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    converted,
)
from models.e5_network import BertNetwork, fastest_dtype
from models.manifest import require
from models.protocols import ModelMissing, Vectors

#: e5 was trained with one of these before every text; similarity and classification use "query".
Prefix = Literal["query: ", "passage: "]

_BATCH = 32


class E5Encoder:
    """A TextEncoder on the CPU, shared by all calls; encode() may be called from any thread.

    folder: what models.e5_convert wrote. threads: PyTorch's CPU threads, a setting of the whole process,
    so it is only touched when given. dtype: by default the fastest one this CPU has. Raises ModelMissing
    when the folder is not complete.
    """

    dimensions: int

    def __init__(
        self,
        folder: Path,
        *,
        prefix: Prefix = "query: ",
        threads: int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        for name in (WEIGHTS_FILE, TOKENIZER_FILE, NORMALISATION_FILE, CONFIG_FILE):
            if not (folder / name).is_file():
                raise ModelMissing(f"no {folder / name}; run: smartseat models fetch e5-small-q4")
        if threads is not None:
            torch.set_num_threads(threads)
        self._prefix = prefix
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        table = json.loads((folder / NORMALISATION_FILE).read_text("utf-8"))
        self._normalise = {ord(character): becomes for character, becomes in table.items()}
        config = json.loads((folder / CONFIG_FILE).read_text("utf-8"))
        self.dimensions = int(config["hidden_size"])
        self._window = int(config["max_position_embeddings"]) - 2
        self._bos, self._eos = int(config["bos_token_id"]), int(config["eos_token_id"])
        state = load_file(folder / WEIGHTS_FILE)
        # The word vectors stay half precision and mapped: 190 MB that are never read as a whole.
        self._words = state.pop(EMBEDDINGS)
        self.network = BertNetwork(
            state,
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            epsilon=float(config["layer_norm_eps"]),
            dtype=dtype or fastest_dtype(),
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), rows of length 1. A text beyond 510 tokens is read in windows."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        owners: list[int] = []
        windows: list[list[int]] = []
        for owner, ids in enumerate(self.tokens(texts)):
            for at in range(0, max(1, len(ids)), self._window):
                owners.append(owner)
                windows.append([self._bos, *ids[at : at + self._window], self._eos])
        sums = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # Neighbours of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(windows)), key=lambda i: len(windows[i]))
        for at in range(0, len(order), _BATCH):
            chosen = order[at : at + _BATCH]
            for i, mean in zip(chosen, self._means([windows[i] for i in chosen]), strict=True):
                sums[owners[i]] += mean * max(1, len(windows[i]) - 2)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(length, 1e-12), dtype=np.float32)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text with its prefix, without the special ones at the ends."""
        written = [(self._prefix + text).translate(self._normalise) for text in texts]
        return [list(e.ids) for e in self._tokenizer.encode_batch_fast(written, add_special_tokens=False)]

    def located(self, text: str) -> tuple[list[int], list[int]]:
        """The ids of `text` as the network reads it (one window, with the ends), and each character's token.

        Characters beyond the window have none and are left out: the second list may be shorter than the text.
        """
        whole = self._prefix + text
        pieces = [self._normalise.get(ord(character), character) for character in whole]
        encoding = self._tokenizer.encode("".join(pieces), add_special_tokens=False)
        ids = list(encoding.ids)[: self._window]
        owner: dict[int, int] = {}
        for token, (start, end) in enumerate(encoding.offsets[: self._window]):
            for at in range(start, end):
                owner.setdefault(at, token + 1)
        last = max(owner, default=-1)
        places: list[int] = []
        at, token = 0, 1
        for number, piece in enumerate(pieces):
            if at > last:
                break
            # A character the normalisation drops belongs to the token before it.
            token = owner.get(at, token) if piece else token
            if number >= len(self._prefix):
                places.append(token)
            at += len(piece)
        return [self._bos, *ids, self._eos], places

    @torch.inference_mode()
    def entered(self, ids: Sequence[int]) -> torch.Tensor:
        """One sentence's tokens as the first layer reads them: (1, tokens, dimensions)."""
        return self.network.entered(self._words[torch.tensor([list(ids)])])

    @torch.inference_mode()
    def _means(self, windows: list[list[int]]) -> Vectors:
        longest = max(map(len, windows))
        ids = torch.zeros((len(windows), longest), dtype=torch.long)
        mask = torch.zeros((len(windows), longest), dtype=torch.long)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = torch.tensor(window)
            mask[row, : len(window)] = 1
        hidden = self.network(self._words[ids], None if bool(mask.all()) else mask)
        weights = mask.unsqueeze(-1).float()
        means = (hidden * weights).sum(1) / weights.sum(1)
        return np.asarray(means.numpy(), dtype=np.float32)


def open_encoder(home: Path, *, threads: int | None = None) -> E5Encoder:
    """The encoder with the weights under `home`, converted into HOME/models/e5-small the first time.

    Raises ModelMissing, which names the cure.
    """
    packed = require(home, "e5-small-q4") / "e5-small-q4.bin"
    return E5Encoder(converted(packed, home / "models" / "e5-small"), threads=threads)
