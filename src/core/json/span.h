// Finds where a value stands in a JSON text, so that its exact bytes can be passed on.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace chasqui::json {

/// The bytes of the member `name` of the object that `text` is: the first of that name, as in Value. `text` must be valid
/// JSON (parsed before). nullopt if `text` is no object or has no such member, and also when a name before it is spelt with
/// escapes: names are compared as written, so that one could be the same.
std::optional<std::string_view> member_span(std::string_view text, std::string_view name);

/// The bytes of each item of the array that `text` is; empty if it is no array.
std::vector<std::string_view> item_spans(std::string_view text);

}  // namespace chasqui::json
