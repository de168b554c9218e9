#!/usr/bin/env python3
"""Writes a Hugging Face folder of the size of distilbert-base-uncased with random weights, for measurements.

    random_model.py DIR        needs numpy

The weights are the same on every run. What the model answers means nothing.
"""

import json
import struct
import sys
from pathlib import Path

import numpy

LAYERS, HIDDEN, HEADS, INTERMEDIATE, VOCABULARY, POSITIONS, LABELS = 6, 768, 12, 3072, 30522, 512, 2


def tensors():
    """Pairs (name, float32 array)."""
    random = numpy.random.default_rng(1)

    def normal(*shape, deviation=0.04):
        return random.standard_normal(shape, dtype=numpy.float32) * numpy.float32(deviation)

    def linear(name, outputs, inputs):
        return [(name + ".weight", normal(outputs, inputs)), (name + ".bias", normal(outputs))]

    def layer_norm(name):
        return [(name + ".weight", 1 + normal(HIDDEN)), (name + ".bias", normal(HIDDEN))]

    embeddings = "distilbert.embeddings."
    yield embeddings + "word_embeddings.weight", normal(VOCABULARY, HIDDEN)
    yield embeddings + "position_embeddings.weight", normal(POSITIONS, HIDDEN)
    yield from layer_norm(embeddings + "LayerNorm")
    for layer in range(LAYERS):
        prefix = f"distilbert.transformer.layer.{layer}."
        for name in ("q_lin", "k_lin", "v_lin", "out_lin"):
            yield from linear(prefix + "attention." + name, HIDDEN, HIDDEN)
        yield from layer_norm(prefix + "sa_layer_norm")
        yield from linear(prefix + "ffn.lin1", INTERMEDIATE, HIDDEN)
        yield from linear(prefix + "ffn.lin2", HIDDEN, INTERMEDIATE)
        yield from layer_norm(prefix + "output_layer_norm")
    yield from linear("pre_classifier", HIDDEN, HIDDEN)
    yield from linear("classifier", LABELS, HIDDEN)


def write_weights(path):
    arrays = list(tensors())
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, array in arrays:
        end = offset + array.nbytes
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, array in arrays:
            file.write(array.tobytes())


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    config = {"architectures": ["DistilBertForSequenceClassification"], "model_type": "distilbert",
              "activation": "gelu", "dim": HIDDEN, "hidden_dim": INTERMEDIATE, "n_heads": HEADS, "n_layers": LAYERS,
              "max_position_embeddings": POSITIONS, "vocab_size": VOCABULARY,
              "id2label": {str(i): f"LABEL_{i}" for i in range(LABELS)}}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [f"word{i}" for i in range(VOCABULARY - len(words))]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true, "model_max_length": 512}\n')
    write_weights(folder / "model.safetensors")


if __name__ == "__main__":
    main()
