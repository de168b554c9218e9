#!/usr/bin/env python3
"""Pretrains the encoder: masked words (tied output), whether the second segment follows the first, review sentiment.

A sequence is a window of 64 tokens (256 in the last part of the run, so that all positions are trained): one segment,
or two with types 0 and 1 that follow each other or come from two documents. Windows of labelled reviews also get the
review's label at [CLS]. One step in five takes real sentence pairs, four in ten of them with a stranger's second one.
"""
import argparse
import dataclasses
import os
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

import model
from pretrain_data import pair_batch, packed_batch, token_documents
from wordpiece import MASK, PAD, SPECIAL_TOKENS

SHORT_WINDOW, LONG_WINDOW = 64, 256
LONG_FROM = 0.88           # share of the run after which windows are long
PAIR_STEPS = 0.2
MASKED = 0.15              # of these 80 % become [MASK], 10 % a random token, 10 % stay
WARMUP_STEPS = 200
SAVE_EVERY_S = 150


def mask_words(ids, vocab_size):
    """(ids with masked words, which were chosen)."""
    chosen = (torch.rand(ids.shape) < MASKED) & (ids >= len(SPECIAL_TOKENS))
    fate = torch.rand(ids.shape)
    masked = ids.clone()
    masked[chosen & (fate < 0.8)] = MASK
    random_words = chosen & (fate >= 0.9)
    masked[random_words] = torch.randint(len(SPECIAL_TOKENS), vocab_size, (int(random_words.sum()),))
    return masked, chosen


def init_heads(shape):
    """The parameters used in pretraining only: masked-word transform and bias, two [CLS] classifiers of 2 outputs."""
    generator = torch.Generator().manual_seed(2)
    hidden = shape.hidden_size
    transform = torch.empty(hidden, hidden).normal_(0, 0.02, generator=generator) + torch.eye(hidden)
    return {"transform.weight": transform, "transform.bias": torch.zeros(hidden),
            "norm.weight": torch.ones(hidden), "norm.bias": torch.zeros(hidden),
            "word.bias": torch.zeros(shape.vocab_size),
            "cls.weight": torch.empty(4, hidden).normal_(0, 0.02, generator=generator), "cls.bias": torch.zeros(4)}


def optimizer_for(parameters, heads, words, learning_rate):
    """AdamW; word embeddings, biases and LayerNorm do not decay."""
    tensors = list(parameters.values()) + list(heads.values())
    return torch.optim.AdamW([
        {"params": [words], "weight_decay": 0.0},
        {"params": [tensor for tensor in tensors if tensor.dim() > 1 and tensor is not words], "weight_decay": 0.01},
        {"params": [tensor for tensor in tensors if tensor.dim() == 1], "weight_decay": 0.0},
    ], lr=learning_rate, betas=(0.9, 0.98), eps=1e-6, foreach=True)


def cls_loss(logits, labels):
    """Cross entropy of the rows that have a label, 0 when none has."""
    return F.cross_entropy(logits, labels) if bool((labels >= 0).any()) else torch.zeros(())


def losses(parameters, heads, shape, batch):
    """(masked words, next segment, sentiment)."""
    ids, types, follows, sentiment = (torch.from_numpy(array) for array in batch)
    real = ids != PAD
    masked, chosen = mask_words(ids, shape.vocab_size)
    hidden = model.encode(parameters, shape, masked, types, None if bool(real.all()) else real)
    words = F.linear(hidden[chosen], heads["transform.weight"], heads["transform.bias"])
    words = F.layer_norm(words, (shape.hidden_size,), heads["norm.weight"], heads["norm.bias"], shape.layer_norm_eps)
    word_logits = F.linear(words, parameters[shape.names["word"]], heads["word.bias"])
    cls_logits = F.linear(model.pool(parameters, shape, hidden), heads["cls.weight"], heads["cls.bias"])
    return (F.cross_entropy(word_logits, ids[chosen]), cls_loss(cls_logits[:, :2], follows),
            cls_loss(cls_logits[:, 2:], sentiment))


def save(path, shape, parameters, step):
    """Replaces the checkpoint in one step: a stopped run leaves a whole file."""
    torch.save({"parameters": {name: tensor.detach().clone() for name, tensor in parameters.items()},
                "shape": dataclasses.asdict(shape), "step": step}, path + ".tmp")
    os.replace(path + ".tmp", path)


def train(args, documents, rng):
    shape = model.Shape()
    parameters = model.init(shape, head=False)
    heads = init_heads(shape)
    model.pass_context(parameters, shape)
    words = parameters[shape.names["word"]]
    if args.words:
        start = torch.load(args.words)
        words.copy_(start["words"])
        heads["word.bias"].copy_(start["log_frequencies"] - start["log_frequencies"].mean())
    trained = list(parameters.values()) + list(heads.values())
    for tensor in trained:
        tensor.requires_grad_(True)
    optimizer = optimizer_for(parameters, heads, words, args.lr)

    started, last_save, step, recent = time.time(), time.time(), 0, []
    while True:
        minutes = (time.time() - started) / 60
        progress = step / args.steps if args.steps else minutes / args.minutes
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = args.lr * min(1, (step + 1) / WARMUP_STEPS) * (1 - progress)
        if rng.random() < PAIR_STEPS:
            batch = pair_batch(rng, documents["pairs"], args.tokens)
        else:
            length = SHORT_WINDOW if progress < LONG_FROM else LONG_WINDOW
            batch = packed_batch(rng, documents, args.tokens // length, length)
        masked_loss, follows_loss, sentiment_loss = losses(parameters, heads, shape, batch)
        optimizer.zero_grad(set_to_none=True)
        (masked_loss + args.cls_weight * (follows_loss + sentiment_loss)).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        step += 1
        recent.append(float(masked_loss))
        if step % 100 == 0:
            print(f"step {step}  masked words {np.mean(recent):.3f}  min {minutes:.1f}", flush=True)
            recent.clear()
        if time.time() - last_save > SAVE_EVERY_S:
            last_save = time.time()
            save(args.out, shape, parameters, step)
    save(args.out, shape, parameters, step)
    print(f"done: {step} steps, {(time.time() - started) / 60:.1f} min")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of task data")
    parser.add_argument("--text", required=True, help="folder of raw text")
    parser.add_argument("--vocab", required=True, help="vocab.txt")
    parser.add_argument("--tokens-file", required=True, help="tokenised text; made on the first call")
    parser.add_argument("--prepare-only", action="store_true", help="make the tokens file and stop")
    parser.add_argument("--out", help="checkpoint file to write")
    parser.add_argument("--words", help="first word embeddings (embed.py)")
    parser.add_argument("--minutes", type=float, default=25, help="time budget; the learning rate reaches 0 at its end")
    parser.add_argument("--steps", type=int, default=0, help="number of steps instead of a time budget")
    parser.add_argument("--tokens", type=int, default=2048, help="tokens per step")
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--cls-weight", type=float, default=0.5, help="weight of the two [CLS] losses")
    parser.add_argument("--news-characters", type=int, default=8_000_000, help="at most so much of each news source")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if not args.prepare_only and not args.out:
        parser.error("--out is needed unless --prepare-only is given")
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    if not os.path.exists(args.tokens_file):
        torch.save(token_documents(args), args.tokens_file)
    if not args.prepare_only:
        train(args, torch.load(args.tokens_file), random.Random(1))


if __name__ == "__main__":
    main()
