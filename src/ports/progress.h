// How far each endpoint is: a checkpoint, and what was stored after it. Shared by the stores, so that all recover alike.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ports/store.h"

namespace chasqui::ports {

/// Apply the rows in the order in which they became durable. An event below an endpoint's cursor can only belong to one of its
/// deferred lanes (then the lane's first open event moves on) or was settled before (then nothing changes).
class Progress {
 public:
  /// Replaces everything: a checkpoint is true of all that came before it.
  void apply(const Checkpoint& checkpoint);
  void apply(const Delivered& row) { part_ended(row.endpoint, row.seq, row.part, row.last_part, row.lane); }
  void apply(const Parked& row) { part_ended(row.endpoint, row.seq, row.part, row.last_part, row.lane); }
  void apply(const Ended& row);
  Checkpoint checkpoint() const;

 private:
  struct State {
    Seq next = 1;
    std::int64_t hold_until_ms = 0;
    std::set<Seq> settled;
    std::map<OrderKey, DeferredLane> deferred;
    std::map<Seq, std::vector<std::string>> parts;
  };

  State& of(EndpointNo endpoint);
  void part_ended(EndpointNo endpoint, Seq seq, const std::string& part, bool last, const std::optional<OrderKey>& lane);
  void settle(State& state, Seq seq, const std::optional<OrderKey>& lane);

  Seq tail_ = 1;
  std::map<EndpointNo, State> states_;  // endpoints without one stand at the tail
};

}  // namespace chasqui::ports
