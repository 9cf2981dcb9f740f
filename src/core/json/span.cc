#include "core/json/span.h"

namespace chasqui::json {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// `at` is at the opening quote; returns the place behind the closing one.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

std::size_t skip_value(std::string_view text, std::size_t at) {
  if (at >= text.size()) return at;
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] != '{' && text[at] != '[') {
    while (at < text.size() && text[at] != ',' && text[at] != '}' && text[at] != ']' && !is_space(text[at])) ++at;
    return at;
  }
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return at;
}

}  // namespace

std::optional<std::string_view> member_span(std::string_view text, std::string_view name) {
  std::size_t at = skip_space(text, 0);
  if (at >= text.size() || text[at] != '{') return std::nullopt;
  at = skip_space(text, at + 1);
  while (at < text.size() && text[at] == '"') {
    const std::size_t name_end = skip_string(text, at);
    const std::string_view found = text.substr(at + 1, name_end - at - 2);
    if (found.find('\\') != std::string_view::npos) return std::nullopt;
    at = skip_space(text, name_end);
    if (at >= text.size() || text[at] != ':') return std::nullopt;
    at = skip_space(text, at + 1);
    const std::size_t end = skip_value(text, at);
    if (found == name) return text.substr(at, end - at);
    at = skip_space(text, end);
    if (at < text.size() && text[at] == ',') at = skip_space(text, at + 1);
  }
  return std::nullopt;
}

std::vector<std::string_view> item_spans(std::string_view text) {
  std::vector<std::string_view> spans;
  std::size_t at = skip_space(text, 0);
  if (at >= text.size() || text[at] != '[') return spans;
  at = skip_space(text, at + 1);
  while (at < text.size() && text[at] != ']') {
    const std::size_t end = skip_value(text, at);
    if (end == at) break;
    spans.push_back(text.substr(at, end - at));
    at = skip_space(text, end);
    if (at < text.size() && text[at] == ',') at = skip_space(text, at + 1);
  }
  return spans;
}

}  // namespace chasqui::json
