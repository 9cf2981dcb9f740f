#include "tests/sim/ledger.h"

#include <algorithm>

#include "core/dialect/dialects.h"

namespace chasqui::sim {

std::set<Unit> Ledger::settled_by(const ports::Batch& batch) const {
  std::set<Unit> out;
  for (const auto& row : batch.delivered) {
    out.insert({row.endpoint, row.seq, row.part});
    if (row.last_part) out.insert({row.endpoint, row.seq, ""});
  }
  for (const auto& row : batch.parked) {
    out.insert({row.endpoint, row.seq, row.part});
    if (row.last_part) out.insert({row.endpoint, row.seq, ""});
  }
  for (const auto& row : batch.ended) {
    if (row.until == row.from + 1) out.insert({row.endpoint, row.from, row.part});
    const auto open = open_.find(row.endpoint);
    if (open == open_.end() || !row.part.empty()) continue;
    for (auto it = open->second.lower_bound(row.from); it != open->second.end() && *it < row.until; ++it)
      out.insert({row.endpoint, *it, ""});
  }
  return out;
}

void Ledger::expect(const Unit& unit) {
  if (!with_the_disk_.contains(unit)) expected_.insert(unit);
}

void Ledger::submitted(const ports::Batch& batch) {
  auto rows = settled_by(batch);
  for (const Unit& unit : expected_)
    if (!rows.contains(unit))
      judge_.fail("something went out before its time: the journal was not told that " + unit.text() + " has ended");
  for (const Unit& unit : owed_)
    if (!rows.contains(unit)) judge_.fail("a refused row was forgotten: " + unit.text());
  expected_.clear();
  owed_.clear();
  with_the_disk_ = std::move(rows);
}

void Ledger::refused(const ports::Batch& batch) {
  owed_ = settled_by(batch);
  for (const Unit& unit : owed_) expected_.insert(unit);
  with_the_disk_.clear();
}

void Ledger::crashed() {
  with_the_disk_.clear();
  expected_.clear();
  owed_.clear();
}

void Ledger::applied(const ports::Batch& batch, const ports::Committed& committed) {
  for (const auto& row : batch.config) {
    if (row.kind != "endpoint") continue;
    const auto root = parser_.parse(row.json);
    if (!root) return judge_.fail("an endpoint's row is not JSON");
    const EndpointNo no{static_cast<std::uint32_t>((*root)["no"].integer().value_or(0))};
    endpoint_ids_[no] = row.id;
    const std::string order = (*root)["order"].text();
    const auto [known, is_new] = orders_.try_emplace(no, order, 0);
    if (!is_new && known->second.first != order) known->second = {order, last_seq()};
  }
  for (const auto& row : batch.match_sets)
    if (!match_sets_.emplace(row.no, row.endpoints).second) judge_.fail("a match set's number was given out twice");
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    if (!committed.events[i].duplicate) {
      add_event(batch.events[i], committed.events[i].seq);
    } else if (!by_id_.contains(batch.events[i].id)) {
      judge_.fail("a duplicate of nothing");
    }
  }
  for (const auto& row : batch.failed) attempt({row.endpoint, row.seq, row.part}, row.attempt);
  for (const auto& row : batch.delivered) apply(row);
  for (const auto& row : batch.unparked) apply(row);
  apply_retries(batch);
  for (const auto& row : batch.parked) apply(row);
  for (const auto& row : batch.ended) apply(row);
  if (batch.checkpoint) ++checkpoints_;
  with_the_disk_.clear();
}

void Ledger::add_event(const ports::NewEvent& row, Seq seq) {
  if (seq != events_.size() + 1) return judge_.fail("the journal has a gap");
  if (!by_id_.emplace(row.id, seq).second) return judge_.fail("an event id was stored twice");
  if (row.subject != 0 && !by_subject_.emplace(row.subject, seq).second) judge_.fail("a message was stored twice");
  if (!events_.empty() && row.received_at_ms < events_.back().received_at_ms) judge_.fail("the journal's time goes backwards");
  EventTruth truth{row.id, row.type, row.session, row.order_key, row.received_at_ms, {}, {}};
  const auto set = match_sets_.find(row.match_set);
  if (set == match_sets_.end()) return judge_.fail("an event's match set is not durable");
  truth.routed = set->second;
  auto event = event_from_json(parser_, row.record);
  if (!event) return judge_.fail("a record cannot be read back: " + event.error().detail);
  const Dialect& dialect = *find_dialect("waha");
  for (NameSet left = dialect.names_of(*event, {}); left != 0; left &= left - 1)
    truth.parts.emplace_back(dialect.event_names()[static_cast<std::size_t>(__builtin_ctzll(left))]);
  for (const EndpointNo endpoint : truth.routed) {
    open_[endpoint].insert(seq);
    for (const auto& part : truth.parts) units_.emplace(delivery_id(row.id, id_of(endpoint), part), Unit{endpoint, seq, part});
  }
  events_.push_back(std::move(truth));
}

bool Ledger::routed(EndpointNo endpoint, Seq seq) const {
  if (seq == 0 || seq > events_.size()) return false;
  const auto& all = events_[seq - 1].routed;
  return std::find(all.begin(), all.end(), endpoint) != all.end();
}

void Ledger::attempt(const Unit& unit, int number) {
  if (!routed(unit.endpoint, unit.seq)) return judge_.fail("an attempt of what was not routed: " + unit.text());
  PartTruth& part = parts_[unit];
  if (part.done) judge_.fail("an attempt was recorded after the part was done: " + unit.text());
  if (number != part.attempts + 1)
    judge_.fail("attempt " + std::to_string(number) + " was recorded after attempt " + std::to_string(part.attempts) + ": " +
                unit.text());
  part.attempts = number;
}

void Ledger::settle(EndpointNo endpoint, Seq seq, const std::string& how) {
  if (open_[endpoint].erase(seq) == 0) judge_.fail("a delivery ended twice, now " + how + ": " + Unit{endpoint, seq, ""}.text());
}

void Ledger::apply(const ports::Delivered& row) {
  const Unit unit{row.endpoint, row.seq, row.part};
  attempt(unit, row.attempt);
  PartTruth& part = parts_[unit];
  if (part.parked) judge_.fail("a parked delivery was delivered: " + unit.text());
  part.done = true;
  part.alone = false;
  if (alone_.erase(unit) != 0) {
    if (row.last_part) judge_.fail("a resumed part settled its event: " + unit.text());
    return;
  }
  if (!is_open(row.endpoint, row.seq)) judge_.fail("a part of an ended delivery was delivered: " + unit.text());
  if (row.last_part) settle(row.endpoint, row.seq, "delivered");
}

void Ledger::apply(const ports::Parked& row) {
  const Unit unit{row.endpoint, row.seq, row.part};
  PartTruth& part = parts_[unit];
  if (part.parked || part.done) judge_.fail("a delivery was parked that had ended: " + unit.text());
  part.parked = true;
  part.alone = false;
  parked_.insert(unit);
  if (row.attempts != part.attempts) judge_.fail("a parked delivery lost attempts: " + unit.text());
  if (row.frozen.empty()) judge_.fail("a parked delivery has no bytes: " + unit.text());
  if (alone_.erase(unit) == 0 && row.last_part) settle(row.endpoint, row.seq, "parked");
}

void Ledger::apply(const ports::Unparked& row) {
  const Unit unit{row.endpoint, row.seq, row.part};
  if (parked_.erase(unit) == 0) judge_.fail("what was not parked was taken from the list: " + unit.text());
  parts_[unit].parked = false;
  ++parts_[unit].resumes;
}

// The last of several is what counts; with a parked row behind them none does.
void Ledger::apply_retries(const ports::Batch& batch) {
  std::map<Unit, const ports::Retry*> last;
  for (const auto& row : batch.retries) last[{row.endpoint, row.seq, row.part}] = &row;
  for (const auto& row : batch.parked) last.erase({row.endpoint, row.seq, row.part});
  for (const auto& [unit, row] : last) apply(*row);
}

void Ledger::apply(const ports::Retry& row) {
  const Unit unit{row.endpoint, row.seq, row.part};
  PartTruth& part = parts_[unit];
  if (part.done || part.parked) judge_.fail("a retry of what has ended: " + unit.text());
  if (row.attempts != part.attempts)
    judge_.fail("a retry says " + std::to_string(row.attempts) + " attempts, there were " + std::to_string(part.attempts) + ": " +
                unit.text());
  part.due_at_ms = row.due_at_ms;
  part.alone = row.alone;
  if (row.frozen.empty()) judge_.fail("a retry has no bytes: " + unit.text());
  if (row.alone) alone_.insert(unit);
  if (!row.alone && !is_open(row.endpoint, row.seq)) judge_.fail("a retry of an ended delivery: " + unit.text());
}

void Ledger::apply(const ports::Ended& row) {
  if (!row.part.empty()) {
    PartTruth& part = parts_[{row.endpoint, row.from, row.part}];
    if (part.alone || part.done) judge_.fail("a delivery was dropped that was under way, or done");
    part.dropped = true;
    return;
  }
  std::uint64_t count = 0;
  auto& open = open_[row.endpoint];
  for (auto it = open.lower_bound(row.from); it != open.end() && *it < row.until; it = open.erase(it)) ++count;
  for (auto it = alone_.begin(); it != alone_.end();) {
    const bool in_it = it->endpoint == row.endpoint && it->seq >= row.from && it->seq < row.until;
    if (in_it) parts_[*it].alone = false, ++count;
    it = in_it ? alone_.erase(it) : std::next(it);
  }
  judge_.say("ended " + Unit{row.endpoint, row.from, ""}.text() + " to " + std::to_string(row.until) + ": " + row.reason);
  if (count != row.count)
    judge_.fail("endpoint " + std::to_string(static_cast<unsigned>(row.endpoint)) + ": " + std::to_string(row.count) +
                " deliveries from " + std::to_string(row.from) + " to " + std::to_string(row.until) + " were counted as " +
                std::string(ports::word(row.kind)) + " (" + row.reason + "), there were " + std::to_string(count));
}

void Ledger::check(const ports::Recovered& recovered) {
  if (recovered.next_seq != events_.size() + 1) judge_.fail("a restart would lose events");
  for (const auto& [endpoint, id] : endpoint_ids_) {
    ports::CursorRow row{endpoint, recovered.checkpoint.tail, 0, {}, {}, {}};
    for (const auto& known : recovered.checkpoint.laggards)
      if (known.endpoint == endpoint) row = known;
    check_endpoint(row);
  }
  check_retries(recovered);
}

void Ledger::check_endpoint(const ports::CursorRow& row) {
  std::map<OrderKey, ports::DeferredLane> deferred;
  for (const auto& lane : row.deferred) deferred[lane.lane] = lane;
  const std::set<Seq> settled(row.settled.begin(), row.settled.end());
  std::set<Unit> done;
  for (const auto& part : row.parts_done) done.insert({row.endpoint, part.seq, part.part});
  const auto left = [&](Seq seq) {
    if (seq >= row.next) return !settled.contains(seq);
    for (const auto scope : {OrderScope::chat, OrderScope::session, OrderScope::endpoint, OrderScope::none}) {
      const auto it = deferred.find(lane_key(scope, event(seq).order_key, event(seq).session, seq));
      if (it != deferred.end() && seq >= it->second.from && (it->second.until == 0 || seq < it->second.until)) return true;
    }
    return false;
  };
  for (Seq seq = 1; seq <= events_.size(); ++seq) {
    if (!routed(row.endpoint, seq)) continue;
    const Unit unit{row.endpoint, seq, ""};
    const bool open = is_open(row.endpoint, seq);
    if (open && !left(seq)) return judge_.fail("a restart would forget a delivery: " + unit.text());
    if (!open && left(seq))
      return judge_.fail("a restart would repeat a delivery: " + unit.text() +
                         (seq >= row.next ? " (behind the cursor" : " (in a lane, cursor") + " " + std::to_string(row.next) +
                         ")");
    if (!open) continue;
    for (const auto& part : event(seq).parts) {
      const auto truth = parts_.find({row.endpoint, seq, part});
      if (truth == parts_.end() || truth->second.alone || !(truth->second.done || truth->second.parked || truth->second.dropped))
        continue;
      if (!done.contains(truth->first)) return judge_.fail("a restart would repeat a part: " + truth->first.text());
    }
  }
}

void Ledger::check_retries(const ports::Recovered& recovered) {
  std::set<Unit> alone;
  for (const auto& row : recovered.retries) {
    const Unit unit{row.endpoint, row.seq, row.part};
    if (row.alone) alone.insert(unit);
    if (!row.alone && !is_open(row.endpoint, row.seq)) return judge_.fail("a retry outlives its delivery: " + unit.text());
  }
  if (alone != alone_) judge_.fail("a restart would forget, or invent, resumed deliveries");
  if (recovered.parked != parked_.size()) judge_.fail("the list of parked deliveries is not what was parked");
}

}  // namespace chasqui::sim
