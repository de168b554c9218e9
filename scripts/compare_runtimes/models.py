"""Model folders and ONNX graphs under the work folder, made when missing."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import graphs
from random_model import SHAPES, vocabulary as words_of, write_model
from weights import read_model


@dataclass
class Subject:
    """One model and the files of its variants."""

    name: str
    folder: Path  # fp32
    work: Path  # for what is made of it
    labels: int = 0

    def graph(self, variant):
        return self.work / (variant + ".onnx")

    def quantized(self):
        return self.work.with_name(self.work.name + "-fbert-int8")

    def load_words(self, runtime, variant):
        """What follows `load ID`, but for the threads: path and variant."""
        if runtime == "ort":
            return [self.graph(variant), self.labels]
        if runtime == "fbert" and variant == "int8":
            return [self.quantized(), variant]
        return [self.folder, variant]

    def size(self, runtime, variant):
        """Bytes of the file that the variant is loaded from; 0 where it is made in memory only."""
        if runtime == "ort":
            return self.graph(variant).stat().st_size
        if runtime == "torch" and variant == "int8":
            return 0
        folder = self.quantized() if runtime == "fbert" and variant == "int8" else self.folder
        return (folder / "model.safetensors").stat().st_size


def note(text):
    print(text, file=sys.stderr, flush=True)


def random_subject(name, work_dir, vocabulary=None):
    """A model of random weights; `vocabulary` is a vocab.txt for real text."""
    folder = work_dir / "models" / (name + ("-text" if vocabulary else ""))
    vocab = folder / "vocab.txt"
    stale = vocabulary and vocab.exists() and vocab.read_text(encoding="utf-8").splitlines() != words_of(vocabulary)
    if stale or not (folder / "model.safetensors").exists():
        note(f"writing {folder}")
        write_model(folder, SHAPES[name], vocabulary)
    return Subject(name, folder, folder)


def given_subject(folder, work_dir):
    folder = Path(folder).resolve()
    return Subject(folder.name, folder, work_dir / "models" / ("given-" + folder.name))


def prepare(subject, variants, fbert):
    """Writes the graphs of the ORT `variants` that are missing, and quantises the folder for fbert anew."""
    subject.work.mkdir(parents=True, exist_ok=True)
    weights = read_model(subject.folder)
    subject.labels = weights.labels
    source = (subject.folder / "model.safetensors").stat().st_mtime
    for variant in variants:
        path = subject.graph(variant)
        if not path.exists() or path.stat().st_mtime < source:
            note(f"writing {path}")
            graphs.write_graph(weights, variant, path)
    command = [fbert, "quantize", "--model", subject.folder, "--output", subject.quantized(), "--force"]
    quantize = subprocess.run(command, capture_output=True, text=True)
    if quantize.returncode:
        raise SystemExit(quantize.stderr)


def write_tokenizer(folder):
    """The folder's tokenizer.json for Hugging Face tokenizers; where it has none, one made of its vocab.txt."""
    path = folder / "tokenizer.json"
    if path.exists():
        return path
    words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    vocabulary = {word: i for i, word in enumerate(words)}
    special = lambda token, kind: {"SpecialToken": {"id": token, "type_id": kind}}
    text = lambda letter, kind: {"Sequence": {"id": letter, "type_id": kind}}
    first = [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)]
    content = {
        "version": "1.0", "padding": None,
        "truncation": {"direction": "Right", "max_length": 512, "strategy": "LongestFirst", "stride": 0},
        "added_tokens": [{"id": vocabulary[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True} for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": first,
                           "pair": first + [text("B", 1), special("[SEP]", 1)],
                           "special_tokens": {t: {"id": t, "ids": [vocabulary[t]], "tokens": [t]}
                                              for t in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    }
    path = folder / "hf-tokenizer.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
