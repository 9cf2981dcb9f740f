// A request whose bytes are kept because its first attempt failed (semantics 13).
#pragma once

#include <string>

#include "core/dialect/dialect.h"
#include "core/result.h"

namespace chasqui {

/// The request as text for storage; read back equal by thaw.
std::string freeze(const Request& request);
/// @return corrupt when the text is not what freeze wrote.
Result<Request> thaw(std::string_view frozen);

}  // namespace chasqui
