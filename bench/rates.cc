// How fast: idle latency (W1), saturation (W2), fan-out (W3).
#include <algorithm>
#include <cstdio>

#include "bench/workloads.h"

namespace chasqui::bench {
namespace {

constexpr auto kWarmUp = 1s;
// Seconds, after a step of four. A rate that is too high by a tenth lags 0.4 s by then, and more with every second.
constexpr double kLagMax = 0.25;
constexpr int kSearchSteps = 5;  // halvings of the interval in which the highest rate is searched

WorldSettings settings_of(const Options& options) {
  WorldSettings settings;
  settings.under = options.under;
  return settings;
}

struct Step {
  double rate = 0, lag = 0;
  Measured measured;
};

// At a fixed rate: the lag is how long the last webhooks take to come once nothing is posted any more.
Step try_rate(const Options& options, double rate) {
  World world(settings_of(options));
  Load load;
  load.rate = rate;
  const auto begin = Clock::now();
  Step step{rate, 0, measure(world, load, kWarmUp, 3s)};
  step.lag = in_seconds(Clock::now() - begin) - 4.1;
  return step;
}

}  // namespace

void add_promises(Sheet& sheet, Peers& peers) {
  const Ledger& ledger = peers.ledger();
  sheet.row("messages posted / acknowledged / webhooks / repeated",
            text("%llu / %llu / %llu / %llu", static_cast<unsigned long long>(ledger.messages()),
                 static_cast<unsigned long long>(ledger.acknowledged()), static_cast<unsigned long long>(ledger.arrived()),
                 static_cast<unsigned long long>(ledger.duplicates())));
  sheet.none("lost", ledger.lost());
  sheet.none("out of order", ledger.inversions());
  sheet.none("wrongly signed", peers.receiver().bad_signatures());
  sheet.none("refused", ledger.refused());
}

void add_metric(Sheet& sheet, World& world, const std::string& measure, const std::string& name) {
  const auto value = world.gateway().metric(name);
  sheet.row(measure, value ? text("%.0f", *value) : "no answer");
}

void add_shares(Sheet& sheet, const Measured& m) {
  sheet.row("peers' share of their core / others' share of both",
            text("%.0f / %.0f %%", m.peers_share * 100, m.others_share * 100));
}

bool run_idle_latency(const Options& options) {
  Sheet sheet("W1 idle latency", "10 messages/s, one endpoint; from intended post to arrival.");
  World world(settings_of(options));
  Load load;
  load.rate = 10;
  world.receiver().check_every(1);
  const Measured m = measure(world, load, kWarmUp, 20s);
  sheet.row("p50 / p99 / max", text("%.2f / %.2f / %.2f ms", m.p50, m.p99, m.max));
  add_shares(sheet, m);
  sheet.row("gateway CPU", text("%.2f %% of a core", m.cpu_us * m.per_second / 1e4));
  sheet.row("RSS", text("%.1f MiB", m.rss));
  add_promises(sheet, world.peers());
  return sheet.sound();
}

bool run_saturation(const Options& options) {
  Sheet sheet("W2 saturation", "One endpoint; the highest steady rate at which the lag does not grow.");
  World closed(settings_of(options));
  const Measured limit = measure(closed, {}, kWarmUp, 4s);
  sheet.target("saturated (closed loop)", text("%.0f/s, %.1f µs CPU each", limit.per_second, limit.cpu_us),
               ">= 25,000/s, <= 35 µs", limit.per_second >= 25'000 && limit.cpu_us <= 35);
  add_shares(sheet, limit);
  Step best;
  double low = 0, high = limit.per_second * 1.2, rate = limit.per_second * 0.9;
  for (int i = 0; i < kSearchSteps; ++i) {
    const Step step = try_rate(options, rate);
    (step.lag < kLagMax ? low : high) = rate;
    if (step.lag < kLagMax) best = step;
    rate = (low + high) / 2;
  }
  sheet.row("highest rate that it keeps up with (open loop, lag < 0.25 s)", text("%.0f/s", best.rate));
  sheet.row("there: lag, p50, p99", text("%.2f s, %.2f ms, %.2f ms", best.lag, best.measured.p50, best.measured.p99));
  sheet.row("there: CPU, RSS", text("%.1f µs each, %.0f MiB", best.measured.cpu_us, best.measured.rss));
  for (const char* append_fsync : {"everysec", "always"}) {
    if (options.reference.empty()) break;
    std::string why_not;
    const auto reference = measure_reference(options, append_fsync, why_not);
    const std::string name = std::string("BullMQ on Redis, AOF ") + append_fsync;
    if (!reference) {
      sheet.row(name, "left out: " + why_not);
      break;
    }
    const double ratio = limit.per_second / std::max(1.0, reference->measured.per_second);
    sheet.row(name, text("%.0f/s, %.1f µs CPU each, %llu out of order", reference->measured.per_second,
                         reference->measured.cpu_us, static_cast<unsigned long long>(reference->inversions)));
    sheet.target("ratio to it",
                 text("%.1f in deliveries/s, %.1f in CPU", ratio, reference->measured.cpu_us / std::max(0.1, limit.cpu_us)),
                 ">= 15", ratio >= 15);
  }
  add_promises(sheet, closed.peers());
  return sheet.sound();
}

bool run_fan_out(const Options& options) {
  Sheet sheet("W3 fan-out", "Each message to 10 endpoints, made through the API; saturated.");
  double single = 0;
  {
    World world(settings_of(options));
    single = measure(world, {}, kWarmUp, 4s).per_second;
  }
  WorldSettings settings = settings_of(options);
  settings.peers.endpoints = 10;
  World world(settings);
  Load load;
  load.outstanding_max = 20'000;
  const Measured m = measure(world, load, kWarmUp, 6s);
  sheet.target("deliveries/s", text("%.0f", m.per_second), ">= 40,000", m.per_second >= 40'000);
  sheet.row("of one endpoint, in the same run", text("%.0f/s; ratio %.2f", single, m.per_second / std::max(1.0, single)));
  sheet.row("gateway CPU per delivery", text("%.1f µs", m.cpu_us));
  add_shares(sheet, m);
  sheet.row("p50 / p99", text("%.1f / %.1f ms", m.p50, m.p99));
  sheet.row("RSS", text("%.0f MiB", m.rss));
  add_promises(sheet, world.peers());
  return sheet.sound();
}

}  // namespace chasqui::bench
