// `chasqui trace`: the whole story of one message.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "core/ids.h"
#include "main/commands/api_command.h"
#include "main/commands/commands.h"
#include "main/story.h"

namespace chasqui {
namespace {

struct Chosen {
  ApiOptions api;
  std::string id;
  std::uint64_t seq = 0;
  std::uint64_t from = 0;
};

// An `evt_…` or a ULID is an event's id; anything else is a message's.
std::string path_of(const Chosen& chosen) {
  std::string path = "/api/v1/trace?";
  const std::string_view bare = std::string_view(chosen.id).substr(chosen.id.starts_with("evt_") ? 4 : 0);
  if (chosen.seq != 0) {
    path.append("seq=").append(std::to_string(chosen.seq));
  } else {
    path.append(EventId::parse(bare) ? "event=" : "message=").append(percent_encode(chosen.id));
  }
  if (chosen.from != 0) path.append("&from=").append(std::to_string(chosen.from));
  return path;
}

}  // namespace

void add_trace(CLI::App& app, Run& run) {
  auto chosen = std::make_shared<Chosen>();
  CLI::App* command =
      app.add_subcommand("trace", "Tell the whole story of one message: received, matched, each attempt, its end");
  auto* id = command->add_option("id", chosen->id, "A message's id (also in WAHA's form), or an event's (evt_…)");
  auto* seq = command->add_option("--seq", chosen->seq, "Place of an event in the journal, instead of an id")
                  ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62));
  id->excludes(seq);
  command->add_option("--from", chosen->from, "Leave out events before this place");
  add_api_options(*command, chosen->api);
  command->callback([chosen, &run] {
    if (chosen->id.empty() && chosen->seq == 0) throw CLI::RequiredError("the id of a message or an event, or --seq,");
    run = [chosen] {
      return run_api(chosen->api, "GET", path_of(*chosen), "",
                     [](json::Value trace) { std::printf("%s", story_text(trace).c_str()); });
    };
  });
}

}  // namespace chasqui
