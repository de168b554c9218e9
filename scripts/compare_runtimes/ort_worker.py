"""Runs ONNX graphs in ONNX Runtime through its C API, on tensors made once.

    ort_worker.py LIBONNXRUNTIME

The npm package ships the library without a header; the API is a table of functions whose order never changes, so those
used are named here by their place. What a call through ctypes costs beyond the library's own time is a few microseconds.
"""

import ctypes
import sys
from ctypes import byref, c_char_p, c_int, c_int64, c_size_t, c_void_p

import numpy

import inputs

FLOAT, INT64 = 1, 7  # ONNXTensorElementDataType
ENABLE_ALL = 99  # GraphOptimizationLevel


class Api:
    SLOTS = {
        "CreateEnv": (3, c_int, c_char_p, c_void_p),
        "CreateSession": (7, c_void_p, c_char_p, c_void_p, c_void_p),
        "Run": (9, c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p),
        "CreateSessionOptions": (10, c_void_p),
        "SetSessionGraphOptimizationLevel": (23, c_void_p, c_int),
        "SetIntraOpNumThreads": (24, c_void_p, c_int),
        "SetInterOpNumThreads": (25, c_void_p, c_int),
        "SessionGetInputCount": (30, c_void_p, c_void_p),
        "SessionGetInputName": (36, c_void_p, c_size_t, c_void_p, c_void_p),
        "CreateTensorWithDataAsOrtValue": (49, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_int, c_void_p),
        "CreateCpuMemoryInfo": (69, c_int, c_int, c_void_p),
        "GetAllocatorWithDefaultOptions": (78, c_void_p),
    }
    MESSAGE, RELEASE_STATUS, RELEASE_SESSION, RELEASE_VALUE = 2, 93, 95, 96

    def __init__(self, library):
        class Base(ctypes.Structure):
            _fields_ = [("get", ctypes.CFUNCTYPE(c_void_p, ctypes.c_uint32)), ("version", ctypes.CFUNCTYPE(c_char_p))]

        entry = ctypes.CDLL(library).OrtGetApiBase
        entry.restype = ctypes.POINTER(Base)
        base = entry().contents
        self.version = base.version().decode()
        self.table = ctypes.cast(base.get(17), ctypes.POINTER(c_void_p))
        self.functions = {name: ctypes.CFUNCTYPE(c_void_p, *kinds)(self.table[slot])
                          for name, (slot, *kinds) in self.SLOTS.items()}
        self.message = ctypes.CFUNCTYPE(c_char_p, c_void_p)(self.table[self.MESSAGE])
        self.release = {slot: ctypes.CFUNCTYPE(None, c_void_p)(self.table[slot])
                        for slot in (self.RELEASE_STATUS, self.RELEASE_SESSION, self.RELEASE_VALUE)}

    def check(self, status):
        if status:
            text = self.message(status).decode()
            self.release[self.RELEASE_STATUS](status)
            raise RuntimeError(text)

    def call(self, name, *arguments):
        self.check(self.functions[name](*arguments))

    def make(self, name, *arguments):
        """Calls a function whose last argument receives a pointer."""
        result = c_void_p()
        self.call(name, *arguments, byref(result))
        return result.value


class Session:
    def __init__(self, api, environment, memory, path, threads):
        self.api, self.memory = api, memory
        options = api.make("CreateSessionOptions")
        api.call("SetSessionGraphOptimizationLevel", options, ENABLE_ALL)
        api.call("SetIntraOpNumThreads", options, threads)
        api.call("SetInterOpNumThreads", options, 1)
        self.handle = api.make("CreateSession", environment, path.encode(), options)
        count = c_size_t()
        api.call("SessionGetInputCount", self.handle, byref(count))
        allocator = api.make("GetAllocatorWithDefaultOptions")
        self.names = [ctypes.string_at(api.make("SessionGetInputName", self.handle, i, allocator))
                      for i in range(count.value)]

    def __del__(self):
        if hasattr(self, "handle"):
            self.api.release[self.api.RELEASE_SESSION](self.handle)

    def tensor(self, array, kind):
        shape = (c_int64 * array.ndim)(*array.shape)
        return self.api.make("CreateTensorWithDataAsOrtValue", self.memory, array.ctypes.data, array.nbytes, shape,
                             array.ndim, kind)

    def prepare(self, batch, sequence, pad, labels):
        ids, mask = inputs.token_ids(batch, sequence, pad)
        forward, output, _ = self.bind(ids, mask, numpy.zeros_like(ids), labels)
        return forward, lambda: output.flatten().tolist()

    def predict(self, ids, mask, types, labels):
        forward, output, release = self.bind(ids, mask, types, labels)
        forward()
        release()
        return output

    def bind(self, ids, mask, types, labels):
        """forward(), the array it writes, and release() of the tensors; int64 (batch, sequence) arrays come in."""
        arrays = {b"input_ids": ids, b"attention_mask": mask, b"token_type_ids": types}
        output = numpy.zeros((len(ids), labels), numpy.float32)
        count = len(self.names)
        names = (c_char_p * count)(*self.names)
        feeds = (c_void_p * count)(*(self.tensor(arrays[name], INT64) for name in self.names))
        result_names, results = (c_char_p * 1)(b"logits"), (c_void_p * 1)(self.tensor(output, FLOAT))
        run, check = self.api.functions["Run"], self.api.check

        def forward(owners=(arrays, output)):  # keeps alive what the tensors point to
            check(run(self.handle, None, names, feeds, count, result_names, 1, results))

        def release():
            for value in (*feeds, *results):
                self.api.release[self.api.RELEASE_VALUE](value)

        return forward, output, release


def main():
    api = Api(sys.argv[1])
    environment = api.make("CreateEnv", 3, b"fbert")
    memory = api.make("CreateCpuMemoryInfo", 1, 0)

    def load(path, labels, threads):
        """`labels` stands in the place of the variant: a graph is one, but does not say how wide its output is."""
        session = Session(api, environment, memory, path, threads)
        return lambda batch, sequence, pad: session.prepare(batch, sequence, pad, int(labels))

    def texts(path, labels, threads):
        session = Session(api, environment, memory, path, threads)
        return lambda ids, mask, types: session.predict(ids, mask, types, int(labels))

    inputs.serve("ONNX Runtime " + api.version, load, texts)


main()
