// Answers of the listener itself, as problem documents (RFC 9457).
#pragma once

#include <string>
#include <string_view>

#include "ports/http.h"

namespace chasqui::http {

/// @param detail  plain text; may hold what a peer sent.
ports::OutgoingResponse problem(int status, std::string_view detail);

}  // namespace chasqui::http
