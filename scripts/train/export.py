#!/usr/bin/env python3
"""Writes a Hugging Face model folder from a fine-tuned checkpoint, with golden logits of the whole dev part.

The golden logits are float32, one text at a time, without padding; a sample of them is compared with a separate numpy
forward pass in double precision.
"""
import argparse
import os

import numpy as np
import torch

import hf_folder
import model
import reference
import tasks
from wordpiece import Tokenizer


def round_to_half(parameters):
    return {name: tensor.half().float() for name, tensor in parameters.items()}


def write_golden(folder, part, rows, task, checked_rows):
    """Writes golden-<part>-logits.tsv for the model in `folder`; prints its score and its distance to numpy."""
    shape, parameters = hf_folder.read(folder)
    weights = {name: tensor.numpy().astype(np.float64) for name, tensor in parameters.items()}
    tokenizer = Tokenizer(os.path.join(folder, "vocab.txt"), shape.max_positions)
    every = max(1, len(rows) // checked_rows)
    all_logits, largest_difference = [], 0.0
    with open(os.path.join(folder, f"golden-{part}-logits.tsv"), "w", encoding="utf-8") as file, torch.no_grad():
        print("row", "label", "pred", "n_tokens", *(f"logit_{i}" for i in range(shape.labels)), sep="\t", file=file)
        for index, (first, second, label) in enumerate(rows):
            ids, types = tokenizer.encode(first, second)
            logits = model.classify(parameters, shape, torch.tensor([ids]), torch.tensor([types]))[0].numpy()
            all_logits.append(logits)
            answer = (f"{label:.3f}", f"{logits[0]:.9g}") if task.is_regression else (label, logits.argmax())
            print(index, *answer, len(ids), *(f"{value:.9g}" for value in logits), sep="\t", file=file)
            if index % every == 0:
                difference = np.abs(reference.classify(weights, shape, ids, types) - logits).max()
                largest_difference = max(largest_difference, float(difference))
    score = task.score(np.array(all_logits), [row[2] for row in rows])[1]
    print(f"{part}: {score}; largest difference to numpy {largest_difference:.2g}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="file that finetune.py wrote")
    parser.add_argument("--data", required=True, help="folder of task data")
    parser.add_argument("--vocab-dir", required=True, help="folder that train_vocab.py wrote")
    parser.add_argument("--out", required=True, help="model folder to write")
    parser.add_argument("--f16", action="store_true", help="store F16 weights; golden logits are of the rounded ones")
    parser.add_argument("--test", action="store_true", help="write golden logits of the test part too")
    parser.add_argument("--check", type=int, default=40, help="rows to compare with numpy (default: %(default)s)")
    args = parser.parse_args()

    torch.set_num_threads(1)
    checkpoint = torch.load(args.checkpoint)
    task = tasks.load(checkpoint["task"], args.data)
    parameters = round_to_half(checkpoint["parameters"]) if args.f16 else checkpoint["parameters"]
    hf_folder.write(args.out, model.Shape(**checkpoint["shape"]), parameters, task, "F16" if args.f16 else "F32",
                    args.vocab_dir)
    write_golden(args.out, "dev", task.dev, task, args.check)
    if args.test and task.test:
        write_golden(args.out, "test", task.test, task, args.check)


if __name__ == "__main__":
    main()
