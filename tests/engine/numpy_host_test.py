"""numpy and fbert in one process, on one OpenBLAS: neither changes the kernels or the number of threads of the other.

    numpy_host_test.py MODULE    MODULE: tests/engine/host_module.cc as a shared library
"""

import ctypes
import importlib.util
import os
import subprocess
import sys
import time
import unittest

ROWS, COLUMNS, DEPTH = 64, 32, 768


def openblas():
    """The library, where this process has it; None where not."""
    try:
        return ctypes.CDLL("libopenblas.so.0", mode=os.RTLD_NOW | os.RTLD_NOLOAD)
    except OSError:
        return None


def threads():
    return openblas().openblas_get_num_threads()


def kernels():
    name = openblas().openblas_get_corename
    name.restype = ctypes.c_char_p
    return name().decode()


def variables():
    """The environment of C; os.environ is a copy of what it was at the start."""
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    return [getenv(name) for name in (b"OPENBLAS_CORETYPE", b"OPENBLAS_NUM_THREADS")]


class Fbert:
    def __init__(self, path):
        self.module = ctypes.CDLL(path)
        self.module.host_blas.restype = ctypes.c_char_p

    def multiply(self, x, p):
        """x (ROWS, DEPTH) times p (DEPTH, COLUMNS), arrays of ctypes."""
        c = (ctypes.c_float * (ROWS * COLUMNS))()
        assert self.module.host_multiply(x, p, c, *map(ctypes.c_size_t, (ROWS, COLUMNS, DEPTH))) == 0
        return c

    def blas(self):
        return self.module.host_blas().decode()


def operands():
    values = [i * 37 % 101 / 101 for i in range(ROWS * DEPTH)]
    return (ctypes.c_float * (ROWS * DEPTH))(*values), (ctypes.c_float * (DEPTH * COLUMNS))(*values[: DEPTH * COLUMNS])


def check_product(c, x, p):
    import numpy

    x, p, c = (
        numpy.ctypeslib.as_array(array).reshape(-1, width) for array, width in ((x, DEPTH), (p, COLUMNS), (c, COLUMNS))
    )
    assert numpy.allclose(c, x @ p, rtol=1e-5)


def cpu_of_others():
    """CPU time of all threads but the main one, in ticks."""
    ticks = 0
    for task in os.listdir("/proc/self/task"):
        if int(task) != os.getpid():
            with open(f"/proc/self/task/{task}/stat") as file:
                ticks += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
    return ticks


def numpy_first(path):
    """Without fbert: what numpy's OpenBLAS is like. With it: the same, before and after a product."""
    import numpy  # noqa: F401

    before = threads(), kernels(), variables()
    if path:
        x, p = operands()
        fbert = Fbert(path)
        check_product(fbert.multiply(x, p), x, p)
        assert "loaded by the host program" in fbert.blas(), fbert.blas()
        assert (threads(), kernels(), variables()) == before, (threads(), kernels(), variables(), before)
    print(before[0])


def fbert_first(path):
    assert openblas() is None
    before = variables()
    x, p = operands()
    fbert = Fbert(path)
    c = fbert.multiply(x, p)
    assert "chosen by" in fbert.blas() and variables() == before, (fbert.blas(), variables())
    check_product(c, x, p)
    print(threads())


def products_use_one_thread(path):
    x, p = operands()
    fbert = Fbert(path)
    fbert.multiply(x, p)
    for _ in range(3):  # until the threads of OpenBLAS have gone to sleep
        before = cpu_of_others()
        time.sleep(0.5)
        if cpu_of_others() == before:
            break
    begin = time.process_time()
    while time.process_time() - begin < 0.5:
        fbert.multiply(x, p)
    assert cpu_of_others() - before <= 2, f"other threads worked for {cpu_of_others() - before} ticks"


class Host(unittest.TestCase):
    @staticmethod
    def run_case(*arguments, **variables_of_case):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
        command = [sys.executable, "-B", __file__, *arguments]
        result = subprocess.run(command, env=environment | variables_of_case, capture_output=True, text=True)
        if result.returncode != 0:
            raise AssertionError(result.stderr)
        return result.stdout

    def test_what_numpy_has_loaded_stays_as_it_is(self):
        self.run_case("numpy_first", module)
        self.assertEqual(self.run_case("numpy_first", module, OPENBLAS_NUM_THREADS="1"), "1\n")
        self.run_case("numpy_first", module, OPENBLAS_CORETYPE="Prescott")

    def test_numpy_that_comes_later_has_its_own_number_of_threads(self):
        for number in ({}, {"OPENBLAS_NUM_THREADS": "1"}):
            self.assertEqual(self.run_case("fbert_first", module, **number), self.run_case("numpy_first", "", **number))

    def test_products_stay_in_their_thread_whatever_the_kernels(self):
        for kernels_of_case in ({}, {"OPENBLAS_CORETYPE": "Prescott"}):
            self.run_case("products_use_one_thread", module, OPENBLAS_NUM_THREADS="2", **kernels_of_case)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        globals()[sys.argv[1]](sys.argv[2])
    else:
        module = sys.argv.pop(1)
        if importlib.util.find_spec("numpy") is None:
            print("skipped: Debian's python3-numpy is not installed")
            sys.exit(77)
        unittest.main()
