"""The token ids that every worker is measured on, and the line protocol of the Python workers.

The protocol is that of bench/peer_worker.cc: `load`, `run`, `logits`, `free`, `quit`; see there.
"""

import os
import sys
import time
from pathlib import Path

import numpy

ROWS, COLUMNS = 32, 512


def ids_path():
    return Path(os.environ["PEERS_TMP"]) / "ids.i64"


def write_ids():
    if not ids_path().exists():
        numpy.random.default_rng(5).integers(1000, 30000, (ROWS, COLUMNS), dtype=numpy.int64).tofile(ids_path())


def token_ids(batch, sequence, pad):
    """ids and mask, int64 (batch, sequence); with `pad`, row i is shorter than row i - 1."""
    ids = numpy.fromfile(ids_path(), numpy.int64).reshape(ROWS, COLUMNS)[:batch, :sequence].copy()
    mask = numpy.ones_like(ids)
    for row in range(batch):
        length = max(3, sequence - row * sequence // (2 * batch)) if pad else sequence
        ids[row, 0], ids[row, length - 1] = 101, 102
        ids[row, length:] = mask[row, length:] = 0
    return ids, mask


def timed(forward, warmup, most, budget_ms):
    """Microseconds of each of up to `most` calls within `budget_ms`, after `warmup` calls."""
    for _ in range(warmup):
        forward()
    times, clock = [], time.perf_counter_ns
    end = clock() + budget_ms * 1e6
    while len(times) < most:
        start = clock()
        forward()
        stop = clock()
        times.append((stop - start) / 1000)
        if stop > end:
            break
    return times


def make_batches(lengths, way, size):
    """Lists of text numbers. `file` takes them as they come, `sorted` by their number of tokens; `equal` also ends a batch
    where the length changes, so that nothing is padded."""
    order = range(len(lengths)) if way == "file" else sorted(range(len(lengths)), key=lengths.__getitem__)
    batches = []
    for text in order:
        last = batches[-1] if batches else []
        if last and len(last) < size and (way != "equal" or lengths[last[0]] == lengths[text]):
            last.append(text)
        else:
            batches.append([text])
    return batches


def classify(predict, file, way, size):
    """Milliseconds and labels of the texts whose ids and type ids `file` holds; predict(ids, mask, types) -> logits."""
    with open(file, encoding="ascii") as lines:
        texts = [[numpy.array(part.split(), numpy.int64) for part in line.split("\t")] for line in lines]
    labels = [0] * len(texts)
    start = time.perf_counter()
    for batch in make_batches([len(ids) for ids, _ in texts], way, size):
        ids, mask, types = numpy.zeros((3, len(batch), max(len(texts[text][0]) for text in batch)), numpy.int64)
        for row, text in enumerate(batch):
            length = len(texts[text][0])
            ids[row, :length], types[row, :length] = texts[text]
            mask[row, :length] = 1
        for text, label in zip(batch, predict(ids, mask, types).argmax(axis=1)):
            labels[text] = label
    return (time.perf_counter() - start) * 1000, labels


def serve(version, load, texts=None):
    """Answers requests until `quit`. load(path, variant, threads) gives prepare(batch, sequence, pad) -> (forward,
    logits), where forward() is timed and logits() is the result of the latest one, flat. texts(path,
    variant, threads) gives a predict for classify()."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries print warnings to stdout, which is the protocol's
    models = {}
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            if verb == "quit":
                return
            if verb == "version":
                answer = "v " + version
            elif verb == "load":
                start = time.perf_counter()
                models[words[0]] = load(words[1], words[2], int(words[3]))
                answer = f"ok {(time.perf_counter() - start) * 1000:.3f}"
            elif verb == "run":
                batch, sequence, warmup, most = map(int, words[1:5])
                forward, _ = models[words[0]](batch, sequence, False)
                answer = "t " + " ".join(f"{t:.2f}" for t in timed(forward, warmup, most, float(words[5])))
            elif verb == "logits":
                forward, logits = models[words[0]](int(words[1]), int(words[2]), words[3] == "1")
                forward()
                answer = "l " + " ".join(f"{value:.9g}" for value in logits())
            elif verb == "open":
                models[words[0]] = texts(words[1], words[2], int(words[3]))
                answer = "ok"
            elif verb == "classify":
                milliseconds, labels = classify(models[words[0]], words[1], words[2], int(words[3]))
                answer = f"c {milliseconds:.3f} " + " ".join(map(str, labels))
            elif verb == "free":
                models.pop(words[0], None)
                answer = "ok"
            else:
                answer = "err unknown request " + repr(verb)
        except Exception as error:  # whatever goes wrong is the answer; the harness goes on without this peer
            answer = f"err {type(error).__name__}: {error}".replace("\n", " ")[:400]
        print(answer, file=answers)
