#!/usr/bin/env python3
"""Whether two builds of fbert give the same bytes: the logits of every golden file, by every variant and instruction set.

compare_answers.py OLD-PROGRAM NEW-PROGRAM DATA [--isas ref,avx2,...] [--variants fp32,int8] [--rows N]

DATA holds `models/golden.json`, which names the texts behind each `golden-*-logits.tsv`. Fails when any line differs.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile


def golden_inputs(data, name, entry, limit):
    """The texts of a golden file, in its order, as lines of JSON."""
    with open(os.path.join(data, entry["file"]), encoding="utf-8", newline="") as file:
        lines = [line.rstrip("\r\n") for line in file]
    with open(os.path.join(data, "models", name), encoding="utf-8") as file:
        rows = [int(line.split("\t", 1)[0]) for line in list(file)[1:]]
    for row in rows[:limit]:
        fields = lines[row + (1 if entry["header"] else 0)].split(entry["sep"])
        text = {"text": fields[entry["text"]]}
        if "pair" in entry:
            text["text_pair"] = fields[entry["pair"]]
        yield json.dumps(text)


def answers(program, model, inputs, isa, variant):
    command = [program, "run", "--model", model, "--input", inputs, "--format", "jsonl", "--logits", "--variant", variant]
    result = subprocess.run(command, env={**os.environ, "FBERT_ISA": isa}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}, FBERT_ISA={isa}: {result.stderr.decode()}")
    return result.stdout.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("data")
    parser.add_argument("--isas", default="ref,avx2,avx512,avx_vnni,avx512_vnni")
    parser.add_argument("--variants", default="fp32,int8")
    parser.add_argument("--rows", type=int, help="only the first N rows of each file")
    args = parser.parse_args()

    with open(os.path.join(args.data, "models", "golden.json"), encoding="utf-8") as file:
        golden = json.load(file)
    compared = differing = 0
    with tempfile.TemporaryDirectory() as folder:
        inputs = os.path.join(folder, "texts.jsonl")
        for name, entry in golden.items():
            model = os.path.join(args.data, "models", os.path.dirname(name))
            with open(inputs, "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in golden_inputs(args.data, name, entry, args.rows))
            for variant in args.variants.split(","):
                for isa in args.isas.split(","):
                    old, new = (answers(program, model, inputs, isa, variant) for program in (args.old, args.new))
                    different = abs(len(old) - len(new)) + sum(a != b for a, b in zip(old, new))
                    compared += len(old)
                    differing += different
                    print(f"{name} {variant} {isa}: {different} of {len(old)} rows differ", flush=True)
    print(f"{differing} of {compared} rows differ")
    sys.exit(differing != 0 or compared == 0)


if __name__ == "__main__":
    main()
