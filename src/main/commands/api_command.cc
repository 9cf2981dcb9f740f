#include "main/commands/api_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "main/print.h"

namespace chasqui {

void add_api_options(CLI::App& command, ApiOptions& options) {
  command.add_option("--url", options.server.url, "Where the server is")->envname("CHASQUI_URL")->capture_default_str();
  command.add_option("--api-key", options.server.api_key, "Its API key")->envname("CHASQUI_API_KEY");
  command.add_option("--ca-file", options.server.ca_file, "Trusted certificates, for https")->envname("CHASQUI_CA_FILE");
  command.add_flag("--json", options.json, "Print the server's answer as JSON");
}

int run_api(const ApiOptions& options, std::string_view method, const std::string& path, const std::string& body,
            const std::function<void(json::Value)>& show) {
  const auto answer = ask(options.server, method, path, body);
  if (!answer) {
    std::fprintf(stderr, "chasqui: %s\n", answer.error().detail.c_str());
    return 1;
  }
  if (options.json) {
    std::printf("%s\n", pretty(*answer).c_str());
    return 0;
  }
  json::Document parser;
  const auto root = parser.parse(*answer);
  if (!root) {
    std::fprintf(stderr, "chasqui: %s answers with something that is no JSON; is it a Chasqui server?\n",
                 options.server.url.c_str());
    return 1;
  }
  show(*root);
  return 0;
}

}  // namespace chasqui
