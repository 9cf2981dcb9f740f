// What people read on the terminal: requests and inbox items, with secrets masked.
#pragma once

#include <string>
#include <string_view>

#include "app/endpoint.h"
#include "app/inbox.h"
#include "ports/http.h"

namespace chasqui {

/// Verb, URL, headers and body of a request that is about to leave. Values of headers that carry a secret (Authorization,
/// cookies, keys, tokens) and the password of the URL are `***`; signatures stay: they are no secret and one compares them.
std::string shown(const EndpointTarget& target, const ports::OutgoingRequest& request);
/// One header line's value, masked when its name says that it is a secret.
std::string_view masked(std::string_view name, std::string_view value);
/// JSON over several lines, two spaces an indent; text that is no JSON as it is.
std::string pretty(std::string_view json);

}  // namespace chasqui
