// `chasqui serve` and `chasqui demo`.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "main/commands/commands.h"
#include "main/serve.h"
#include "main/version.h"

namespace chasqui {
namespace {

struct Chosen {
  Result<ServeSettings> environment = settings_from(process_environment());
  ServeSettings settings = environment ? *environment : ServeSettings{};
};

void add_options(CLI::App& command, ServeSettings& s) {
  command.add_option("--host", s.host, "Address to listen on (CHASQUI_HOST)")->capture_default_str();
  command.add_option("--port", s.port, "Port; 0 picks a free one (WHATSAPP_API_PORT, PORT)")->capture_default_str();
  command.add_option("--data", s.data, "Directory of the journal and the key file (CHASQUI_DATA)")->capture_default_str();
  command.add_option("--store", s.store, "sqlite, or memory for trials (CHASQUI_STORE)")->capture_default_str();
  command.add_option("--log-level", s.log_level, "debug, info, warning or error (CHASQUI_LOG_LEVEL)")->capture_default_str();
  command.add_flag("--print-webhooks", s.print_webhooks,
                   "Print each request before it is sent, secrets masked (CHASQUI_PRINT_WEBHOOKS)");
}

}  // namespace

void add_serve(CLI::App& app, Run& run) {
  // Shared by the options, which fill it, and by the run, which uses it.
  auto chosen = std::make_shared<Chosen>();
  chosen->settings.gateway.front.version = kVersion;
  const auto add = [&](const char* name, const char* description, bool demo) {
    CLI::App* command = app.add_subcommand(name, description);
    add_options(*command, chosen->settings);
    command->callback([chosen, demo, &run] {
      run = [chosen, demo] {
        if (!chosen->environment) {
          std::fprintf(stderr, "chasqui: %s\n", chosen->environment.error().detail.c_str());
          return 3;
        }
        chosen->settings.demo = demo;
        return serve(chosen->settings);
      };
    });
  };
  add("serve", "Run the gateway", false);
  add("demo", "Run the gateway on a calm stream of simulated Cloud API messages", true);
}

}  // namespace chasqui
