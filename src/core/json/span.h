// Finds where a value stands in a JSON text, so that its exact bytes can be passed on.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace chasqui::json {

/// The bytes of the member `name` of the object that `text` is. `text` must be valid JSON (parsed before); names are
/// compared as written, so a name spelt with escapes is not found. nullopt if `text` is no object or has no such member.
std::optional<std::string_view> member_span(std::string_view text, std::string_view name);

/// The bytes of each item of the array that `text` is; empty if it is no array.
std::vector<std::string_view> item_spans(std::string_view text);

}  // namespace chasqui::json
