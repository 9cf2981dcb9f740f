// How results are shown: Markdown tables, percentiles, and whether what must hold held.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chasqui::bench {

/// The value below which the share `p` of the values is; sorts them. 0 of none.
double percentile(std::vector<double>& values, double p);
double median(std::vector<double> values);

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...);

/// One table, printed row by row, so that long runs show where they are.
class Table {
 public:
  explicit Table(const std::vector<std::string>& columns);
  void row(const std::vector<std::string>& cells) const;
};

/// What became of a workload. A broken promise makes the program fail; a missed target is only said.
class Sheet {
 public:
  Sheet(const std::string& name, const std::string& about);

  void row(const std::string& measure, const std::string& value);
  /// A target of speed or size, which depends on the machine.
  void target(const std::string& measure, const std::string& value, const std::string& wanted, bool met);
  /// A promise, which must hold on every machine.
  void promise(const std::string& measure, const std::string& value, const std::string& wanted, bool kept);
  /// The promise that is zero of something.
  void none(const std::string& measure, std::uint64_t count) { promise(measure, std::to_string(count), "0", count == 0); }

  bool sound() const { return sound_; }

 private:
  Table table_;
  bool sound_ = true;
};

}  // namespace chasqui::bench
