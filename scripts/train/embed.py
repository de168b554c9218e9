#!/usr/bin/env python3
"""First values of the word embeddings, from which words already lie near words of like use.

Positive pointwise mutual information of neighbouring tokens over all text there is, reduced by a truncated SVD; takes a
minute. Also writes log frequencies, the first bias of the masked-word output.
"""
import argparse

import numpy as np
import torch

import corpora
from wordpiece import PAD, Tokenizer

BLOCK = 1 << 24          # positions counted at a time
SMOOTHING = 0.75         # exponent of the context frequencies
OVERSAMPLING = 64        # extra directions of the randomised SVD
POWER_ITERATIONS = 5
RARE = 5                 # tokens seen less often get random embeddings
SCALE = 0.03             # root mean square of the embeddings


def token_stream(args, tokenizer):
    """All documents as one array, with a window of [PAD] after each."""
    cached = torch.load(args.tokens)
    documents = [document for document, _ in cached["review"]] + cached["news"] + cached["mixed"]
    documents += [np.concatenate(pair) for pair in cached["pairs"]]
    documents += [np.array(tokenizer.ids(review), np.int16)
                  for review in corpora.unlabelled_reviews(args.text, args.unlabelled)]
    gap = np.full(args.window, PAD, np.int16)
    return np.concatenate([part for document in documents for part in (document, gap)]).astype(np.int64)


def cooccurrences(ids, vocab_size, window):
    """(vocabulary, vocabulary) symmetric counts, weighted by 1 / distance."""
    counts = np.zeros(vocab_size * vocab_size, np.float32)
    for distance in range(1, window + 1):
        for start in range(0, len(ids), BLOCK):
            block = ids[start:start + BLOCK + distance]
            pairs = np.bincount(block[:-distance] * vocab_size + block[distance:], minlength=vocab_size * vocab_size)
            counts += pairs.astype(np.float32) * np.float32(1 / distance)
    counts = counts.reshape(vocab_size, vocab_size)
    counts[PAD], counts[:, PAD] = 0, 0
    return counts + counts.T


def positive_pmi(counts):
    """Positive pointwise mutual information with smoothed context frequencies; overwrites the counts."""
    rows = counts.sum(1)
    contexts = rows ** SMOOTHING
    contexts *= rows.sum() / contexts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        np.divide(counts, rows[:, None], out=counts)
        np.divide(counts, contexts[None, :] / rows.sum(), out=counts)
        np.log(counts, out=counts)
    counts[~np.isfinite(counts)] = 0
    return np.maximum(counts, 0, out=counts)


def reduce(matrix, dimensions):
    """(vocabulary, dimensions) randomised SVD without the first, nearly constant, direction; randomly rotated."""
    basis = torch.randn(matrix.shape[0], dimensions + OVERSAMPLING)
    for _ in range(POWER_ITERATIONS):
        basis, _ = torch.linalg.qr(matrix @ basis)
        basis, _ = torch.linalg.qr(matrix.t() @ basis)
    left, singular, _ = torch.linalg.svd(matrix @ basis, full_matrices=False)
    vectors = left[:, 1:dimensions + 1] * singular[1:dimensions + 1] ** 0.5
    rotation, _ = torch.linalg.qr(torch.randn(dimensions, dimensions))
    return (vectors - vectors.mean(0)) @ rotation


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", required=True, help="folder of raw text")
    parser.add_argument("--vocab", required=True, help="vocab.txt")
    parser.add_argument("--tokens", required=True, help="token file that pretrain.py --prepare-only wrote")
    parser.add_argument("--out", required=True)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--unlabelled", type=int, default=30000, help="how many unlabelled reviews to add")
    args = parser.parse_args()
    torch.manual_seed(1)

    tokenizer = Tokenizer(args.vocab)
    vocab_size = len(tokenizer.tokens)
    ids = token_stream(args, tokenizer)
    frequencies = np.bincount(ids, minlength=vocab_size).astype(np.float64)
    frequencies[PAD] = 0
    print(f"tokens: {frequencies.sum() / 1e6:.1f} M", flush=True)

    words = reduce(torch.from_numpy(positive_pmi(cooccurrences(ids, vocab_size, args.window))), args.dim)
    words = words / words.norm(dim=1, keepdim=True).clamp_min(1e-6) * (SCALE * args.dim ** 0.5)
    rare = torch.from_numpy(frequencies < RARE)
    words[rare] = torch.randn(int(rare.sum()), args.dim) * 0.02
    log_frequencies = torch.from_numpy(np.log((frequencies + 1) / (frequencies + 1).sum())).float()
    torch.save({"words": words.float().contiguous(), "log_frequencies": log_frequencies}, args.out)


if __name__ == "__main__":
    main()
