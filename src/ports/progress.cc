#include "ports/progress.h"

#include <algorithm>

namespace chasqui::ports {

void Progress::apply(const Checkpoint& checkpoint) {
  tail_ = checkpoint.tail;
  states_.clear();
  for (const auto& row : checkpoint.laggards) {
    State& state = states_[row.endpoint];
    state.next = row.next;
    state.hold_until_ms = row.hold_until_ms;
    state.settled.insert(row.settled.begin(), row.settled.end());
    for (const auto& lane : row.deferred) state.deferred[lane.lane] = lane;
    for (const auto& done : row.parts_done) state.parts[done.seq].push_back(done.part);
  }
}

Progress::State& Progress::of(EndpointNo endpoint) {
  const auto [it, is_new] = states_.try_emplace(endpoint);
  if (is_new) it->second.next = tail_;
  return it->second;
}

void Progress::part_ended(EndpointNo endpoint, Seq seq, const std::string& part, bool last, const std::optional<OrderKey>& lane) {
  State& state = of(endpoint);
  if (last) return settle(state, seq, lane);
  // A part of an event that is settled as a whole (it was parked and resumed) says nothing new.
  const auto row = lane ? state.deferred.find(*lane) : state.deferred.end();
  const bool open = seq >= state.next ? !state.settled.contains(seq) : row != state.deferred.end() && row->second.from <= seq;
  auto& parts = state.parts[seq];
  if (open && std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  if (parts.empty()) state.parts.erase(seq);
}

void Progress::settle(State& state, Seq seq, const std::optional<OrderKey>& lane) {
  state.parts.erase(seq);
  if (seq >= state.next) {
    state.settled.insert(seq);
  } else if (lane) {
    if (const auto row = state.deferred.find(*lane); row != state.deferred.end())
      row->second.from = std::max(row->second.from, seq + 1);
  }
}

void Progress::apply(const Ended& row) {
  if (!row.part.empty()) return;  // it was parked, and so settled, before
  State& state = of(row.endpoint);
  if (row.until <= row.from + 1) return settle(state, row.from, row.lane);
  state.next = std::max(state.next, row.until);
  state.settled.erase(state.settled.begin(), state.settled.lower_bound(state.next));
  std::erase_if(state.deferred, [&](const auto& lane) { return lane.second.from < row.until; });
  state.parts.erase(state.parts.begin(), state.parts.lower_bound(row.until));
}

Checkpoint Progress::checkpoint() const {
  Checkpoint out;
  out.tail = tail_;
  for (const auto& [endpoint, state] : states_) {
    CursorRow row{endpoint, state.next, state.hold_until_ms, {state.settled.begin(), state.settled.end()}, {}, {}};
    for (const auto& [key, lane] : state.deferred) row.deferred.push_back(lane);
    for (const auto& [seq, parts] : state.parts)
      for (const auto& part : parts) row.parts_done.push_back({seq, part});
    out.laggards.push_back(std::move(row));
  }
  return out;
}

}  // namespace chasqui::ports
