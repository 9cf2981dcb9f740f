// Endpoints that must not harm each other, or themselves: slow neighbour (W5), thundering herd (W7).
#include <algorithm>

#include "bench/workloads.h"

namespace chasqui::bench {
namespace {

constexpr int kEndpoints = 100;
constexpr double kRate = 200;
constexpr int kInFlightMax = 32;  // of an endpoint, its default
constexpr Answering kUp{.delay_min = 5ms, .delay_max = 5ms};

WorldSettings hundred_endpoints(const Options& options) {
  WorldSettings settings;
  settings.under = options.under;
  settings.peers.endpoints = kEndpoints;
  settings.peers.audience = Audience::own_endpoint;
  return settings;
}

std::string three(const Measured& m) { return text("%.2f / %.2f / %.2f ms", m.p50, m.p99, m.max); }

}  // namespace

bool run_slow_neighbour(const Options& options) {
  Sheet sheet("W5 slow neighbour",
              "200 messages/s to 100 endpoints; one of them gets a tenth of all, and hangs 30 s on each request.");
  constexpr int kSlow = 0;
  World world(hundred_endpoints(options));
  world.receiver().check_every(1);
  Load load;
  load.rate = kRate;
  load.session_of = [](std::uint64_t n) { return n % 10 == 0 ? kSlow : 1 + static_cast<int>(n * 7 % (kEndpoints - 1)); };
  const auto fast = [](int endpoint) { return endpoint != kSlow; };

  measure(world, load, 2s, 12s);
  const Measured before = latencies(world.ledger(), fast);
  world.receiver().answer(kSlow, {.delay_min = 30s, .delay_max = 30s});
  const Measured beside = measure(world, load, 3s, 12s, 500ms);
  const Measured after = latencies(world.ledger(), fast);
  const int peak = world.receiver().peak(kSlow);
  const double ratio = after.p99 / std::max(0.001, before.p99);
  sheet.row("fast ones, all healthy: p50 / p99 / max", three(before));
  sheet.row("fast ones, beside the slow one", three(after));
  sheet.target("p99 after / before", text("%.2f", ratio), "<= 1.5", ratio <= 1.5);
  add_shares(sheet, beside);
  sheet.promise("requests at once at the slow one", std::to_string(peak), "<= 32", peak <= kInFlightMax);
  sheet.row("RSS", text("%.0f MiB", world.gateway().process().rss_mib()));

  world.receiver().answer(kSlow, {});
  world.receiver().cut(kSlow);
  const auto returned = Clock::now();
  const bool drained = world.peers().settle(120s);
  sheet.row("its backlog, once it is fast again",
            drained ? text("delivered in %.1f s", in_seconds(Clock::now() - returned)) : "not delivered in 120 s");
  add_promises(sheet, world.peers());
  return sheet.sound();
}

bool run_thundering_herd(const Options& options) {
  Sheet sheet("W7 thundering herd", "200 messages/s to 100 endpoints, which answer 503 for 12 s, and then 200 after 5 ms.");
  World world(hundred_endpoints(options));
  world.receiver().check_every(1);
  world.receiver().answer_all(kUp);
  Load load;
  load.rate = kRate;
  load.session_of = [](std::uint64_t n) { return static_cast<int>(n % kEndpoints); };
  Peers& peers = world.peers();

  peers.drive(load, 3s);
  Answering down = kUp;
  down.status = 503;
  world.receiver().answer_all(down);
  peers.drive(load, 12s);
  const auto wasted = world.gateway().metric("chasqui_attempts_failed_total");
  const std::uint64_t behind = world.ledger().messages();
  const std::uint64_t backlog = world.ledger().outstanding();

  world.receiver().reset_peaks();
  world.receiver().answer_all(kUp);
  const auto up = Clock::now();
  const bool recovered = peers.drive_until(
      load, [&] { return world.ledger().outstanding_below(behind) == 0; }, 120s);
  const double took = in_seconds(Clock::now() - up);
  sheet.row("backlog when they came up", text("%llu messages", static_cast<unsigned long long>(backlog)));
  sheet.row("attempts while they were down", wasted ? text("%.0f", *wasted) : "no answer");
  sheet.target("recovery", recovered ? text("%.1f s", took) : "not within 120 s", "<= 60 s", recovered && took <= 60);
  const int peak = world.receiver().peak_of_all();
  sheet.promise("most requests at once at one endpoint", std::to_string(peak), "<= 32", peak <= kInFlightMax);
  peers.settle(60s);
  add_promises(sheet, peers);
  return sheet.sound();
}

}  // namespace chasqui::bench
