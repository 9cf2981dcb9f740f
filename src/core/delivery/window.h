// The part of one endpoint's backlog that is in memory, as lanes: ordered queues, one per order key.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "core/time.h"

namespace chasqui {

struct WindowLimits {
  std::size_t events_max = 1024;
  std::size_t bytes_max = 8u << 20;   ///< of the events' bodies
  std::size_t in_flight_max = 32;     ///< requests at once to this endpoint
};

/// Holds events of one endpoint in journal order and says which may be sent now: the head of each lane, one at a time,
/// while fewer than in_flight_max are out. Heads that failed wait for their time; their lane waits with them, others go
/// on. Not thread-safe; knows no clock.
/// `Item` is what the caller keeps per event; the window only moves it.
template <class Item>
class Window {
 public:
  explicit Window(WindowLimits limits = {}) : limits_(limits) {}

  void set_limits(WindowLimits limits) { limits_ = limits; }
  bool empty() const { return slots_.empty(); }
  std::size_t size() const { return slots_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t waiting() const { return waiting_; }
  /// One event always fits, however large: else it could never be sent.
  bool has_room() const { return slots_.empty() || (slots_.size() < limits_.events_max && bytes_ < limits_.bytes_max); }

  /// Adds an event behind all others. `seq` must be larger than every earlier one.
  /// @param not_before  when a retry of an earlier life of this process is due; nullopt = now.
  void add(Seq seq, OrderKey key, std::size_t bytes, Item item, std::optional<SteadyTime> not_before = std::nullopt) {
    CHASQUI_CHECK(seqs_.empty() || seqs_.back() < seq, "events enter a window in journal order");
    slots_.emplace(seq, Slot{key, bytes, State::queued, std::move(item)});
    seqs_.push_back(seq);
    bytes_ += bytes;
    Lane& lane = lanes_[key];
    lane.events.push_back(seq);
    if (not_before) {
      slots_.at(seq).not_before = *not_before;
    }
    if (lane.events.size() == 1) arm(seq);
  }

  /// The next event to send, marked as in flight; nullopt when none may go now.
  std::optional<Seq> take(SteadyTime now) {
    wake(now);
    if (in_flight_ >= limits_.in_flight_max || ready_.empty()) return std::nullopt;
    const Seq seq = ready_.front();
    ready_.pop_front();
    slots_.at(seq).state = State::in_flight;
    ++in_flight_;
    return seq;
  }

  Item& item(Seq seq) { return slots_.at(seq).item; }
  bool contains(Seq seq) const { return slots_.contains(seq); }

  /// The event in flight is done with (delivered or parked): its lane goes on.
  void settle(Seq seq) {
    const auto it = slots_.find(seq);
    CHASQUI_CHECK(it != slots_.end() && it->second.state == State::in_flight, "only what is in flight can be settled");
    const auto lane = lanes_.find(it->second.key);
    CHASQUI_CHECK(lane != lanes_.end() && lane->second.events.front() == seq, "only a lane's head can be in flight");
    --in_flight_;
    bytes_ -= it->second.bytes;
    slots_.erase(it);
    lane->second.events.pop_front();
    if (lane->second.events.empty()) {
      lanes_.erase(lane);
    } else {
      arm(lane->second.events.front());
    }
    while (!seqs_.empty() && !slots_.contains(seqs_.front())) seqs_.pop_front();
  }

  /// The event in flight failed and is to be tried again at `when`; its lane waits.
  void retry(Seq seq, SteadyTime when) {
    Slot& slot = slots_.at(seq);
    CHASQUI_CHECK(slot.state == State::in_flight, "only what is in flight can fail");
    --in_flight_;
    slot.not_before = when;
    arm(seq);
  }

  /// When a waiting head is next due; nullopt when none waits.
  std::optional<SteadyTime> next_due() const {
    if (due_.empty()) return std::nullopt;
    return due_.top().first;
  }

  /// The oldest event that is not settled; nullopt when there is none.
  std::optional<Seq> oldest() const { return seqs_.empty() ? std::nullopt : std::optional<Seq>(seqs_.front()); }
  /// Events that are settled although an older one is not, ascending: with oldest() all that a restart must know.
  std::vector<Seq> settled_above_oldest() const {
    std::vector<Seq> settled;
    for (const Seq seq : seqs_)
      if (!slots_.contains(seq)) settled.push_back(seq);
    return settled;
  }

 private:
  enum class State : std::uint8_t { queued, ready, waiting, in_flight };
  struct Slot {
    OrderKey key;
    std::size_t bytes;
    State state;
    Item item;
    std::optional<SteadyTime> not_before{};
  };
  struct Lane {
    std::deque<Seq> events;
  };
  using Due = std::pair<SteadyTime, Seq>;

  // A head becomes ready, or waits for its time.
  void arm(Seq seq) {
    Slot& slot = slots_.at(seq);
    if (slot.not_before) {
      slot.state = State::waiting;
      ++waiting_;
      due_.emplace(*slot.not_before, seq);
      slot.not_before.reset();
    } else {
      slot.state = State::ready;
      ready_.push_back(seq);
    }
  }

  void wake(SteadyTime now) {
    while (!due_.empty() && due_.top().first <= now) {
      const Seq seq = due_.top().second;
      due_.pop();
      --waiting_;
      slots_.at(seq).state = State::ready;
      ready_.push_back(seq);
    }
  }

  WindowLimits limits_;
  std::unordered_map<Seq, Slot> slots_;
  std::deque<Seq> seqs_;  // journal order; settled ones leave when all before them have
  std::unordered_map<OrderKey, Lane> lanes_;
  std::deque<Seq> ready_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::size_t bytes_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace chasqui
