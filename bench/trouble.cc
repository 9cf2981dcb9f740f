// What goes wrong: crashes (W9), receivers that fail now and then (W10), too few file descriptors (B2).
#include <algorithm>

#include "bench/workloads.h"

namespace chasqui::bench {
namespace {

constexpr int kKills = 5;
// What may be repeated after a kill: requests that were out, and answers that were not stored yet (the gateway's limits).
constexpr std::uint64_t kRepeatsPerKillMax = 32 + 4096;

WorldSettings settings_of(const Options& options) {
  WorldSettings settings;
  settings.under = options.under;
  return settings;
}

}  // namespace

bool run_crash(const Options& options) {
  Sheet sheet("W9 crash", "kill -9 of the gateway, five times, at half of the load that it can take.");
  World world(settings_of(options));
  Peers& peers = world.peers();
  peers.source().patient(true);
  Load load;
  load.rate = measure(world, {}, 1s, 3s).per_second / 2;
  std::vector<double> first;
  const std::uint64_t repeated_before = world.ledger().duplicates();
  for (int i = 0; i < kKills; ++i) {
    peers.drive(load, 3s);
    const auto started = world.crash();
    peers.drive(load, 500ms);
    peers.wait_until([&] { return world.ledger().watched().has_value(); }, 20s);
    first.push_back(in_seconds(world.ledger().watched().value_or(Clock::time_point::max()) - started) * 1e3);
  }
  const bool settled = peers.settle(90s);
  const std::uint64_t repeated = world.ledger().duplicates() - repeated_before;
  sheet.row("load", text("%.0f messages/s", load.rate));
  sheet.promise("all arrived within 90 s of the last kill", settled ? "yes" : "no", "yes", settled);
  sheet.promise("repeated per kill", text("%.0f", static_cast<double>(repeated) / kKills), "<= 4,128",
                repeated <= kRepeatsPerKillMax * kKills);
  const double worst = *std::max_element(first.begin(), first.end());
  sheet.target("start to first delivery, median / worst", text("%.0f / %.0f ms", median(first), worst), "< 1,000 ms",
               worst < 1000);
  add_promises(sheet, peers);
  return sheet.sound();
}

bool run_order(const Options& options) {
  Sheet sheet("W10 order",
              "500 messages/s in 1,000 chats to a receiver that takes 0 to 50 ms and answers 2 % of its requests 500.");
  WorldSettings settings = settings_of(options);
  settings.peers.connections = 100;
  World world(settings);
  Peers& peers = world.peers();
  world.receiver().check_every(1);
  world.receiver().answer(0, {.fail_share = 0.02, .delay_max = 50ms});
  Load load;
  load.rate = 500;
  load.chats = 1000;
  const Measured m = measure(world, load, 1s, 15s, 0s);
  const auto ended = Clock::now();
  const bool settled = peers.settle(90s);
  sheet.row("delivered/s while posting", text("%.0f", m.per_second));
  add_shares(sheet, m);
  sheet.promise("all arrived within 90 s", settled ? text("in %.1f s", in_seconds(Clock::now() - ended)) : "no", "yes", settled);
  const Measured whole = latencies(world.ledger());
  sheet.row("p50 / p99 / max", text("%.1f / %.1f / %.1f ms", whole.p50, whole.p99, whole.max));
  add_metric(sheet, world, "attempts that failed", "chasqui_attempts_failed_total");
  add_promises(sheet, peers);
  return sheet.sound();
}

bool run_few_files(const Options& options) {
  constexpr std::uint64_t kMessages = 5000;
  Sheet sheet(
      "B2 few file descriptors",
      "5,000 messages at once in 1,000 chats to a healthy receiver that takes 20 ms; the gateway may have 256 file descriptors.");
  WorldSettings settings = settings_of(options);
  settings.files_max = 256;
  settings.peers.connections = 50;  // fewer than the gateway may have of them then, so that a person's fits in too
  // More requests at once than there are descriptors, so that they run out if nothing else holds them back.
  settings.endpoint_members = R"("in_flight_max":1024)";
  settings.environment = {{"CHASQUI_IN_FLIGHT_MAX", "1024"}};
  World world(settings);
  Peers& peers = world.peers();
  peers.source().patient(true);
  world.receiver().check_every(1);
  world.receiver().answer(0, {.delay_min = 20ms, .delay_max = 20ms});
  Load load;
  load.chats = 1000;
  load.outstanding_max = kMessages * 2;
  load.messages_max = kMessages;
  const auto begin = Clock::now();
  peers.drive(load, 60s);
  const bool settled = peers.settle(120s);
  const bool alive = world.gateway().process().running();
  sheet.promise("all delivered", settled ? text("in %.1f s", in_seconds(Clock::now() - begin)) : "not in 120 s", "yes", settled);
  sheet.promise("the gateway lived", alive ? "yes" : "no", "yes", alive);
  sheet.row("most requests at once", std::to_string(world.receiver().peak(0)));
  // Connections that it keeps to the receiver must not take the last descriptors: people have to get in.
  const bool answers = alive && world.gateway().is_ready();
  sheet.target("it answers a new caller afterwards", answers ? "yes" : "no", "yes", answers);
  add_metric(sheet, world, "attempts that failed", "chasqui_attempts_failed_total");
  add_promises(sheet, peers);
  return sheet.sound();
}

}  // namespace chasqui::bench
