// `make bench`: the whole loop, from a signed Cloud API post to a signed WAHA webhook, measured from outside. One run
// compares like with like: the SQLite journal and no store at all, saturated and at 5,000 messages a second.
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "bench/gateway_process.h"
#include "bench/peers.h"

namespace {

using namespace chasqui::bench;

constexpr int kGatewayCore = 0, kPeersCore = 1;

struct Row {
  std::string name;
  double per_second = 0, cpu_us = 0, p50 = 0, p99 = 0, p999 = 0, rss = 0, per_commit = 0;
  Outcome outcome;
};

struct Meter {
  const GatewayProcess& gateway;
  double cpu = 0, commits = 0;
  double cpu_from = 0, commits_from = 0;
};

double percentile(std::vector<double>& sorted, double p) {
  return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(p * static_cast<double>(sorted.size())))];
}

Row measure(const std::string& name, const std::string& store, double rate, int seconds) {
  const std::filesystem::path data = std::filesystem::temp_directory_path() / ("chasqui-bench-" + std::to_string(getpid()));
  std::filesystem::remove_all(data);
  Peers peers;
  const std::uint16_t port = free_port();
  Row row;
  row.name = name;
  {
    GatewayProcess gateway({{"CHASQUI_DATA", data.string()},
                            {"CHASQUI_STORE", store},
                            {"CHASQUI_CLOUD_API_APP_SECRET", "bench-app-secret"},
                            {"WHATSAPP_HOOK_URL", "http://127.0.0.1:" + std::to_string(peers.receiver_port()) + "/hook"},
                            {"WHATSAPP_HOOK_EVENTS", "message"},
                            {"WHATSAPP_HOOK_HMAC_KEY", "bench-hook-key"}},
                           port, kGatewayCore);
    Plan plan;
    plan.source_port = port;
    plan.rate = rate;
    plan.measure = std::chrono::seconds(seconds);
    plan.app_secret = "bench-app-secret";
    plan.hook_key = "bench-hook-key";
    Meter meter{gateway};
    row.outcome = peers.run(
        plan,
        [](void* m) {
          auto& meter_ = *static_cast<Meter*>(m);
          meter_.cpu_from = meter_.gateway.cpu_seconds();
        },
        [](void* m) {
          auto& meter_ = *static_cast<Meter*>(m);
          meter_.cpu = meter_.gateway.cpu_seconds() - meter_.cpu_from;
        },
        &meter);
    row.rss = gateway.rss_mib();
    const double commits = gateway.metric("chasqui_commits_total");
    row.per_commit = commits > 0 ? gateway.metric("chasqui_events_stored_total") / commits : 0;
    const auto arrived = static_cast<double>(row.outcome.arrived);
    row.per_second = arrived / row.outcome.seconds;
    row.cpu_us = arrived > 0 ? meter.cpu * 1e6 / arrived : 0;
  }
  std::sort(row.outcome.latency_ms.begin(), row.outcome.latency_ms.end());
  row.p50 = percentile(row.outcome.latency_ms, 0.50);
  row.p99 = percentile(row.outcome.latency_ms, 0.99);
  row.p999 = percentile(row.outcome.latency_ms, 0.999);
  std::filesystem::remove_all(data);
  return row;
}

void print(const Row& r) {
  std::printf("| %-28s | %10.0f | %8.1f | %7.2f | %7.2f | %7.2f | %6.0f | %8.1f | %llu/%llu/%llu |\n", r.name.c_str(), r.per_second, r.cpu_us, r.p50, r.p99, r.p999,
              r.rss, r.per_commit, static_cast<unsigned long long>(r.outcome.lost), static_cast<unsigned long long>(r.outcome.duplicates),
              static_cast<unsigned long long>(r.outcome.disordered));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 8;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  pin_to(kPeersCore);
  std::printf("One message a post, 1.2 KB, 64 chats, HMAC-SHA256 in, HMAC-SHA512 out; gateway on one core, source and receiver on the other.\n\n");
  std::printf("| workload                     | delivered/s | CPU us/e | p50 ms  | p99 ms  | p99.9   | RSS MiB | ev/commit | lost/dup/disorder |\n");
  std::printf("|------------------------------|------------|----------|---------|---------|---------|--------|----------|-------|\n");
  bool sound = true;
  std::vector<double> ratios, durable;
  for (int round = 0; round < rounds; ++round) {
    const Row sqlite = measure("saturated, SQLite journal", "sqlite", 0, seconds);
    print(sqlite);
    const Row memory = measure("saturated, no store", "memory", 0, seconds);
    print(memory);
    ratios.push_back(sqlite.per_second / std::max(1.0, memory.per_second));
    durable.push_back(sqlite.per_second);
    const Row steady = measure("5,000/s, SQLite journal", "sqlite", 5000, seconds);
    print(steady);
    for (const Row* r : {&sqlite, &memory, &steady})
      sound = sound && r->outcome.lost == 0 && r->outcome.disordered == 0 && r->outcome.bad_signatures == 0 && r->outcome.refused == 0;
  }
  std::sort(ratios.begin(), ratios.end());
  std::sort(durable.begin(), durable.end());
  std::printf("\nmedian: %.0f durable deliveries/s; %.2f of the same loop without a store\n", durable[durable.size() / 2], ratios[ratios.size() / 2]);
  if (!sound) std::printf("UNSOUND: something was lost, refused, out of order or wrongly signed\n");
  return sound ? 0 : 1;
}
