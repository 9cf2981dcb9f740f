#include "core/http1/response.h"

#include "core/http1/chars.h"
#include "core/http1/fields.h"

namespace chasqui::http1 {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// "HTTP/1.1 200 OK", the reason and the space before it may be missing.
bool parse_line(std::string_view line, ResponseHead& head) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || !digit(line[7]) || line[8] != ' ') return false;
  if (!digit(line[9]) || !digit(line[10]) || !digit(line[11]) || (line.size() > 12 && line[12] != ' ')) return false;
  head.minor_version = line[7] == '0' ? 0 : 1;
  head.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (head.status < 100) return false;
  if (line.size() > 13) head.reason = line.substr(13);
  return is_header_value(head.reason);
}

}  // namespace

std::variant<NeedMore, ParseError, ParsedResponse> parse_response_head(std::string_view buffer, const Limits& limits) {
  constexpr std::string_view start = "HTTP/1.";
  if (!start.starts_with(buffer.substr(0, start.size()))) return ParseError{400, "this is no HTTP/1.1 response"};
  const std::size_t end = head_end(buffer.substr(0, limits.head_bytes_max));
  if (end == std::string_view::npos) {
    if (buffer.size() >= limits.head_bytes_max) return ParseError{431, "the response head is larger than " + std::to_string(limits.head_bytes_max) + " bytes"};
    return NeedMore{};
  }
  ParsedResponse parsed;
  parsed.length = end;
  ResponseHead& head = parsed.head;
  const std::string_view text = buffer.substr(0, end - 2);
  const auto line_end = text.find("\r\n");
  if (!parse_line(text.substr(0, line_end), head)) return ParseError{400, "the status line is not HTTP/1.1"};
  Framing framing;
  if (auto complaint = parse_fields(text.substr(line_end + 2), limits.headers_max, head.headers, framing); !complaint.empty())
    return ParseError{400, std::move(complaint)};
  head.has_body = head.status >= 200 && head.status != 204 && head.status != 304;
  head.keep_alive = head.minor_version == 1 ? !framing.connection_close : framing.connection_keep_alive && !framing.connection_close;
  if (framing.has_transfer_encoding) {
    // Chunked wins over a length (RFC 9112, 6.3), but such a sender is not trusted with a second request.
    if (framing.content_length || !framing.chunked) head.keep_alive = false;
    head.chunked = framing.chunked;
  } else {
    head.content_length = framing.content_length;
  }
  return parsed;
}

}  // namespace chasqui::http1
