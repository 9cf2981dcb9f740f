// A gateway with its peers and a directory of its own: what a workload starts from.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/peers.h"
#include "bench/process.h"

namespace chasqui::bench {

inline constexpr int kGatewayCore = 0, kPeersCore = 1;

struct WorldSettings {
  std::filesystem::path under;  ///< where the data directory is made, on the disk to be measured
  std::string store = "sqlite";
  std::map<std::string, std::string> environment;  ///< of the gateway
  int files_max = 0;                               ///< file descriptors of the gateway; 0 = as we
  PeersSettings peers;
  /// More members of the JSON of every endpoint, such as `"timeout_ms":5000`.
  std::string endpoint_members;
};

class World {
 public:
  /// Starts the gateway, makes the endpoints, and connects the source. With an audience of own_endpoint, endpoint n takes the
  /// events of session n only.
  explicit World(const WorldSettings& settings);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Peers& peers() { return peers_; }
  Ledger& ledger() { return peers_.ledger(); }
  Receiver& receiver() { return peers_.receiver(); }
  GatewayProcess& gateway() { return gateway_; }

  /// kill -9 and a new start on the same data. @return when it was started; the source is connected again.
  Clock::time_point crash();

 private:
  void wait_until_ready();

  std::filesystem::path directory_;
  Peers peers_;
  GatewayProcess gateway_;
};

/// One measured stretch of a load.
struct Measured {
  double per_second = 0;   ///< deliveries that arrived
  double cpu_us = 0;       ///< of the gateway, per delivery
  double peers_share = 0;  ///< of their core that the peers needed: near 1, they are the limit and not the gateway
  double others_share =
      0;  ///< of the two cores that neither the gateway nor the peers used: a figure beside 0.1 or more is not worth much
  double p50 = 0, p99 = 0, p999 = 0, max = 0;  ///< ms, from intended post to full arrival
  double rss = 0;                              ///< MiB of the gateway at the end
};

/// Warms up, measures, and waits until everything has arrived, `patience` at most. Latencies are of all messages whose intended
/// time was in the measured stretch, however late they came.
Measured measure(World& world, const Load& load, Clock::duration warm_up, Clock::duration length, Clock::duration patience = 20s);
/// The same for other processes: what they use is added up.
Measured measure(Peers& peers, const std::vector<const Process*>& measured, const Load& load, Clock::duration warm_up,
                 Clock::duration length, Clock::duration patience);

/// Percentiles of the ledger's samples at endpoints for which `wanted` says yes.
Measured latencies(
    const Ledger& ledger, const std::function<bool(int)>& wanted = [](int) { return true; });

}  // namespace chasqui::bench
