"""The peers: which worker measures each, what it needs, and how it is talked to."""

import contextlib
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time
from typing import NamedTuple

HERE = pathlib.Path(__file__).parent
# Threads of some libraries spin for a while before they sleep: the next one waits.
PAUSE = 0.1


class Peer(NamedTuple):
    """A library: its worker, the modules it needs, and its environment variables."""

    worker: str
    needs: tuple[str, ...]
    environment: dict[str, str] = {}


PEERS = {
    "skgru": Peer("with_skgru", ("skgru",)),
    "new processes": Peer("in_new_processes", ("skgru",)),
    "BLAS": Peer("with_blas", ("scipy",), {"OPENBLAS_NUM_THREADS": "1"}),
    "scikit-learn": Peer("with_sklearn", ("sklearn",)),
    "PyTorch": Peer("with_torch", ("torch",)),
    "Keras (TensorFlow)": Peer(
        "with_keras",
        ("keras", "tensorflow"),
        {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
    ),
    "Keras (JAX)": Peer("with_keras", ("keras", "jax"), {"KERAS_BACKEND": "jax"}),
    "JAX": Peer("with_jax", ("jax",)),
    "ONNX Runtime": Peer("with_onnxruntime", ("onnx", "onnxruntime")),
    "skorch": Peer("with_skorch", ("skorch", "torch")),
}


def what_is_missing(name):
    """The modules of a peer that are not installed."""
    needs = PEERS[name].needs
    return [module for module in needs if importlib.util.find_spec(module) is None]


class WorkerError(RuntimeError):
    """What a worker answered in place of numbers."""


class Worker:
    """A process that measures one library."""

    def __init__(self, name, log):
        peer = PEERS[name]
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"workers.{peer.worker}"],
            cwd=HERE,
            env=os.environ | peer.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def ask(self, **request):
        """Send a request and wait for its answer."""
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError) as error:
            raise WorkerError("the process ended, see the log") from error
        time.sleep(PAUSE)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    @property
    def has_ended(self):
        """Whether the process is gone."""
        return self._process.poll() is not None

    def close(self):
        """Let it end."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()


class Workers:
    """Processes that are started when first asked for, and stay until the end."""

    def __init__(self, log):
        self._log = log
        self._workers = {}

    def get(self, name, threads):
        """The worker of a peer with a number of threads."""
        key = (name, threads)
        if key not in self._workers or self._workers[key].has_ended:
            self._workers[key] = Worker(name, self._log)
        return self._workers[key]

    def forget(self):
        """Let go of everything that was prepared."""
        for worker in self._workers.values():
            if not worker.has_ended:
                worker.ask(forget=True)

    def close(self):
        """End them all."""
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()
