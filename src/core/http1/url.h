// URLs of endpoints, and query strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace chasqui::http1 {

struct Url {
  bool tls = false;
  std::string host;            ///< lower case, without the brackets of IPv6
  std::uint16_t port = 80;
  std::string path_and_query;  ///< at least "/"
  std::string userinfo;        ///< decoded `user:password`; empty = none
  std::string host_header;     ///< as for the Host header: brackets for IPv6, port when it is not the default

  bool operator==(const Url&) const = default;
};

Result<Url> parse_url(std::string_view text);
std::string percent_decode(std::string_view text, bool plus_is_space);
/// First occurrence of `name`, decoded.
std::optional<std::string> query_value(std::string_view raw_query, std::string_view name);

}  // namespace chasqui::http1
