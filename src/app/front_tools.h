// What the pages of the API share: reading paths, queries and bodies.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/json/value.h"
#include "core/result.h"
#include "ports/http.h"

namespace chasqui {

inline constexpr std::size_t kListMax = 500;  ///< items in one answer

/// @param allowed  the methods that the path takes, as for `Allow`.
ports::OutgoingResponse method_not_allowed(std::string_view allowed);
/// A whole number of the query. @return invalid_input naming it when it is none, or out of range.
Result<std::uint64_t> number_of(const ports::IncomingRequest& request, std::string_view name, std::uint64_t otherwise,
                                std::uint64_t most);
/// true or false in the query. @return invalid_input naming it when it is neither.
Result<bool> flag_of(const ports::IncomingRequest& request, std::string_view name);
/// Complains about a query parameter that is not in `known`.
Status check_query(const ports::IncomingRequest& request, std::initializer_list<std::string_view> known);
/// The path behind `prefix`; nullopt when it does not begin so. "/api/v1/endpoints/x" behind "/api/v1/endpoints" is "x".
std::optional<std::string_view> behind(std::string_view path, std::string_view prefix);
/// Complains about a body that is no object, or has a member that is not in `known`.
Status check_members(json::Value object, std::initializer_list<std::string_view> known);

}  // namespace chasqui
