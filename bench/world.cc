#include "bench/world.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "bench/report.h"

namespace chasqui::bench {
namespace {

constexpr auto kStartPatience = 30s;

std::filesystem::path fresh_directory(const std::filesystem::path& under) {
  static int made = 0;
  auto directory = under / text("chasqui-bench-%d-%d", static_cast<int>(getpid()), ++made);
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  return directory;
}

std::map<std::string, std::string> environment_of(const WorldSettings& s, const std::filesystem::path& directory) {
  auto environment = s.environment;
  environment["CHASQUI_DATA"] = directory.string();
  environment["CHASQUI_STORE"] = s.store;
  environment["CHASQUI_CLOUD_API_APP_SECRET"] = s.peers.app_secret;
  return environment;
}

}  // namespace

World::World(const WorldSettings& s)
    : directory_(fresh_directory(s.under)), peers_(s.peers), gateway_(environment_of(s, directory_), kGatewayCore, s.files_max) {
  gateway_.launch();
  wait_until_ready();
  for (int i = 0; i < s.peers.endpoints; ++i) {
    std::string json =
        text(R"({"url":"%s","events":["message"],"hmac_key":"%s")", peers_.receiver().url(i).c_str(), s.peers.hook_key.c_str());
    if (s.peers.audience == Audience::own_endpoint) json += R"(,"session":")" + Messages::phone_number_id(i) + '"';
    if (!s.endpoint_members.empty()) json += "," + s.endpoint_members;
    gateway_.make_endpoint(json + "}");
  }
  peers_.source().connect(gateway_.port());
}

World::~World() {
  gateway_.process().kill_nine();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void World::wait_until_ready() {
  const bool ready = peers_.wait_until([this] { return gateway_.is_ready() || !gateway_.process().running(); }, kStartPatience);
  if (ready && gateway_.process().running()) return;
  std::fprintf(stderr, "the gateway did not start\n");
  std::exit(2);
}

Clock::time_point World::crash() {
  peers_.source().patient(true);
  gateway_.process().kill_nine();
  peers_.wait_until([] { return false; }, 5ms);  // lets the peers see that their connections are gone
  const auto started = Clock::now();
  ledger().watch(started);
  gateway_.launch();
  wait_until_ready();
  peers_.source().connect(gateway_.port());
  return started;
}

Measured latencies(const Ledger& ledger, const std::function<bool(int)>& wanted) {
  std::vector<double> values;
  values.reserve(ledger.samples().size());
  for (const Sample& sample : ledger.samples())
    if (wanted(sample.endpoint)) values.push_back(static_cast<double>(sample.latency_ms));
  Measured m;
  m.p50 = percentile(values, 0.50);
  m.p99 = percentile(values, 0.99);
  m.p999 = percentile(values, 0.999);
  m.max = values.empty() ? 0 : values.back();
  return m;
}

Measured measure(World& world, const Load& load, Clock::duration warm_up, Clock::duration length, Clock::duration patience) {
  return measure(world.peers(), {&world.gateway().process()}, load, warm_up, length, patience);
}

Measured measure(Peers& peers, const std::vector<const Process*>& measured, const Load& load, Clock::duration warm_up,
                 Clock::duration length, Clock::duration patience) {
  const auto from = Clock::now() + warm_up;
  const auto to = from + length;
  peers.ledger().measure(from, to);
  const auto sum = [&](double (Process::*of)() const) {
    return std::accumulate(measured.begin(), measured.end(), 0.0,
                           [of](double all, const Process* process) { return all + (process->*of)(); });
  };
  struct Used {
    double processes, peers, of_peers, cores;
  };
  const auto used = [&] {
    return Used{sum(&Process::cpu_seconds), peers.busy_seconds(), Peers::core_seconds(),
                busy_seconds_of(kGatewayCore) + busy_seconds_of(kPeersCore)};
  };
  Used first{}, last{};
  double rss = 0;
  peers.poller().at(from, [&] { first = used(); });
  peers.poller().at(to, [&] {
    last = used();
    rss = sum(&Process::rss_mib);
  });
  // A little longer than what is measured: the last samples are to meet the same load as the first.
  peers.drive(load, warm_up + length + 100ms);
  peers.settle(patience);
  Measured m = latencies(peers.ledger());
  const auto arrived = static_cast<double>(peers.ledger().arrived_while_measuring());
  m.per_second = arrived / in_seconds(length);
  const double cpu = last.processes - first.processes;
  m.cpu_us = arrived > 0 ? cpu * 1e6 / arrived : 0;
  m.peers_share = (last.peers - first.peers) / in_seconds(length);
  const double others = last.cores - first.cores - cpu - (last.of_peers - first.of_peers);
  m.others_share = std::max(0.0, others / (2 * in_seconds(length)));
  m.rss = rss;
  return m;
}

}  // namespace chasqui::bench
