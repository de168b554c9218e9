"""Interleaved measuring: the peers of a case take turns in random order, round after round."""

import os
import platform
import random
import statistics
import time
from contextlib import suppress
from datetime import datetime
from fnmatch import fnmatch

from models import note
from workers import WorkerError

PAUSE_SECONDS = 0.04  # before each turn, so that the threads of the one before come to rest
SLOW_MS = 300  # from here on, one forward is warm-up enough for all rounds


def spread(rounds, scale=1.0):
    """Statistics of the figures of all rounds together. The median is that of the medians of the rounds: a round that was
    disturbed counts as one, however many fast forwards or few slow ones it holds."""
    values = sorted(value * scale for times in rounds for value in times)
    at = lambda share: values[min(len(values) - 1, round(share * (len(values) - 1)))]
    medians = [statistics.median(times) * scale for times in rounds]
    return {"n": len(values), "median": statistics.median(medians), "mean": statistics.fmean(values),
            "std": statistics.stdev(values) if len(values) > 1 else 0.0, "min": values[0], "p10": at(0.1), "p90": at(0.9),
            "round_medians": medians}


def ratio(slow, fast):
    """Median over median, and its 95 % interval by bootstrap over rounds (both were measured in the same ones)."""
    pairs = list(zip(slow["round_medians"], fast["round_medians"]))
    generator, ratios = random.Random(1), []
    for _ in range(2000):
        picked = generator.choices(pairs, k=len(pairs))
        ratios.append(statistics.median(a for a, _ in picked) / statistics.median(b for _, b in picked))
    ratios.sort()
    return slow["median"] / fast["median"], ratios[50], ratios[1949]


def jiffies(path):
    """CPU time in user and system mode, by /proc/stat (of the machine; with what was stolen) or /proc/PID/stat."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    if path == "/proc/stat":
        user, nice, system, _, _, interrupts, soft, stolen = map(int, text.split(maxsplit=9)[1:9])
        return user + nice + system + interrupts + soft, stolen
    return sum(map(int, text.rpartition(")")[2].split()[11:13]))


class Noise:
    """What else the machine did meanwhile: time stolen by a hypervisor, and cores that other processes kept busy."""

    def __init__(self, workers):
        self.workers = workers

    def read(self):
        busy, stolen = jiffies("/proc/stat")
        own = sum(jiffies(f"/proc/{pid}/stat") for pid in ("self", *self.workers.process_ids()))
        return time.monotonic() * os.sysconf("SC_CLK_TCK"), busy - own, stolen

    def __enter__(self):
        self.before = self.read()
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            return
        elapsed, others, stolen = (b - a for a, b in zip(self.before, self.read()))
        self.figures = {"others_cores": round(max(0, others) / elapsed, 2),
                        "steal_percent": round(100 * stolen / elapsed / os.cpu_count(), 2),
                        "load_average": round(os.getloadavg()[0], 2),
                        "seconds": round(elapsed / os.sysconf("SC_CLK_TCK"), 1)}


def machine():
    cpu = "unknown"
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), cpu)
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "date": datetime.now().astimezone().isoformat(timespec="seconds")}


def take_turns(peers, rounds, turn):
    """{peer: [what turn(peer, round, what it gave before) gave in each round]}; a peer that fails is left out."""
    given = {peer: [] for peer in peers}
    for number in range(rounds):
        order = list(given)
        random.shuffle(order)
        for peer in order:
            time.sleep(PAUSE_SECONDS)
            try:
                given[peer].append(turn(peer, number, given[peer]))
            except WorkerError as error:
                note(f"left out: {peer}: {error}")
                del given[peer]
    return given


def load(workers, subject, peers):
    """The peers that could be loaded."""
    loaded = []
    for peer in peers:
        runtime, variant = peer.split(":")
        try:
            workers[runtime].ask("load", peer, *subject.load_words(runtime, variant), workers.threads)
            loaded.append(peer)
        except WorkerError as error:
            note(f"left out: {peer}: {error}")
    return loaded


def measure_case(workers, subject, peers, batch, sequence, rounds, budget_ms):
    """A record of all peers on one shape of input."""

    def turn(peer, number, before):
        slow = before and statistics.median(before[-1]) > SLOW_MS * 1000
        warmup = 0 if slow else 2 if number == 0 else 1
        return workers[peer.split(":")[0]].numbers("run", peer, batch, sequence, warmup, 100_000, budget_ms)

    with Noise(workers) as noise:
        given = take_turns(peers, rounds, turn)
    results = {peer: {**spread(times, 1e-3), "bytes": subject.size(*peer.split(":"))} for peer, times in given.items()}
    return {"model": subject.name, "threads": workers.threads, "batch": batch, "sequence": sequence, **noise.figures,
            "results": results}


def check_logits(workers, subject, peers, batch=4, sequence=32):
    """{peer: largest distance of a logit from fbert's fp32}, and the largest logit. Rows of different lengths, but for
    graphs that take no padding."""
    distances = {}

    def logits(peer, pad):
        return workers[peer.split(":")[0]].numbers("logits", peer, batch, sequence, pad)

    for peer in peers:
        pad = 0 if fnmatch(peer, "*-expert") else 1
        expected = logits("fbert:fp32", pad)
        distances[peer] = max(abs(a - b) for a, b in zip(logits(peer, pad), expected))
    return distances, max(map(abs, expected))
