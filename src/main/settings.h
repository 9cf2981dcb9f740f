// What the environment and the command line say, checked.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/gateway.h"
#include "core/result.h"

namespace chasqui {

/// Settings of `serve` and `demo`. Names in the environment stand beside each; docs/limits.md has the defaults and costs.
struct ServeSettings {
  std::string host = "127.0.0.1";     ///< CHASQUI_HOST; anything but loopback needs an API key
  std::uint16_t port = 3000;          ///< PORT, else WHATSAPP_API_PORT
  std::string data = "./data";        ///< CHASQUI_DATA
  std::string store = "sqlite";       ///< CHASQUI_STORE: sqlite or memory
  std::string log_level = "info";     ///< CHASQUI_LOG_LEVEL: debug, info, warning, error
  bool log_json = false;              ///< CHASQUI_LOG_FORMAT: text or json
  bool print_webhooks = false;        ///< CHASQUI_PRINT_WEBHOOKS
  bool demo = false;                  ///< post simulated deliveries to ourselves
  Millis demo_interval{1500};         ///< CHASQUI_DEMO_INTERVAL_MS
  std::string ca_file;                ///< CHASQUI_CA_FILE: trusted certificates; empty = the system's
  GatewaySettings gateway;
};

/// Looks up an environment variable; nullopt when unset. A parameter, so that tests need no environment.
using Environment = std::function<std::optional<std::string>(const char*)>;
Environment process_environment();

/// Reads the environment. @return invalid_input that names the variable and the fix.
Result<ServeSettings> settings_from(const Environment& environment);
/// Checks what command line and environment amount to together.
Status check(const ServeSettings& settings);
/// Whether only this machine can reach the address.
bool is_loopback(std::string_view host);

}  // namespace chasqui
