#include "core/http1/request.h"

#include <algorithm>

#include "core/http1/chars.h"
#include "core/http1/fields.h"

namespace chasqui::http1 {
namespace {

constexpr std::size_t kMethodMax = 32;
constexpr int kLeadingEmptyLinesMax = 2;  // some clients send one behind a body (RFC 9112, 2.2)

// "http://host/path?query" becomes "/path?query"; the authority is not ours to judge. Any other target is returned as it is.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    return target.substr(std::min(target.find_first_of("/?", scheme.size()), target.size()));
  }
  return target;
}

// Fills method, target, path, query and version. @return the error to answer with; status 0 = none.
ParseError parse_line(std::string_view line, const Limits& limits, RequestHead& head) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return {400, "the request line must be: method, target, version"};
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, second - first - 1), version = line.substr(second + 1);
  if (method.size() > kMethodMax || !is_token(method)) return {400, "the method has a character that is not allowed"};
  if (target.size() > limits.target_bytes_max) return {414, "the request target is too long"};
  if (!is_target(target)) return {400, "the request target has a character that is not allowed"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool some_http = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
    return some_http ? ParseError{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"} : ParseError{400, "the request line has no HTTP version"};
  }
  const std::string_view rest = without_authority(target);
  if (rest.size() == target.size() && target[0] != '/' && target != "*") return {400, "the request target must begin with /"};
  const auto mark = rest.find('?');
  head.method = method;
  head.target = target;
  head.path = rest.empty() || mark == 0 ? std::string_view("/") : rest.substr(0, mark);
  if (mark != std::string_view::npos) head.query = rest.substr(mark + 1);
  head.minor_version = version.back() - '0';
  return {0, {}};
}

}  // namespace

std::variant<NeedMore, ParseError, ParsedRequest> parse_request_head(std::string_view buffer, const Limits& limits) {
  std::size_t skipped = 0;
  for (int i = 0; i < kLeadingEmptyLinesMax && buffer.substr(skipped).starts_with("\r\n"); ++i) skipped += 2;
  const std::string_view rest = buffer.substr(skipped);
  const std::size_t end = head_end(rest.substr(0, limits.head_bytes_max));
  if (end == std::string_view::npos) {
    if (rest.size() >= limits.head_bytes_max) return ParseError{431, "the request head is larger than " + std::to_string(limits.head_bytes_max) + " bytes"};
    // A head that cannot become a good one is refused at once: a TLS hello, bare line feeds, garbage.
    const auto line = rest.find('\n');
    if (line != std::string_view::npos && (line == 0 || rest[line - 1] != '\r')) return ParseError{400, "lines must end with CRLF"};
    if (!rest.empty() && !is_token(rest.substr(0, 1)) && rest[0] != '\r') return ParseError{400, "this is no HTTP request"};
    return NeedMore{};
  }
  ParsedRequest parsed;
  parsed.length = skipped + end;
  RequestHead& head = parsed.head;
  const std::string_view text = rest.substr(0, end - 2);  // without the empty line
  const auto line_end = text.find("\r\n");
  if (auto error = parse_line(text.substr(0, line_end), limits, head); error.status != 0) return error;
  Framing framing;
  if (auto complaint = parse_fields(text.substr(line_end + 2), limits.headers_max, head.headers, framing); !complaint.empty())
    return ParseError{complaint == "too many headers" ? 431 : 400, std::move(complaint)};
  if (framing.has_transfer_encoding) {
    if (framing.content_length) return ParseError{400, "Content-Length and Transfer-Encoding together"};
    if (head.minor_version == 0) return ParseError{400, "Transfer-Encoding in HTTP/1.0"};
    if (!framing.chunked) return ParseError{501, "the only Transfer-Encoding understood is chunked"};
  }
  if (framing.hosts > 1 || (framing.hosts == 0 && head.minor_version == 1)) return ParseError{400, "exactly one Host header is needed"};
  head.content_length = framing.content_length;
  head.chunked = framing.chunked;
  head.expect_continue = framing.expect_continue && head.minor_version == 1;
  head.keep_alive = head.minor_version == 1 ? !framing.connection_close : framing.connection_keep_alive && !framing.connection_close;
  return parsed;
}

}  // namespace chasqui::http1
