// The command line.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "main/listen.h"
#include "main/serve.h"
#include "main/version.h"

int main(int argc, char** argv) {
  CLI::App app{"Chasqui, a WhatsApp event gateway: takes events, keeps them, and delivers each as a webhook."};
  app.set_version_flag("--version", std::string("chasqui ") + chasqui::kVersion);
  app.require_subcommand(1);

  auto settings = chasqui::settings_from(chasqui::process_environment());
  // Complained about only by the commands that need it.
  chasqui::ServeSettings serve_settings = settings ? *settings : chasqui::ServeSettings{};
  serve_settings.gateway.front.version = chasqui::kVersion;

  const auto add_server_options = [&](CLI::App* command) {
    command->add_option("--host", serve_settings.host, "Address to listen on (CHASQUI_HOST)")->capture_default_str();
    command->add_option("--port", serve_settings.port, "Port; 0 picks a free one (WHATSAPP_API_PORT, PORT)")->capture_default_str();
    command->add_option("--data", serve_settings.data, "Directory of the journal and the key file (CHASQUI_DATA)")->capture_default_str();
    command->add_option("--store", serve_settings.store, "sqlite, or memory for trials (CHASQUI_STORE)")->capture_default_str();
    command->add_option("--log-level", serve_settings.log_level, "debug, info, warning or error (CHASQUI_LOG_LEVEL)")->capture_default_str();
    command->add_flag("--print-webhooks", serve_settings.print_webhooks, "Print each request before it is sent, secrets masked (CHASQUI_PRINT_WEBHOOKS)");
  };
  CLI::App* serve = app.add_subcommand("serve", "Run the gateway");
  add_server_options(serve);
  CLI::App* demo = app.add_subcommand("demo", "Run the gateway on a calm stream of simulated Cloud API messages");
  add_server_options(demo);

  chasqui::ListenSettings listen_settings;
  CLI::App* listen = app.add_subcommand("listen", "Receive webhooks, verify their signature, and print them");
  listen->add_option("--host", listen_settings.host, "Address to listen on")->capture_default_str();
  listen->add_option("--port", listen_settings.port, "Port; 0 picks a free one")->capture_default_str();
  listen->add_option("--hmac-key", listen_settings.hmac_key, "The endpoint's key, to verify X-Webhook-Hmac")->envname("WHATSAPP_HOOK_HMAC_KEY");
  listen->add_flag("--headers", listen_settings.headers, "Print headers too");
  listen->add_flag("--compact", listen_settings.compact, "One line a webhook");
  listen->add_option("--answer", listen_settings.answer, "Status to answer with")->capture_default_str()->check(CLI::Range(200, 599));
  listen->add_option("--count", listen_settings.count, "Stop after so many webhooks; exit code 4 if one was not verified")->check(CLI::Range(1, 1'000'000'000));

  CLI11_PARSE(app, argc, argv);

  if (listen->parsed()) return chasqui::listen(listen_settings);
  if (!settings) {
    std::fprintf(stderr, "chasqui: %s\n", settings.error().detail.c_str());
    return 3;
  }
  serve_settings.demo = demo->parsed();
  return chasqui::serve(std::move(serve_settings));
}
