#!/usr/bin/env python3
"""Checks which file includes which, over the source tree.

    check_includes.py [ROOT]      fails when an include points against the arrows between the folders, when an
                                  instruction set file reaches a header beyond its list, or when any includes a BLAS header
    check_includes.py --self-test checks that planted violations are found
"""

import re
import sys
import tempfile
from pathlib import Path

# The folders that each folder may include, besides itself: the arrows of docs/design.md, and what lies below them.
MAY_INCLUDE = {
    "kernels": [],
    "loader": [],
    "tokenizer": ["loader"],
    "engine": ["kernels", "loader"],
    "quantizer": ["engine", "kernels", "loader"],
    "pipelines": ["quantizer", "tokenizer", "engine", "kernels", "loader"],
    "data": ["pipelines", "loader"],
    "metrics": ["pipelines", "loader"],
    "cli": ["data", "metrics", "pipelines", "quantizer", "tokenizer", "engine", "loader", "kernels"],
}
MAY_INCLUDE["bench"] = [*MAY_INCLUDE["cli"], "cli", "tests"]
MAY_INCLUDE["tests"] = [*MAY_INCLUDE["cli"], "cli", "bench"]

# The public headers, include/fbert/, by the folder whose interface each is.
PUBLIC_FOLDER = "include"
PUBLIC_HEADERS = {
    "fbert/activation.h": "kernels",
    "fbert/error.h": "loader",
    "fbert/export.h": "loader",
    "fbert/version.h": "loader",
    "fbert/tokenizer.h": "tokenizer",
    "fbert/encoding.h": "tokenizer",
    "fbert/batch.h": "engine",
    "fbert/config.h": "engine",
    "fbert/heads.h": "engine",
    "fbert/blas.h": "engine",
    "fbert/isa.h": "engine",
    "fbert/model.h": "engine",
    "fbert/model_folder.h": "loader",
    "fbert/observer.h": "engine",
    "fbert/precision.h": "engine",
    "fbert/scheme.h": "engine",
    "fbert/threads.h": "engine",
    "fbert/quantize.h": "quantizer",
    "fbert/classifier.h": "pipelines",
    "fbert/inputs.h": "pipelines",
}

# An instruction set file is compiled for a wide instruction set. A header with ordinary inline functions would leave
# wide copies of them that the linker may keep for the whole program.
ISA_FILE = re.compile(r"kernels/(x86|ref)/(?!cpu\.)[^/]+\.cc|tests/kernels/[^/]+_table\.cc")
INTERNAL_HEADER = re.compile(r"kernels/(x86/|ref/)?[^/]+-inl\.h")
ISA_HEADERS = {"fbert/activation.h", "immintrin.h", "cstddef", "cstdint", "kernels/table.h", "kernels/cpu.h"}

BLAS_LOADER = "engine/openblas.h"  # ours; it loads OpenBLAS at run time
BLAS_HEADER = re.compile(r"(.*/)?(f77blas|cblas|lapacke?|openblas|mkl)\w*\.h")

# CLI11's headers take longer to compile than most files.
CLI11_FILE = "cli/arguments.cc"

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def includes_of(text):
    """Pairs (name, quoted)."""
    return [(quoted or angled, bool(quoted)) for quoted, angled in INCLUDE.findall(text)]


def room_of(name):
    """The folder to which a file, or a header as an #include names it, belongs; None for a foreign header."""
    name = name.removeprefix(PUBLIC_FOLDER + "/")
    if name.startswith("fbert/"):
        return PUBLIC_HEADERS.get(name, "an unlisted public header")
    folder = name.split("/")[0]
    return folder if "/" in name and folder in MAY_INCLUDE else None


def check_file(name, includes):
    folder = room_of(name)
    public = name.startswith(PUBLIC_FOLDER + "/")
    if public and folder not in MAY_INCLUDE:
        yield f"{name}: is in no folder's list of public headers"
        return
    isa = ISA_FILE.fullmatch(name) or INTERNAL_HEADER.fullmatch(name) or name in ISA_HEADERS
    for header, quoted in includes:
        if BLAS_HEADER.fullmatch(header) and header != BLAS_LOADER:
            yield f"{name}: includes {header}; OpenBLAS is loaded at run time, by {BLAS_LOADER}"
        if header.startswith("CLI/") and name != CLI11_FILE:
            yield f"{name}: includes {header}; only {CLI11_FILE} may"
        if isa and header not in ISA_HEADERS and not INTERNAL_HEADER.fullmatch(header):
            allowed = ", ".join(sorted(ISA_HEADERS))
            yield f"{name}: includes {header}; an instruction set file reaches only {allowed} and kernels/*-inl.h"
        if not isa and folder != "kernels" and INTERNAL_HEADER.fullmatch(header):
            yield f"{name}: includes {header}; only kernels may"
        target = room_of(header)
        if target is not None:
            if public and not header.startswith("fbert/"):
                yield f"{name}: includes {header}; a public header includes only public ones"
            if target != folder and target not in MAY_INCLUDE[folder]:
                allowed = ", ".join([folder] + MAY_INCLUDE[folder])
                yield f"{name}: includes {header} ({target}); {folder} may include only {allowed}"
        elif quoted and ".." in header.split("/"):
            yield f'{name}: includes "{header}"; write the path from the root of the tree'


def check_tree(root):
    problems, count = [], 0
    for folder in [PUBLIC_FOLDER, *MAY_INCLUDE]:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cc", ".inc") and path.is_file():
                count += 1
                problems += check_file(path.relative_to(root).as_posix(), includes_of(path.read_text(encoding="utf-8")))
    return problems, count


SELF_TEST = [  # file, its include line, whether it is a violation
    ("kernels/dispatch.cc", '#include "kernels/kernels.h"', False),
    ("kernels/dispatch.cc", '#include "loader/error.h"', True),
    ("loader/a.cc", '#include "tokenizer/tokenizer.h"', True),
    ("tokenizer/a.cc", '#include "loader/json.h"', False),
    ("tokenizer/a.cc", '#include "engine/model.h"', True),
    ("engine/a.cc", '#include "kernels/kernels.h"', False),
    ("engine/a.cc", '#  include "fbert/classifier.h"', True),
    ("engine/a.cc", '#include "quantizer/plan.h"', True),
    ("pipelines/a.cc", '#include "fbert/quantize.h"', False),
    ("data/a.cc", '#include "metrics/metrics.h"', True),
    ("metrics/a.cc", '#include "data/reader.h"', True),
    ("data/a.cc", '#include "cli/output.h"', True),
    ("engine/a.cc", '#include "fbert/unknown.h"', True),
    ("include/fbert/model.h", '#include "fbert/batch.h"', False),
    ("include/fbert/model.h", '#include "fbert/classifier.h"', True),
    ("include/fbert/model.h", '#include "kernels/table.h"', True),
    ("include/fbert/model.h", "#include <vector>", False),
    ("include/fbert/unknown.h", "#include <vector>", True),
    ("engine/a.cc", "#include <tokenizer/tokenizer.h>", True),
    ("engine/a.cc", '#include "../cli/output.h"', True),
    ("cli/a.cc", '#include "engine/model.h"', False),
    ("cli/a.cc", '#include "tests/support/paths.h"', True),
    ("tests/engine/a_test.cc", '#include "engine/model.h"', False),
    ("kernels/x86/avx2.cc", "#include <immintrin.h>", False),
    ("kernels/x86/avx2.cc", '#include "kernels/x86/vec16_avx2-inl.h"', False),
    ("kernels/x86/avx2.cc", "#include <algorithm>", True),
    ("kernels/x86/avx2.cc", '#include "kernels/kernels.h"', True),
    ("kernels/ref/ref.cc", "#include <cmath>", True),
    ("kernels/float-inl.h", "#include <cmath>", True),
    ("kernels/table.h", "#include <string_view>", True),
    ("kernels/dispatch.cc", '#include "kernels/float-inl.h"', False),
    ("engine/a.cc", '#include "kernels/float-inl.h"', True),
    ("engine/openblas.cc", "#include <cblas.h>", True),
    ("engine/gemm_f32.cc", '#include "engine/openblas.h"', False),
    ("engine/linear.cc", "#include <cblas.h>", True),
    ("bench/a.cc", "#include <openblas/cblas.h>", True),
    ("cli/arguments.cc", "#include <CLI/CLI.hpp>", False),
    ("cli/run.cc", "#include <CLI/CLI.hpp>", True),
]


def self_test():
    failures = []
    for name, line, violation in SELF_TEST:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(f"// a comment\n{line}\n", encoding="utf-8")
            if bool(check_tree(Path(folder))[0]) != violation:
                failures.append(f"{name} with {line}: expected {'a violation' if violation else 'no violation'}")
    return failures


def main():
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        problems, count = self_test(), len(SELF_TEST)
    else:
        root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
        problems, count = check_tree(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    if count == 0:
        sys.exit("no source file found")
    print(f"{count} checked, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
