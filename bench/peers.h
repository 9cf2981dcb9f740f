// The two sides around a gateway under test, in one thread, so that the gateway has the other core to itself.
#pragma once

#include <functional>
#include <limits>
#include <string>

#include "bench/ledger.h"
#include "bench/messages.h"
#include "bench/poller.h"
#include "bench/receiver.h"
#include "bench/source.h"

namespace chasqui::bench {

struct PeersSettings {
  int connections = 64;  ///< of the source
  int endpoints = 1;
  Audience audience = Audience::all_endpoints;
  std::string path = "/webhooks/cloud-api";
  std::string app_secret = "bench-app-secret";
  std::string hook_key = "bench-hook-key";
};

struct Load {
  /// Messages per second, posted when each is due whatever became of the others (open loop); 0 = as fast as answers come.
  double rate = 0;
  int chats = 64;
  std::uint64_t outstanding_max = 2000;  ///< closed loop: deliveries to come, beyond which the source waits
  std::uint64_t messages_max = std::numeric_limits<std::uint64_t>::max();
  std::function<int(std::uint64_t)> session_of = [](std::uint64_t) { return 0; };  ///< of the n-th message of this load
};

class Peers {
 public:
  explicit Peers(const PeersSettings& settings);

  Ledger& ledger() { return ledger_; }
  Receiver& receiver() { return receiver_; }
  Source& source() { return source_; }
  Poller& poller() { return poller_; }

  /// Posts for so long, or until messages_max are posted. In an open loop all that was due is posted in the end, however late.
  void drive(const Load& load, Clock::duration length);
  /// Posts until the condition holds. @return false when it did not within `patience`.
  bool drive_until(const Load& load, const std::function<bool()>& condition, Clock::duration patience);
  /// Posts nothing, and waits until all that was posted has been answered and has arrived.
  bool settle(Clock::duration patience);
  /// Waits for a condition, which is looked at every millisecond or so.
  bool wait_until(const std::function<bool()>& condition, Clock::duration patience);

  /// Core time that was work and not a wait, in seconds so far: what the peers need of their core.
  double busy_seconds() const;
  /// All core time of the calling thread.
  static double core_seconds();

 private:
  void turn(const Load& load, Clock::time_point begin, Clock::time_point end, std::uint64_t& posted);

  Poller poller_;
  Ledger ledger_;
  Messages messages_;
  Receiver receiver_;
  Source source_;
};

}  // namespace chasqui::bench
