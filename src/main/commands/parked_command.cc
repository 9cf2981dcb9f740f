// `chasqui parked`: deliveries that wait for a person.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "core/json/writer.h"
#include "main/commands/api_command.h"
#include "main/commands/commands.h"
#include "main/table.h"

namespace chasqui {
namespace {

struct Chosen {
  ApiOptions api;
  std::string endpoint, part, note;
  std::uint64_t seq = 0;
  int limit = 50;
  bool all = false;
};

void show_list(json::Value answer) {
  Table table({"ENDPOINT", "SEQ", "PART", "REASON", "ATTEMPTS", "PARKED", "MESSAGE"});
  for (const auto& row : answer["parked"].items())
    table.add({row["endpoint"].text(), std::to_string(row["seq"].integer().value_or(0)), row["part"].text(), row["reason"].text(),
               std::to_string(row["attempts"].integer().value_or(0)), time_text(row["parked_at_ms"].integer().value_or(0)),
               row["message"].text()});
  std::printf("%s", table.empty() ? "Nothing is parked.\n" : table.text().c_str());
}

void add_list(CLI::App& parked, const std::shared_ptr<Chosen>& chosen, Run& run) {
  CLI::App* command = parked.add_subcommand("list", "Show them, newest first");
  command->add_option("--endpoint", chosen->endpoint, "Of this endpoint only");
  command->add_option("--limit", chosen->limit, "At most so many")->capture_default_str()->check(CLI::Range(1, 500));
  add_api_options(*command, chosen->api);
  command->callback([chosen, &run] {
    run = [chosen] {
      std::string path = "/api/v1/parked?limit=" + std::to_string(chosen->limit);
      if (!chosen->endpoint.empty()) path.append("&endpoint=").append(percent_encode(chosen->endpoint));
      return run_api(chosen->api, "GET", path, "", show_list);
    };
  });
}

std::string repair_body(const Chosen& chosen, bool drop) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (chosen.all) {
    w.key("all").boolean(true);
  } else {
    w.key("endpoint").string(chosen.endpoint);
  }
  if (chosen.seq != 0) w.key("seq").unsigned_integer(chosen.seq);
  if (!chosen.part.empty()) w.key("part").string(chosen.part);
  if (drop) w.key("note").string(chosen.note);
  w.end_object();
  return body;
}

void add_repair(CLI::App& parked, const std::shared_ptr<Chosen>& chosen, Run& run, bool drop) {
  CLI::App* command = drop ? parked.add_subcommand("drop", "End them with a note; they are not sent")
                           : parked.add_subcommand("resume", "Send them again, with the same bytes");
  auto* endpoint = command->add_option("--endpoint", chosen->endpoint, "Of this endpoint");
  command->add_flag("--all", chosen->all, "Of all endpoints")->excludes(endpoint);
  command->add_option("--seq", chosen->seq, "Of this event only")->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62));
  command->add_option("--part", chosen->part, "Only this part, such as message.any");
  if (drop) command->add_option("--note", chosen->note, "Why; it is kept")->required();
  add_api_options(*command, chosen->api);
  command->callback([chosen, drop, &run] {
    if (!chosen->all && chosen->endpoint.empty()) throw CLI::RequiredError("--endpoint or --all");
    run = [chosen, drop] {
      return run_api(chosen->api, "POST", drop ? "/api/v1/parked/drop" : "/api/v1/parked/resume", repair_body(*chosen, drop),
                     [drop](json::Value answer) {
                       const auto count = answer[drop ? "dropped" : "resumed"].integer().value_or(0);
                       std::printf(drop ? "%lld dropped.\n" : "%lld resumed.\n", static_cast<long long>(count));
                     });
    };
  });
}

}  // namespace

void add_parked(CLI::App& app, Run& run) {
  auto chosen = std::make_shared<Chosen>();
  CLI::App* parked = app.add_subcommand("parked", "Deliveries that wait for a person: list, resume, drop");
  parked->require_subcommand(1);
  add_list(*parked, chosen, run);
  add_repair(*parked, chosen, run, false);
  add_repair(*parked, chosen, run, true);
}

}  // namespace chasqui
