// Text for terminals: tables, times, and foreign text made harmless.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui {

/// Without control characters: a receiver's error text must not steer a terminal.
std::string plain(std::string_view text);
/// `2026-11-25 04:40:01.123 UTC`; `-` for 0.
std::string time_text(std::int64_t ms);

/// Rows of cells, each column as wide as its widest cell.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.size() == 1; }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the first are the heads
};

}  // namespace chasqui
