// The answer of /api/v1/trace as text for people.
#pragma once

#include <string>

#include "core/json/value.h"

namespace chasqui {

std::string story_text(json::Value trace);

}  // namespace chasqui
