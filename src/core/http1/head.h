// Writing heads. Callers check names and values with is_token and is_header_value where they come from outside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/http1/chars.h"

namespace chasqui::http1 {

/// Reason phrase of a status; "Status" for one that is not in the registry.
std::string_view reason_phrase(int status);

/// Whether a header of this name usually carries a secret (Authorization, cookies, keys, tokens): its value is masked wherever
/// people look.
bool is_secret_header(std::string_view name);

/// Appends a response head: status line, `headers`, Content-Length (but for 1xx, 204 and 304), Connection when it closes, Date when
/// given, and the empty line.
/// @param date  an IMF-fixdate, or empty.
void append_response_head(std::string& out, int status, const std::vector<std::pair<std::string, std::string>>& headers,
                          std::uint64_t content_length, bool keep_alive, std::string_view date = {});

}  // namespace chasqui::http1
