"""The processes that are measured, each holding its models, and what they need installed or built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NPM_PACKAGES = {"onnxruntime-node": "1.30.0", "tokenizers": "0.23.2"}


class WorkerError(RuntimeError):
    pass


class Worker:
    """Speaks the line protocol of bench/peer_worker.cc with one process."""

    def __init__(self, name, command, work_dir, environment):
        self.name, self.log = name, work_dir / f"{name}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, text=True, bufsize=1,
                                            stdout=subprocess.PIPE, stderr=log, env={**os.environ, **environment})

    def ask(self, *words):
        """The answer without its first word."""
        try:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise WorkerError(f"the {self.name} process has ended; see {self.log}")
        kind, _, rest = answer.strip().partition(" ")
        if kind == "err":
            raise WorkerError(f"{self.name}: {rest}")
        return rest

    def numbers(self, *words):
        return [float(word) for word in self.ask(*words).split()]

    def quit(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()


class Workers:
    """One process for each runtime, started when first asked for, all with the same number of threads."""

    def __init__(self, tools, work_dir, threads):
        self.tools, self.work_dir, self.threads, self.running = tools, work_dir, threads, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.running.values():
            worker.quit()

    def process_ids(self):
        return [worker.process.pid for worker in self.running.values() if worker.process.poll() is None]

    def __getitem__(self, runtime):
        if runtime not in self.running:
            environment = {"PEERS_TMP": str(self.work_dir)}
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
                environment[name] = str(self.threads) if runtime == "torch" else "1"
            self.running[runtime] = Worker(runtime, self.tools.command(runtime, self.threads), self.work_dir, environment)
        return self.running[runtime]


class Tools:
    """Where the programs and packages are."""

    def __init__(self, work_dir, build_dir):
        self.work_dir, self.modules = work_dir, work_dir / "node" / "node_modules"
        self.fbert, self.peer_worker = build_dir / "fbert", build_dir / "bench" / "peer_worker"
        for program in (self.fbert, self.peer_worker):
            if not program.exists():
                raise SystemExit(f"{program}: not built; build with FBERT_BUILD_BENCH=ON or give --build-dir")

    def install_packages(self):
        missing = [name for name in NPM_PACKAGES if not (self.modules / name).is_dir()]
        if not missing:
            return
        if not shutil.which("npm"):
            raise SystemExit("npm is needed to install " + ", ".join(missing) + " (Debian: nodejs npm)")
        folder = self.modules.parent
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        print("installing " + ", ".join(missing), file=sys.stderr)
        # The packages' own scripts only fetch libraries for GPUs.
        subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent",
                        *(f"{name}@{version}" for name, version in NPM_PACKAGES.items())], cwd=folder, check=True)

    def onnxruntime(self):
        found = sorted(self.modules.glob("onnxruntime-node/bin/napi-v*/linux/x64/libonnxruntime.so*"))
        if not found:
            raise SystemExit(f"{self.modules}/onnxruntime-node: no libonnxruntime.so")
        return found[-1]

    def command(self, runtime, threads):
        return {
            "fbert": lambda: [self.peer_worker],
            "ort": lambda: [sys.executable, HERE / "ort_worker.py", self.onnxruntime()],
            "torch": lambda: [sys.executable, HERE / "torch_worker.py"],
            "tokenizers": lambda: ["node", HERE / "tokenize.js", self.modules, threads],
        }[runtime]()
