// Parses the head of an HTTP/1.1 response.
#pragma once

#include "core/http1/request.h"

namespace chasqui::http1 {

struct ResponseHead {
  int minor_version = 1;
  int status = 0;
  std::string reason;
  HeaderList headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool has_body = true;  ///< false for 1xx, 204 and 304
};

struct ParsedResponse {
  ResponseHead head;
  std::size_t length = 0;
};

std::variant<NeedMore, ParseError, ParsedResponse> parse_response_head(std::string_view buffer, const Limits& limits = {});

}  // namespace chasqui::http1
