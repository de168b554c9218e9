#!/usr/bin/env python3
"""compare_reader.py OLD NEW MODEL [--rows 1000000] [--rounds 3] [--formats csv,tsv,jsonl]

Says how long NEW, a built fbert, takes to read the rows of large data files beside OLD, an earlier build of it, and how much
its memory grows with their number. MODEL is the folder of a small model: eval labels every row, and tells the time that
went into reading apart.

Both run in turn; a line gives the least time of each. Sentences have about 20 words, and every tenth needs quoting. Exit
status 1 when NEW takes 2 % longer or more, or 8 MiB more for all rows than for 1,000.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

WORDS = ("the film is a warm and often funny story about people who try to do right by each other without much luck "
         "but with some charm left over for us").split()


def texts(rows):
    draw = random.Random(1)
    sentences = [" ".join(draw.choices(WORDS, k=draw.randint(12, 28))) for _ in range(10_000)]
    for row in range(rows):
        yield f'so, "{sentences[row % 10_000]}"' if row % 10 == 0 else sentences[row % 10_000], row % 2


def quoted(text):
    return '"' + text.replace('"', '""') + '"' if '"' in text else text


WRITERS = {
    "csv": ("text,label\n", lambda text, label: f"{quoted(text)},{label}\n"),
    "tsv": ("text\tlabel\n", lambda text, label: f"{text}\t{label}\n"),
    "jsonl": ("", lambda text, label: json.dumps({"text": text, "label": label}) + "\n"),
}


def write(path, name, rows):
    head, line = WRITERS[name]
    with open(path, "w", encoding="utf-8") as file:
        file.write(head)
        file.writelines(line(text, label) for text, label in texts(rows))


def read(program, model, name, path):
    """(seconds of reading, greatest memory in MiB)"""
    command = [program, "eval", "--model", model, "--variant", "int8", "--threads", "1", "--format", "json", f"--{name}", path]
    with open(path + ".json", "w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"compare_reader.py: {' '.join(command)}: failed")
    with open(path + ".json", encoding="utf-8") as file:
        return json.load(file)["reading_seconds"], usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("model")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", default="csv,tsv,jsonl")
    args = parser.parse_args()

    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in args.formats.split(","):
            many, few = os.path.join(folder, f"many.{name}"), os.path.join(folder, f"few.{name}")
            write(many, name, args.rows)
            write(few, name, 1000)
            programs, runs = (args.old, args.new), ([], [])
            for turn in range(args.rounds):
                for i in (0, 1) if turn % 2 == 0 else (1, 0):
                    runs[i].append(read(programs[i], args.model, name, many))
            old, new = (min(seconds for seconds, _ in of_one) for of_one in runs)
            growth = max(peak for _, peak in runs[1]) - read(args.new, args.model, name, few)[1]
            print(f"{name:5} {args.rows} rows: {old:.3f} s before, {new:.3f} s now ({new / old - 1:+.1%}); {growth:+.1f} MiB "
                  f"beside 1000 rows", flush=True)
            failed |= new / old >= 1.02 or growth >= 8
            os.remove(many)
    sys.exit(failed)


if __name__ == "__main__":
    main()
