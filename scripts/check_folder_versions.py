#!/usr/bin/env python3
"""Whether fbert ever mixes two versions of a model folder that is exchanged while it is loaded.

check_folder_versions.py PROGRAM MODEL [--runs N]

Makes a second version of MODEL, whose labels have other names, whose tokens have other ids and whose classifier has the
opposite sign, and exchanges the two without pause: by a link, by renaming folders, file by file. Meanwhile `run`, `eval` and `quantize` have to give what
one of the versions gives, or an error; anything else is a mixture, which fails the check.
"""
import argparse
import json
import multiprocessing
import os
import shutil
import struct
import subprocess
import sys
import tempfile

TEXT = "a warm and funny film"
FILES = ("config.json", "model.safetensors", "vocab.txt", "tokenizer.json", "tokenizer_config.json")


def make_other(model, other):
    shutil.copytree(model, other)
    with open(os.path.join(other, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    config["id2label"] = {i: "other " + name for i, name in config["id2label"].items()}
    config["label2id"] = {name: int(i) for i, name in config["id2label"].items()}
    with open(os.path.join(other, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    path = os.path.join(other, "tokenizer.json")
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    vocab = tokenizer["model"]["vocab"]
    vocab["warm"], vocab["funny"], vocab["film"] = vocab["film"], vocab["warm"], vocab["funny"]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tokenizer, file)
    path = os.path.join(other, "model.safetensors")
    with open(path, "rb") as file:
        data = bytearray(file.read())
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    for name in ("classifier.weight", "classifier.bias"):
        begin, end = header[name]["data_offsets"]
        width = {"F32": 4, "F16": 2, "BF16": 2}[header[name]["dtype"]]
        for i in range(start + begin + width - 1, start + end, width):
            data[i] ^= 0x80
    with open(path, "wb") as file:
        file.write(data)


class Link:
    """The folder is a link that leads to one version and then to the other."""

    def __init__(self, versions, folder):
        self.versions, self.folder, self.turn = versions, folder, 0

    def step(self):
        self.turn += 1
        os.symlink(self.versions[self.turn % 2], self.folder + ".new")
        os.rename(self.folder + ".new", self.folder)


class Rename:
    """Two folders take the name in turn."""

    def __init__(self, versions, folder):
        self.folder, self.other, self.aside = folder, folder + ".other", folder + ".aside"
        shutil.copytree(versions[0], self.folder)
        shutil.copytree(versions[1], self.other)

    def step(self):
        os.rename(self.folder, self.aside)
        os.rename(self.other, self.folder)
        os.rename(self.aside, self.other)


class Replace:
    """Each file of the folder is replaced by that of the other version."""

    def __init__(self, versions, folder):
        self.versions, self.folder, self.turn = versions, folder, 0
        shutil.copytree(versions[0], folder)

    def step(self):
        self.turn += 1
        version = self.versions[self.turn % 2]
        for name in FILES:
            if os.path.exists(os.path.join(version, name)):
                os.link(os.path.join(version, name), os.path.join(self.folder, ".new"))
                os.rename(os.path.join(self.folder, ".new"), os.path.join(self.folder, name))


def exchange(make, versions, folder, ready):
    exchanger = make(versions, folder)
    exchanger.step()
    ready.set()
    while True:
        exchanger.step()


def execute(program, *arguments):
    result = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return (result.returncode, result.stdout.decode(), result.stderr.decode())


def answers(program, command, folder, work):
    """What a version answers; none where the command fails as it may."""
    output = os.path.join(work, "quantised")
    if command == "run":
        code, out, err = execute(program, "run", "--model", folder, "--logits", "--format", "jsonl", TEXT)
    elif command == "eval":
        data = os.path.join(work, "data.csv")
        code, out, err = execute(program, "eval", "--model", folder, "--csv", data, "--variant", "fp32,int8",
                                 "--format", "json")
        if code == 0:
            out = json.dumps([(variant["eval_loss"], [label["label"] for label in variant["per_class"]])
                              for variant in json.loads(out)["variants"]])
    else:
        shutil.rmtree(output, ignore_errors=True)
        code, out, err = execute(program, "quantize", "--model", folder, "--output", output)
        if code == 0:
            code, out, err = execute(program, "run", "--model", output, "--logits", "--format", "jsonl", TEXT)
            if code != 0:
                return "a folder that does not load: " + err
    if code == 0:
        return out
    return None if code == 1 and err.count("\n") == 1 and not err.startswith("fbert: internal") else f"exit code {code}: {err}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model")
    parser.add_argument("--runs", type=int, default=300)
    args = parser.parse_args()
    failures = 0
    for make in (Link, Rename, Replace):
        for command in ("run", "eval", "quantize"):
            with tempfile.TemporaryDirectory() as work:
                versions = (os.path.join(work, "one"), os.path.join(work, "two"))
                shutil.copytree(args.model, versions[0])
                make_other(versions[0], versions[1])
                with open(os.path.join(work, "data.csv"), "w", encoding="utf-8") as file:
                    file.write(f"text,label\n{TEXT},0\n")
                right = [answers(args.program, command, version, work) for version in versions]
                if None in right or right[0] == right[1]:
                    sys.exit(f"{command}: the versions cannot be told apart: {right}")
                ready = multiprocessing.Event()
                process = multiprocessing.Process(target=exchange, daemon=True,
                                                  args=(make, versions, os.path.join(work, "model"), ready))
                process.start()
                ready.wait()
                try:
                    found = [answers(args.program, command, os.path.join(work, "model"), work)
                             for _ in range(args.runs)]
                finally:
                    process.kill()
                    process.join()
                mixed = [answer for answer in found if answer is not None and answer not in right]
                failures += len(mixed)
                print(f"{make.__name__.lower()} {command}: {found.count(right[0])} and {found.count(right[1])} of the "
                      f"versions, {found.count(None)} errors, {len(mixed)} mixtures", flush=True)
                if mixed:
                    print("  " + mixed[0].strip()[:300])
    sys.exit(failures != 0)


if __name__ == "__main__":
    main()
