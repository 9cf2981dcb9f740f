#include "core/http1/fields.h"

#include <limits>

#include "core/http1/chars.h"

namespace chasqui::http1 {
namespace {

// True when the comma-separated list `value` has `word`.
bool list_has(std::string_view value, std::string_view word) {
  while (!value.empty()) {
    const auto comma = std::min(value.find(','), value.size());
    if (equal_ignoring_case(trimmed(value.substr(0, comma)), word)) return true;
    value.remove_prefix(std::min(value.size(), comma + 1));
  }
  return false;
}

// `Content-Length: 5, 5` is what a proxy may make of two equal lines (RFC 9110, 8.6); unequal ones are an attack.
void note_length(std::string_view value, Framing& framing) {
  while (true) {
    const auto comma = value.find(',');
    const auto length = parse_length(trimmed(value.substr(0, comma)));
    if (!length || (framing.content_length && *framing.content_length != *length)) {
      framing.problem = "Content-Length is not one number";
      return;
    }
    framing.content_length = length;
    if (comma == std::string_view::npos) return;
    value.remove_prefix(comma + 1);
  }
}

void note(const std::string& name, std::string_view value, Framing& framing) {
  // Names are in lower case; the length tells most of them apart before a comparison.
  switch (name.size()) {
    case 4:
      if (name == "host") ++framing.hosts;
      return;
    case 6:
      if (name == "expect" && equal_ignoring_case(value, "100-continue")) framing.expect_continue = true;
      return;
    case 10:
      if (name == "connection") {
        framing.connection_close = framing.connection_close || list_has(value, "close");
        framing.connection_keep_alive = framing.connection_keep_alive || list_has(value, "keep-alive");
      }
      return;
    case 14:
      if (name == "content-length") note_length(value, framing);
      return;
    case 17:
      if (name == "transfer-encoding") {
        // A second line would make a list; only one "chunked" alone is understood.
        framing.chunked = !framing.has_transfer_encoding && equal_ignoring_case(value, "chunked");
        framing.has_transfer_encoding = true;
      }
      return;
    default: return;
  }
}

}  // namespace

std::optional<std::uint64_t> parse_length(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::size_t head_end(std::string_view buffer) {
  const auto at = buffer.find("\r\n\r\n");
  return at == std::string_view::npos ? at : at + 4;
}

std::string parse_fields(std::string_view lines, std::size_t headers_max, HeaderList& headers, Framing& framing) {
  headers.reserve(16);
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    if (end == std::string_view::npos) return "a header line does not end with CRLF";
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    if (headers.size() == headers_max) return "too many headers";
    if (line.empty() || line[0] == ' ' || line[0] == '\t') return "a folded or empty header line";
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return "a header line has no colon";
    const std::string_view name = line.substr(0, colon);
    if (!is_token(name)) return "a header name has a character that is not allowed";  // white space before the colon too
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_header_value(value)) return "a header value has a control character";
    auto& [low, kept] = headers.emplace_back(std::string(name), std::string(value));
    for (char& c : low) c = lower(c);
    note(low, kept, framing);
  }
  return framing.problem;
}

}  // namespace chasqui::http1
