#!/usr/bin/env python3
"""compare_speed.py OLD NEW MODEL [--lives N] [--slices N] [--variants fp32,int8] [--shapes 1x16,1x32,1x128,32x32] [--threads 1,2]

Says how long NEW takes for forward passes of MODEL beside OLD, an earlier build. Both are the program bench/peer_worker
(cmake --preset release -DFBERT_BUILD_BENCH=ON && cmake --build --preset release --target peer_worker).

Both hold their models and compute in turn, a slice of some passes each, and change places every time, so that what the
machine does meanwhile meets both alike. Of a slice counts its fastest pass; of a life of both processes, the median over
its slices of the time of NEW over that of OLD beside it. A line gives the geometric mean of the lives, the least and the
greatest: 1.01 is one per cent slower. OLD beside itself says how much of that is chance.
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

    def end(self):
        self.process.stdin.close()
        self.process.wait()

    def fastest(self, shape, passes):
        """Milliseconds of the fastest of so many passes."""
        batch, seq_len = shape.split("x")
        times = self.ask(f"run m {batch} {seq_len} 0 {passes} 60000")
        return min(float(t) for t in times) / 1000


def ratios(workers, shape, args):
    """The seconds of old and new, slice by slice."""
    passes = max(1, min(20, round(args.slice_ms / max(worker.fastest(shape, 3) for worker in workers))))
    pairs = []
    for turn in range(args.slices):
        found = [0, 0]
        for i in (0, 1) if turn % 2 == 0 else (1, 0):
            found[i] = workers[i].fastest(shape, passes)
        pairs.append(found)
    return pairs


def measure(programs, folder, variant, threads, args):
    """{shape: pairs of one life of both workers}"""
    workers = [None, None]
    # Where a process finds its memory makes it faster or slower for as long as it lives, and so does who came first.
    for i in programs:
        workers[i] = Worker(programs[i], folder)
        workers[i].ask(f"load m {os.path.realpath(args.model)} {variant} {threads}")
    found = {shape: ratios(workers, shape, args) for shape in args.shapes.split(",")}
    for worker in workers:
        worker.end()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("model")
    parser.add_argument("--lives", type=int, default=4, help="of the processes, started anew")
    parser.add_argument("--slices", type=int, default=25)
    parser.add_argument("--slice-ms", type=float, default=50)
    parser.add_argument("--variants", default="fp32,int8")
    parser.add_argument("--shapes", default="1x16,1x32,1x128,32x32", help="sequences x tokens")
    parser.add_argument("--threads", default="1,2")
    args = parser.parse_args()

    print(f"{'variant':8} {'shape':7} {'threads':>7} {'old ms':>8} {'new ms':>8}   new/old, the mean of {args.lives} lives")
    with tempfile.TemporaryDirectory() as folder:
        draw = random.Random(1)
        with open(os.path.join(folder, "ids.i64"), "wb") as file:
            array.array("q", [draw.randrange(200, 1000) for _ in range(ROWS * COLUMNS)]).tofile(file)
        programs = {0: os.path.realpath(args.old), 1: os.path.realpath(args.new)}
        for variant in args.variants.split(","):
            for threads in args.threads.split(","):
                lives = [measure(dict(list(programs.items())[::1 if life % 2 == 0 else -1]), folder, variant, threads, args)
                         for life in range(args.lives)]
                for shape in args.shapes.split(","):
                    pairs = [pair for life in lives for pair in life[shape]]
                    of_lives = [statistics.median(new / old for old, new in life[shape]) for life in lives]
                    print(f"{variant:8} {shape:7} {threads:>7} {statistics.median(old for old, _ in pairs):8.3f} "
                          f"{statistics.median(new for _, new in pairs):8.3f}   {statistics.geometric_mean(of_lives):.4f} "
                          f"({min(of_lives):.4f} to {max(of_lives):.4f})", flush=True)


if __name__ == "__main__":
    main()
