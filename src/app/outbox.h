// What the dispatcher keeps of one endpoint.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/endpoint.h"
#include "app/entry.h"
#include "core/delivery/circuit.h"
#include "core/delivery/lanes.h"
#include "ports/loop.h"
#include "ports/store.h"

namespace chasqui {

/// One event on its way to one endpoint, from the preparation of its first attempt on.
struct Job {
  std::vector<Request> requests;  ///< the parts still to be sent, in order
  std::size_t part = 0;
  std::vector<std::string> done;  ///< parts settled before
  int attempts = 0;               ///< of the current part: requests made
  int tries = 0;                  ///< of the current part: those that count
  bool has_failed = false;
  WallTime first_failed_wall{};
  SteadyTime first_failed{};
};

/// An event in memory, waiting for its turn.
struct Pending {
  EntryPtr entry;
  std::shared_ptr<const std::string> frozen;  ///< of an attempt before; null = none
  std::unique_ptr<Job> job;

  std::int64_t received_at_ms() const { return entry->event->received_at_ms; }
};

/// A delivery that failed and waits, or that a person resumed.
struct RetryState {
  int attempts = 0;
  int tries = 0;
  WallTime first_failed_wall{};
  SteadyTime first_failed{};  ///< of an earlier life: the start of this one
  SteadyTime due{};
  std::uint32_t outages = 0;  ///< of the circuit, when it failed: tries of an earlier outage do not count
  bool alone = false;
  OrderKey lane{};
  std::shared_ptr<const std::string> frozen;  ///< null = in the store only
};

/// What a person wants to know of one endpoint.
struct EndpointStats {
  std::uint64_t delivered = 0;
  std::uint64_t failed_attempts = 0;
  std::uint64_t parked = 0;
  std::uint64_t backlog = 0;  ///< deliveries that have not ended
  bool backlog_exact = true;  ///< false while a restart still counts: then it is the least it can be
  std::int64_t lag_ms = 0;    ///< age of the oldest of them
  std::size_t lanes_deferred = 0;
  std::size_t in_flight = 0;
  std::size_t in_flight_allowed = 0;
  std::size_t loaded = 0;  ///< events in memory
  std::size_t loaded_bytes = 0;
  std::uint32_t outages = 0;
  std::string state;         ///< sending, paused, held (Retry-After), open (circuit), disabled, deleted
  std::int64_t hold_ms = 0;  ///< of `held`: for how long still
  std::string last_error;
};

/// The backlog of one endpoint and the state of its delivery. Plain data with an owner: the dispatcher.
struct Outbox {
  std::shared_ptr<const EndpointTarget> target;
  Lanes<Pending> lanes;
  Circuit circuit;
  bool live = true;      ///< takes events as they are committed; else the reader is behind the tail
  bool reading = false;  ///< a page of the store is under way
  bool starved = false;  ///< waits for its turn because too much is out
  bool ending = false;   ///< its backlog ends once nothing is in flight
  ports::EndKind end_kind{};
  std::string end_reason;
  Seq end_until = 0;               ///< where it stood when that was decided: what comes later does not end
  std::uint64_t routed_since = 0;  ///< of `routed`, those that came later
  std::set<Seq> settled;           ///< at or above the reader, from an earlier life
  std::map<Seq, std::vector<std::string>> parts_done;
  std::map<std::pair<Seq, std::string>, RetryState> retries;
  ports::TimerId wake = ports::TimerId::none;
  SteadyTime wake_at{};
  SteadyTime hold_until{};  ///< asked for by Retry-After
  SteadyTime last_success{};
  bool failing = false;
  std::uint32_t probes = 0;
  std::uint64_t routed = 0;       ///< deliveries given to it and known here
  std::uint64_t finished = 0;     ///< of them, those that ended
  int counting = 0;               ///< counts of an earlier life's backlog under way
  std::size_t bytes_counted = 0;  ///< what it adds to the dispatcher's sum
  std::uint32_t generation = 0;   ///< changes when the backlog was ended: what was asked of the store before is of no more use
  EndpointStats stats;

  /// Deliveries that have not ended. While a restart still counts, the least it can be.
  std::uint64_t backlog() const { return routed > finished ? routed - finished : 0; }
  /// The first retry of an event, of its own or of its resumed parts; nullptr = none. Parts in the order of their names.
  const RetryState* retry_of(Seq seq, bool alone, std::string* part = nullptr) const {
    for (auto it = retries.lower_bound({seq, ""}); it != retries.end() && it->first.first == seq; ++it) {
      if (it->second.alone != alone) continue;
      if (part != nullptr) *part = it->first.second;
      return &it->second;
    }
    return nullptr;
  }
  EndpointNo no() const { return target->settings.no; }
  const std::string& id() const { return target->settings.id; }
};

}  // namespace chasqui
