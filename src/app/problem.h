// Answers in JSON: bodies, and problems that name the field and the fix (RFC 9457).
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "ports/http.h"

namespace chasqui {

ports::OutgoingResponse json_response(int status, std::string body);
ports::OutgoingResponse text_response(int status, std::string body);
/// `detail` says what is wrong and how to mend it.
ports::OutgoingResponse problem(int status, std::string_view title, std::string_view detail);
/// The status that fits the error's kind: 400, 404, 409, 503 (with Retry-After) or 500.
ports::OutgoingResponse problem_of(const Error& error);

}  // namespace chasqui
