// What is UTF-8 and what is not.
#pragma once

#include <string>
#include <string_view>

namespace chasqui::json {

/// The longest beginning of `bytes` that is valid UTF-8 (RFC 3629: no surrogates, no overlong forms).
std::string valid_utf8_prefix(std::string_view bytes);

}  // namespace chasqui::json
