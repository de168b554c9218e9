"""The uncased BERT tokenizer (normaliser, word splitter, WordPiece) in plain Python.

The rules are those of Hugging Face's BertTokenizer with do_lower_case=true. The special tokens have the ids 0 to 4.
"""
import re
import unicodedata

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, UNK, CLS, SEP, MASK = range(5)
MAX_CHARACTERS_PER_WORD = 100

# Printable ASCII is words of letters and digits, or one punctuation mark.
ASCII_WORDS = re.compile(r"[a-z0-9]+|[^\sa-z0-9\x00-\x1f\x7f]")

CJK_RANGES = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
              (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))


def is_punctuation(character):
    code = ord(character)
    if 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126:
        return True
    return unicodedata.category(character).startswith("P")


def is_cjk(code):
    return any(first <= code <= last for first, last in CJK_RANGES)


def clean(text):
    """Text without control characters, with plain spaces, and with spaces around every CJK character."""
    cleaned = []
    for character in text:
        code, category = ord(character), unicodedata.category(character)
        if character in "\t\n\r" or category == "Zs" or (character.isspace() and code > 0x7F):
            cleaned.append(" ")
        elif code in (0, 0xFFFD) or category.startswith("C"):
            continue
        elif is_cjk(code):
            cleaned.append(f" {character} ")
        else:
            cleaned.append(character)
    return "".join(cleaned)


def split_words(text):
    """The normalised words and punctuation marks of a text, before WordPiece."""
    if text.isascii() and text.isprintable():
        return ASCII_WORDS.findall(text.lower())
    decomposed = unicodedata.normalize("NFD", clean(text).lower())
    unaccented = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return "".join(f" {c} " if is_punctuation(c) else c for c in unaccented).split()


def longest_match(word, vocabulary):
    """The pieces of a word, longest first from the left; an empty list when some part is in no piece."""
    pieces, start = [], 0
    while start < len(word):
        prefix = "##" if start else ""
        end = len(word)
        while end > start and prefix + word[start:end] not in vocabulary:
            end -= 1
        if end == start:
            return []
        pieces.append(prefix + word[start:end])
        start = end
    return pieces


class Tokenizer:
    def __init__(self, vocab_file, max_length=256):
        with open(vocab_file, encoding="utf-8") as lines:
            self.tokens = [line.rstrip("\n") for line in lines]
        self.vocabulary = {token: index for index, token in enumerate(self.tokens)}
        self.max_length = max_length
        self.cache = {}

    def word_ids(self, word):
        ids = self.cache.get(word)
        if ids is None:
            pieces = longest_match(word, self.vocabulary) if len(word) <= MAX_CHARACTERS_PER_WORD else []
            ids = [self.vocabulary[piece] for piece in pieces] or [UNK]
            self.cache[word] = ids
        return ids

    def ids(self, text):
        """Token ids of a text, without special tokens."""
        return [index for word in split_words(text) for index in self.word_ids(word)]

    def encode(self, first, second=None, max_length=None):
        """[CLS] first [SEP] (second [SEP]) as (ids, token type ids), truncated from the longer text."""
        limit = max_length or self.max_length
        head = self.ids(first)
        if second is None:
            head = head[:limit - 2]
            return [CLS] + head + [SEP], [0] * (len(head) + 2)
        tail = self.ids(second)
        while len(head) + len(tail) > limit - 3:
            (head if len(head) > len(tail) else tail).pop()
        return [CLS] + head + [SEP] + tail + [SEP], [0] * (len(head) + 2) + [1] * (len(tail) + 1)
