"""The text of pretrain.py as token arrays, and the batches drawn from it.

A batch is (ids, types, follows, sentiment): ids and types (rows, tokens), the other two (rows,) with NO_LABEL where
unknown. follows is 0 when the second segment follows the first and 1 when it comes from elsewhere.
"""
import random

import numpy as np

import corpora
from wordpiece import CLS, SEP, Tokenizer

NO_LABEL = -100
MIXED_DOCUMENT = 300       # tokens of single sentences joined to one document
PAIR_SENTENCE = 62         # tokens kept of each sentence of a pair
STRANGER_PAIRS = 0.4


def token_documents(args):
    """Everything tokenised once: {"review": [(ids, label)], "news": [ids], "mixed": [ids], "pairs": [(ids, ids)]}."""
    tokenizer = Tokenizer(args.vocab)

    def array(ids):
        return np.array(ids, dtype=np.int16)

    sentences = [tokenizer.ids(text)
                 for text in corpora.sentences(args.data, args.text, corpora.sst2_held_out(args.data))]
    random.Random(3).shuffle(sentences)
    mixed, document = [], []
    for sentence in sentences:
        document += sentence + [SEP]
        if len(document) > MIXED_DOCUMENT:
            mixed.append(array(document[:-1]))
            document = []
    pairs = [(array(tokenizer.ids(first)[:PAIR_SENTENCE]), array(tokenizer.ids(second)[:PAIR_SENTENCE]))
             for first, second in corpora.pairs(args.data, args.text)]
    pairs.sort(key=lambda pair: (len(pair[0]) + len(pair[1]), len(pair[0])))
    return {"review": [(array(tokenizer.ids(text)), label) for text, _, label in corpora.labelled_reviews(args.text)],
            "news": [array(tokenizer.ids(article)) for article in corpora.articles(args.text, args.news_characters)],
            "mixed": mixed, "pairs": pairs}


def window(rng, document, length):
    """A part of a document, in three of ten cases its beginning."""
    start = rng.randrange(max(1, len(document) - length + 1)) if rng.random() < 0.7 else 0
    return document[start:start + length]


class Source:
    """Documents of one kind, in the shares 55 % reviews, 30 % news, 15 % mixed sentences."""

    def __init__(self, rng, documents):
        self.rng = rng
        share = rng.random()
        self.kind = "review" if share < 0.55 else "news" if share < 0.85 else "mixed"
        self.documents = documents[self.kind]

    def pick(self):
        """(ids, sentiment)."""
        document = self.rng.choice(self.documents)
        return document if self.kind == "review" else (document, NO_LABEL)

    def pick_longer(self, length):
        document, label = self.pick()
        while len(document) < length:
            document, label = self.pick()
        return document, label


def one_segment(rng, source, length):
    """(ids, sentiment) of [CLS] window [SEP]; documents of different sentiment leave it unknown."""
    document, label = source.pick()
    while len(document) < length - 2:
        more, other_label = source.pick()
        document = np.concatenate([document, [SEP], more])
        label = label if label == other_label else NO_LABEL
    return np.concatenate([[CLS], window(rng, document, length - 2), [SEP]]), label


def two_segments(rng, source, length):
    """(ids, start of the second segment, follows, sentiment)."""
    document, label = source.pick_longer(length - 3)
    border = rng.randrange(length // 4, 3 * length // 4)
    text = window(rng, document, length - 3)
    first, second, follows = text[:border], text[border:], 0
    if rng.random() < 0.5:
        stranger, _ = source.pick_longer(len(second))
        second, follows, label = window(rng, stranger, len(second)), 1, NO_LABEL
    return np.concatenate([[CLS], first, [SEP], second, [SEP]]), border + 2, follows, label


def packed_batch(rng, documents, rows, length):
    """Rows of exactly `length` tokens."""
    ids, types = np.zeros((rows, length), np.int64), np.zeros((rows, length), np.int64)
    follows, sentiment = np.full(rows, NO_LABEL), np.full(rows, NO_LABEL)
    for row in range(rows):
        source = Source(rng, documents)
        if source.kind == "mixed" or rng.random() < 0.5:
            ids[row], sentiment[row] = one_segment(rng, source, length)
        else:
            ids[row], second, follows[row], sentiment[row] = two_segments(rng, source, length)
            types[row, second:] = 1
    return ids, types, follows, sentiment


def pair_batch(rng, pairs, tokens):
    """About `tokens` tokens of neighbouring pairs; `pairs` is sorted by length."""
    start = rng.randrange(len(pairs) - 64)
    rows = max(8, tokens // (len(pairs[start][0]) + len(pairs[start][1]) + 8))
    chosen = [pairs[min(len(pairs) - 1, start + row)] for row in range(rows)]
    follows = np.zeros(rows, np.int64)
    batch = []
    for row, (first, second) in enumerate(chosen):
        if rng.random() < STRANGER_PAIRS:
            second, follows[row] = rng.choice(chosen)[1], 1
        batch.append((first, second))
    longest = max(len(first) + len(second) for first, second in batch) + 3
    ids, types = np.zeros((rows, longest), np.int64), np.zeros((rows, longest), np.int64)
    for row, (first, second) in enumerate(batch):
        sequence = np.concatenate([[CLS], first, [SEP], second, [SEP]])
        ids[row, :len(sequence)] = sequence
        types[row, len(first) + 2:len(sequence)] = 1
    return ids, types, follows, np.full(rows, NO_LABEL)
