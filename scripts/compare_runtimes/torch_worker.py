"""Runs a model folder in PyTorch: fp32, and int8 by quantize_dynamic. Speaks the protocol of inputs.py."""

import warnings

import torch
from torch import nn

import inputs
from weights import read_model

warnings.filterwarnings("ignore")
torch.set_grad_enabled(False)


def linear(pair):
    module = nn.Linear(*reversed(pair[0].shape))
    module.weight.copy_(torch.from_numpy(pair[0]))
    module.bias.copy_(torch.from_numpy(pair[1]))
    return module


def layer_norm(pair, epsilon):
    module = nn.LayerNorm(len(pair[0]), eps=epsilon)
    module.weight.copy_(torch.from_numpy(pair[0]))
    module.bias.copy_(torch.from_numpy(pair[1]))
    return module


def embedding(table):
    return nn.Embedding.from_pretrained(torch.from_numpy(table))


class Layer(nn.Module):
    def __init__(self, layer, heads, epsilon):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = linear(layer.query), linear(layer.key), linear(layer.value)
        self.output, self.up, self.down = linear(layer.output), linear(layer.up), linear(layer.down)
        self.attention_norm, self.norm = layer_norm(layer.attention_norm, epsilon), layer_norm(layer.norm, epsilon)

    def forward(self, x, mask):
        batch, sequence, hidden = x.shape
        split = lambda y: y.view(batch, sequence, self.heads, hidden // self.heads).transpose(1, 2)
        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        scores = query @ key.transpose(2, 3) / (hidden // self.heads) ** 0.5 + mask
        context = (torch.softmax(scores, -1) @ value).transpose(1, 2).reshape(batch, sequence, hidden)
        x = self.attention_norm(self.output(context) + x)
        return self.norm(self.down(nn.functional.gelu(self.up(x))) + x)


class Classifier(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.words, self.positions = embedding(weights.words), embedding(weights.positions)
        self.types = None if weights.types is None else embedding(weights.types)
        self.embedding_norm = layer_norm(weights.embedding_norm, weights.epsilon)
        self.layers = nn.ModuleList(Layer(layer, weights.heads, weights.epsilon) for layer in weights.layers)
        self.pooler, self.classifier = linear(weights.pooler), linear(weights.classifier)
        self.activation = torch.relu if weights.family == "distilbert" else torch.tanh

    def forward(self, ids, mask):
        x = self.words(ids) + self.positions.weight[: ids.shape[1]]
        if self.types is not None:
            x = x + self.types.weight[0]
        x = self.embedding_norm(x)
        added = (1 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        for layer in self.layers:
            x = layer(x, added)
        return self.classifier(self.activation(self.pooler(x[:, 0])))


def load(path, variant, threads):
    torch.set_num_threads(threads)
    model = Classifier(read_model(path)).eval()
    if variant == "int8":
        model = torch.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)

    def prepare(batch, sequence, pad):
        ids, mask = (torch.from_numpy(array) for array in inputs.token_ids(batch, sequence, pad))
        result = []

        def forward():
            result[:] = [model(ids, mask)]

        return forward, lambda: result[0].flatten().tolist()

    return prepare


# The quickest engine for int8 that this build of PyTorch has.
engines = torch.backends.quantized.supported_engines
engine = next(name for name in ("fbgemm", "onednn", "qnnpack") if name in engines)
torch.backends.quantized.engine = engine
inputs.serve(f"PyTorch {torch.__version__}, int8 engine {engine}", load)
