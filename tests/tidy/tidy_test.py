"""tools/tidy.py finds what it is there to find."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import tidy  # noqa: E402


def faults_of(name, text):
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "file"
        path.write_text(text, encoding="utf-8")
        for check in (tidy.check_includes, tidy.check_sizes, tidy.check_habits):
            check(name, path, lambda name, line, rule, text, size=0: found.append(rule))
    return found


class Tidy(unittest.TestCase):
    def test_the_core_may_not_include_a_port(self):
        self.assertEqual(faults_of("src/core/x.cc", '#include "ports/store.h"\n'), ["includes"])

    def test_the_core_may_not_roll_dice_or_start_threads(self):
        self.assertEqual(faults_of("src/core/x.cc", "#include <random>\n#include <thread>\n"), ["includes", "includes"])

    def test_an_adapter_may_include_itself_and_ports_but_no_other_adapter_and_not_the_app(self):
        self.assertEqual(faults_of("src/adapters/sqlite/x.cc", '#include "adapters/sqlite/y.h"\n#include "ports/store.h"\n'), [])
        self.assertEqual(faults_of("src/adapters/sqlite/x.cc", '#include "adapters/http/y.h"\n#include "app/journal.h"\n'), ["includes", "includes"])

    def test_the_app_knows_no_adapter_and_no_library(self):
        self.assertEqual(faults_of("src/app/x.cc", '#include "adapters/memory/memory_store.h"\n#include <boost/asio.hpp>\n'), ["includes", "includes"])

    def test_long_files_and_functions_are_found(self):
        self.assertIn("file-size", faults_of("src/app/x.cc", "\n" * 501))
        self.assertIn("function-size", faults_of("src/app/x.cc", "void f() {\n" + "  g();\n" * 71 + "}\n"))

    def test_a_sleeping_test_is_found(self):
        self.assertEqual(faults_of("tests/app/x_test.cc", "  std::this_thread::sleep_" + "for(1s);\n"), ["sleep"])

    def test_a_header_without_its_purpose_is_found(self):
        self.assertEqual(faults_of("src/core/x.h", "#pragma once\n"), ["purpose"])


if __name__ == "__main__":
    unittest.main()
