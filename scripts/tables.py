#!/usr/bin/env python3
"""Prints a Markdown table of several models, each in fp32 and int8, for a README.

    tables.py benchmark [MODEL...]          fbert bench: size, latency and throughput; without models those of random
                                            weights in the sizes of DistilBERT and TinyBERT (needs numpy)
    tables.py evaluation TSV MODEL...       fbert eval --task sst2: accuracy and what int8 costs of it

    --fbert PROGRAM   (build/release/fbert)
    --threads N       (1)
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
SHAPES = {"distilbert-base": "DistilBERT", "tinybert-4l-312": "TinyBERT"}
MB = 1e6


def run(arguments):
    """The JSON report of a command; what it says on standard error, it says there."""
    result = subprocess.run(arguments, stdout=subprocess.PIPE, check=False)
    if result.returncode != 0:
        sys.exit(result.returncode)
    return json.loads(result.stdout)


def print_table(head, rows):
    rows = list(rows)  # all of them before the first line: there may be an error instead
    print("| " + " | ".join(head) + " |")
    print("| --- | --- |" + " ---: |" * (len(head) - 2))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def benchmark_rows(options, model, name):
    report = run([options.fbert, "bench", "--model", model, "--variant", "fp32,int8", "--seq-len", "32",
                  "--num-samples", "1000", "--warmup-runs", "100", "--threads", str(options.threads), "--format", "json"])
    for warning in report["noise"]["warnings"]:
        print(f"{name}: {warning}", file=sys.stderr)
    for variant, case in zip(report["variants"], report["cases"]):
        mean, (low, high) = case["mean_ms"], case["mean_ci95_ms"]
        ratio = case["ratio"]
        yield [name, variant["name"], f"{variant['weight_bytes'] / MB:.1f}", f"{mean:.2f} ± {(high - low) / 2:.2f}",
               f"{case['std_ms']:.2f}", f"{case['p99_ms']:.2f}", f"{case['sequences_per_second']:.0f}",
               f"{1 / ratio['value']:.2f}x" if ratio else ""]


def benchmark(options):
    head = ["model", "variant", "size, MB", "latency, ms", "std, ms", "p99, ms", "IPS", "faster by"]
    with tempfile.TemporaryDirectory() as folder:
        models = {model: Path(model).name for model in options.models}
        if not models:
            for shape, name in SHAPES.items():
                path = Path(folder, shape)
                subprocess.run([sys.executable, SCRIPTS / "random_model.py", path, shape], stdout=sys.stderr, check=True)
                models[str(path)] = name
        print_table(head, (row for model, name in models.items() for row in benchmark_rows(options, model, name)))


def evaluation_rows(options, model):
    report = run([options.fbert, "eval", "--model", model, "--variant", "fp32,int8", "--tsv", options.tsv, "--task", "sst2",
                  "--metrics", "accuracy,precision,recall,f1", "--threads", str(options.threads), "--format", "json"])
    for variant in report["variants"]:
        cost = variant.get("degradation")
        yield [Path(model).name, variant["name"], f"{variant['model_size'] / MB:.1f}",
               *(f"{variant[metric]:.4f}" for metric in ("accuracy", "precision", "recall", "f1", "eval_loss")),
               f"{variant['mean_ms']:.2f}", str(cost["changed"]) if cost else ""]


def evaluation(options):
    head = ["model", "variant", "size, MB", "accuracy", "precision", "recall", "F1", "eval loss", "ms a text", "changed labels"]
    print_table(head, (row for model in options.models for row in evaluation_rows(options, model)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, action in (("benchmark", benchmark), ("evaluation", evaluation)):
        command = commands.add_parser(name)
        command.set_defaults(action=action)
        if name == "evaluation":
            command.add_argument("tsv")
        command.add_argument("models", nargs="*" if name == "benchmark" else "+")
        command.add_argument("--fbert", default=str(SCRIPTS.parent / "build/release/fbert"))
        command.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.action(options)


main()
