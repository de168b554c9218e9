"""From text to label: fbert against tokenizers + ONNX Runtime, on the user's texts or this project's documentation."""

import re
from dataclasses import dataclass
from pathlib import Path

from measure import Noise, spread, take_turns
from models import write_tokenizer

# What a user's own batching can be: `way` and `size` of inputs.classify().
WAYS = {"sorted by 32": ("sorted", 32), "sorted by 8": ("sorted", 8), "one by one": ("file", 1),
        "file order by 32": ("file", 32), "equal lengths": ("equal", 32)}
TRIAL = 64  # texts on which the quickest graph is chosen


@dataclass
class Texts:
    name: str
    file: Path  # a text a line, or two parted by a tab
    count: int


def documentation(root):
    """The sentences of this project's own pages."""
    lines = []
    for page in sorted([root / "README.md", *(root / "docs").glob("*.md")]):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        for paragraph in re.split(r"\n\s*\n", text):
            if re.match(r"\s*(#|\||    )", paragraph):
                continue
            paragraph = re.sub(r"^\s*(-|\d+\.) ", "", paragraph, flags=re.M)
            prose = " ".join(re.sub(r"[`*\[\]]|\(\S+\)", "", paragraph).split())
            lines += [[s] for s in re.split(r"(?<=[.!?:]) ", prose) if len(s) > 15]
    return lines


def from_file(spec):
    """FILE, or FILE:COLUMN[,COLUMN] of a tab-separated file: names of its header, or numbers from 1 where it has none."""
    name, _, columns = spec.partition(":")
    lines = Path(name).read_text(encoding="utf-8").splitlines()
    if not columns:
        return [[line.replace("\t", " ")] for line in lines]
    wanted = columns.split(",")
    if all(column.isdigit() for column in wanted):
        at = [int(column) - 1 for column in wanted]
    else:
        header = lines.pop(0).split("\t")
        at = [header.index(column) for column in wanted]
    return [[fields[i] for i in at] for fields in (line.split("\t") for line in lines)]


def collect(spec, root, work_dir, most):
    """The texts of a spec (see from_file; "docs": documentation()), at most `most`, as a file both sides read."""
    rows = documentation(root) if spec == "docs" else from_file(spec)
    rows = [row for row in ([" ".join(text.split()) for text in row] for row in rows) if all(row)][:most]
    name = "documentation" if spec == "docs" else "/".join(Path(spec.partition(":")[0]).parts[-2:])
    path = work_dir / "texts" / (re.sub(r"\W+", "-", name) + ".txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return Texts(name, path, len(rows))


def ask(workers, peer, subject, file):
    """Milliseconds and labels. A peer is "fbert:VARIANT" or "pipeline:GRAPH:WAY": tokenizers, then ONNX Runtime."""
    runtime, variant, *way = peer.split(":")
    if runtime == "fbert":
        answer = workers["fbert"].ask("classify", variant, file).split()
        return float(answer[0]), answer[1:]
    ids = file.with_suffix(".ids")
    (tokenizing,) = workers["tokenizers"].numbers("tokenize", write_tokenizer(subject.folder), file, ids)
    answer = workers["ort"].ask("classify", variant, ids, *WAYS[way[0]]).split()
    return tokenizing + float(answer[0]), answer[1:]


def open_all(workers, subject, variants, graphs):
    for variant in variants:
        workers["fbert"].ask("open", variant, *subject.load_words("fbert", variant), workers.threads)
    for graph in graphs:
        workers["ort"].ask("open", graph, *subject.load_words("ort", graph), workers.threads)


def quickest(workers, subject, graphs, texts, work_dir):
    """The graph of `graphs` that labels the first texts in the shortest time, the best of three."""
    lines = texts.file.read_text(encoding="utf-8").splitlines(keepends=True)[:TRIAL]
    trial = work_dir / "texts" / "trial.txt"
    trial.write_text("".join(lines), encoding="utf-8")
    times = {graph: min(ask(workers, f"pipeline:{graph}:sorted by 32", subject, trial)[0] for _ in range(3))
             for graph in graphs}
    return min(times, key=times.get)


def measure_texts(workers, subject, texts, graphs, rounds, work_dir):
    """A record like those of measure_case(), in milliseconds for all texts together."""
    open_all(workers, subject, ["int8"], graphs)
    best = quickest(workers, subject, [graph for graph in graphs if graph != "int8-expert"], texts,
                    work_dir)
    peers = ["fbert:int8", *(f"pipeline:{best}:{way}" for way in WAYS if way != "equal lengths")]
    peers += ["pipeline:int8-expert:equal lengths"] if "int8-expert" in graphs else []
    labels = {}

    def turn(peer, number, before):
        milliseconds, labels[peer] = ask(workers, peer, subject, texts.file)
        return [milliseconds]

    with Noise(workers) as noise:
        given = take_turns(peers, rounds, turn)
    for graph in graphs:
        workers["ort"].ask("free", graph)
    workers["fbert"].ask("free", "int8")
    results = {peer: spread(times) for peer, times in given.items()}
    for peer, result in results.items():
        same = sum(a == b for a, b in zip(labels[peer], labels["fbert:int8"]))
        result["labels_equal_fbert"] = same / texts.count
    return {"model": subject.name, "threads": workers.threads, "texts": texts.name, "count": texts.count,
            **noise.figures, "results": results}
