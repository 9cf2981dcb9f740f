// The whole loop, from a signed Cloud API post to a signed WAHA webhook, measured from outside. One run compares like with like:
// the SQLite journal, no store at all, and a sender built on BullMQ.
#include <algorithm>
#include <cstdio>

#include "bench/workloads.h"

namespace chasqui::bench {
namespace {

constexpr auto kWarmUp = 1500ms;
constexpr double kSteadyRate = 5000;

struct Row {
  Measured measured;
  double per_commit = 0;
  bool sound = false;
};

Row measure_row(const Options& options, const Table& table, const std::string& name, const std::string& store, double rate) {
  WorldSettings settings;
  settings.under = options.under;
  settings.store = store;
  World world(settings);
  Load load;
  load.rate = rate;
  Row row;
  row.measured = measure(world, load, kWarmUp, seconds(options.seconds));
  const Measured& m = row.measured;
  const double commits = world.gateway().metric("chasqui_commits_total").value_or(0);
  row.per_commit = commits > 0 ? world.gateway().metric("chasqui_events_stored_total").value_or(0) / commits : 0;
  const Ledger& ledger = world.ledger();
  const std::uint64_t lost = ledger.lost(), wrong = world.receiver().bad_signatures();
  row.sound = lost == 0 && ledger.inversions() == 0 && wrong == 0 && ledger.refused() == 0;
  table.row({name, text("%.0f", m.per_second), text("%.1f", m.cpu_us), text("%.2f", m.p50), text("%.2f", m.p99),
             text("%.2f", m.p999), text("%.0f", m.rss), text("%.1f", row.per_commit), text("%.0f %%", m.peers_share * 100),
             text("%.0f %%", m.others_share * 100),
             text("%llu / %llu / %llu", static_cast<unsigned long long>(lost),
                  static_cast<unsigned long long>(ledger.duplicates()), static_cast<unsigned long long>(ledger.inversions()))});
  if (!row.sound)
    std::printf("\nBROKEN: lost %llu, out of order %llu, refused %llu, wrongly signed %llu\n\n",
                static_cast<unsigned long long>(lost), static_cast<unsigned long long>(ledger.inversions()),
                static_cast<unsigned long long>(ledger.refused()), static_cast<unsigned long long>(wrong));
  return row;
}

Measured reference_row(const Options& options, const Table& table, const std::string& append_fsync) {
  const std::string name = "saturated, BullMQ on Redis, AOF " + append_fsync;
  std::string why_not;
  const auto result = measure_reference(options, append_fsync, why_not);
  if (!result) {
    std::printf("\nThe reference is left out: %s\n", why_not.c_str());
    return {};
  }
  const Measured& m = result->measured;
  table.row({name, text("%.0f", m.per_second), text("%.1f", m.cpu_us), text("%.2f", m.p50), text("%.2f", m.p99),
             text("%.2f", m.p999), text("%.0f", m.rss), "", text("%.0f %%", m.peers_share * 100),
             text("%.0f %%", m.others_share * 100),
             text("%llu / - / %llu", static_cast<unsigned long long>(result->lost),
                  static_cast<unsigned long long>(result->inversions))});
  return m;
}

}  // namespace

bool run_loop(const Options& options) {
  std::printf(
      "\n### The loop: one message a post, 1.2 KB, 64 chats, HMAC-SHA256 in, HMAC-SHA512 out\n\n"
      "The gateway on one core, source and receiver on the other.\n\n");
  const Table table({"workload", "delivered/s", "CPU µs each", "p50 ms", "p99 ms", "p99.9 ms", "RSS MiB", "events per commit",
                     "peers' core", "others", "lost / repeated / out of order"});
  bool sound = true;
  std::vector<double> durable, ratios, cpu, p50, p99;
  for (int round = 0; round < options.rounds; ++round) {
    const Row sqlite = measure_row(options, table, "saturated, SQLite journal", "sqlite", 0);
    const Row memory = measure_row(options, table, "saturated, no store", "memory", 0);
    const Row steady = measure_row(options, table, "5,000/s, SQLite journal", "sqlite", kSteadyRate);
    durable.push_back(sqlite.measured.per_second);
    ratios.push_back(sqlite.measured.per_second / std::max(1.0, memory.measured.per_second));
    cpu.push_back(sqlite.measured.cpu_us);
    p50.push_back(steady.measured.p50);
    p99.push_back(steady.measured.p99);
    sound = sound && sqlite.sound && memory.sound && steady.sound;
  }
  std::vector<Measured> reference;
  for (const char* append_fsync : {"everysec", "always"}) {
    if (options.reference.empty()) break;
    reference.push_back(reference_row(options, table, append_fsync));
    if (reference.back().per_second <= 0) break;
  }
  std::printf(
      "\nMedians: %.0f durable deliveries/s at %.1f µs of CPU each; %.2f of the same loop without a store; at 5,000/s p50 %.2f "
      "ms, p99 %.2f ms.\n",
      median(durable), median(cpu), median(ratios), median(p50), median(p99));
  if (reference.size() == 2 && reference[1].per_second > 0)
    std::printf(
        "Against BullMQ on Redis on the same core: %.1f times the deliveries/s with AOF everysec, %.1f times with AOF always; "
        "%.1f and %.1f times less CPU.\n",
        median(durable) / reference[0].per_second, median(durable) / reference[1].per_second, reference[0].cpu_us / median(cpu),
        reference[1].cpu_us / median(cpu));
  return sound;
}

}  // namespace chasqui::bench
