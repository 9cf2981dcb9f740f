#include "bench/report.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace chasqui::bench {

double percentile(std::vector<double>& values, double p) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

double median(std::vector<double> values) { return percentile(values, 0.5); }

std::string text(const char* format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  const int n = std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return {buffer, std::min(sizeof buffer - 1, static_cast<std::size_t>(std::max(n, 0)))};
}

Table::Table(const std::vector<std::string>& columns) {
  row(columns);
  row(std::vector<std::string>(columns.size(), "---"));
}

void Table::row(const std::vector<std::string>& cells) const {
  for (const auto& cell : cells) std::printf("| %s ", cell.c_str());
  std::printf("|\n");
  std::fflush(stdout);
}

namespace {

const std::vector<std::string>& titled(const std::string& name, const std::string& about) {
  std::printf("\n### %s\n\n%s\n\n", name.c_str(), about.c_str());
  static const std::vector<std::string> columns{"measure", "value", "wanted", ""};
  return columns;
}

}  // namespace

Sheet::Sheet(const std::string& name, const std::string& about) : table_(titled(name, about)) {}

void Sheet::row(const std::string& measure, const std::string& value) { table_.row({measure, value, "", ""}); }

void Sheet::target(const std::string& measure, const std::string& value, const std::string& wanted, bool met) {
  table_.row({measure, value, wanted, met ? "met" : "missed"});
}

void Sheet::promise(const std::string& measure, const std::string& value, const std::string& wanted, bool kept) {
  table_.row({measure, value, wanted, kept ? "kept" : "**BROKEN**"});
  sound_ = sound_ && kept;
}

}  // namespace chasqui::bench
