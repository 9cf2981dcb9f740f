#include "core/http1/url.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/http1/chars.h"

namespace chasqui::http1 {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

bool host_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; }

Status parse_port(std::string_view digits, Url& url) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0 || port > 65535) return invalid_input("the port must be a number from 1 to 65535");
  url.port = static_cast<std::uint16_t>(port);
  return success();
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number > 255) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == 3) return text.empty();
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
  }
  return false;
}

// Eight groups of hexadecimal digits; `::` once for some that are zero; the last two perhaps as IPv4 (RFC 4291, 2.2).
bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool gap = text.starts_with("::");
  if (gap) text.remove_prefix(2);
  while (!text.empty()) {
    const auto end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    if (end == text.size() && group.find('.') != group.npos) {
      if (!is_ipv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), [](char c) { return hex_value(c) >= 0; })) return false;
    ++groups;
    text.remove_prefix(end);
    if (text.starts_with("::")) {
      if (std::exchange(gap, true)) return false;
      text.remove_prefix(2);
    } else if (!text.empty()) {
      text.remove_prefix(1);
      if (text.empty()) return false;
    }
  }
  return gap ? groups < 8 : groups == 8;
}

// "host", "host:port", "[::1]", "[::1]:port".
Status parse_authority(std::string_view authority, Url& url) {
  std::string_view host, port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return invalid_input("an IPv6 address must stand in brackets: [::1]");
    host = authority.substr(1, end - 1);
    const std::string_view rest = authority.substr(end + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) return invalid_input("behind the ] of an IPv6 address only a port may follow");
    if (has_port) port = rest.substr(1);
    if (!is_ipv6(host)) return invalid_input("the address in brackets is not IPv6");
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
  }
  for (const char c : host) url.host.push_back(lower(c));
  if (url.host.empty()) return invalid_input("a host is missing: write http://host/path");
  if (url.host.size() > 253) return invalid_input("the host name is longer than 253 characters");
  if (!authority.starts_with('[') && !std::all_of(url.host.begin(), url.host.end(), host_character))
    return invalid_input("the host has a character that is not allowed; write international names in their xn-- form");
  return has_port ? parse_port(port, url) : success();
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::optional<std::string> query_value(std::string_view raw_query, std::string_view name) {
  while (!raw_query.empty()) {
    const auto end = std::min(raw_query.find('&'), raw_query.size());
    const std::string_view pair = raw_query.substr(0, end);
    raw_query.remove_prefix(std::min(raw_query.size(), end + 1));
    const auto equals = pair.find('=');
    if (percent_decode(pair.substr(0, equals), true) != name) continue;
    return equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1), true);
  }
  return std::nullopt;
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  const auto scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos || (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")))
    return invalid_input("must be a URL that begins with http:// or https://");
  if (!is_target(text)) return invalid_input("must not hold spaces, control or non-ASCII characters; percent-encode them");
  url.tls = equal_ignoring_case(scheme, "https");
  url.port = url.tls ? 443 : 80;
  std::string_view rest = text.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto path_at = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, path_at);
  const std::string_view path = rest.substr(path_at);
  url.path_and_query = path.starts_with('/') ? std::string(path) : "/" + std::string(path);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = percent_decode(authority.substr(0, at), false);
    authority.remove_prefix(at + 1);
  }
  if (const auto parsed = parse_authority(authority, url); !parsed) return parsed.error();
  const bool v6 = url.host.find(':') != std::string::npos;
  url.host_header = v6 ? "[" + url.host + "]" : url.host;
  if (url.port != (url.tls ? 443 : 80)) url.host_header.append(":").append(std::to_string(url.port));
  return url;
}

}  // namespace chasqui::http1
