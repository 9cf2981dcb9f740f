// Logging for the flow: one structured line per happening. Secrets and message bodies never go in above debug.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace chasqui::ports {

enum class Level { debug, info, warning, error };

class Log {
 public:
  virtual ~Log() = default;
  using Field = std::pair<std::string_view, std::string>;
  /// @param what  a short sentence that is the same every time; what varies stands in `fields`.
  virtual void line(Level level, std::string_view what, std::initializer_list<Field> fields) = 0;
  virtual bool wants(Level level) const = 0;
  void info(std::string_view what, std::initializer_list<Field> fields = {}) { line(Level::info, what, fields); }
  void warning(std::string_view what, std::initializer_list<Field> fields = {}) { line(Level::warning, what, fields); }
  void error(std::string_view what, std::initializer_list<Field> fields = {}) { line(Level::error, what, fields); }
};

}  // namespace chasqui::ports
