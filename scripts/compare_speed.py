#!/usr/bin/env python3
"""compare_speed.py OLD NEW MODEL [--rounds N] [--variants fp32,int8] [--shapes 1x16,1x32,1x128,32x32] [--threads 1,2]

Says how long NEW, a built fbert, takes for forward passes of MODEL beside OLD, an earlier build of it.

Both run in turn, a few seconds each, and change places every round, so that what the machine does meanwhile meets both
alike. A line gives the medians of both and the median over the rounds of the time of NEW over that of OLD in the same
round, with its quartiles; 1.01 is one per cent slower.
"""
import argparse
import csv
import io
import statistics
import subprocess
import sys


def medians(program, args, shape, threads):
    """{variant: median milliseconds} of one short run."""
    batch, seq_len = shape.split("x")
    command = [program, "bench", "--model", args.model, "--variant", args.variants, "--batch", batch, "--seq-len", seq_len,
               "--threads", threads, "--num-samples", "5", "--min-time", str(args.seconds), "--warmup-runs", "3",
               "--format", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"compare_speed.py: {' '.join(command)}: {done.stderr.strip()}")
    return {row["variant"]: float(row["p50_ms"]) for row in csv.DictReader(io.StringIO(done.stdout))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.5, help="of the calls of one run, for each variant")
    parser.add_argument("--variants", default="fp32,int8")
    parser.add_argument("--shapes", default="1x16,1x32,1x128,32x32", help="sequences x tokens")
    parser.add_argument("--threads", default="1,2")
    args = parser.parse_args()

    print(f"{'variant':8} {'shape':7} {'threads':>7} {'old ms':>8} {'new ms':>8}   new/old (quartiles), {args.rounds} rounds")
    for threads in args.threads.split(","):
        for shape in args.shapes.split(","):
            times = {}  # variant -> [(old, new)]
            for turn in range(args.rounds):
                order = [args.old, args.new] if turn % 2 == 0 else [args.new, args.old]
                found = {program: medians(program, args, shape, threads) for program in order}
                for variant in found[args.new]:
                    times.setdefault(variant, []).append((found[args.old][variant], found[args.new][variant]))
            for variant, pairs in times.items():
                ratios = [new / old for old, new in pairs]
                low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
                print(f"{variant:8} {shape:7} {threads:>7} {statistics.median(old for old, _ in pairs):8.2f} "
                      f"{statistics.median(new for _, new in pairs):8.2f}   {middle:.3f} ({low:.3f} to {high:.3f})", flush=True)


if __name__ == "__main__":
    main()
