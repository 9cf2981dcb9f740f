#!/usr/bin/env python3
"""Checks what the compiler does not: the include table, sizes, and habits. Prints each fault with its file and line.

A ratchet: what tools/tidy.allow lists, with a reason, may stay as long as it does not grow; an entry that is no longer
needed is a fault too, so that the list only shrinks.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Layer -> the layers of ours that it may include. An adapter may include itself, never another one.
LAYERS = {
    "core": {"core"},
    "ports": {"core", "ports"},
    "app": {"core", "ports", "app"},
    "adapters": {"core", "ports"},
    "main": {"core", "ports", "app", "adapters", "main"},
}
# Outside headers: prefix -> the only places that may include them. Standard headers are free for all.
OUTSIDE = {
    "simdjson": ["src/core/json/"],
    "boost/": ["src/adapters/http/", "src/adapters/beast/"],
    "openssl/": ["src/adapters/openssl/", "src/adapters/http/", "bench/"],
    "sqlite3.h": ["src/adapters/sqlite/", "tests/"],
    "spdlog/": ["src/adapters/system/"],
    "fmt/": ["src/adapters/system/"],
    "CLI/": ["src/main/"],
    "gtest/": ["src/", "tests/"],
    "gmock/": ["src/", "tests/"],
    "benchmark/": ["bench/"],
}
# The core decides; it does not touch the world.
CORE_NEVER = {"thread", "mutex", "atomic", "fstream", "iostream", "filesystem", "random", "condition_variable", "future", "coroutine"}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def includes_of(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def layer_of(name):
    parts = name.split("/")
    return parts[0] if parts[0] in LAYERS else None


def check_includes(name, path, fault):
    in_src = name.startswith("src/")
    own = layer_of(name[4:]) if in_src else None
    is_test = name.endswith("_test.cc")
    for number, kind, target in includes_of(path):
        for prefix, places in OUTSIDE.items():
            if target.startswith(prefix) and not any(name.startswith(p) for p in places):
                fault(name, number, "includes", f"{target}: only {', '.join(places)} may include it")
        if own == "core" and kind == "<" and target in CORE_NEVER:
            fault(name, number, "includes", f"<{target}>: the core does no I/O, has no threads and rolls no dice")
        if own is None or kind != '"' or is_test:
            continue
        other = layer_of(target)
        if other is None:
            fault(name, number, "includes", f"{target}: write includes of ours from src/")
        elif other not in LAYERS[own] and not (own == other == "adapters" and target.split("/")[1] == name.split("/")[2]):
            fault(name, number, "includes", f"{target}: {own} may include {', '.join(sorted(LAYERS[own]))} only")
        if target.startswith("main/") and own != "main":
            fault(name, number, "includes", f"{target}: nobody includes main")


def check_sizes(name, path, fault):
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > FILE_LINES_MAX:
        fault(name, 1, "file-size", f"{len(lines)} lines; at most {FILE_LINES_MAX}", len(lines))
    start = None
    for number, line in enumerate(lines, 1):
        opens = line and not line[0].isspace() and line.rstrip().endswith("{")
        if opens and not re.match(r"(namespace|class|struct|enum|union|extern|template|#|constexpr|static constexpr|const )", line):
            start = number
        elif line == "}" and start is not None:
            if number - start > FUNCTION_LINES_MAX:
                fault(name, start, "function-size", f"{number - start} lines; at most {FUNCTION_LINES_MAX}", number - start)
            start = None


SLEEPS = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|time\.sleep\(|setTimeout\([^)]*\d{3,}")


def check_habits(name, path, fault):
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if (name.startswith("tests/") or name.endswith("_test.cc")) and SLEEPS.search(line):
            fault(name, number, "sleep", "a test waits for what happens, not for the clock")
    if name.endswith(".h") and name.startswith("src/"):
        first = text.splitlines()[0] if text else ""
        if not first.startswith("// "):
            fault(name, 1, "purpose", "a header opens with a sentence on its purpose")
        if "#pragma once" not in text:
            fault(name, 1, "pragma", "a header is included once: #pragma once")


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted(n for n in listed if n and (ROOT / n).is_file())


def allowed():
    entries = {}
    for line in (ROOT / "tools/tidy.allow").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, rule, most, _reason = line.split(None, 3)
            entries[(name, rule)] = int(most)
    return entries


def main():
    faults, exceptions, used = [], allowed(), set()

    def fault(name, line, rule, text, size=0):
        if (name, rule) in exceptions:
            used.add((name, rule))
            if size <= exceptions[(name, rule)]:
                return
        faults.append(f"{name}:{line}: {rule}: {text}")

    for name in files():
        path = ROOT / name
        if name.endswith((".cc", ".h", ".cpp")):
            check_includes(name, path, fault)
            check_sizes(name, path, fault)
        if name.endswith((".cc", ".h", ".cpp", ".py", ".mjs", ".js", ".ts")):
            check_habits(name, path, fault)
    for entry in sorted(set(exceptions) - used):
        faults.append(f"tools/tidy.allow: {entry[0]} {entry[1]} is no longer needed; take it out")
    print("\n".join(faults) if faults else "tidy: nothing to complain about")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
