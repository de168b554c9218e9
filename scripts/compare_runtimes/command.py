"""The command line of scripts/compare-runtimes."""

import argparse
import json
import os
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

import graphs
import inputs
import models
import report
from measure import check_logits, load, machine, measure_case
from models import note
from texts import collect, measure_texts
from workers import Tools, WorkerError, Workers

ROOT = Path(__file__).resolve().parent.parent.parent
DESCRIPTION = """Measures fbert beside ONNX Runtime and PyTorch on this machine, and writes the tables that the README
shows. See docs/compare-runtimes.md. Needs Debian's python3-onnx, python3-numpy, python3-torch, nodejs and npm; two npm
packages are installed, and models and graphs written (about 8 GB for all), under the work folder."""
PEERS = ["fbert:fp32", "fbert:int8", "torch:fp32", "torch:int8", *("ort:" + name for name in graphs.VARIANTS)]
LONG = "1x16,1x32,1x64,1x128,1x256,1x512,32x32,32x128"
SHORT = "1x32,1x128"
FP32_LIMIT = 1e-4  # of logits against fbert's fp32, times the largest logit where that is above 1
INT8_LIMIT = 0.25  # the same: a graph that is wired wrongly is far outside; random weights amplify rounding


def parse(arguments):
    parser = argparse.ArgumentParser(prog="compare-runtimes", description=DESCRIPTION)
    names = ",".join(models.SHAPES)
    parser.add_argument("--models", default=names, help=f"of random weights (default: {names}); '' for none")
    parser.add_argument("--model", action="append", default=[], metavar="DIR", help="a folder of yours; repeatable")
    parser.add_argument("--cases", help=f"batch x tokens (default: {LONG} for distilbert-base, {SHORT} for others)")
    parser.add_argument("--threads", default="1,2" if len(os.sched_getaffinity(0)) > 1 else "1")
    parser.add_argument("--peers", default="*", help="patterns such as 'fbert:*,ort:int8-*' of: " + " ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--ms", type=float, default=250, help="of a peer's turn in a round (default: 250)")
    parser.add_argument("--texts", action="append", metavar="FILE[:COLUMNS]",
                        help="a text a line; or a tab-separated file and one column or two (names, or numbers from 1 for "
                        "a file without a header); 'docs' is this project's documentation (default); 'none'; repeatable")
    parser.add_argument("--max-texts", type=int, default=1000, metavar="N")
    parser.add_argument("--text-rounds", type=int, default=3)
    parser.add_argument("--vocab", type=Path, default=ROOT / "models/fbert-mini-sst2/vocab.txt",
                        help="vocab.txt for the texts (default: that of the default model)")
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build/release")
    parser.add_argument("--work-dir", type=Path, default=Path(tempfile.gettempdir()) / "fbert-runtimes")
    parser.add_argument("--output", type=Path, default=Path("runtimes"), metavar="PREFIX",
                        help="of the results PREFIX.md and PREFIX.json")
    parser.add_argument("--merge", nargs="+", type=Path, metavar="JSON", help="measure nothing; join reports into one")
    options = parser.parse_args(arguments)
    for name in filter(None, options.models.split(",")):
        if name not in models.SHAPES:
            parser.error(f"unknown model {name!r}; there are {names}")
    options.peers = [peer for peer in PEERS if any(fnmatch(peer, p) for p in options.peers.split(","))]
    options.threads = [int(word) for word in options.threads.split(",")]
    options.texts = [spec for spec in options.texts or ["docs"] if spec != "none"]
    return options


def shapes(cases):
    return [tuple(int(size) for size in case.split("x")) for case in cases.split(",")]


class Run:
    def __init__(self, options):
        self.options = options
        self.report = {"machine": machine(), "command": sys.argv[1:], "versions": {}, "checks": [], "cases": [],
                       "texts": []}

    def save(self):
        prefix = self.options.output
        prefix.parent.mkdir(parents=True, exist_ok=True)
        prefix.with_name(prefix.name + ".json").write_text(json.dumps(self.report, indent=1) + "\n")
        prefix.with_name(prefix.name + ".md").write_text(report.markdown(self.report))

    def graphs(self):
        return [peer.split(":")[1] for peer in self.options.peers if peer.startswith("ort:")]

    def note_versions(self, workers):
        for runtime, worker in workers.running.items():
            self.report["versions"].setdefault(runtime, worker.ask("version"))

    def check(self, workers, subject, loaded):
        """Stops when a graph does not compute what fbert computes: a comparison with it would mean nothing."""
        if "fbert:fp32" not in loaded:
            workers["fbert"].ask("load", "fbert:fp32", *subject.load_words("fbert", "fp32"), workers.threads)
        distances, largest = check_logits(workers, subject, [peer for peer in loaded if peer != "fbert:fp32"])
        self.report["checks"].append({"model": subject.name, "largest_logit": largest, "distances": distances})
        for peer, distance in distances.items():
            limit = (FP32_LIMIT if ":fp32" in peer else INT8_LIMIT) * max(1.0, largest)
            if distance > limit:
                raise SystemExit(f"{subject.name}: a logit of {peer} is {distance:.3g} from fbert's fp32, and may be "
                                 f"{limit:.3g}")

    def cases(self, tools, subject, threads, check):
        options = self.options
        wanted = options.cases or (LONG if subject.name == "distilbert-base" else SHORT)
        with Workers(tools, options.work_dir, threads) as workers:
            loaded = load(workers, subject, options.peers)
            self.note_versions(workers)
            if check:
                self.check(workers, subject, loaded)
            for batch, sequence in shapes(wanted):
                record = measure_case(workers, subject, loaded, batch, sequence, options.rounds, options.ms)
                self.report["cases"].append(record)
                print(report.details(record), flush=True)
                self.save()

    def texts(self, tools, subject, threads):
        options = self.options
        graph_names = [name for name in self.graphs() if name.startswith("int8")]
        for spec in options.texts if graph_names else []:
            texts = collect(spec, ROOT, options.work_dir, options.max_texts)
            with Workers(tools, options.work_dir, threads) as workers:
                record = measure_texts(workers, subject, texts, graph_names, options.text_rounds, options.work_dir)
                self.note_versions(workers)
            self.report["texts"].append(record)
            print(report.texts_table([record]), flush=True)
            self.save()

    def measure(self):
        options = self.options
        tools = Tools(options.work_dir, options.build_dir.resolve())
        options.work_dir.mkdir(parents=True, exist_ok=True)
        os.environ["PEERS_TMP"] = str(options.work_dir)
        inputs.write_ids()
        tools.install_packages()
        subjects = [models.random_subject(name, options.work_dir) for name in options.models.split(",") if name]
        subjects += [models.given_subject(folder, options.work_dir) for folder in options.model]
        if options.cases != "":
            for subject in subjects:
                models.prepare(subject, self.graphs(), tools.fbert)
                for threads in options.threads:
                    self.cases(tools, subject, threads, check=threads == options.threads[0])
        if options.texts:
            given = [models.given_subject(folder, options.work_dir) for folder in options.model]
            for subject in given or [models.random_subject("distilbert-base", options.work_dir, options.vocab)]:
                models.prepare(subject, [name for name in self.graphs() if name.startswith("int8")], tools.fbert)
                for threads in options.threads:
                    self.texts(tools, subject, threads)

    def merge(self):
        for path in self.options.merge:
            part = json.loads(path.read_text(encoding="utf-8"))
            for key in ("checks", "cases", "texts"):
                self.report[key] += part[key]
            self.report["versions"].update(part["versions"])
            self.report["machine"] = part["machine"]
        self.save()


def main():
    run = Run(parse(sys.argv[1:]))
    try:
        run.merge() if run.options.merge else run.measure()
    except WorkerError as error:
        sys.exit(f"compare-runtimes: {error}")
    note(f"written: {run.options.output}.md, {run.options.output}.json")
