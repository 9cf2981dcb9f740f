// The truth of the simulated disk: what became durable, and whether it makes sense.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/dialect/dialect.h"
#include "ports/store.h"
#include "tests/sim/judge.h"

namespace chasqui::sim {

/// One request of one delivery: endpoint x event x part.
struct Unit {
  EndpointNo endpoint{};
  Seq seq = 0;
  std::string part;

  auto operator<=>(const Unit&) const = default;
  std::string text() const {
    return "endpoint " + std::to_string(static_cast<unsigned>(endpoint)) + " event " + std::to_string(seq) +
           (part.empty() ? "" : " ") + part;
  }
};

/// What is durable of a part.
struct PartTruth {
  int attempts = 0;  ///< rows of attempts; each must have the next number
  bool done = false;
  bool parked = false;
  bool dropped = false;
  int resumes = 0;
  bool alone = false;  ///< resumed, and under way again
  std::int64_t due_at_ms = 0;
};

struct EventTruth {
  EventId id;
  EventType type{};
  SessionNo session{};
  OrderKey order_key{};
  std::int64_t received_at_ms = 0;
  std::vector<EndpointNo> routed;
  std::vector<std::string> parts;  ///< all that the dialect has for it, in order
};

/// Hears of each batch when it is handed over, when it becomes durable, or when it is refused. A model written apart from
/// the stores: it keeps every delivery's state by itself.
class Ledger {
 public:
  explicit Ledger(Judge& judge) : judge_(judge) {}

  void submitted(const ports::Batch& batch);
  void refused(const ports::Batch& batch);
  void applied(const ports::Batch& batch, const ports::Committed& committed);
  /// What was not durable is forgotten.
  void crashed();
  /// Whether a restart would take up exactly what has not ended.
  void check(const ports::Recovered& recovered);

  Seq last_seq() const { return events_.size(); }
  /// Events up to here came under another rule of order.
  Seq order_floor(EndpointNo endpoint) const {
    const auto it = orders_.find(endpoint);
    return it == orders_.end() ? 0 : it->second.second;
  }
  const EventTruth& event(Seq seq) const { return events_[seq - 1]; }
  bool has_message(std::uint64_t subject) const { return by_subject_.contains(subject); }
  const Unit* unit_of(const std::string& request_id) const {
    const auto it = units_.find(request_id);
    return it == units_.end() ? nullptr : &it->second;
  }
  const PartTruth& part(const Unit& unit) { return parts_[unit]; }
  bool is_open(EndpointNo endpoint, Seq seq) const {
    const auto it = open_.find(endpoint);
    return it != open_.end() && it->second.contains(seq);
  }
  const std::set<Seq>& open(EndpointNo endpoint) { return open_[endpoint]; }
  const std::set<Unit>& alone() const { return alone_; }
  const std::set<Unit>& parked() const { return parked_; }
  std::string id_of(EndpointNo endpoint) const {
    const auto it = endpoint_ids_.find(endpoint);
    return it == endpoint_ids_.end() ? std::string{} : it->second;
  }
  const std::map<EndpointNo, std::string>& endpoints() const { return endpoint_ids_; }
  std::map<EndpointNo, std::pair<std::string, Seq>> orders_;  // the rule in force, and the last event before it
  std::uint64_t checkpoints() const { return checkpoints_; }

  /// Something goes out that may only go when this has ended (part empty), or this part is done: a row that says so is with
  /// the disk, or comes with the next batch.
  void expect(const Unit& unit);

 private:
  void add_event(const ports::NewEvent& row, Seq seq);
  void attempt(const Unit& unit, int number);
  void settle(EndpointNo endpoint, Seq seq, const std::string& how);
  void apply(const ports::Delivered& row);
  void apply(const ports::Parked& row);
  void apply(const ports::Unparked& row);
  void apply_retries(const ports::Batch& batch);
  void apply(const ports::Retry& row);
  void apply(const ports::Ended& row);
  std::set<Unit> settled_by(const ports::Batch& batch) const;
  void check_endpoint(const ports::CursorRow& row);
  void check_retries(const ports::Recovered& recovered);
  bool routed(EndpointNo endpoint, Seq seq) const;

  Judge& judge_;
  json::Document parser_;
  std::vector<EventTruth> events_;
  std::unordered_map<std::uint64_t, Seq> by_subject_;
  std::map<EventId, Seq> by_id_;
  std::map<MatchSetNo, std::vector<EndpointNo>> match_sets_;
  std::map<EndpointNo, std::string> endpoint_ids_;
  std::map<EndpointNo, std::set<Seq>> open_;
  std::map<Unit, PartTruth> parts_;
  std::set<Unit> alone_, parked_;
  std::unordered_map<std::string, Unit> units_;  // by the request's id
  std::set<Unit> with_the_disk_, expected_, owed_;
  std::uint64_t checkpoints_ = 0;
};

}  // namespace chasqui::sim
