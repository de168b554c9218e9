#!/usr/bin/env python3
"""Writes a Hugging Face folder of the size of a well-known model with random weights, for measurements.

    random_model.py DIR [SHAPE] [--vocab FILE]        needs numpy

SHAPE is distilbert-base (the default), bert-base, minilm-l6-384, tinybert-4l-312 or least. The vocabulary has 30522 tokens: made-up
words, or those of FILE (a vocab.txt) filled up with made-up ones, so that real text becomes real pieces. The weights are
the same on every run. What the model answers means nothing.
"""

import argparse
import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy

VOCABULARY, POSITIONS = 30522, 512
SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@dataclass
class Shape:
    family: str
    layers: int
    hidden: int
    intermediate: int
    labels: int = 2
    heads: int = 12


SHAPES = {
    "distilbert-base": Shape("distilbert", 6, 768, 3072),
    "bert-base": Shape("bert", 12, 768, 3072),
    "minilm-l6-384": Shape("bert", 6, 384, 1536),
    "tinybert-4l-312": Shape("bert", 4, 312, 1200, labels=8),
    "least": Shape("bert", 1, 16, 32, heads=1),  # for measuring everything but the model
}

# family: prefix of a layer; query, key, value, output, norm; both linears of the feed-forward part, norm; pooler
NAMES = {
    "distilbert": ("distilbert.transformer.layer.{}.",
                   ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm"),
                   ("ffn.lin1", "ffn.lin2", "output_layer_norm"), "pre_classifier"),
    "bert": ("bert.encoder.layer.{}.",
             ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
              "attention.output.LayerNorm"),
             ("intermediate.dense", "output.dense", "output.LayerNorm"), "bert.pooler.dense"),
}


def tensors(shape):
    """Pairs (name, float32 array)."""
    random = numpy.random.default_rng(1)
    hidden = shape.hidden

    def normal(*sizes, deviation=0.04):
        return random.standard_normal(sizes, dtype=numpy.float32) * numpy.float32(deviation)

    def linear(name, outputs, inputs):
        return [(name + ".weight", normal(outputs, inputs)), (name + ".bias", normal(outputs))]

    def layer_norm(name):
        return [(name + ".weight", 1 + normal(hidden)), (name + ".bias", normal(hidden))]

    layer, attention, feed_forward, pooler = NAMES[shape.family]
    embeddings = shape.family + ".embeddings."
    yield embeddings + "word_embeddings.weight", normal(VOCABULARY, hidden)
    yield embeddings + "position_embeddings.weight", normal(POSITIONS, hidden)
    if shape.family == "bert":
        yield embeddings + "token_type_embeddings.weight", normal(2, hidden)
    yield from layer_norm(embeddings + "LayerNorm")
    for index in range(shape.layers):
        prefix = layer.format(index)
        for name in attention[:4]:
            yield from linear(prefix + name, hidden, hidden)
        yield from layer_norm(prefix + attention[4])
        yield from linear(prefix + feed_forward[0], shape.intermediate, hidden)
        yield from linear(prefix + feed_forward[1], hidden, shape.intermediate)
        yield from layer_norm(prefix + feed_forward[2])
    yield from linear(pooler, hidden, hidden)
    yield from linear("classifier", shape.labels, hidden)


def config(shape):
    labels = {str(i): f"LABEL_{i}" for i in range(shape.labels)}
    common = {"model_type": shape.family, "max_position_embeddings": POSITIONS, "vocab_size": VOCABULARY,
              "id2label": labels}
    if shape.family == "distilbert":
        return {"architectures": ["DistilBertForSequenceClassification"], "activation": "gelu", "dim": shape.hidden,
                "hidden_dim": shape.intermediate, "n_heads": shape.heads, "n_layers": shape.layers, **common}
    return {"architectures": ["BertForSequenceClassification"], "hidden_act": "gelu", "hidden_size": shape.hidden,
            "intermediate_size": shape.intermediate, "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers, "layer_norm_eps": 1e-12, "type_vocab_size": 2, **common}


def vocabulary(file):
    words = file.read_text(encoding="utf-8").splitlines() if file else list(SPECIAL_TOKENS)
    if len(words) > VOCABULARY:
        raise SystemExit(f"{file}: expected at most {VOCABULARY} tokens, found {len(words)}")
    return words + [f"word{i}" for i in range(VOCABULARY - len(words))]


def write_weights(path, shape):
    arrays = list(tensors(shape))
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


def write_model(folder, shape, vocab=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config(shape), indent=2) + "\n")
    (folder / "vocab.txt").write_text("\n".join(vocabulary(vocab)) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true, "model_max_length": 512}\n')
    write_weights(folder / "model.safetensors", shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("shape", nargs="?", choices=SHAPES, default="distilbert-base", metavar="SHAPE")
    parser.add_argument("--vocab", type=Path)
    options = parser.parse_args()
    write_model(options.folder, SHAPES[options.shape], options.vocab)


if __name__ == "__main__":
    main()
