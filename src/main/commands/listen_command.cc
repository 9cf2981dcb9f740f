// `chasqui listen`.
#include <CLI/CLI.hpp>
#include <memory>

#include "main/commands/commands.h"
#include "main/listen.h"

namespace chasqui {

void add_listen(CLI::App& app, Run& run) {
  auto s = std::make_shared<ListenSettings>();
  CLI::App* command = app.add_subcommand("listen", "Receive webhooks, verify their signature, and print them");
  command->add_option("--host", s->host, "Address to listen on")->capture_default_str();
  command->add_option("--port", s->port, "Port; 0 picks a free one")->capture_default_str();
  command->add_option("--hmac-key", s->hmac_key, "The endpoint's key, to verify X-Webhook-Hmac")
      ->envname("WHATSAPP_HOOK_HMAC_KEY");
  command->add_flag("--headers", s->headers, "Print headers too");
  command->add_flag("--compact", s->compact, "One line a webhook");
  command->add_option("--answer", s->answer, "Status to answer with")->capture_default_str()->check(CLI::Range(200, 599));
  command->add_option("--count", s->count, "Stop after so many webhooks; exit code 4 if one was not verified")
      ->check(CLI::Range(1, 1'000'000'000));
  command->callback([s, &run] { run = [s] { return listen(*s); }; });
}

}  // namespace chasqui
