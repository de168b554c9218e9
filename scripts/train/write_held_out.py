#!/usr/bin/env python3
"""Writes the parts of QQP and XNLI that corpora.py keeps out of training, as TSV files with a header."""
import argparse
import os

import corpora


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder of task data; the two files are written there")
    args = parser.parse_args()
    qqp = [(first, second, str(label)) for first, second, label in corpora.qqp(args.data)[1]]
    xnli = [(first, second, corpora.NLI_LABELS[label]) for first, second, label in corpora.xnli(args.data)[1]]
    for name, rows in (("glue/QQP/heldout.tsv", qqp), ("xnli/heldout-en.tsv", xnli)):
        with open(os.path.join(args.data, name), "w", encoding="utf-8", newline="\n") as file:
            file.writelines("\t".join(row) + "\n" for row in [("sentence1", "sentence2", "label"), *rows])
        print(name, len(rows))


if __name__ == "__main__":
    main()
