// A large backlog behind a receiver that never answers (B1).
#include <algorithm>

#include "bench/workloads.h"

namespace chasqui::bench {
namespace {

constexpr int kDead = 0, kLive = 1;
constexpr int kPairs = 5;
constexpr double kRate = 2000;  // messages/s to the live endpoint
constexpr int kChats = 6400;    // of the backlog
constexpr double kRssMaxMib = 150;
constexpr int kInFlightMax = 32;  // of an endpoint, its default

WorldSettings two_endpoints(const Options& options) {
  WorldSettings settings;
  settings.under = options.under;
  settings.peers.endpoints = 2;
  settings.peers.audience = Audience::own_endpoint;
  settings.endpoint_members = R"("timeout_ms":5000)";  // of the requests that are never answered; the default is 60 s
  return settings;
}

Load to_endpoint(int endpoint) {
  Load load;
  load.session_of = [endpoint](std::uint64_t) { return endpoint; };
  return load;
}

double live_p99(World& world) {
  Load load = to_endpoint(kLive);
  load.rate = kRate;
  measure(world, load, 1s, 3s, 300ms);
  return latencies(world.ledger(), [](int endpoint) { return endpoint == kLive; }).p99;
}

void fill(Sheet& sheet, World& world, std::uint64_t events) {
  world.receiver().answer(kDead, {.silent = true});
  Load load = to_endpoint(kDead);
  load.chats = kChats;
  load.messages_max = events;
  load.outstanding_max = events + 1;
  const auto begin = Clock::now();
  world.peers().drive(load, 600s);
  world.peers().wait_until([&] { return world.peers().source().answered(); }, 20s);
  const double took = in_seconds(Clock::now() - begin);
  sheet.row("taken in",
            text("%llu messages, %.0f/s", static_cast<unsigned long long>(events), static_cast<double>(events) / took));
}

// The same load on a gateway with the backlog and on one without, in turns; whoever is not measured is held still.
void compare(Sheet& sheet, World& with, World& without) {
  std::vector<double> ratios, with_p99, without_p99;
  for (int i = 0; i < kPairs; ++i) {
    with.gateway().process().freeze();
    without_p99.push_back(live_p99(without));
    with.gateway().process().thaw();
    without.gateway().process().freeze();
    with_p99.push_back(live_p99(with));
    without.gateway().process().thaw();
    ratios.push_back(with_p99.back() / std::max(0.001, without_p99.back()));
  }
  sheet.row("p99 of another endpoint at 2,000/s, without and with the backlog (medians of 5)",
            text("%.2f / %.2f ms", median(without_p99), median(with_p99)));
  sheet.target("ratio, median of the pairs", text("%.2f", median(ratios)), "<= 1.5", median(ratios) <= 1.5);
}

void restart(Sheet& sheet, World& world) {
  const std::uint64_t asked_before = world.receiver().requests(kDead);
  const auto started = world.crash();
  const double ready = in_seconds(Clock::now() - started) * 1e3;
  Load one = to_endpoint(kLive);
  one.messages_max = 1;
  one.outstanding_max = world.ledger().outstanding() + 1;
  world.peers().drive(one, 5s);
  world.peers().wait_until([&] { return world.ledger().watched().has_value(); }, 20s);
  const auto first = world.ledger().watched();
  const double ms = first ? in_seconds(*first - started) * 1e3 : 0;
  sheet.row("kill -9 and start with the backlog: ready after", text("%.0f ms", ready));
  sheet.target("start to first delivery (other endpoint)", first ? text("%.0f ms", ms) : "none in 20 s", "< 1,000 ms",
               first && ms < 1000);
  const bool asked = world.peers().wait_until([&] { return world.receiver().requests(kDead) > asked_before; }, 60s);
  sheet.row("start to first new request to the silent one",
            asked ? text("%.1f s", in_seconds(Clock::now() - started)) : "none in 60 s");
}

void drain(Sheet& sheet, World& world, std::uint64_t events) {
  Receiver& receiver = world.receiver();
  receiver.reset_peaks();
  receiver.answer(kDead, {.delay_min = 1ms, .delay_max = 1ms});
  receiver.cut(kDead);
  const auto returned = Clock::now();
  const std::uint64_t arrived = world.ledger().arrived();
  world.peers().wait_until([&] { return world.ledger().arrived() > arrived; }, 120s);
  const auto first = Clock::now();
  const bool drained = world.peers().settle(60s + std::chrono::milliseconds(events / 2));
  const double took = in_seconds(Clock::now() - first);
  const auto delivered = static_cast<double>(world.ledger().arrived() - arrived);
  sheet.row("the receiver returns: its first webhook after", text("%.1f s", in_seconds(first - returned)));
  sheet.promise("the backlog is delivered",
                drained ? text("in %.1f s, %.0f/s", took, delivered / std::max(0.001, took)) : text("%.0f of it", delivered),
                "all of it", drained);
  const int peak = receiver.peak(kDead);
  sheet.promise("most requests at once", std::to_string(peak), "<= 32", peak <= kInFlightMax);
}

}  // namespace

bool run_backlog(const Options& options) {
  Sheet sheet("B1 backlog",
              text("%llu messages behind a receiver that takes requests and never answers; RSS wanted is that for 1,000,000.",
                   static_cast<unsigned long long>(options.events)));
  World with(two_endpoints(options));
  with.peers().source().patient(true);
  fill(sheet, with, options.events);
  {
    World without(two_endpoints(options));
    compare(sheet, with, without);
  }
  const double rss = with.gateway().process().rss_peak_mib();
  sheet.target("RSS, peak", text("%.0f MiB", rss), "< 150 MiB", rss < kRssMaxMib);
  restart(sheet, with);
  drain(sheet, with, options.events);
  sheet.row("RSS after the restart, peak", text("%.0f MiB", with.gateway().process().rss_peak_mib()));
  add_promises(sheet, with.peers());
  return sheet.sound();
}

}  // namespace chasqui::bench
