"""BERT and DistilBERT sequence classification in PyTorch.

The parameters live in a plain dict {Hugging Face tensor name: tensor}, so what is trained is what is saved.
"""
import dataclasses
import random

import torch
import torch.nn.functional as F

BERT_NAMES = {
    "word": "bert.embeddings.word_embeddings.weight",
    "position": "bert.embeddings.position_embeddings.weight",
    "type": "bert.embeddings.token_type_embeddings.weight",
    "embedding_norm": "bert.embeddings.LayerNorm",
    "layer": "bert.encoder.layer.{}.",
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_norm": "output.LayerNorm",
    "pooler": "bert.pooler.dense",
}
DISTILBERT_NAMES = {
    "word": "distilbert.embeddings.word_embeddings.weight",
    "position": "distilbert.embeddings.position_embeddings.weight",
    "type": None,
    "embedding_norm": "distilbert.embeddings.LayerNorm",
    "layer": "distilbert.transformer.layer.{}.",
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "attention_output": "attention.out_lin",
    "attention_norm": "sa_layer_norm",
    "intermediate": "ffn.lin1",
    "output": "ffn.lin2",
    "output_norm": "output_layer_norm",
    "pooler": "pre_classifier",
}
PROJECTIONS = ("query", "key", "value")
LAYER_PARTS = PROJECTIONS + ("attention_output", "attention_norm", "intermediate", "output", "output_norm")


@dataclasses.dataclass
class Shape:
    family: str = "bert"
    vocab_size: int = 8192
    hidden_size: int = 256
    layers: int = 4
    heads: int = 4
    intermediate_size: int = 1024
    max_positions: int = 256
    token_types: int = 2
    labels: int = 2
    layer_norm_eps: float = 1e-12

    @property
    def names(self):
        return BERT_NAMES if self.family == "bert" else DISTILBERT_NAMES


def init(shape, seed=1, head=True):
    """Fresh parameters as BERT starts: weights normal with deviation 0.02, biases 0, LayerNorm 1 and 0."""
    generator = torch.Generator().manual_seed(seed)
    names, parameters = shape.names, {}

    def weight(name, *size):
        parameters[name] = torch.empty(*size).normal_(0, 0.02, generator=generator)

    def linear(name, outputs, inputs):
        weight(name + ".weight", outputs, inputs)
        parameters[name + ".bias"] = torch.zeros(outputs)

    def norm(name):
        parameters[name + ".weight"] = torch.ones(shape.hidden_size)
        parameters[name + ".bias"] = torch.zeros(shape.hidden_size)

    weight(names["word"], shape.vocab_size, shape.hidden_size)
    weight(names["position"], shape.max_positions, shape.hidden_size)
    if names["type"]:
        weight(names["type"], shape.token_types, shape.hidden_size)
    norm(names["embedding_norm"])
    for index in range(shape.layers):
        layer = names["layer"].format(index)
        for part in PROJECTIONS + ("attention_output",):
            linear(layer + names[part], shape.hidden_size, shape.hidden_size)
        linear(layer + names["intermediate"], shape.intermediate_size, shape.hidden_size)
        linear(layer + names["output"], shape.hidden_size, shape.intermediate_size)
        norm(layer + names["attention_norm"])
        norm(layer + names["output_norm"])
    linear(names["pooler"], shape.hidden_size, shape.hidden_size)
    if head:
        linear("classifier", shape.labels, shape.hidden_size)
    return parameters


def pass_context(parameters, shape):
    """Adds the identity to the value and output projections of a fresh encoder.

    Attention then passes the mean of the words on, and [CLS] and [MASK] see their context from the first step; a narrow
    encoder that starts from deviation 0.02 alone takes far longer to get there.
    """
    for index in range(shape.layers):
        for part in ("value", "attention_output"):
            name = shape.names["layer"].format(index) + shape.names[part] + ".weight"
            parameters[name].add_(torch.eye(shape.hidden_size))


class Dropout:
    """Inverted dropout from a pool of ready masks: on a CPU, drawing a mask costs more than the layer it follows."""

    POOL_SIZE = 1 << 23
    USES_PER_POOL = 4000

    def __init__(self, rate):
        self.rate, self.pool, self.uses = rate, None, 0

    def __call__(self, x):
        if self.rate == 0:
            return x
        if self.pool is None or self.uses >= self.USES_PER_POOL:
            self.pool = (torch.rand(self.POOL_SIZE) >= self.rate).float() / (1 - self.rate)
            self.uses = 0
        self.uses += 1
        start = random.randrange(self.POOL_SIZE - x.numel())
        return x * self.pool[start:start + x.numel()].view_as(x)


NO_DROPOUT = Dropout(0)


def encode(parameters, shape, ids, types=None, mask=None, dropout=NO_DROPOUT):
    """Hidden states (batch, tokens, hidden) of ids (batch, tokens).

    mask (batch, tokens) is True at real tokens, or None when nothing is padded.
    """
    names, heads, head_size = shape.names, shape.heads, shape.hidden_size // shape.heads
    batch, tokens = ids.shape

    def norm(x, name):
        return F.layer_norm(x, (shape.hidden_size,), parameters[name + ".weight"], parameters[name + ".bias"],
                            shape.layer_norm_eps)

    def linear(x, name):
        return F.linear(x, parameters[name + ".weight"], parameters[name + ".bias"])

    x = F.embedding(ids, parameters[names["word"]]) + parameters[names["position"]][:tokens]
    if names["type"]:
        types_table = parameters[names["type"]]
        x = x + (F.embedding(types, types_table) if types is not None else types_table[0])
    x = dropout(norm(x, names["embedding_norm"]))
    bias = None if mask is None else (~mask).float()[:, None, None, :] * -1e9
    for index in range(shape.layers):
        layer = names["layer"].format(index)
        weights = torch.cat([parameters[layer + names[part] + ".weight"] for part in PROJECTIONS])
        biases = torch.cat([parameters[layer + names[part] + ".bias"] for part in PROJECTIONS])
        query, key, value = F.linear(x, weights, biases).view(batch, tokens, 3, heads, head_size).permute(2, 0, 3, 1, 4)
        scores = (query * head_size ** -0.5) @ key.transpose(-1, -2)
        if bias is not None:
            scores = scores + bias
        context = (torch.softmax(scores, -1) @ value).transpose(1, 2).reshape(batch, tokens, shape.hidden_size)
        x = norm(x + dropout(linear(context, layer + names["attention_output"])), layer + names["attention_norm"])
        intermediate = F.gelu(linear(x, layer + names["intermediate"]))
        x = norm(x + dropout(linear(intermediate, layer + names["output"])), layer + names["output_norm"])
    return x


def pool(parameters, shape, hidden_states):
    """The pooled first token (batch, hidden)."""
    name = shape.names["pooler"]
    pooled = F.linear(hidden_states[:, 0], parameters[name + ".weight"], parameters[name + ".bias"])
    return torch.tanh(pooled) if shape.family == "bert" else F.relu(pooled)


def classify(parameters, shape, ids, types=None, mask=None, dropout=NO_DROPOUT):
    """Logits (batch, labels)."""
    pooled = dropout(pool(parameters, shape, encode(parameters, shape, ids, types, mask, dropout)))
    return F.linear(pooled, parameters["classifier.weight"], parameters["classifier.bias"])


def to_distilbert(bert, shape, kept_layers):
    """(shape, parameters) of a DistilBERT that starts from some layers of a BERT; token type 0 joins the positions."""
    distilled_shape = dataclasses.replace(shape, family="distilbert", layers=len(kept_layers), token_types=0)
    distilled = init(distilled_shape)
    old, new = BERT_NAMES, DISTILBERT_NAMES
    distilled[new["word"]] = bert[old["word"]].clone()
    distilled[new["position"]] = bert[old["position"]] + bert[old["type"]][0]
    for kind in (".weight", ".bias"):
        for part in ("embedding_norm", "pooler"):
            distilled[new[part] + kind] = bert[old[part] + kind].clone()
        for target, source in enumerate(kept_layers):
            for part in LAYER_PARTS:
                distilled[new["layer"].format(target) + new[part] + kind] = \
                    bert[old["layer"].format(source) + old[part] + kind].clone()
    return distilled_shape, distilled
