"""Reads the task data and the raw text of the training; README.md lists both folders file by file.

`data` is the folder of task data, `text` that of raw text. A task row is (text, second text or None, label).
"""
import csv
import os
import random

from held_out import HeldOut, letters

NLI_LABELS = ["entailment", "neutral", "contradiction"]
EMOTION_LABELS = ["sadness", "joy", "love", "anger", "fear", "surprise"]
NEWS_LABELS = ["World", "Sports", "Business", "Sci/Tech"]

QQP_HELD_OUT = 3000
XNLI_HELD_OUT = 1000
REVIEW_FILES = (("imdb/train-pos.tsv", 1), ("imdb/train-neg.tsv", 0))
ARTICLE_FILES = ("bbc.txt", "reuters.txt", "guardian.txt")


def lines(*path, encoding="utf-8"):
    with open(os.path.join(*path), encoding=encoding, newline="\n") as file:
        return [line.rstrip("\n").rstrip("\r") for line in file]


def fields(*path):
    """The tab-separated fields of every line; quotes are literal."""
    return [line.split("\t") for line in lines(*path)]


# Task data.

def sst2(data, part):
    name = {"train": "train.tsv", "dev": "dev.tsv", "test": "test-labeled.tsv"}[part]
    rows = (line.rsplit("\t", 1) for line in lines(data, "glue/SST-2", name)[1:] if line)
    return [(sentence, None, int(label)) for sentence, label in rows]


def sst2_held_out(data):
    return HeldOut([row[0] for part in ("dev", "test") for row in sst2(data, part)])


def sst2_train(data, text, held_out):
    """SST-2 phrases and the sentences of two other sentiment corpora, all without the held-out sentences."""
    phrases = [row for row in sst2(data, "train") if not held_out.in_phrase(row[0])]
    return phrases + rt_polarity(text, held_out) + labelled_sentences(text, held_out)


def rt_polarity(text, held_out):
    return [(line.strip(), None, label) for label, name in ((1, "rt-polarity.pos"), (0, "rt-polarity.neg"))
            for line in lines(text, name, encoding="latin-1") if line.strip() and not held_out.in_sentence(line)]


def labelled_sentences(text, held_out):
    rows = []
    for source in ("amazon_cells", "imdb", "yelp"):
        for line in lines(text, source + "_labelled.txt"):
            sentence, _, label = line.rpartition("\t")
            if sentence and label.strip() in ("0", "1") and not held_out.in_sentence(sentence):
                rows.append((sentence.strip(), None, int(label)))
    return rows


def labelled_reviews(text):
    return [(line.split("\t", 2)[2], None, label) for name, label in REVIEW_FILES
            for line in lines(text, name)[1:] if line]


def unlabelled_reviews(text, count):
    """At most `count` reviews; none when the file is absent."""
    if not os.path.exists(os.path.join(text, "imdb/train-unsup.tsv")):
        return []
    return [line.split("\t", 2)[2] for line in lines(text, "imdb/train-unsup.tsv")[1:count + 1]]


def emotion(data, part):
    name = {"train": "train.txt", "dev": "val.txt", "test": "test.txt"}[part]
    rows = (line.rsplit(";", 1) for line in lines(data, "emotion", name)[1:] if line)
    return [(sentence, None, EMOTION_LABELS.index(label)) for sentence, label in rows]


def agnews(data, part):
    name = {"train": "dev.tsv", "dev": "test.tsv"}[part]
    rows = (line.rsplit("\t", 1) for line in lines(data, "agnews", name) if "\t" in line)
    return [(article, None, NEWS_LABELS.index(label)) for article, label in rows]


def qqp(data):
    """(train, held out) of the Quora file after a fixed shuffle."""
    def plain(question):
        return " ".join((question.replace('"', "") if question.startswith('"') else question).split())

    rows = []
    with open(os.path.join(data, "glue/QQP/quora-dev.csv"), encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t"):
            if len(row) == 5 and row[4] in ("0.0", "1.0"):
                first, second = plain(row[2]), plain(row[3])
                if first and second:
                    rows.append((first, second, int(row[4][0])))
    random.Random(1).shuffle(rows)
    return rows[QQP_HELD_OUT:], rows[:QQP_HELD_OUT]


def mrpc(data):
    return [(row[3], row[4], int(row[0])) for row in fields(data, "glue/MRPC/train.tsv")[1:] if len(row) == 5]


def rte(data):
    return [(row[0], row[1], int(row[2])) for row in fields(data, "glue/RTE/train.tsv")[1:] if len(row) == 4]


def stsb(data, part):
    return [(row[5], row[6], float(row[4])) for row in fields(data, f"glue/STS-B/sts-{part}.csv") if len(row) >= 7]


def cola(data, part):
    return [(row[3], None, int(row[1])) for row in fields(data, f"glue/CoLA/{part}.tsv") if len(row) == 4]


def xnli(data):
    """(train, held out) of the English dev part; premises come in threes, and none is in both parts."""
    rows = [(row[0], row[1], NLI_LABELS.index(row[2])) for row in fields(data, "xnli/dev-en.tsv") if len(row) == 3]
    held_out = rows[-XNLI_HELD_OUT:]
    premises = {row[0] for row in held_out}
    return [row for row in rows[:-XNLI_HELD_OUT] if row[0] not in premises], held_out


def sick_columns(text, *names):
    """The named columns of every complete SICK row."""
    header, *rows = fields(text, "SICK.txt")
    columns = [header.index(name) for name in names]
    return [[row[c] for c in columns] for row in rows if len(row) > max(columns)]


def sick_entailment(text):
    rows = sick_columns(text, "sentence_A", "sentence_B", "entailment_label")
    return [(a, b, NLI_LABELS.index(label.lower())) for a, b, label in rows if label.lower() in NLI_LABELS]


def sick_relatedness(data, text):
    """Relatedness of 1 to 5 stretched to the 0 to 5 of STS-B, without the pairs of STS-B dev and test."""
    held_out = {frozenset((letters(row[0]), letters(row[1]))) for part in ("dev", "test") for row in stsb(data, part)}
    rows = sick_columns(text, "sentence_A", "sentence_B", "relatedness_score")
    return [(a, b, (float(score) - 1) * 1.25) for a, b, score in rows
            if frozenset((letters(a), letters(b))) not in held_out]


# Text for the vocabulary and for pretraining: training parts only, labels unused.

def articles(text, max_characters):
    """News articles, at most `max_characters` of each source; an absent source is left out."""
    for name in ARTICLE_FILES:
        used = 0
        if os.path.exists(os.path.join(text, name)):
            for article in lines(text, name):
                if used < max_characters:
                    used += len(article)
                    yield article


def sentences(data, text, held_out):
    """Single sentences of the tasks."""
    for row in fields(data, "sst5/ids-sst-train.csv")[1:]:
        if len(row) == 4 and not held_out.in_sentence(row[2]):
            yield row[2].lower().strip()
    for rows in (rt_polarity(text, held_out), labelled_sentences(text, held_out), emotion(data, "train"),
                 agnews(data, "train"), cola(data, "train")):
        for row in rows:
            yield row[0]


def pairs(data, text):
    """Sentence pairs of the pair tasks."""
    for rows in (qqp(data)[0], mrpc(data), stsb(data, "train"), rte(data), xnli(data)[0], sick_entailment(text)):
        for row in rows:
            yield row[0], row[1]
    for row in fields(data, "xnli/test-en.tsv"):
        if len(row) == 2:
            yield row[0], row[1]
