// When an endpoint is not called at all, and how many requests it gets at once when it is.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/time.h"

namespace chasqui {

struct CircuitLimits {
  int run_max = 20;       ///< failures in a row that open it; more than WAHA's 16 tries of one lonely message
  int run_max_young = 3;  ///< the same while it ramps up after an outage
  int rate_percent = 80;  ///< or so many of the last `rate_of` attempts
  int rate_of = 50;
  std::size_t start_at = 4;  ///< requests at once to an endpoint of which nothing is known yet
  Millis probe_first{1000};  ///< from opening to the first probe; doubles with each that fails
  Millis probe_max{30'000};
};

/// The circuit of one endpoint. Closed: requests go, as many at once as the last answers let hope for (one more for each success,
/// half for each sign of overload). Open: nothing goes but one probe at a time, at growing intervals. The first success closes
/// it, and the number of requests at once grows from one again, so that a receiver that comes back is not overrun. A pure state
/// machine: the time and the dice are arguments.
class Circuit {
 public:
  explicit Circuit(CircuitLimits limits = {}) : limits_(limits), allowed_(limits.start_at) {}

  bool is_open() const { return open_; }
  /// Requests that may be out at once, when the endpoint's own limit is `in_flight_max`. 0 while open, 1 when a probe is due.
  std::size_t allowance(std::size_t in_flight_max, SteadyTime now) const;
  /// When a probe may go; nullopt while closed.
  std::optional<SteadyTime> next_probe() const { return open_ ? std::optional<SteadyTime>(probe_at_) : std::nullopt; }
  /// How long the next probe was put off, for what is stored with a delivery.
  Millis probe_wait() const { return wait_; }
  /// Counts the outages so far: tries that failed in an earlier one do not count any more.
  std::uint32_t outages() const { return outages_; }

  /// An attempt was answered as it should be. @return true when that closed the circuit.
  bool succeeded(std::size_t in_flight_max);
  /// An attempt failed. @param overload  no answer, 429, 502, 503 or 504: less at once may help.
  /// @param dice  uniform in [0, 1): spreads probes. @return true when that opened the circuit.
  bool failed(bool overload, SteadyTime now, double dice);
  /// A delivery's tries are used up and nothing got through meanwhile. @return true when that opened the circuit.
  bool give_up(SteadyTime now, double dice);

 private:
  void open(SteadyTime now, double dice);
  void schedule_probe(SteadyTime now, double dice);
  void note(bool failure);

  CircuitLimits limits_;
  std::bitset<256> last_;  // 1 = failed, the newest at place 0
  int noted_ = 0;
  int run_ = 0;
  std::size_t allowed_;
  bool open_ = false;
  bool young_ = false;  // not yet back to full after an outage
  SteadyTime probe_at_{};
  Millis wait_{0};
  std::uint32_t outages_ = 0;
};

}  // namespace chasqui
