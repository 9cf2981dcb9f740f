// Parses the head of an HTTP/1.1 request, strictly (RFC 9112).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chasqui::http1 {

struct Limits {
  std::size_t head_bytes_max = 16384;
  std::size_t headers_max = 100;
  std::size_t target_bytes_max = 8192;
};

/// What a listener answers to a head that it cannot take: 400, 414, 431, 501 or 505.
struct ParseError {
  int status = 400;
  std::string reason;
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;  ///< names in lower case, values trimmed

struct RequestHead {
  std::string method;
  std::string target;
  std::string path;   ///< of the target, as sent
  std::string query;  ///< without `?`
  int minor_version = 1;
  HeaderList headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expect_continue = false;
};

struct NeedMore {};
struct ParsedRequest {
  RequestHead head;
  std::size_t length = 0;  ///< bytes of the head, the empty line included
};

std::variant<NeedMore, ParseError, ParsedRequest> parse_request_head(std::string_view buffer, const Limits& limits = {});

}  // namespace chasqui::http1
