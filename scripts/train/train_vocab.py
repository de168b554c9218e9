#!/usr/bin/env python3
"""Learns the uncased WordPiece vocabulary and writes vocab.txt, tokenizer_config.json and tokenizer.json.

Candidates come from byte-pair merges over word counts; then the pieces that longest-match tokenisation uses least are
dropped until the wanted size is left.
"""
import argparse
import heapq
import json
import os
import string
from collections import Counter, defaultdict

import corpora
from wordpiece import MAX_CHARACTERS_PER_WORD, SPECIAL_TOKENS, longest_match, split_words

NEWS_CHARACTERS = 8_000_000    # at most so much of each news source
RARE_CHARACTER = 40            # non-ASCII characters seen less often are left to [UNK]
RARE_WORD = 4
LONG_WORD = 40
SURPLUS = 1.35                 # candidates per wanted piece
DROPPED_PER_ROUND = 600


def count_words(data, text):
    """Counts of the normalised words; the task text is small and counts double."""
    counts, task_counts = Counter(), Counter()
    for review, _, _ in corpora.labelled_reviews(text):
        counts.update(split_words(review))
    for article in corpora.articles(text, NEWS_CHARACTERS):
        counts.update(split_words(article))
    for sentence in corpora.sentences(data, text, corpora.sst2_held_out(data)):
        task_counts.update(split_words(sentence))
    for pair in corpora.pairs(data, text):
        for sentence in pair:
            task_counts.update(split_words(sentence))
    for word, count in task_counts.items():
        counts[word] += 2 * count
    return counts


def merge(symbols, pair, merged):
    """The symbols with every occurrence of the pair replaced."""
    result, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            result.append(merged)
            i += 2
        else:
            result.append(symbols[i])
            i += 1
    return result


def learn_merges(words, wanted):
    """The first `wanted` byte-pair merges over {word: count}; symbols inside a word carry the ## prefix."""
    sequences = [[word[0]] + ["##" + character for character in word[1:]] for word in words]
    counts = list(words.values())
    pair_counts, places = Counter(), defaultdict(set)
    for index, symbols in enumerate(sequences):
        for pair in zip(symbols, symbols[1:]):
            pair_counts[pair] += counts[index]
            places[pair].add(index)
    heap = [(-count, pair) for pair, count in pair_counts.items()]
    heapq.heapify(heap)
    pieces = []
    while len(pieces) < wanted and heap:
        negative_count, pair = heapq.heappop(heap)
        count = pair_counts.get(pair, 0)
        if count <= 0 or -negative_count != count:      # an outdated entry of the heap
            if count > 0:
                heapq.heappush(heap, (-count, pair))
            continue
        merged = pair[0] + pair[1][2:]
        pieces.append(merged)
        changed = set()
        for index in places.pop(pair):
            for old in zip(sequences[index], sequences[index][1:]):
                pair_counts[old] -= counts[index]
                changed.add(old)
            sequences[index] = merge(sequences[index], pair, merged)
            for new in zip(sequences[index], sequences[index][1:]):
                pair_counts[new] += counts[index]
                places[new].add(index)
                changed.add(new)
        pair_counts.pop(pair, None)
        for other in changed - {pair}:
            if pair_counts[other] > 0:
                heapq.heappush(heap, (-pair_counts[other], other))
    return pieces


def piece_counts(words, vocabulary):
    counts = Counter()
    for word, count in words.items():
        for piece in longest_match(word, vocabulary):
            counts[piece] += count
    return counts


def learn_vocabulary(words, size):
    """Special tokens, then single characters, then pieces by falling use."""
    characters = Counter()
    for word, count in words.items():
        for character in word:
            characters[character] += count
    ascii_characters = [c for c in map(chr, range(33, 127)) if c not in string.ascii_uppercase]
    other_characters = sorted(c for c, count in characters.items() if count >= RARE_CHARACTER and ord(c) > 126)
    base = SPECIAL_TOKENS + ascii_characters + other_characters
    base += ["##" + c for c in ascii_characters] + ["##" + c for c in other_characters if c.isalpha()]

    alphabet = set(ascii_characters) | set(other_characters)
    words = {word: count for word, count in words.items()
             if count >= RARE_WORD and len(word) <= LONG_WORD and set(word) <= alphabet}
    vocabulary = set(base) | set(learn_merges(words, int((size - len(base)) * SURPLUS)))
    while len(vocabulary) > size:
        used = piece_counts(words, vocabulary)
        least_used = sorted(vocabulary - set(base), key=lambda piece: (used[piece], piece))
        vocabulary -= set(least_used[:min(len(vocabulary) - size, DROPPED_PER_ROUND)])
    used = piece_counts(words, vocabulary)
    return base + sorted(vocabulary - set(base), key=lambda piece: (-used[piece], piece))


def tokenizer_config(max_length):
    return {"clean_up_tokenization_spaces": True, "cls_token": "[CLS]", "do_basic_tokenize": True,
            "do_lower_case": True, "mask_token": "[MASK]", "model_max_length": max_length, "never_split": None,
            "pad_token": "[PAD]", "sep_token": "[SEP]", "strip_accents": None, "tokenize_chinese_chars": True,
            "tokenizer_class": "BertTokenizer", "unk_token": "[UNK]"}


def fast_tokenizer(tokens):
    """The content of tokenizer.json."""
    def sequence(name, type_id):
        return {"Sequence": {"id": name, "type_id": type_id}}

    def special(token, type_id):
        return {"SpecialToken": {"id": token, "type_id": type_id}}

    single = [special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": index, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True} for index, token in enumerate(SPECIAL_TOKENS)],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": single + [sequence("B", 1), special("[SEP]", 1)],
            "special_tokens": {token: {"id": token, "ids": [SPECIAL_TOKENS.index(token)], "tokens": [token]}
                               for token in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": MAX_CHARACTERS_PER_WORD,
                  "vocab": {token: index for index, token in enumerate(tokens)}}}


def write_json(path, content, indent):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        json.dump(content, file, indent=indent, ensure_ascii=False)
        file.write("\n")


def write_tokenizer(folder, tokens, max_length):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(tokens) + "\n")
    write_json(os.path.join(folder, "tokenizer_config.json"), tokenizer_config(max_length), indent=2)
    write_json(os.path.join(folder, "tokenizer.json"), fast_tokenizer(tokens), indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of task data")
    parser.add_argument("--text", required=True, help="folder of raw text")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--size", type=int, default=8192)
    parser.add_argument("--max-length", type=int, default=256, help="tokens; goes to tokenizer_config.json")
    args = parser.parse_args()

    words = count_words(args.data, args.text)
    print(f"words: {sum(words.values())} running, {len(words)} different", flush=True)
    tokens = learn_vocabulary(words, args.size)
    assert len(tokens) == args.size == len(set(tokens))
    write_tokenizer(args.out, tokens, args.max_length)


if __name__ == "__main__":
    main()
