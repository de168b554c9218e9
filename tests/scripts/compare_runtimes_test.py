#!/usr/bin/env python3
"""The graphs that scripts/compare-runtimes measures are valid, and its ratios are right. Exits with 77 without python3-onnx."""

import sys
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "scripts"
sys.path[:0] = [str(SCRIPTS / "compare_runtimes"), str(SCRIPTS)]

try:
    import numpy
    import onnx
except ModuleNotFoundError as missing:
    print(f"skipped: no Python module {missing.name}")
    sys.exit(77)

import graphs
import inputs
import measure
import report
from weights import Layer, Weights

HIDDEN, INTERMEDIATE = 24, 40  # more than the 16 elements below which equal constants are one


def tiny(family):
    random = numpy.random.default_rng(1)
    normal = lambda *shape: random.standard_normal(shape, dtype=numpy.float32)
    linear = lambda outputs, inputs: (normal(outputs, inputs), normal(outputs))
    norm = lambda: (normal(HIDDEN), normal(HIDDEN))
    square = lambda: linear(HIDDEN, HIDDEN)
    layers = [Layer(square(), square(), square(), square(), norm(), linear(INTERMEDIATE, HIDDEN),
                    linear(HIDDEN, INTERMEDIATE), norm()) for _ in range(2)]
    return Weights(family, HIDDEN, 2, 1e-12, 3, normal(50, HIDDEN), normal(16, HIDDEN),
                   normal(2, HIDDEN) if family == "bert" else None, norm(), layers, square(), linear(3, HIDDEN))


class GraphsTest(unittest.TestCase):
    def test_every_variant_is_a_valid_graph_of_the_expected_inputs(self):
        for family in ("bert", "distilbert"):
            for name, variant in graphs.VARIANTS.items():
                with self.subTest(family=family, variant=name):
                    model = graphs.build(tiny(family), name)
                    onnx.checker.check_model(model)
                    expected = {"input_ids"} | ({"token_type_ids"} if family == "bert" else set())
                    expected |= set() if variant.expert else {"attention_mask"}
                    self.assertEqual({value.name for value in model.graph.input}, expected)

    def test_every_weight_of_an_encoder_is_8_bit_in_int8_graphs_only(self):
        for name, variant in graphs.VARIANTS.items():
            with self.subTest(variant=name):
                constants = graphs.build(tiny("bert"), name).graph.initializer
                matrices = [c for c in constants if c.data_type == onnx.TensorProto.INT8 and len(c.dims) == 2]
                per_layer = 4 if variant.form == "optimizer" else 6  # with query, key and value in one
                head = 2 if variant.form == "export" else 0
                self.assertEqual(len(matrices), 2 * per_layer + head if variant.int8 else 0)

    def test_quantized_weights_are_within_half_a_step(self):
        matrix = numpy.random.default_rng(2).standard_normal((7, 5), dtype=numpy.float32)
        for per_channel in (False, True):
            values, scale = graphs.quantize_weight(matrix, per_channel)
            self.assertEqual(scale.shape, (5,) if per_channel else ())
            self.assertLessEqual(numpy.abs(values * scale - matrix).max(), 0.501 * scale.max())


class BatchesTest(unittest.TestCase):
    def test_texts_are_sorted_and_cut_as_asked(self):
        lengths = [5, 3, 5, 3, 4]
        self.assertEqual(inputs.make_batches(lengths, "file", 2), [[0, 1], [2, 3], [4]])
        self.assertEqual(inputs.make_batches(lengths, "sorted", 3), [[1, 3, 4], [0, 2]])
        self.assertEqual(inputs.make_batches(lengths, "equal", 3), [[1, 3], [4], [0, 2]])
        self.assertEqual(inputs.make_batches([], "sorted", 3), [])


class RatioTest(unittest.TestCase):
    def test_ratio_of_medians_lies_in_its_interval(self):
        fast = measure.spread([[1.0, 1.1, 0.9], [1.0, 1.2, 1.0], [1.1, 1.0, 1.0]])
        slow = measure.spread([[2.0, 2.1, 1.9], [2.2, 2.2, 2.2], [1.8, 2.0, 2.0]])
        middle, low, high = measure.ratio(slow, fast)
        self.assertAlmostEqual(middle, 2.0)
        self.assertLessEqual(low, middle)
        self.assertLessEqual(middle, high)
        self.assertLess(high - low, 0.5)

    def test_the_quickest_of_a_family_leaves_expert_graphs_to_their_own(self):
        results = {"ort:int8-export": {"median": 3}, "ort:int8-fused": {"median": 2}, "ort:int8-expert": {"median": 1}}
        self.assertEqual(report.best(results, ["ort:int8-*"], expert=False), "ort:int8-fused")
        self.assertEqual(report.best(results, ["ort:int8-*"], expert=True), "ort:int8-expert")
        self.assertIsNone(report.best(results, ["torch:*"], expert=False))


if __name__ == "__main__":
    unittest.main()
