#!/usr/bin/env python3
"""Checks the rules of the house that a compiler does not know, over the source tree.

    check_house.py [ROOT]      fails for a source file of more than 350 lines; for files that include each other in a
                               circle, a .cc and the header of its name counting as one; and for a library that
                               writes to a terminal, or names an option of the command line in a string
    check_house.py --self-test checks that planted violations are found
"""

import re
import sys
import tempfile
from pathlib import Path

from check_includes import MAY_INCLUDE, PUBLIC_FOLDER, includes_of, room_of

MOST_LINES = 350
SOURCE_SUFFIXES = (".h", ".cc", ".py", ".sh")
FOLDERS = [PUBLIC_FOLDER, *MAY_INCLUDE, "scripts"]

# Folders that neither write to a terminal nor know how a command line is written.
SILENT = {"kernels", "loader", "tokenizer", "engine", "quantizer", "pipelines", "data", "metrics"}
TERMINAL = re.compile(
    r"\b(std::)?(cout|cerr|clog)\b|\bv?f?(printf|puts)\s*\(|\b(fputc|putchar|fwrite|perror|psignal)\s*\("
    r"|\bfmt::v?print\s*\(|\bstd(out|err)\b|\bSTD(OUT|ERR)_FILENO\b|\bd?write\s*\(\s*[12]\b"
)
OPTION = re.compile(r"(?<![\w-])--[A-Za-z]")
# Comments and literals of C++, so that a quotation mark in a comment begins no string and the other way round.
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\((.*?)\)\1"|"((?:\\.|[^"\\\n])*)"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def sources(root):
    """The source files below the checked folders, by name."""
    files = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and (path.suffix in SOURCE_SUFFIXES or is_script(path)):
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return files


def is_script(path):
    return path.suffix == "" and path.parent.name == "scripts" and path.read_bytes()[:2] == b"#!"


def split_cpp(text):
    """The code without comments and with empty literals, and pairs (line, content) of the string literals."""
    strings = []

    def replaced(match):
        content = match.group(2) if match.group(1) is not None else match.group(3)
        if content is not None:
            strings.append((text.count("\n", 0, match.start()) + 1, content))
        return '""' + "\n" * match.group().count("\n")

    return TOKEN.sub(replaced, text), strings


def check_lines(files):
    for name, text in files.items():
        lines = text.count("\n")
        if lines > MOST_LINES:
            yield f"{name}: has {lines} lines; split it into files of {MOST_LINES} at most"


def check_silence(files):
    for name, text in files.items():
        folder = room_of(name)
        if folder not in SILENT or not name.endswith((".h", ".cc")):
            continue
        code, strings = split_cpp(text)
        for number, line in enumerate(code.split("\n"), 1):
            if found := TERMINAL.search(line):
                yield f"{name}:{number}: writes to a terminal ({found.group().strip()}); only cli does"
        for number, string in strings:
            if OPTION.search(string):
                yield f'{name}:{number}: names an option in "{string}"; only cli knows options, see OptionError'


def unit_of(name):
    """A .cc and the header of its name, be it a public one, are one unit."""
    stem = name.rsplit(".", 1)[0].removeprefix(PUBLIC_FOLDER + "/")
    if stem.startswith("fbert/"):
        return f"{room_of(stem + '.h')}/{stem.removeprefix('fbert/')}"
    return stem


def include_graph(files):
    """The units that each unit includes."""
    known = {name.removeprefix(PUBLIC_FOLDER + "/") for name in files}
    graph = {}
    for name, text in files.items():
        if not name.endswith((".h", ".cc")):
            continue
        unit = unit_of(name)
        includes = graph.setdefault(unit, set())
        includes.update(unit_of(header) for header, _ in includes_of(text) if header in known)
        includes.discard(unit)
    return graph


def find_circles(graph):
    """The strongly connected components of more than one unit (Tarjan 1972)."""
    order, low, stack, circles = {}, {}, [], []

    def visit(unit):
        order[unit] = low[unit] = len(order)
        stack.append(unit)
        for other in sorted(graph.get(unit, ())):
            if other not in order:
                visit(other)
            if other in stack:
                low[unit] = min(low[unit], low[other])
        if low[unit] == order[unit]:
            begin = stack.index(unit)
            if len(stack) - begin > 1:
                circles.append(sorted(stack[begin:]))
            del stack[begin:]

    for unit in sorted(graph):
        if unit not in order:
            visit(unit)
    return circles


def check_tree(root):
    files = sources(root)
    problems = [*check_lines(files), *check_silence(files)]
    for circle in find_circles(include_graph(files)):
        problems.append(f"include each other in a circle: {', '.join(circle)}")
    return problems, len(files)


LONG = "// a line\n" * MOST_LINES
SELF_TEST = [  # files, the number of violations
    ({"engine/a.cc": LONG}, 0),
    ({"engine/a.cc": LONG + "\n"}, 1),
    ({"tests/cli/a_test.cc": LONG + "\n", "scripts/a.sh": LONG + "\n", "scripts/train/a.py": LONG + "\n"}, 3),
    ({"scripts/a": "#!/bin/sh\n" + LONG}, 1),
    ({"engine/a.cc": '#include "engine/b.h"\n', "engine/b.h": '#include "engine/c.h"\n', "engine/c.h": ""}, 0),
    ({"engine/a.cc": '#include "engine/a.h"\n', "engine/a.h": ""}, 0),
    ({"engine/a.cc": '#include "engine/b.h"\n', "engine/b.h": '#include "engine/a.h"\n', "engine/a.h": ""}, 1),
    ({"engine/a.h": '#include "engine/b.h"\n', "engine/b.cc": '#include "engine/a.h"\n', "engine/b.h": ""}, 1),
    ({"engine/a.h": '#include "engine/b.h"\n', "engine/b.h": '#include "engine/c.h"\n', "engine/c.h": "",
      "engine/c.cc": '#include "engine/a.h"\n', "engine/d.cc": '#include "engine/c.h"\n'}, 1),
    ({"include/fbert/config.h": "", "engine/config.cc": '#include "engine/a.h"\n',
      "engine/a.h": '#include "fbert/config.h"\n'}, 1),
    ({"include/fbert/config.h": "", "engine/a.cc": '#include "fbert/config.h"\n#include "engine/a.h"\n',
      "engine/a.h": ""}, 0),
    ({"data/a.cc": 'std::cerr << "x";\n'}, 1),
    ({"loader/a.cc": "using std::cout;\n"}, 1),
    ({"kernels/a.cc": 'printf("x");\n'}, 1),
    ({"kernels/a.cc": 'fprintf(stderr, "x");\n'}, 1),
    ({"metrics/a.h": 'inline void f() { perror("x"); }\n'}, 1),
    ({"include/fbert/model.h": "#include <iostream>\ninline void f() { std::clog << 1; }\n"}, 1),
    ({"engine/a.cc": "write(STDERR_FILENO, p, n);\n"}, 1),
    ({"engine/a.cc": "::write(2, p, n);\n"}, 1),
    ({"engine/a.cc": 'std::fputs("x", stdout);\n'}, 1),
    ({"engine/a.cc": 'fmt::print("x");\n'}, 1),
    ({"engine/a.cc": 'snprintf(p, n, "x");\nfile.write(p, 2);\n// printf("--isa")\nint printed(int);\n'}, 0),
    ({"cli/a.cc": 'std::cout << "--threads";\n', "bench/b.cc": 'printf("--help");\n'}, 0),
    ({"engine/a.cc": 'fail("see --threads");\n'}, 1),
    ({"data/a.cc": 'fail("(--json-key)");\n'}, 1),
    ({"data/a.cc": 'fail(R"(--task)");\n'}, 1),
    ({"loader/a.cc": "f(1'000, 'a');\nprintf(1'000);\n"}, 1),
    ({"loader/a.cc": '// "--model" of the program\nf("models--org--name", "a -- b", i--, \'"\', "--");\n'}, 0),
]


def self_test():
    failures = []
    for files, wanted in SELF_TEST:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            found = check_tree(Path(folder))[0]
            if len(found) != wanted:
                failures.append(f"{', '.join(files)}: expected {wanted} violations, found {found}")
    return failures


def main():
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        problems, count = self_test(), len(SELF_TEST)
    else:
        problems, count = check_tree(Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent)
    for problem in problems:
        print(problem)
    if problems or count == 0:
        print(f"check_house.py: {len(problems)} problems in {count} files")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
