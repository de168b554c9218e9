"""Writes a classifier as ONNX graphs: as tools write it, and as fast as ONNX Runtime can be made to run it.

Inputs are input_ids, attention_mask and, for BERT, token_type_ids, int64 (batch, sequence); the output is logits
(batch, labels). VARIANTS says what each graph is made of; docs/compare-runtimes.md says why these.
"""

from dataclasses import dataclass

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"


@dataclass(frozen=True)
class Variant:
    # export: LayerNorm, GELU and attention in elementary operations, as torch.onnx.export writes them.
    # optimizer: Attention, SkipLayerNormalization and BiasGelu, as onnxruntime.transformers.optimizer does.
    # fused: MultiHeadAttention, Add + LayerNormalization and Gelu on a (tokens, hidden) state, biases in the linears.
    form: str
    int8: bool = False  # activations per tensor at run time, as quantize_dynamic does
    per_channel: bool = False  # weight scales; else one for a whole matrix
    expert: bool = False  # no mask (right without padding only), and the last layer computes the [CLS] row alone


VARIANTS = {
    "fp32-export": Variant("export"),
    "fp32-optimizer": Variant("optimizer"),
    "fp32-fused": Variant("fused"),
    "fp32-expert": Variant("fused", expert=True),
    "int8-export": Variant("export", int8=True),
    "int8-export-pc": Variant("export", int8=True, per_channel=True),
    "int8-optimizer": Variant("optimizer", int8=True),
    "int8-fused": Variant("fused", int8=True),
    "int8-fused-pc": Variant("fused", int8=True, per_channel=True),
    "int8-expert": Variant("fused", int8=True, expert=True),
}


def quantize_weight(matrix, per_channel):
    """int8 in [-127, 127] and the scale(s) of a (in, out) matrix, around zero."""
    largest = numpy.abs(matrix).max(axis=0 if per_channel else None)
    scale = numpy.asarray(numpy.maximum(largest, 1e-9) / 127, numpy.float32)
    return numpy.rint(matrix / scale).astype(numpy.int8), scale


def quantize_table(table):
    """uint8, scale and zero point of an embedding table."""
    low, high = min(table.min(), 0), max(table.max(), 0)
    scale = numpy.float32((high - low) / 255)
    zero = numpy.uint8(numpy.rint(-low / scale))
    return numpy.clip(numpy.rint(table / scale) + zero, 0, 255).astype(numpy.uint8), scale, zero


class Graph:
    """Nodes and constants in the making; values are names."""

    def __init__(self):
        self.nodes, self.constants, self.small = [], [], {}

    def node(self, kind, *inputs, outputs=1, domain=None, **attributes):
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"{kind}_{len(self.nodes)}", domain=domain,
                                           **attributes))
        return names[0] if outputs == 1 else names

    def fused(self, kind, *inputs, **options):
        return self.node(kind, *inputs, domain=MICROSOFT, **options)

    def constant(self, value, kind=numpy.float32):
        array = numpy.array(value, kind, order="C")
        key = (array.dtype.str, array.shape, array.tobytes()) if array.size <= 16 else None
        if key in self.small:
            return self.small[key]
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        if key:
            self.small[key] = name
        return name

    def integers(self, *values):
        return self.constant(values, numpy.int64)


class Writer:
    def __init__(self, weights, variant):
        self.weights, self.variant, self.graph = weights, variant, Graph()
        self.quantized = {}  # activation -> its (values, scale, zero point): linears with the same input share them

    def dynamic(self, x):
        if x not in self.quantized:
            self.quantized[x] = self.graph.node("DynamicQuantizeLinear", x, outputs=3)
        return self.quantized[x]

    def linear(self, x, pair, with_bias=True):
        """x W^T + bias. Where the operation that follows adds the bias, `with_bias` is false."""
        graph, matrix = self.graph, pair[0].T
        bias = graph.constant(pair[1]) if with_bias else ""
        fused = self.variant.form == "fused"
        if not self.variant.int8:
            if fused:
                return graph.node("Gemm", x, graph.constant(matrix), *([bias] if bias else []))
            y = graph.node("MatMul", x, graph.constant(matrix))
            return graph.node("Add", y, bias) if bias else y
        values, scale = quantize_weight(matrix, self.variant.per_channel)
        weight, weight_scale = graph.constant(values, numpy.int8), graph.constant(scale)
        xq, x_scale, x_zero = self.dynamic(x)
        if fused:
            return graph.fused("MatMulIntegerToFloat", xq, weight, x_scale, weight_scale, x_zero, "", bias)
        zero = graph.constant(numpy.zeros(scale.shape), numpy.int8)
        product = graph.node("Cast", graph.node("MatMulInteger", xq, weight, x_zero, zero), to=TensorProto.FLOAT)
        y = graph.node("Mul", product, graph.node("Mul", x_scale, weight_scale))
        return graph.node("Add", y, bias) if bias else y

    def head_linear(self, x, pair):
        if self.variant.int8 and self.variant.form == "export":
            return self.linear(x, pair)
        return self.graph.node("Gemm", x, self.graph.constant(pair[0]), self.graph.constant(pair[1]), transB=1)

    def layer_norm(self, x, pair):
        graph, epsilon = self.graph, self.weights.epsilon
        gain, offset = graph.constant(pair[0]), graph.constant(pair[1])
        if self.variant.form == "fused":
            return graph.node("LayerNormalization", x, gain, offset, axis=-1, epsilon=epsilon)
        centred = graph.node("Sub", x, graph.node("ReduceMean", x, axes=[-1]))
        square = graph.node("ReduceMean", graph.node("Pow", centred, graph.constant(2)), axes=[-1])
        deviation = graph.node("Sqrt", graph.node("Add", square, graph.constant(epsilon)))
        return graph.node("Add", graph.node("Mul", graph.node("Div", centred, deviation), gain), offset)

    def add_norm(self, x, pair, skip, norm):
        """LayerNorm(linear(x) + skip)."""
        graph = self.graph
        if self.variant.form == "optimizer":
            return graph.fused("SkipLayerNormalization", self.linear(x, pair, with_bias=False), skip,
                               graph.constant(norm[0]), graph.constant(norm[1]), graph.constant(pair[1]),
                               epsilon=self.weights.epsilon)
        return self.layer_norm(graph.node("Add", self.linear(x, pair), skip), norm)

    def gelu_linear(self, x, pair):
        graph = self.graph
        if self.variant.form == "optimizer":
            return graph.fused("BiasGelu", self.linear(x, pair, with_bias=False), graph.constant(pair[1]))
        y = self.linear(x, pair)
        if self.variant.form == "fused":
            return graph.fused("Gelu", y)
        erf = graph.node("Erf", graph.node("Div", y, graph.constant(2**0.5)))
        return graph.node("Mul", graph.node("Mul", y, graph.node("Add", erf, graph.constant(1))), graph.constant(0.5))

    # Between attention and the rest, the fused form goes from (tokens, hidden) to (batch, sequence, hidden) and back.
    # On 3-D values the runtime's own optimiser would make SkipLayerNormalization again, which is slower on CPUs.
    def to_sequences(self, x):
        return self.graph.node("Reshape", x, self.sequence_shape)

    def to_tokens(self, x):
        return self.graph.node("Reshape", x, self.graph.integers(-1, self.weights.hidden))

    def embed_export(self):
        graph, weights = self.graph, self.weights

        def gather(table, indices):
            if not self.variant.int8:
                return graph.node("Gather", graph.constant(table), indices)
            values, scale, zero = quantize_table(table)
            rows = graph.node("Gather", graph.constant(values, numpy.uint8), indices)
            return graph.node("DequantizeLinear", rows, graph.constant(scale), graph.constant(zero, numpy.uint8))

        length = graph.node("Gather", graph.node("Shape", "input_ids"), graph.integers(1))
        every = graph.constant(numpy.arange(len(weights.positions))[None], numpy.int64)
        positions = graph.node("Slice", every, graph.integers(0), length, graph.integers(1))
        x = graph.node("Add", gather(weights.words, "input_ids"), gather(weights.positions, positions))
        if weights.types is not None:
            x = graph.node("Add", x, gather(weights.types, "token_type_ids"))
        mask = graph.node("Cast", graph.node("Unsqueeze", "attention_mask", graph.integers(1, 2)), to=TensorProto.FLOAT)
        self.mask = graph.node("Mul", graph.node("Sub", graph.constant(1), mask),
                               graph.constant(numpy.finfo(numpy.float32).min))
        return self.layer_norm(x, weights.embedding_norm)

    def embed_fused(self):
        graph, weights = self.graph, self.weights
        int32 = lambda name: graph.node("Cast", name, to=TensorProto.INT32)
        types = weights.types is not None
        x = graph.fused("EmbedLayerNormalization", int32("input_ids"), int32("token_type_ids") if types else "",
                        graph.constant(weights.words), graph.constant(weights.positions),
                        graph.constant(weights.types) if types else "", graph.constant(weights.embedding_norm[0]),
                        graph.constant(weights.embedding_norm[1]), outputs=2, epsilon=weights.epsilon)[0]
        self.mask = "" if self.variant.expert else int32("attention_mask")
        if self.variant.form == "optimizer":
            return x
        hidden = graph.integers(weights.hidden)
        self.sequence_shape = graph.node("Concat", graph.node("Shape", "input_ids"), hidden, axis=0)
        return self.to_tokens(x)

    def attention_export(self, x, layer):
        graph, heads, hidden = self.graph, self.weights.heads, self.weights.hidden

        def split(pair, order):
            y = graph.node("Reshape", self.linear(x, pair), graph.integers(0, 0, heads, hidden // heads))
            return graph.node("Transpose", y, perm=order)

        scores = graph.node("MatMul", split(layer.query, [0, 2, 1, 3]), split(layer.key, [0, 2, 3, 1]))
        scores = graph.node("Div", scores, graph.constant((hidden // heads) ** 0.5))
        shares = graph.node("Softmax", graph.node("Add", scores, self.mask), axis=-1)
        context = graph.node("MatMul", shares, split(layer.value, [0, 2, 1, 3]))
        return graph.node("Reshape", graph.node("Transpose", context, perm=[0, 2, 1, 3]), graph.integers(0, 0, hidden))

    def attention_optimizer(self, x, layer):
        graph, heads = self.graph, self.weights.heads
        matrix = numpy.concatenate([pair[0] for pair in (layer.query, layer.key, layer.value)]).T
        bias = graph.constant(numpy.concatenate([pair[1] for pair in (layer.query, layer.key, layer.value)]))
        if not self.variant.int8:
            return graph.fused("Attention", x, graph.constant(matrix), bias, self.mask, num_heads=heads)
        values, scale = quantize_weight(matrix, self.variant.per_channel)
        xq, x_scale, x_zero = self.dynamic(x)
        return graph.fused("QAttention", xq, graph.constant(values, numpy.int8), bias, x_scale, graph.constant(scale),
                           self.mask, x_zero, graph.constant(numpy.zeros(scale.shape), numpy.int8), num_heads=heads)

    def attention_fused(self, x, layer, queries):
        """`queries` are the tokens whose context is wanted: x, or the [CLS] rows of it."""
        graph = self.graph
        bias = graph.constant(numpy.concatenate([pair[1] for pair in (layer.query, layer.key, layer.value)]))
        query = self.linear(queries, layer.query, with_bias=False)
        if queries == x:
            query = self.to_sequences(query)
        else:
            query = graph.node("Reshape", query, graph.integers(-1, 1, self.weights.hidden))
        key, value = (self.to_sequences(self.linear(x, pair, with_bias=False)) for pair in (layer.key, layer.value))
        inputs = [query, key, value, bias] + ([self.mask] if self.mask else [])
        return self.to_tokens(graph.fused("MultiHeadAttention", *inputs, num_heads=self.weights.heads))

    def first_tokens(self, x):
        return self.graph.node("Gather", x, self.graph.constant(0, numpy.int64), axis=1)

    def layer(self, x, layer, last):
        if self.variant.form == "fused":
            queries = self.first_tokens(self.to_sequences(x)) if last and self.variant.expert else x
            context = self.attention_fused(x, layer, queries)
            x = queries
        else:
            context = (self.attention_export if self.variant.form == "export" else self.attention_optimizer)(x, layer)
        x = self.add_norm(context, layer.output, x, layer.attention_norm)
        return self.add_norm(self.gelu_linear(x, layer.up), layer.down, x, layer.norm)

    def write(self):
        weights, form = self.weights, self.variant.form
        x = self.embed_export() if form == "export" else self.embed_fused()
        for layer in weights.layers:
            x = self.layer(x, layer, last=layer is weights.layers[-1])
        if not self.variant.expert:
            x = self.first_tokens(self.to_sequences(x) if form == "fused" else x)
        activation = "Relu" if weights.family == "distilbert" else "Tanh"
        x = self.graph.node(activation, self.head_linear(x, weights.pooler))
        self.graph.nodes.append(helper.make_node("Identity", [self.head_linear(x, weights.classifier)], ["logits"]))


def build(weights, name):
    """The graph called `name` in VARIANTS, as an onnx.ModelProto."""
    variant = VARIANTS[name]
    writer = Writer(weights, variant)
    writer.write()
    names = ["input_ids"] + ([] if variant.expert else ["attention_mask"])
    names += ["token_type_ids"] if weights.types is not None else []
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "sequence"]) for n in names]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", weights.labels])
    graph = helper.make_graph(writer.graph.nodes, name, inputs, [output], writer.graph.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="fbert compare-runtimes")
    model.ir_version = 8
    return model


def write_graph(weights, name, path):
    temporary = path.with_suffix(".part")
    onnx.save(build(weights, name), str(temporary))
    temporary.rename(path)
