// Golden files: reading them, comparing with them, and writing them anew with CHASQUI_UPDATE_GOLDEN=1.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/value.h"

namespace chasqui::golden {

inline std::filesystem::path folder(std::string_view name) {
  return std::filesystem::path(CHASQUI_SOURCE_DIR) / "tests" / "golden" / name;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Names of the files in a folder that end in `ending`, without it, sorted.
inline std::vector<std::string> cases(std::string_view in, std::string_view ending, std::string_view but_not = "\n") {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder(in))) {
    const std::string name = file.path().filename().string();
    if (name.ends_with(ending) && !name.ends_with(but_not)) names.push_back(name.substr(0, name.size() - ending.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Names of tests may hold letters, digits and underscores only.
inline std::string test_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

/// Compact JSON with a line per member and item, and the bytes of its tokens as they are: without the white space between
/// tokens it is the compact text again.
inline std::string pretty(std::string_view compact) {
  std::string out;
  std::size_t depth = 0;
  const auto new_line = [&] { out.append("\n").append(2 * depth, ' '); };
  for (std::size_t at = 0; at < compact.size(); ++at) {
    const char c = compact[at];
    if (c == '"') {
      const std::size_t start = at;
      for (++at; compact[at] != '"'; ++at) at += compact[at] == '\\' ? 1 : 0;
      out.append(compact, start, at + 1 - start);
    } else if (c == '{' || c == '[') {
      out.push_back(c);
      const bool empty = compact[at + 1] == '}' || compact[at + 1] == ']';
      if (empty) {
        out.push_back(compact[++at]);
      } else {
        ++depth;
        new_line();
      }
    } else if (c == '}' || c == ']') {
      --depth;
      new_line();
      out.push_back(c);
    } else {
      out.push_back(c);
      if (c == ',') new_line();
      if (c == ':') out.push_back(' ');
    }
  }
  return out + "\n";
}

inline std::string minified(std::string_view json) {
  std::string out;
  json::append_minified(out, json);
  return out;
}

/// Compares `compact` with the golden file, or writes the file when asked to.
inline void expect_equal(const std::filesystem::path& file, std::string_view compact) {
  const std::string text = pretty(compact);
  ASSERT_EQ(minified(text), compact) << "only compact JSON can be compared";
  if (std::getenv("CHASQUI_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(read_file(file), text) << file << " differs; CHASQUI_UPDATE_GOLDEN=1 writes it anew, if the change is meant";
}

}  // namespace chasqui::golden
