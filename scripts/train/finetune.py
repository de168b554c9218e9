#!/usr/bin/env python3
"""Fine-tunes a pretrained encoder on one task and keeps the best epoch on dev, of the plain or the averaged weights."""
import argparse
import dataclasses
import math
import random
import time

import torch
import torch.nn.functional as F

import model
import tasks
from wordpiece import MASK, PAD, Tokenizer

TOKENS_PER_ROW = 64        # a batch holds at most --batch times this many tokens
BATCHES_PER_BUCKET = 60    # rows of so many batches are sorted by length together
EVALUATION_BATCH = 48
WARMUP = 0.06              # share of the steps in which the learning rate rises
AVERAGE_DECAY = 0.998
TEACHER_WEIGHT = 0.7


def batches(rows, size, rng):
    """Shuffled lists of row numbers, of similar lengths within a batch; rows are (ids, types, label)."""
    order = list(range(len(rows)))
    rng.shuffle(order)
    result, bucket = [], size * BATCHES_PER_BUCKET
    for start in range(0, len(order), bucket):
        batch = []
        for index in sorted(order[start:start + bucket], key=lambda index: len(rows[index][0])):
            too_long = (len(batch) + 1) * len(rows[index][0]) > size * TOKENS_PER_ROW
            if batch and (len(batch) >= size or too_long):
                result.append(batch)
                batch = []
            batch.append(index)
        result.append(batch)
    rng.shuffle(result)
    return result


def collate(rows, batch):
    """(ids, types, mask or None, labels) of some rows, padded to the longest."""
    longest = max(len(rows[index][0]) for index in batch)
    ids = torch.full((len(batch), longest), PAD)
    types = torch.zeros_like(ids)
    for target, index in enumerate(batch):
        row_ids, row_types, _ = rows[index]
        ids[target, :len(row_ids)] = torch.tensor(row_ids)
        types[target, :len(row_ids)] = torch.tensor(row_types)
    mask = ids != PAD
    return ids, types, None if bool(mask.all()) else mask, torch.tensor([rows[index][2] for index in batch])


def evaluate(parameters, shape, rows, task):
    """(main figure, text) of the task's metric."""
    logits = torch.zeros(len(rows), shape.labels)
    order = sorted(range(len(rows)), key=lambda index: len(rows[index][0]))
    with torch.no_grad():
        for start in range(0, len(order), EVALUATION_BATCH):
            batch = order[start:start + EVALUATION_BATCH]
            ids, types, mask, _ = collate(rows, batch)
            logits[batch] = model.classify(parameters, shape, ids, types, mask)
    return task.score(logits.numpy(), [row[2] for row in rows])


def start_model(args, task):
    """(shape, parameters): fresh for --shape, else from --init; tensors that do not fit stay fresh."""
    if args.shape:
        hidden, layers, heads, intermediate = map(int, args.shape.split(","))
        shape = model.Shape(hidden_size=hidden, layers=layers, heads=heads, intermediate_size=intermediate,
                            labels=len(task.labels))
        parameters = model.init(shape, args.seed)
        model.pass_context(parameters, shape)
        if args.words:
            parameters[shape.names["word"]].copy_(torch.load(args.words)["words"])
    else:
        checkpoint = torch.load(args.init)
        shape = model.Shape(**{**checkpoint["shape"], "labels": len(task.labels)})
        parameters = model.init(shape, args.seed)
        for name, tensor in checkpoint["parameters"].items():
            if name in parameters and parameters[name].shape == tensor.shape:
                parameters[name] = tensor.clone()
        if args.layers:
            shape, parameters = model.to_distilbert(parameters, shape, [int(index) for index in args.layers.split(",")])
    if task.is_regression:
        parameters["classifier.bias"].fill_(2.5)
    return shape, parameters


def optimizer_for(parameters, learning_rate):
    """AdamW; biases and LayerNorm do not decay."""
    matrices = [tensor for tensor in parameters.values() if tensor.dim() > 1]
    vectors = [tensor for tensor in parameters.values() if tensor.dim() == 1]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}],
                             lr=learning_rate, betas=(0.9, 0.98), eps=1e-6, foreach=True)


class Trainer:
    """One run: the weights, their moving average, the optimiser and the clock."""

    def __init__(self, args, task, shape, parameters):
        self.args, self.task, self.shape, self.parameters = args, task, shape, parameters
        for tensor in parameters.values():
            tensor.requires_grad_(True)
        self.average = {name: tensor.detach().clone() for name, tensor in parameters.items()}
        self.optimizer = optimizer_for(parameters, args.lr)
        self.dropout = model.Dropout(args.dropout)
        self.teacher = torch.load(args.teacher) if args.teacher else None
        self.teacher_shape = model.Shape(**self.teacher["shape"]) if self.teacher else None
        self.started, self.step, self.total_steps, self.best = time.time(), 0, 0, -math.inf

    def minutes(self):
        return (time.time() - self.started) / 60

    def progress(self):
        """0 to 1; the run ends at 1, by steps or by the clock."""
        return max(self.step / self.total_steps, self.minutes() / self.args.minutes)

    def loss(self, ids, types, mask, labels):
        if self.args.word_drop:
            dropped = (torch.rand(ids.shape) < self.args.word_drop) & (ids > MASK)
            ids = torch.where(dropped, MASK, ids)
        logits = model.classify(self.parameters, self.shape, ids, types, mask, self.dropout)
        loss = F.mse_loss(logits[:, 0], labels.float()) if self.task.is_regression else F.cross_entropy(logits, labels)
        if self.teacher:
            with torch.no_grad():
                goal = model.classify(self.teacher["parameters"], self.teacher_shape, ids, types, mask)
            loss = (1 - TEACHER_WEIGHT) * loss + TEACHER_WEIGHT * F.mse_loss(logits, goal)
        return loss

    def train_step(self, loss, progress):
        for group in self.optimizer.param_groups:
            group["lr"] = self.args.lr * min(1, (self.step + 1) / (WARMUP * self.total_steps + 1)) * (1 - progress)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self.parameters.values()), 1.0)
        self.optimizer.step()
        self.step += 1
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        torch._foreach_mul_(list(self.average.values()), decay)
        torch._foreach_add_(list(self.average.values()), [tensor.detach() for tensor in self.parameters.values()],
                            alpha=1 - decay)

    def run_epoch(self, rows, rng):
        """Trains on every row once, unless the time runs out; returns the mean loss."""
        epoch = batches(rows, self.args.batch, rng)
        self.total_steps = max(self.total_steps, len(epoch) * self.args.epochs)
        losses = []
        for batch in epoch:
            progress = self.progress()
            if progress >= 1:
                break
            loss = self.loss(*collate(rows, batch))
            self.train_step(loss, progress)
            losses.append(float(loss))
            if self.step % 500 == 0:
                print(f"  step {self.step}/{self.total_steps} loss {sum(losses) / len(losses):.4f} "
                      f"min {self.minutes():.1f}", flush=True)
        return sum(losses) / max(1, len(losses))

    def keep_if_best(self, dev, title):
        plain = {name: tensor.detach() for name, tensor in self.parameters.items()}
        for kind, weights in (("plain", plain), ("averaged", self.average)):
            figure, text = evaluate(weights, self.shape, dev, self.task)
            print(f"{title} {kind} dev {text}  min {self.minutes():.1f}", flush=True)
            if figure > self.best:
                self.best = figure
                torch.save({"parameters": {name: tensor.clone() for name, tensor in weights.items()},
                            "shape": dataclasses.asdict(self.shape), "task": self.args.task}, self.args.out)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", required=True, choices=tasks.NAMES)
    parser.add_argument("--data", required=True, help="folder of task data")
    parser.add_argument("--text", required=True, help="folder of raw text")
    parser.add_argument("--vocab", required=True, help="vocab.txt")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--init", help="checkpoint of pretrain.py or of another fine-tuning")
    start.add_argument("--shape", help="fresh encoder: hidden,layers,heads,intermediate")
    parser.add_argument("--out", required=True, help="checkpoint file to write")
    parser.add_argument("--layers", help="make a DistilBERT from these layers of --init, for example 0,2,3")
    parser.add_argument("--words", help="with --shape: first word embeddings (embed.py --dim HIDDEN)")
    parser.add_argument("--teacher", help="also distil from this fine-tuned checkpoint")
    parser.add_argument("--reviews", type=int, default=0, help="sst2: windows of labelled reviews added to every epoch")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=math.inf,
                        help="stop after this long; the learning rate reaches 0 there")
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--word-drop", type=float, default=0.0, help="share of words replaced by [MASK] in training")
    parser.add_argument("--select", type=int, default=1500, help="dev rows used to choose between epochs")
    parser.add_argument("--max-length", type=int, default=256, help="tokens")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    rng = random.Random(args.seed)

    task = tasks.load(args.task, args.data, args.text, args.reviews)
    tokenizer = Tokenizer(args.vocab, args.max_length)

    def encode(rows):
        return [(*tokenizer.encode(first, second), label) for first, second, label in rows]

    train, dev = encode(task.train), encode(task.dev)
    shape, parameters = start_model(args, task)
    count = sum(tensor.numel() for tensor in parameters.values())
    print(f"{args.task}: train {len(train)}, dev {len(dev)}, parameters {count / 1e6:.2f} M", flush=True)

    trainer = Trainer(args, task, shape, parameters)
    for epoch in range(1, args.epochs + 1):
        loss = trainer.run_epoch(train + encode(task.epoch_extra()), rng)
        trainer.keep_if_best(dev[:args.select], f"epoch {epoch} loss {loss:.4f}")
        if trainer.progress() >= 1:
            break
    if task.test:
        best = torch.load(args.out)["parameters"]
        print(f"best checkpoint, test {evaluate(best, shape, encode(task.test), task)[1]}", flush=True)


if __name__ == "__main__":
    main()
