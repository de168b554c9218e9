#!/usr/bin/env python3
"""Measures from the start of the program to the first label, and the greatest resident memory, with a warm file cache.

    measure_load.py FBERT DIR[,OPTION...]...      OPTIONs of `fbert run`, such as --variant,int8
    measure_load.py --starts 31 --tokens 128 build/release/fbert /tmp/distilbert-int8 /tmp/distilbert,--variant,int8

The cases take turns, so that what disturbs the machine disturbs all of them. Prints the median and the fastest start of
each case, and its memory beside the size of its weight file.
"""

import argparse
import os
import statistics
import subprocess
import time
from pathlib import Path


def start(command):
    """Seconds and peak resident memory (bytes) of one run."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return seconds, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=21, help="of each case, after two that do not count")
    parser.add_argument("--tokens", type=int, default=8, help="of the text, special tokens included")
    parser.add_argument("fbert")
    parser.add_argument("case", nargs="+")
    arguments = parser.parse_args()
    text = " ".join(["[UNK]"] * (arguments.tokens - 2))
    cases = {}
    for case in arguments.case:
        folder, *options = case.split(",")
        cases[case] = (Path(folder), [arguments.fbert, "run", "--model", folder, *options, text], [])
    for i in range(arguments.starts + 2):
        for _, command, results in cases.values():
            result = start(command)
            if i >= 2:
                results.append(result)
    for case, (folder, _, results) in cases.items():
        seconds = sorted(s for s, _ in results)
        peak = max(p for _, p in results)
        size = sum(f.stat().st_size for f in folder.glob("*.safetensors"))
        mib = 1024 * 1024
        print(f"{case}: median {statistics.median(seconds) * 1e3:.1f} ms, fastest {seconds[0] * 1e3:.1f} ms; "
              f"peak {peak / mib:.1f} MiB, weights {size / mib:.1f} MiB, "
              f"1.25 x weights + 48 MB = {(1.25 * size + 48e6) / mib:.1f} MiB")


if __name__ == "__main__":
    main()
