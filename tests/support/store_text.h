// What a store answers, as text: one line a row, in one order. Two stores agree when their texts are equal, and a failed
// comparison shows the lines that differ.
#pragma once

#include <concepts>
#include <ostream>
#include <string>
#include <vector>

#include "ports/store.h"
#include "tests/support/open_deliveries.h"

namespace chasqui::testing {

std::string text(const ports::Appended& appended);
std::string text(const ports::Committed& committed);
std::string text(const ports::StoredEvent& event);
std::string text(const ports::ReadPage& page);
std::string text(const ports::AttemptRow& row);
std::string text(const ports::Parked& row);
std::string text(const ports::Retry& row);
std::string text(const ports::Ended& row);  ///< without the lane, which is not read back
std::string text(const ports::Fetched& row);
std::string text(const ports::ScanRow& row);
std::string text(const ports::ScanPage& page);
std::string text(const ports::FindPage& page);
std::string text(const ports::ConfigRow& row);
std::string text(const ports::SessionRow& row);
std::string text(const ports::InternedContext& row);
std::string text(const ports::InternedMatchSet& row);
/// Rows are put in order, and each cursor is moved over what is settled right above it: two ways to say the same.
std::string text(const ports::Recovered& recovered);
std::string text(const ports::Checkpoint& checkpoint);
/// What cursors come to, for those who compare that instead: see open_deliveries.h.
std::string text(const OpenDeliveries& open);
std::string text_but_cursors(const ports::Recovered& recovered);
std::string text(const Error& error);

/// Attempts that started in the same millisecond have no order of their own; here they get one.
std::string text(std::vector<ports::AttemptRow> rows);

template <class Row>
std::string text(const std::vector<Row>& rows) {
  std::string out;
  for (const auto& row : rows) out += text(row);
  return out;
}
template <class T>
std::string text(const Result<T>& result) {
  return result ? text(*result) : text(result.error());
}

}  // namespace chasqui::testing

namespace chasqui::ports {

/// For GoogleTest: rows in messages are text too.
template <class Row>
requires requires(const Row& row) {
  { testing::text(row) } -> std::same_as<std::string>;
}
void PrintTo(const Row& row, std::ostream* out) { *out << testing::text(row); }

}  // namespace chasqui::ports
