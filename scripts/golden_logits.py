#!/usr/bin/env python3
"""Fills in or checks the golden logits of a model folder, with PyTorch.

The golden file is JSON lines with a `text` each. Every line gets `tokens`, the length of the sequence with [CLS] and
[SEP], `truncated`, whether that is shorter than the text, and `logits`: float32, one text at a time, no padding. The tokenizer is the uncased one of
scripts/train, and the folder is one that scripts/train/export.py wrote.
"""
import argparse
import json
import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "train"))
import hf_folder  # noqa: E402
import model  # noqa: E402
from wordpiece import Tokenizer  # noqa: E402

TOLERANCE = 1e-5


def golden_row(text, tokenizer, shape, parameters):
    ids, types = tokenizer.encode(text)
    with torch.no_grad():
        logits = model.classify(parameters, shape, torch.tensor([ids]), torch.tensor([types]))[0]
    return {"text": text, "tokens": len(ids), "truncated": len(tokenizer.ids(text)) > len(ids) - 2,
            "logits": [float(f"{value:.9g}") for value in logits.tolist()]}


def largest_difference(old_rows, new_rows):
    """Over all logits; infinite where a token count differs or a row has none."""
    def difference(old, new):
        if old.get("tokens") != new["tokens"] or len(old.get("logits", ())) != len(new["logits"]):
            return float("inf")
        return max(abs(a - b) for a, b in zip(old["logits"], new["logits"]))
    return max(difference(old, new) for old, new in zip(old_rows, new_rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="model folder")
    parser.add_argument("golden", help="JSON lines file, rewritten in place")
    parser.add_argument("--check", action="store_true", help="compare instead of writing; exit status 1 on a difference")
    args = parser.parse_args()

    torch.set_num_threads(1)
    shape, parameters = hf_folder.read(args.model)
    tokenizer = Tokenizer(os.path.join(args.model, "vocab.txt"), shape.max_positions)
    with open(args.golden, encoding="utf-8") as file:
        old_rows = [json.loads(line) for line in file]
    new_rows = [golden_row(row["text"], tokenizer, shape, parameters) for row in old_rows]
    if args.check:
        difference = largest_difference(old_rows, new_rows)
        print(f"{len(old_rows)} rows, largest difference {difference:.2g}")
        sys.exit(difference > TOLERANCE)
    with open(args.golden, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in new_rows)


if __name__ == "__main__":
    main()
