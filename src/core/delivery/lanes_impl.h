// The longer members of Lanes; lanes.h includes this.
#pragma once

#include "core/delivery/lanes.h"

namespace chasqui {

template <class Item>
void Lanes<Item>::offer(Seq seq, OrderKey key, std::size_t bytes, std::int64_t received_at_ms, Item item,
                        std::optional<SteadyTime> due) {
  CHASQUI_CHECK(seq >= position_, "events are offered in journal order");
  position_ = seq + 1;
  Lane& lane = lanes_.try_emplace(key).first->second;
  if (lane.oldest_at_ms == 0) lane.oldest_at_ms = received_at_ms;
  const bool fresh = lane.state == State::fresh;
  const bool joins = fresh || lane.state == State::ready || lane.state == State::in_flight;
  if (fresh && due) {
    flag(lane);
    remember(lane, seq);
    wait(key, lane, *due);
  } else if (joins && !lane.has_more() && lane.count() < limits_.lane_events_max) {
    push(lane, {seq, bytes, std::move(item), false});
    if (fresh) become_ready(key, lane);
  } else {
    flag(lane);
    remember(lane, seq);
  }
  marks_.add(seq, key, lane.deferred ? Marks::State::moved : Marks::State::open);
  bound_marks();
}

template <class Item>
void Lanes<Item>::loaded(const Load& load, std::vector<Loaded> found) {
  Lane& lane = lanes_.at(load.lane);
  CHASQUI_CHECK(lane.state == State::loading, "only what was asked for is loaded");
  loading_ -= std::exchange(lane.loading, 0);
  if (load.alone) {
    std::erase(lane.alone, load.seqs.front());
  } else {
    lane.known_head += load.seqs.size();
    known_total_ -= load.seqs.size();
    compact(lane);
  }
  std::size_t at = 0;
  for (const Seq seq : load.seqs) {
    if (at < found.size() && found[at].seq == seq) {
      if (lane.count() == 0) lane.oldest_at_ms = found[at].received_at_ms;
      push(lane, {seq, found[at].bytes, std::move(found[at].item), load.alone});
      ++at;
    } else if (!load.alone) {
      marks_.set(seq, Marks::State::settled);
    }
  }
  if (lane.count() > 0 && (load.alone || lane.alone.empty())) return become_ready(load.lane, lane);
  unload(lane);
  advance(load.lane, lane);
}

template <class Item>
std::optional<typename Lanes<Item>::Load> Lanes<Item>::next_load() {
  while (!loads_.empty() && has_room()) {
    const auto [key, version] = loads_.front();
    loads_.pop_front();
    const auto it = lanes_.find(key);
    if (it == lanes_.end() || it->second.version != version) continue;
    Lane& lane = it->second;
    Load load{key, {}, !lane.alone.empty()};
    const std::size_t held = loaded_ + loading_;
    const std::size_t room = held < limits_.events_max ? limits_.events_max - held : 1;
    const std::size_t most = std::min({limits_.load_events_max, limits_.lane_events_max, room});
    if (load.alone) {
      load.seqs.push_back(lane.alone.front());
    } else {
      for (std::size_t i = lane.known_head; i < lane.known.size() && load.seqs.size() < most; ++i)
        load.seqs.push_back(lane.known[i]);
    }
    set_state(lane, State::loading);
    lane.loading = load.seqs.size();
    loading_ += lane.loading;
    return load;
  }
  return std::nullopt;
}

template <class Item>
std::optional<typename Lanes<Item>::Scan> Lanes<Item>::next_scan() {
  if (scanning_) return std::nullopt;
  Scan scan;
  std::vector<Entry> others;  // an event has a lane in each scope, and a row names one: so one scan is of one scope
  while (!scans_.empty() && scan.lanes.size() < kScanLanesMax) {
    const auto [key, version] = scans_.front();
    scans_.pop_front();
    const auto it = lanes_.find(key);
    if (it == lanes_.end() || it->second.version != version) continue;
    if (!scan.lanes.empty() && scope_of_lane(key) != scope_of_lane(scan.lanes.front())) {
      others.emplace_back(key, version);
      continue;
    }
    Lane& lane = it->second;
    set_state(lane, State::scanning);
    scan.from = scan.lanes.empty() ? lane.gap_from : std::min(scan.from, lane.gap_from);
    scan.until = std::max(scan.until, gap_end(lane));
    scan.lanes.push_back(key);
  }
  scans_.insert(scans_.begin(), others.begin(), others.end());
  if (scan.lanes.empty()) return std::nullopt;
  std::sort(scan.lanes.begin(), scan.lanes.end());
  scanning_ = true;
  return scan;
}

template <class Item>
template <class Rows>
void Lanes<Item>::scanned(const Scan& scan, const Rows& rows, Seq next) {
  scanning_ = false;
  for (const auto& row : rows) {
    const auto it = lanes_.find(row.lane);
    if (it == lanes_.end()) continue;
    Lane& lane = it->second;
    if (lane.state != State::scanning || lane.full || lane.gap_from == 0 || row.seq < lane.gap_from || row.seq >= gap_end(lane))
      continue;
    if (lane.known.size() - lane.known_head < known_max()) {
      lane.known.push_back(row.seq);
      ++known_total_;
      lane.gap_from = row.seq + 1;
    } else {
      lane.full = true;  // the gap goes on from here
      lane.gap_from = row.seq;
    }
  }
  for (const OrderKey key : scan.lanes) {
    const auto it = lanes_.find(key);
    if (it == lanes_.end() || it->second.state != State::scanning) continue;
    Lane& lane = it->second;
    if (!std::exchange(lane.full, false)) lane.gap_from = std::max(lane.gap_from, next);
    if (lane.gap_from >= gap_end(lane)) lane.gap_from = 0;
    advance(key, lane);
  }
}

template <class Item>
void Lanes<Item>::unload(Lane& lane) {
  if (lane.count() == 0) return;
  std::vector<Seq> back;
  for (std::size_t i = lane.head; i < lane.queue.size(); ++i) {
    const Slot& slot = lane.queue[i];
    if (slot.alone) {
      lane.alone.insert(std::lower_bound(lane.alone.begin(), lane.alone.end(), slot.seq), slot.seq);
    } else {
      back.push_back(slot.seq);
    }
    --loaded_;
    bytes_ -= slot.bytes;
  }
  std::vector<Slot>().swap(lane.queue);
  lane.head = 0;
  known_total_ += back.size();
  back.insert(back.end(), lane.known.begin() + static_cast<std::ptrdiff_t>(lane.known_head), lane.known.end());
  lane.known = std::move(back);
  lane.known_head = 0;
}

template <class Item>
void Lanes<Item>::insert_alone(OrderKey key, Seq seq, SteadyTime due) {
  Lane& lane = lanes_.try_emplace(key).first->second;
  const auto place = std::lower_bound(lane.alone.begin(), lane.alone.end(), seq);
  if (place != lane.alone.end() && *place == seq) return;
  if (std::any_of(lane.queue.begin() + lane.head, lane.queue.end(), [&](const Slot& s) { return s.alone && s.seq == seq; }))
    return;
  lane.alone.insert(place, seq);
  flag(lane);
  if (lane.state == State::fresh) {
    wait(key, lane, due);
  } else if (lane.state == State::ready) {
    unload(lane);
    advance(key, lane);
  }
}

template <class Item>
void Lanes<Item>::shed() {
  for (auto& [key, lane] : lanes_) {
    if (lane.state != State::ready) continue;
    flag(lane);
    unload(lane);
    advance(key, lane);
  }
}

template <class Item>
void Lanes<Item>::restore(OrderKey key, Seq from, Seq until, std::optional<Seq> head, SteadyTime due) {
  Lane& lane = lanes_.try_emplace(key).first->second;
  flag(lane);
  if (until != 0) close(key, lane, until);
  lane.gap_from = from;
  if (head) {
    lane.known.push_back(*head);
    ++known_total_;
    lane.gap_from = *head + 1;
    wait(key, lane, due);
  } else {
    advance(key, lane);
  }
}

template <class Item>
typename Lanes<Item>::Found Lanes<Item>::find(OrderKey key, Seq seq, bool alone) const {
  const auto it = lanes_.find(key);
  if (it == lanes_.end()) return {};
  const Lane& lane = it->second;
  const Slot* head = lane.count() > 0 ? &lane.queue[lane.head] : nullptr;
  if (head != nullptr && head->seq == seq && head->alone == alone)
    return {lane.state == State::in_flight ? Place::in_flight : Place::first, 0};
  // Those that stand alone go first; of the others none is left out, so all from the first on are there.
  const Seq first = head != nullptr ? head->seq : !lane.alone.empty() ? lane.alone.front() : first_of(lane);
  if (alone) {
    if (!std::binary_search(lane.alone.begin(), lane.alone.end(), seq)) return {};
  } else {
    const Seq own_first = first_of(lane);
    const Seq last = lane.known_head < lane.known.size() ? lane.known.back() : lane.count() > 0 ? lane.queue.back().seq : 0;
    const bool in_gap = lane.gap_from != 0 && seq >= lane.gap_from && seq < gap_end(lane);
    if (own_first == 0 || seq < own_first || (seq > last && !in_gap)) return {};
  }
  const bool knows_first = head != nullptr || !lane.alone.empty() || lane.known_head < lane.known.size();
  if (!knows_first) return {Place::unsought, 0};
  return first == seq ? Found{Place::first, 0} : Found{Place::behind, first};
}

}  // namespace chasqui
