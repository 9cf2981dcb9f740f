// Header fields, shared by requests and responses: lines to a list, and what framing needs of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/http1/request.h"

namespace chasqui::http1 {

/// What the framing headers say. `problem` is set when they may not be trusted.
struct Framing {
  std::optional<std::uint64_t> content_length;
  bool has_transfer_encoding = false;
  bool chunked = false;          ///< Transfer-Encoding is exactly "chunked"
  bool connection_close = false;
  bool connection_keep_alive = false;
  bool expect_continue = false;
  int hosts = 0;
  std::string problem;
};

/// Parses the lines behind the start line. `lines` ends with the last header's CRLF (the empty line is cut off).
/// Appends to `headers` and fills `framing`. @return a complaint, empty when all is well.
std::string parse_fields(std::string_view lines, std::size_t headers_max, HeaderList& headers, Framing& framing);

/// Place behind the empty line that ends a head, or npos. Bare LF does not end a line.
std::size_t head_end(std::string_view buffer);

/// Digits only, no sign, no overflow.
std::optional<std::uint64_t> parse_length(std::string_view digits);

}  // namespace chasqui::http1
