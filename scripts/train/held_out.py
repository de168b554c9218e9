"""Keeps test sentences out of the training text, also in other spelling or inside longer text."""
import re
import unicodedata

PREFIX = 20      # characters by which long held-out sentences are indexed
GRAM = 5         # words in a row that count as copied


def letters(text):
    """Letters and digits only, without accents: equal for differently tokenised copies of one sentence."""
    text = text.lower().replace("-lrb-", " ").replace("-rrb-", " ").replace("\\/", "/")
    text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return re.sub(r"[^a-z0-9]+", "", text)


def word_grams(text):
    """All runs of GRAM words."""
    text = text.lower().replace("-lrb-", " ").replace("-rrb-", " ").replace("'", "")
    words = re.findall(r"[a-z0-9]+", text)
    return {tuple(words[i:i + GRAM]) for i in range(max(0, len(words) - GRAM + 1))}


class HeldOut:
    """Says whether a training text repeats one of the held-out sentences."""

    def __init__(self, sentences):
        self.exact = {letters(sentence) for sentence in sentences}
        long_sentences = sorted({letters(sentence) for sentence in sentences if len(sentence.split()) >= 6}, key=len)
        self.by_prefix = {}
        for sentence in long_sentences:
            self.by_prefix.setdefault(sentence[:PREFIX], []).append(sentence)
        self.all_long = "\n".join(long_sentences)
        self.grams = set().union(*(word_grams(sentence) for sentence in sentences))

    def in_phrase(self, text):
        """For phrases of the same corpus: equal to a held-out sentence, or containing a long one."""
        compact = letters(text)
        if compact in self.exact:
            return True
        return any(compact.startswith(sentence, i) for i in range(len(compact) - PREFIX + 1)
                   for sentence in self.by_prefix.get(compact[i:i + PREFIX], ()))

    def in_sentence(self, text):
        """For sentences of other corpora: also contained in a held-out one, or half of its word runs in common."""
        if self.in_phrase(text):
            return True
        if len(text.split()) >= 4 and letters(text) in self.all_long:
            return True
        grams = word_grams(text)
        return bool(grams) and 2 * len(grams & self.grams) >= len(grams)
