// The two sides around a gateway under test: a source that posts signed Cloud API messages, and a receiver that takes the
// webhooks. Both run in one thread on one epoll, so that the gateway has the other core to itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace chasqui::bench {

using Clock = std::chrono::steady_clock;

struct Plan {
  std::uint16_t source_port = 0;   ///< of the gateway
  int connections = 64;            ///< source connections; each is one chat, with one request at a time
  int outstanding_max = 2000;      ///< posted and not yet arrived; the source waits beyond it
  double rate = 0;                 ///< per second; 0 = as fast as answers come (closed loop)
  std::chrono::milliseconds warm_up{1500};
  std::chrono::milliseconds measure{6000};
  std::string app_secret;
  std::string hook_key;            ///< every 64th webhook's signature is checked with it
};

struct Outcome {
  std::uint64_t posted = 0;      ///< answered 200
  std::uint64_t refused = 0;     ///< answered otherwise
  std::uint64_t arrived = 0;     ///< first arrivals while measuring
  std::uint64_t duplicates = 0;
  std::uint64_t disordered = 0;  ///< first arrivals behind a later one of the same chat
  std::uint64_t bad_signatures = 0;
  std::uint64_t lost = 0;        ///< answered 200 and not arrived ten seconds after the end
  double seconds = 0;
  std::vector<double> latency_ms;  ///< intended post to full arrival, of those that arrived while measuring
};

class Peers {
 public:
  /// Opens the receiver's port; the gateway is to be pointed at it before run().
  Peers();
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  std::uint16_t receiver_port() const;
  /// Drives the workload; `at_start` and `at_end` enclose the measured part.
  Outcome run(const Plan& plan, void (*at_start)(void*), void (*at_end)(void*), void* context);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::bench
