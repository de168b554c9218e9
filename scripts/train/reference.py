"""A forward pass in numpy and double precision that shares no code with model.py; export.py checks against it."""
import math

import numpy as np

erf = np.vectorize(math.erf)


def softmax(scores):
    exponentials = np.exp(scores - scores.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def gelu(x):
    return x * 0.5 * (1 + erf(x / math.sqrt(2)))


def classify(weights, shape, ids, types):
    """Logits (labels,) of one sequence; weights are {name: float64 array}."""
    names, tokens, head_size = shape.names, len(ids), shape.hidden_size // shape.heads

    def linear(x, name):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        deviation = np.sqrt((centred * centred).mean(-1, keepdims=True) + shape.layer_norm_eps)
        return centred / deviation * weights[name + ".weight"] + weights[name + ".bias"]

    def split_heads(x):
        return x.reshape(tokens, shape.heads, head_size).transpose(1, 0, 2)

    x = weights[names["word"]][ids] + weights[names["position"]][:tokens]
    if names["type"]:
        x = x + weights[names["type"]][types]
    x = norm(x, names["embedding_norm"])
    for index in range(shape.layers):
        layer = names["layer"].format(index)
        query, key, value = (split_heads(linear(x, layer + names[part])) for part in ("query", "key", "value"))
        attention = softmax(query @ key.transpose(0, 2, 1) / math.sqrt(head_size)) @ value
        context = attention.transpose(1, 0, 2).reshape(tokens, shape.hidden_size)
        x = norm(x + linear(context, layer + names["attention_output"]), layer + names["attention_norm"])
        intermediate = gelu(linear(x, layer + names["intermediate"]))
        x = norm(x + linear(intermediate, layer + names["output"]), layer + names["output_norm"])
    pooled = linear(x[0], names["pooler"])
    return linear(np.tanh(pooled) if shape.family == "bert" else np.maximum(pooled, 0), "classifier")
