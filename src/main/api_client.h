// Asks a running server, and waits for the answer: for commands.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/http1/url.h"
#include "core/result.h"
#include "ports/http.h"

namespace chasqui {

struct ApiServer {
  std::string url = "http://127.0.0.1:3000";
  std::string api_key;  ///< empty = none
  std::string ca_file;  ///< trusted certificates; empty = the system's
};

/// What a URL's query may not hold as it is becomes %XX.
std::string percent_encode(std::string_view text);

/// Makes one request with a loop of its own. @param path  with its query.
/// @return the body of a 2xx answer. Else an Error that says what to do: unavailable when the server cannot be reached,
/// invalid_input when it refuses; its problem's detail is in it.
Result<std::string> ask(const ApiServer& server, std::string_view method, std::string_view path, std::string body = {});

}  // namespace chasqui
