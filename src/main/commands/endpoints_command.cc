// `chasqui endpoints`: where webhooks go, how it goes, and the switches.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "main/commands/api_command.h"
#include "main/commands/commands.h"
#include "main/print.h"
#include "main/table.h"

namespace chasqui {
namespace {

struct Chosen {
  ApiOptions api;
  std::string id;
  bool deleted = false;
};

std::string listed(json::Value names) {
  std::string list;
  for (const auto& name : names.items()) list.append(list.empty() ? "" : ",").append(name.string_or({}));
  return list;
}

std::string switches(json::Value endpoint) {
  if (endpoint["deleted_at_ms"].exists()) return endpoint["restorable"].boolean().value_or(false) ? "deleted" : "gone";
  if (endpoint["disabled"].boolean().value_or(false)) return "disabled";
  if (!endpoint["paused"].boolean().value_or(false)) return "on";
  const auto reason = endpoint["pause_reason"].text();
  return reason.empty() ? "paused" : "paused (" + reason + ")";
}

void show_list(json::Value answer) {
  Table table({"ENDPOINT", "IS", "EVENTS", "URL", "DESCRIPTION"});
  for (const auto& e : answer["endpoints"].items())
    table.add({e["id"].text(), switches(e), listed(e["events"]), e["url"].text(), e["description"].text()});
  std::printf("%s", table.empty() ? "There are no endpoints.\n" : table.text().c_str());
}

std::string path_of(const Chosen& chosen) { return "/api/v1/endpoints/" + percent_encode(chosen.id); }

void show_stats(json::Value s) {
  const auto number = [&](const char* name) { return std::to_string(s[name].integer().value_or(0)); };
  const bool exact = s["lag_events_exact"].boolean().value_or(true);
  Table table({"state", s["state"].text()});
  table.add({"behind", (exact ? "" : "at least ") + number("lag_events") + " events, the oldest for " +
                           std::to_string(s["lag_ms"].integer().value_or(0) / 1000) + " s"});
  table.add({"in flight", number("in_flight") + " of " + number("in_flight_allowed")});
  table.add({"lanes waiting", number("lanes_deferred")});
  table.add({"since the start", number("delivered") + " delivered, " + number("failed_attempts") + " attempts failed, " +
                                    number("parked") + " parked, " + number("outages") + " outages"});
  if (const auto error = s["last_error"].text(); !error.empty()) table.add({"last error", error});
  std::printf("\n%s", table.text().c_str());
}

int show(const Chosen& chosen) {
  const int code = run_api(chosen.api, "GET", path_of(chosen), "",
                           [](json::Value endpoint) { std::printf("%s\n", pretty(endpoint.to_json()).c_str()); });
  // With --json the settings are the answer; statistics have a path of their own.
  if (code != 0 || chosen.api.json) return code;
  return run_api(chosen.api, "GET", path_of(chosen) + "/stats", "", show_stats);
}

}  // namespace

void add_endpoints(CLI::App& app, Run& run) {
  auto chosen = std::make_shared<Chosen>();
  CLI::App* endpoints = app.add_subcommand("endpoints", "Where webhooks go: list, show, pause, resume, disable, enable, restore");
  endpoints->require_subcommand(1);

  CLI::App* list = endpoints->add_subcommand("list", "Show all of them");
  list->add_flag("--deleted", chosen->deleted, "Deleted ones too");
  add_api_options(*list, chosen->api);
  list->callback([chosen, &run] {
    run = [chosen] {
      return run_api(chosen->api, "GET", chosen->deleted ? "/api/v1/endpoints?deleted=true" : "/api/v1/endpoints", "", show_list);
    };
  });

  const auto add = [&](const char* name, const char* description, std::function<int(const Chosen&)> act) {
    CLI::App* command = endpoints->add_subcommand(name, description);
    command->add_option("endpoint", chosen->id, "Its id, such as ep_env")->required();
    add_api_options(*command, chosen->api);
    command->callback([chosen, act = std::move(act), &run] { run = [chosen, act] { return act(*chosen); }; });
  };
  add("show", "Show the settings of one, and how it goes", show);
  const auto add_switch = [&](const char* name, const char* description) {
    add(name, description, [action = std::string(name)](const Chosen& c) {
      return run_api(c.api, "POST", path_of(c) + "/" + action, "", [](json::Value e) {
        std::printf("%s is %s.\n", plain(e["id"].text()).c_str(), plain(switches(e)).c_str());
      });
    });
  };
  add_switch("pause", "Send nothing; its backlog waits");
  add_switch("resume", "Send again");
  add_switch("disable", "Give it nothing more; its backlog is skipped, counted");
  add_switch("enable", "Give it what comes from now on");
  add_switch("restore", "Undo a deletion of the last seven days");
}

}  // namespace chasqui
