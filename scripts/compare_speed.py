#!/usr/bin/env python3
"""compare_speed.py OLD NEW MODEL [--slices N] [--variants fp32,int8] [--shapes 1x16,1x32,1x128,32x32] [--threads 1,2]

Says how long NEW takes for forward passes of MODEL beside OLD, an earlier build. Both are the program bench/peer_worker
(cmake --preset release -DFBERT_BUILD_BENCH=ON && cmake --build --preset release --target peer_worker).

Both hold their models and compute in turn, a slice of some passes each, and change places every time, so that what the
machine does meanwhile meets both alike: slices follow each other within a tenth of a second. A line gives the medians of
the slices' fastest passes and the median over the slices of the time of NEW over that of OLD beside it, with its quartiles;
1.01 is one per cent slower.
"""
import argparse
import array
import os
import random
import statistics
import subprocess
import sys
import tempfile

ROWS, COLUMNS = 32, 512  # of the token ids that a worker reads


class Worker:
    def __init__(self, program, folder):
        self.program = program
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        # As the program fbert has it.
                                        env=dict(os.environ, PEERS_TMP=folder, OPENBLAS_NUM_THREADS="1"))

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] == "err":
            sys.exit(f"compare_speed.py: {self.program}: {line}: {' '.join(answer[1:]) or 'it ended'}")
        return answer[1:]

    def fastest(self, shape, passes):
        """Milliseconds of the fastest of so many passes."""
        batch, seq_len = shape.split("x")
        times = self.ask(f"run m {batch} {seq_len} 0 {passes} 60000")
        return min(float(t) for t in times) / 1000


def compare(workers, shape, args):
    pairs = []
    for worker in workers:
        first = worker.fastest(shape, 3)
    passes = max(1, min(20, round(args.slice_ms / first)))
    for turn in range(args.slices):
        order = workers if turn % 2 == 0 else workers[::-1]
        found = {worker.program: worker.fastest(shape, passes) for worker in order}
        pairs.append(tuple(found[worker.program] for worker in workers))
    return pairs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("model")
    parser.add_argument("--slices", type=int, default=100)
    parser.add_argument("--slice-ms", type=float, default=50)
    parser.add_argument("--variants", default="fp32,int8")
    parser.add_argument("--shapes", default="1x16,1x32,1x128,32x32", help="sequences x tokens")
    parser.add_argument("--threads", default="1,2")
    args = parser.parse_args()

    print(f"{'variant':8} {'shape':7} {'threads':>7} {'old ms':>8} {'new ms':>8}   new/old (quartiles), {args.slices} slices")
    with tempfile.TemporaryDirectory() as folder:
        draw = random.Random(1)
        with open(os.path.join(folder, "ids.i64"), "wb") as file:
            array.array("q", [draw.randrange(200, 1000) for _ in range(ROWS * COLUMNS)]).tofile(file)
        workers = [Worker(os.path.realpath(args.old), folder), Worker(os.path.realpath(args.new), folder)]
        for variant in args.variants.split(","):
            for threads in args.threads.split(","):
                for worker in workers:
                    worker.ask(f"load m {os.path.realpath(args.model)} {variant} {threads}")
                for shape in args.shapes.split(","):
                    pairs = compare(workers, shape, args)
                    low, middle, high = statistics.quantiles([new / old for old, new in pairs], n=4)
                    print(f"{variant:8} {shape:7} {threads:>7} {statistics.median(old for old, _ in pairs):8.3f} "
                          f"{statistics.median(new for _, new in pairs):8.3f}   {middle:.4f} ({low:.4f} to {high:.4f})",
                          flush=True)
                for worker in workers:
                    worker.ask("free m")


if __name__ == "__main__":
    main()
