#include "core/json/writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace chasqui::json {
namespace {

constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0; c < 256; ++c) plain[c] = c >= 0x20 && c != '"' && c != '\\';
  return plain;
}
constexpr auto kPlain = make_plain();

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\b': out.append("\\b"); return;
    case '\t': out.append("\\t"); return;
    case '\n': out.append("\\n"); return;
    case '\f': out.append("\\f"); return;
    case '\r': out.append("\\r"); return;
    default: break;
  }
  constexpr char hex[] = "0123456789abcdef";
  const char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
  out.append(text, sizeof text);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kPlain[c]) continue;
    out.append(text, start, i - start);
    append_escape(out, c);
    start = i + 1;
  }
  out.append(text, start);
  out.push_back('"');
}

Writer& Writer::integer(std::int64_t value) {
  comma();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, static_cast<std::size_t>(end - digits));
  return *this;
}

Writer& Writer::unsigned_integer(std::uint64_t value) {
  comma();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, static_cast<std::size_t>(end - digits));
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  constexpr double exact_max = 9007199254740992.0;  // 2^53: where doubles stop being exact
  const bool whole = value == std::floor(value);
  if (whole && std::fabs(value) < exact_max) return integer(static_cast<std::int64_t>(value));
  comma();
  char digits[40];
  const auto end = whole ? std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr
                         : std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, static_cast<std::size_t>(end - digits));
  return *this;
}

}  // namespace chasqui::json
