// The command line.
#include <CLI/CLI.hpp>

#include "main/commands/commands.h"
#include "main/version.h"

int main(int argc, char** argv) {
  CLI::App app{"Chasqui, a WhatsApp event gateway: takes events, keeps them, and delivers each as a webhook."};
  app.set_version_flag("--version", std::string("chasqui ") + chasqui::kVersion);
  app.require_subcommand(1);

  chasqui::Run run;
  for (const auto add :
       {chasqui::add_serve, chasqui::add_listen, chasqui::add_trace, chasqui::add_parked, chasqui::add_endpoints})
    add(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 3;  // --help and --version end here too
  }
  return run();
}
