"""Reads a Hugging Face folder of a BERT or DistilBERT classifier into one structure for both families."""

import json
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from random_model import NAMES  # noqa: E402


@dataclass
class Layer:
    """Each a pair (weight (out, in), bias), or (gain, offset) of a LayerNorm."""

    query: tuple
    key: tuple
    value: tuple
    output: tuple
    attention_norm: tuple
    up: tuple
    down: tuple
    norm: tuple


@dataclass
class Weights:
    family: str
    hidden: int
    heads: int
    epsilon: float
    labels: int
    words: numpy.ndarray  # (vocabulary, hidden)
    positions: numpy.ndarray  # (positions, hidden)
    types: numpy.ndarray | None  # (2, hidden); DistilBERT has none
    embedding_norm: tuple
    layers: list[Layer]
    pooler: tuple
    classifier: tuple


def read_safetensors(path):
    data = numpy.memmap(path, dtype=numpy.uint8, mode="r")
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    header = json.loads(data[8:8 + length].tobytes())
    kinds = {"F32": "<f4", "F16": "<f2"}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] not in kinds:
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(data[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"]).astype("<f4")
    return tensors


def read_model(folder):
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    family = config["model_type"]
    if family not in NAMES:
        raise SystemExit(f"{folder}/config.json: expected model_type bert or distilbert, found {family!r}")
    if config.get("hidden_act", config.get("activation")) != "gelu":
        raise SystemExit(f"{folder}/config.json: only models with GELU are compared")
    tensors = read_safetensors(folder / "model.safetensors")
    layer, attention, feed_forward, pooler = NAMES[family]

    def pair(name):
        return tensors[name + ".weight"], tensors[name + ".bias"]

    embeddings = family + ".embeddings."
    count = config.get("n_layers", config.get("num_hidden_layers"))
    classifier = pair("classifier")
    return Weights(
        family=family,
        hidden=config.get("dim", config.get("hidden_size")),
        heads=config.get("n_heads", config.get("num_attention_heads")),
        epsilon=config.get("layer_norm_eps", 1e-12),
        labels=classifier[0].shape[0],
        words=tensors[embeddings + "word_embeddings.weight"],
        positions=tensors[embeddings + "position_embeddings.weight"],
        types=tensors.get(embeddings + "token_type_embeddings.weight"),
        embedding_norm=pair(embeddings + "LayerNorm"),
        layers=[Layer(*(pair(layer.format(i) + name) for name in attention + feed_forward)) for i in range(count)],
        pooler=pair(pooler),
        classifier=classifier,
    )
