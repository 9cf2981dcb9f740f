// The dialects that this build speaks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/dialect/dialect.h"

namespace chasqui {

const std::vector<const Dialect*>& all_dialects();
/// nullptr for a name that no dialect has.
const Dialect* find_dialect(std::string_view name);
/// Their names, comma-separated, for messages.
std::string dialect_names();

}  // namespace chasqui
