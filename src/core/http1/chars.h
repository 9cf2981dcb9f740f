// Character classes of HTTP/1.1 (RFC 9110, 9112), as tables: one look-up a byte on the hot path.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace chasqui::http1 {

namespace detail {
inline constexpr std::uint8_t kToken = 1, kValue = 2, kTarget = 4;

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool token = alnum;
    for (const char t : std::string_view("!#$%&'*+-.^_`|~")) token = token || c == t;
    const bool value = c == '\t' || (c >= 0x20 && c != 0x7f);  // field content: visible, space, tab and obs-text
    const bool target = c > 0x20 && c < 0x7f;
    classes[static_cast<std::size_t>(c)] = static_cast<std::uint8_t>((token ? kToken : 0) | (value ? kValue : 0) | (target ? kTarget : 0));
  }
  return classes;
}
inline constexpr auto kClasses = make_classes();

constexpr std::array<char, 256> make_lower() {
  std::array<char, 256> lower{};
  for (int c = 0; c < 256; ++c) lower[static_cast<std::size_t>(c)] = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return lower;
}
inline constexpr auto kLower = make_lower();

inline bool all_of_class(std::string_view text, std::uint8_t wanted) {
  for (const char c : text)
    if ((kClasses[static_cast<std::uint8_t>(c)] & wanted) == 0) return false;
  return true;
}
}  // namespace detail

inline bool is_token(std::string_view text) { return !text.empty() && detail::all_of_class(text, detail::kToken); }
/// What may stand behind a header's colon: no CR, LF, NUL or other control but tab.
inline bool is_header_value(std::string_view text) { return detail::all_of_class(text, detail::kValue); }
inline bool is_target(std::string_view text) { return !text.empty() && detail::all_of_class(text, detail::kTarget); }
inline char lower(char c) { return detail::kLower[static_cast<std::uint8_t>(c)]; }

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace chasqui::http1
