// Log lines to standard error, through spdlog.
#pragma once

#include <memory>
#include <string>

#include "ports/log.h"

namespace chasqui::system {

struct LogSettings {
  std::string level = "info";  ///< debug, info, warning or error
  bool json = false;           ///< one JSON object a line; else text
};

/// Lines are written by a thread of the log's own, from a bounded queue: when that is full the oldest lines give way, never
/// the gateway's pace. Flushed when it is destroyed.
class SpdLog : public ports::Log {
 public:
  explicit SpdLog(const LogSettings& settings);
  ~SpdLog() override;
  void line(ports::Level level, std::string_view what, std::initializer_list<Field> fields) override;
  bool wants(ports::Level level) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The line's text: the sentence, then ` name=value` with values quoted when they hold spaces, `=` or quotes; or one JSON object.
std::string format_line(bool json, ports::Level level, std::string_view what, std::initializer_list<ports::Log::Field> fields);

}  // namespace chasqui::system
