#!/usr/bin/env python3
"""Prints the hex example of docs/quantized-format.md.

    quantized_example.py FBERT      the program

Writes a DistilBERT of one layer and two dimensions to a temporary folder, quantises it, and shows the beginning of the
weight file and the bytes of one linear layer.
"""

import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

LINEAR = "distilbert.transformer.layer.0.attention.q_lin"


def shapes():
    prefix = "distilbert.transformer.layer.0."
    linears = [prefix + "attention." + name for name in ("q_lin", "k_lin", "v_lin", "out_lin")]
    linears += [prefix + "ffn.lin1", prefix + "ffn.lin2", "pre_classifier", "classifier"]
    norms = ["distilbert.embeddings.LayerNorm", prefix + "sa_layer_norm", prefix + "output_layer_norm"]
    result = {"distilbert.embeddings.word_embeddings.weight": [5, 2],
              "distilbert.embeddings.position_embeddings.weight": [3, 2]}
    for name in linears:
        result |= {name + ".weight": [2, 2], name + ".bias": [2]}
    for name in norms:
        result |= {name + ".weight": [2], name + ".bias": [2]}
    return result


def write_model(folder):
    header, data = {}, b""
    for name, shape in shapes().items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = [0.5, -1.0, 0.25, 0.125] if name == LINEAR + ".weight" else [0.5] * count
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack(f"<{count}f", *values)
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "config.json").write_text(json.dumps({
        "model_type": "distilbert", "architectures": ["DistilBertForSequenceClassification"], "vocab_size": 5,
        "dim": 2, "hidden_dim": 2, "n_heads": 1, "n_layers": 1, "max_position_embeddings": 3,
        "id2label": {"0": "no", "1": "yes"}}))


def dump(content, begin, end):
    for row in range(begin, end, 16):
        part = content[row:min(row + 16, end)]
        printable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        print(f"{row:08x}  {part[:8].hex(' '):<23}  {part[8:].hex(' '):<23}  |{printable}|")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as root:
        source, output = Path(root) / "model", Path(root) / "int8"
        source.mkdir()
        write_model(source)
        subprocess.run([sys.argv[1], "quantize", "--model", source, "--output", output], check=True,
                       stdout=subprocess.DEVNULL)
        content = (output / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    print(f"{len(content)} bytes, header of {length}")
    dump(content, 0, 48)
    for name in (LINEAR + ".weight_scale", LINEAR + ".weight"):
        entry = header[name]
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        print(f"\n{name}: {entry['dtype']} {entry['shape']}")
        dump(content, begin, end)


if __name__ == "__main__":
    main()
