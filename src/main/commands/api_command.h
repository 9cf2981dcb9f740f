// What the commands that talk to a running server share.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/json/value.h"
#include "main/api_client.h"

namespace CLI {
class App;
}

namespace chasqui {

struct ApiOptions {
  ApiServer server;
  bool json = false;  ///< the server's answer instead of text for people
};

/// --url, --api-key and --json.
void add_api_options(CLI::App& command, ApiOptions& options);
/// Makes one request and shows its answer. @return the exit code; what went wrong is on stderr.
int run_api(const ApiOptions& options, std::string_view method, const std::string& path, const std::string& body,
            const std::function<void(json::Value)>& show);

}  // namespace chasqui
