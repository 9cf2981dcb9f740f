// Appends JSON text to a string: compact, as JavaScript's JSON.stringify writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chasqui::json {

/// Appends `text` as a JSON string. `text` must be UTF-8 (what the parser let through). Escapes `"`, `\` and the
/// characters below U+0020, as JSON.stringify does; `/`, `<` and non-ASCII stay as they are.
void append_string(std::string& out, std::string_view text);

/// Writes JSON onto the end of a string that it borrows. Commas are placed by looking at the last character written,
/// so values, `raw` and members can be mixed freely; the caller keeps brackets balanced.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out), start_(out.size()) {}

  Writer& begin_object() { comma(); out_.push_back('{'); return *this; }
  Writer& end_object() { out_.push_back('}'); return *this; }
  Writer& begin_array() { comma(); out_.push_back('['); return *this; }
  Writer& end_array() { out_.push_back(']'); return *this; }
  /// `name` must need no escaping: it is one of our own literals. Use `member_name` for foreign names.
  Writer& key(std::string_view name) {
    comma();
    out_.push_back('"');
    out_.append(name);
    out_.append("\":");
    return *this;
  }
  Writer& member_name(std::string_view name) { comma(); append_string(out_, name); out_.push_back(':'); return *this; }
  Writer& string(std::string_view text) { comma(); append_string(out_, text); return *this; }
  Writer& integer(std::int64_t value);
  Writer& unsigned_integer(std::uint64_t value);
  /// Shortest text that reads back as the same double. Integral values have no fraction up to 2^53, and an exponent from
  /// there on: their digits could be an integer that no reader's type holds.
  /// Infinities and NaN become null.
  Writer& number(double value);
  Writer& boolean(bool value) { comma(); out_.append(value ? "true" : "false"); return *this; }
  Writer& null() { comma(); out_.append("null"); return *this; }
  /// Text that is JSON already, written as it is.
  Writer& raw(std::string_view json) { comma(); out_.append(json); return *this; }

  std::string& out() { return out_; }

 private:
  void comma() {
    if (out_.size() == start_) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_.push_back(',');
  }

  std::string& out_;
  std::size_t start_;
};

}  // namespace chasqui::json
