"""The fine-tuning tasks: their rows, label names and metric."""
import dataclasses
import random

import numpy as np

import corpora


@dataclasses.dataclass
class Task:
    """Rows are (text, second text or None, label); `metric` is accuracy, mcc or regression."""
    labels: list
    train: list
    dev: list
    test: list = dataclasses.field(default_factory=list)
    metric: str = "accuracy"
    reviews: list = dataclasses.field(default_factory=list)
    reviews_per_epoch: int = 0
    rng: random.Random = dataclasses.field(default_factory=lambda: random.Random(5))

    @property
    def is_regression(self):
        return self.metric == "regression"

    def epoch_extra(self):
        """Windows of reviews that join the training rows of one epoch; drawn anew each time."""
        chosen = self.rng.sample(self.reviews, self.reviews_per_epoch)
        return [review_window(self.rng, review) for review in chosen]

    def score(self, logits, gold):
        """(main figure, text) of logits (rows, labels) against the gold labels."""
        logits, gold = np.asarray(logits, np.float64), np.asarray(gold, np.float64)
        if self.is_regression:
            predicted = logits[:, 0]
            pearson = np.corrcoef(predicted, gold)[0, 1]
            spearman = np.corrcoef(ranks(predicted), ranks(gold))[0, 1]
            return (pearson + spearman) / 2, f"Pearson {pearson:.4f} Spearman {spearman:.4f}"
        predicted = logits.argmax(1)
        right = int((predicted == gold).sum())
        accuracy = f"accuracy {right}/{len(gold)} = {100 * right / len(gold):.2f} %"
        if self.metric == "mcc":
            mcc = float(np.corrcoef(predicted, gold)[0, 1]) if predicted.std() > 0 else 0.0
            return mcc, f"MCC {mcc:.4f}, {accuracy}"
        return right / len(gold), accuracy


def ranks(values):
    """Ranks for Spearman's correlation; equal values share the mean of their ranks."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes) - 1
    return (last - (sizes - 1) / 2)[group]


def review_window(rng, row):
    """25 to 189 words of a review, from its beginning or its end."""
    words, length = row[0].split(), rng.randrange(25, 190)
    return " ".join(words[:length] if rng.random() < 0.5 else words[-length:]), None, row[2]


def load(name, data, text=None, reviews_per_epoch=0):
    """The task called `name`. Without `text`, the folder of raw text, it has no training rows."""
    training = text is not None
    if name == "sst2":
        rows = corpora.sst2_train(data, text, corpora.sst2_held_out(data)) if training else []
        reviews = corpora.labelled_reviews(text) if training and reviews_per_epoch else []
        return Task(["NEGATIVE", "POSITIVE"], rows, corpora.sst2(data, "dev"), corpora.sst2(data, "test"),
                    reviews=reviews, reviews_per_epoch=reviews_per_epoch if reviews else 0)
    if name == "emotion":
        return Task(corpora.EMOTION_LABELS, corpora.emotion(data, "train"), corpora.emotion(data, "dev"),
                    corpora.emotion(data, "test"))
    if name == "agnews":
        return Task(corpora.NEWS_LABELS, corpora.agnews(data, "train"), corpora.agnews(data, "dev"))
    if name == "qqp":
        train, held_out = corpora.qqp(data)
        return Task(["not_duplicate", "duplicate"], train + corpora.mrpc(data) if training else [], held_out)
    if name == "stsb":
        rows = corpora.stsb(data, "train") + corpora.sick_relatedness(data, text) if training else []
        return Task(["LABEL_0"], rows, corpora.stsb(data, "dev"), corpora.stsb(data, "test"), metric="regression")
    if name == "xnli":
        train, held_out = corpora.xnli(data)
        return Task(corpora.NLI_LABELS, train * 3 + corpora.sick_entailment(text) if training else [], held_out)
    if name == "cola":
        return Task(["unacceptable", "acceptable"], corpora.cola(data, "train"), corpora.cola(data, "dev"),
                    metric="mcc")
    raise ValueError(f"unknown task {name}")


NAMES = ("sst2", "emotion", "agnews", "qqp", "stsb", "xnli", "cola")
