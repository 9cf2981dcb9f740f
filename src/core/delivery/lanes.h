// One endpoint's undelivered part of the journal as lanes: ordered queues, one per lane key, of which a bounded part is in
// memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/delivery/marks.h"
#include "core/event/event.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/time.h"

namespace chasqui {

/// Bounds of one endpoint's lanes (semantics 11-16); docs/limits.md has what each costs.
struct LaneLimits {
  std::size_t events_max = 1024;          ///< in memory: the window
  std::size_t bytes_max = 8u << 20;       ///< of their JSON and raw items
  std::size_t lane_events_max = 128;      ///< of them, of one lane; its others wait in the journal
  std::size_t load_events_max = 16;       ///< of one lane, fetched at a time
  std::size_t known_per_lane_max = 1024;  ///< numbers of followers remembered; beyond, they are found again by a scan
  std::size_t known_total_max = 32768;    ///< over all lanes; beyond, each lane remembers known_least
  std::size_t known_least = 16;
  std::size_t deferred_max = 10'000;  ///< deferred lanes; at so many the endpoint is read no further
  std::size_t marks_max = 4096;  ///< events between the cursor and the reader; beyond, the lane that holds it back is deferred
};

/// Knows the order: one event of a lane is in flight at a time, lanes go in parallel, a lane that fails waits and others go on.
///
/// A reader hands over the endpoint's events in journal order (`offer`). A lane that failed, or that has more in memory than its
/// share, is *deferred*: it keeps only the numbers of its events, or a gap in which they must be looked for, and the cursor moves
/// past it. Everything below `cursor()` is settled or in a deferred lane. What must be fetched or looked for is said by
/// `next_load` and `next_scan`; the caller does it and reports back.
///
/// Events of a deferred lane that a person resumed stand *alone*: they go first, and say nothing of what lies between.
///
/// Not thread-safe; knows no clock and no I/O. `Item` is what the caller keeps per event in memory.
template <class Item>
class Lanes {
 public:
  explicit Lanes(LaneLimits limits = {}) : limits_(limits) {}

  void set_limits(LaneLimits limits) { limits_ = limits; }
  /// The scope of the lanes that events are offered to from now on.
  void set_order(OrderScope order) { order_ = order; }

  // ---- the reader's side

  /// Where the reader stands: everything below was offered or passed.
  Seq position() const { return position_; }
  void start_at(Seq position) { position_ = position; }
  bool has_room() const {
    const std::size_t held = loaded_ + loading_;
    return held == 0 || (held < limits_.events_max && bytes_ < limits_.bytes_max);
  }
  /// Not while lanes of this scope are closed: the order was changed and changed back, and what they still hold comes first.
  bool wants_more() const { return deferred_ < limits_.deferred_max && has_room() && closed_[place(order_)] == 0; }
  /// The reader saw that nothing below `position` is for this endpoint, or is settled already.
  void pass(Seq position) { position_ = std::max(position_, position); }

  /// The endpoint's next event, which was settled in an earlier life. It is remembered until the cursor has passed it: else the
  /// next life would not know. A lane settles in order, so nothing of it is left before this one.
  void pass_settled(Seq seq, OrderKey key) {
    CHASQUI_CHECK(seq >= position_, "events are passed in journal order");
    position_ = seq + 1;
    if (const auto it = lanes_.find(key); it != lanes_.end() && it->second.gap_from != 0)
      it->second.gap_from = std::max(it->second.gap_from, seq + 1);
    marks_.add(seq, key, Marks::State::settled);
    bound_marks();
  }

  /// The endpoint's next event. It is kept in memory if its lane has room there.
  /// @param due  when it is known to have failed before: not to be sent earlier.
  void offer(Seq seq, OrderKey key, std::size_t bytes, std::int64_t received_at_ms, Item item,
             std::optional<SteadyTime> due = std::nullopt);

  /// A deferred lane of an earlier life, below the reader's start.
  /// @param head  its first event, when that one failed before and waits until `due`.
  void restore(OrderKey key, Seq from, Seq until, std::optional<Seq> head, SteadyTime due);

  /// An event that a person resumed: it is sent before anything else of its lane.
  void insert_alone(OrderKey key, Seq seq, SteadyTime due);

  /// The endpoint's order was changed: lanes of the old kind take no further events.
  void close_lanes() {
    for (auto& [key, lane] : lanes_) {
      flag(lane);
      if (lane.until == 0) close(key, lane, position_);
    }
  }

  // ---- sending

  struct Ticket {
    OrderKey lane{};
    Seq seq = 0;
    bool alone = false;
  };
  /// The next event to send, marked as in flight; nullopt when none may go.
  /// @param in_flight_max  how many may be out, with this one.
  std::optional<Ticket> take(std::size_t in_flight_max) {
    if (in_flight_ >= in_flight_max) return std::nullopt;
    while (!ready_.empty()) {
      const auto [key, version] = ready_.front();
      ready_.pop_front();
      const auto it = lanes_.find(key);
      if (it == lanes_.end() || it->second.version != version) continue;
      Lane& lane = it->second;
      set_state(lane, State::in_flight);
      ++in_flight_;
      const Slot& slot = lane.queue[lane.head];
      return Ticket{key, slot.seq, slot.alone};
    }
    return std::nullopt;
  }
  /// What the caller keeps of the lane's event in flight.
  Item& item(OrderKey key) {
    Lane& lane = in_flight_lane(key);
    return lane.queue[lane.head].item;
  }
  bool is_deferred(OrderKey key) const {
    const auto it = lanes_.find(key);
    return it != lanes_.end() && it->second.deferred;
  }

  /// The event in flight is done with: its lane goes on.
  void settle(OrderKey key) {
    Lane& lane = in_flight_lane(key);
    --in_flight_;
    const Slot slot = pop(lane);
    if (!slot.alone) marks_.set(slot.seq, Marks::State::settled);
    advance(key, lane);
  }
  /// The event in flight failed and may be tried again at `due`: its lane is deferred until then.
  void defer(OrderKey key, SteadyTime due) {
    Lane& lane = in_flight_lane(key);
    --in_flight_;
    flag(lane);
    unload(lane);
    wait(key, lane, due);
  }
  /// The event in flight was not sent after all (our own trouble): it stays the head and is ready again.
  void put_back(OrderKey key) {
    Lane& lane = in_flight_lane(key);
    --in_flight_;
    become_ready(key, lane);
  }

  // ---- waiting lanes

  /// Lanes whose time has come go on.
  void wake(SteadyTime now) {
    while (!due_.empty() && due_.top().when <= now) {
      const Due due = due_.top();
      due_.pop();
      revive(due);
    }
  }
  /// The waiting lane with the earliest time goes on now, as a probe. @return whether there was one.
  bool wake_one() {
    while (!due_.empty()) {
      const Due due = due_.top();
      due_.pop();
      if (revive(due)) return true;
    }
    return false;
  }
  /// Lanes that wait for the end of an outage (deferred until SteadyTime::max()) go on.
  void wake_held() {
    std::vector<Due> others;
    std::vector<Due> held;
    for (; !due_.empty(); due_.pop()) (due_.top().when == SteadyTime::max() ? held : others).push_back(due_.top());
    due_ = decltype(due_)(std::greater<>{}, std::move(others));
    for (const Due& due : held) revive(due);
  }
  std::optional<SteadyTime> next_due() {
    while (!due_.empty() && !is_current(due_.top())) due_.pop();
    if (due_.empty()) return std::nullopt;
    return due_.top().when;
  }
  /// Gives back the memory of all that is not in flight; the lanes are deferred. For endpoints that nothing can be sent to.
  void shed();

  // ---- what is not in memory

  struct Load {
    OrderKey lane{};
    std::vector<Seq> seqs;
    bool alone = false;
  };
  /// Lanes that have their next event in memory, or are getting it.
  std::size_t prepared() const { return in(State::ready) + in(State::loading); }
  /// Whether lanes wait for a load or a scan that may be asked for.
  bool hungry() const { return in(State::hungry) + in(State::searching) + in(State::scanning) > 0; }
  /// Events that a lane needs to go on. nullopt when no lane does, or there is no room.
  std::optional<Load> next_load();
  struct Loaded {
    Seq seq = 0;
    std::size_t bytes = 0;
    std::int64_t received_at_ms = 0;
    Item item;
  };
  /// What was found of a load, ascending. What is missing counts as settled: the caller has recorded its end.
  void loaded(const Load& load, std::vector<Loaded> found);
  /// A load could not be done: it is tried again at `when`.
  void load_failed(const Load& load, SteadyTime when) {
    Lane& lane = lanes_.at(load.lane);
    loading_ -= std::exchange(lane.loading, 0);
    wait(load.lane, lane, when);
  }

  struct Scan {
    std::vector<OrderKey> lanes;  ///< ascending, all of one scope
    Seq from = 0, until = 0;
  };
  static constexpr std::size_t kScanLanesMax = 1024;
  /// Where followers of lanes must be looked for; one scan at a time.
  std::optional<Scan> next_scan();
  /// @param rows  found followers (seq, lane), ascending.
  /// @param next  everything below it was looked at.
  template <class Rows>
  void scanned(const Scan& scan, const Rows& rows, Seq next);
  void scan_failed(const Scan& scan, SteadyTime when) {
    scanning_ = false;
    for (const OrderKey key : scan.lanes)
      if (const auto it = lanes_.find(key); it != lanes_.end() && it->second.state == State::scanning)
        wait(key, it->second, when);
  }

  // ---- what a restart must know

  /// Everything below is settled or in a deferred lane.
  Seq cursor() const { return marks_.empty() ? position_ : marks_.front(); }
  /// Settled events above the cursor, ascending.
  std::vector<Seq> settled_above() const { return marks_.settled(); }
  /// Calls `each(lane, from, until)` for every deferred lane that has unsettled events of its own.
  template <class Each>
  void each_deferred(Each each) const {
    for (const auto& [key, lane] : lanes_)
      if (lane.deferred)
        if (const Seq from = first_of(lane); from != 0) each(key, from, lane.until);
  }
  /// Calls `each(lane, item, seq)` for every event in memory.
  template <class Each>
  void each_loaded(Each each) const {
    for (const auto& [key, lane] : lanes_)
      for (std::size_t i = lane.head; i < lane.queue.size(); ++i) each(key, lane.queue[i].item, lane.queue[i].seq);
  }

  // ---- how it is

  enum class Place : std::uint8_t {
    none,       ///< not in this lane: done with, or not offered yet
    in_flight,  ///< being sent
    first,      ///< next in its lane: it waits for its time, or for a free request
    behind,     ///< others of its lane go before it
    unsought,   ///< the lane does not know its next events yet; this may be the first of them
  };
  struct Found {
    Place place = Place::none;
    Seq first = 0;  ///< of `behind`: who goes before all others
  };
  /// Where an event stands in its lane. @param alone  the one that a person resumed is meant.
  Found find(OrderKey key, Seq seq, bool alone) const;
  std::size_t in_flight() const { return in_flight_; }
  std::size_t loaded_events() const { return loaded_; }
  std::size_t loaded_bytes() const { return bytes_; }
  std::size_t deferred_lanes() const { return deferred_; }
  std::size_t lanes() const { return lanes_.size(); }
  bool idle() const { return lanes_.empty(); }
  /// When the oldest event that is not settled was received, as far as is known here; 0 = there is none.
  std::int64_t oldest_at_ms() const {
    std::int64_t oldest = 0;
    for (const auto& [key, lane] : lanes_)
      if (lane.oldest_at_ms != 0 && (oldest == 0 || lane.oldest_at_ms < oldest)) oldest = lane.oldest_at_ms;
    return oldest;
  }

 private:
  enum class State : std::uint8_t {
    fresh,      ///< just made
    ready,      ///< its head is in memory and may be sent
    in_flight,  ///< its head is being sent
    waiting,    ///< for its time
    hungry,     ///< its next events must be loaded
    loading,
    searching,  ///< its next events must be looked for
    scanning,
  };
  struct Slot {
    Slot(Seq s, std::size_t b, Item i, bool a) : seq(s), bytes(b), item(std::move(i)), alone(a) {}
    Slot(Slot&&) noexcept = default;
    Slot& operator=(Slot&&) noexcept = default;

    Seq seq = 0;
    std::size_t bytes = 0;
    Item item;
    bool alone = false;
  };
  struct Lane {
    Lane() = default;
    Lane(Lane&&) noexcept = default;
    Lane& operator=(Lane&&) noexcept = default;

    std::vector<Slot> queue;  // in memory, ascending, from `head` on
    std::uint32_t head = 0;
    std::uint32_t version = 0;  // of its state: entries of the lists below are good for one version
    std::vector<Seq> known;     // behind the queue, ascending, from known_head on
    std::size_t known_head = 0;
    std::vector<Seq> alone;  // resumed, ascending
    Seq gap_from = 0;        // behind `known` there may be more from here to gap_end; 0 = there is nothing
    Seq until = 0;           // takes no events from here on; 0 = it does
    std::size_t loading = 0;
    std::int64_t oldest_at_ms = 0;
    State state = State::fresh;
    bool deferred = false;
    bool full = false;  // while a scan is taken in

    std::size_t count() const { return queue.size() - head; }
    bool has_more() const { return known_head < known.size() || gap_from != 0 || !alone.empty(); }
  };
  struct Due {
    SteadyTime when;
    OrderKey lane{};
    std::uint32_t version = 0;
    std::uint64_t order = 0;  // first come, first served: no lane is probed for ever while others wait
    bool operator>(const Due& other) const { return when != other.when ? when > other.when : order > other.order; }
  };
  using Entry = std::pair<OrderKey, std::uint32_t>;

  Lane& in_flight_lane(OrderKey key) {
    const auto it = lanes_.find(key);
    CHASQUI_CHECK(it != lanes_.end() && it->second.state == State::in_flight, "only what is in flight can be answered");
    return it->second;
  }
  std::size_t in(State state) const { return counts_[static_cast<std::size_t>(state)]; }
  void set_state(Lane& lane, State state) {
    if (lane.state != State::fresh) --counts_[static_cast<std::size_t>(lane.state)];
    ++counts_[static_cast<std::size_t>(state)];
    lane.state = state;
    ++lane.version;
  }
  void become_ready(OrderKey key, Lane& lane) {
    set_state(lane, State::ready);
    ready_.emplace_back(key, lane.version);
  }
  void wait(OrderKey key, Lane& lane, SteadyTime due) {
    set_state(lane, State::waiting);
    due_.push({due, key, lane.version, ++waits_});
  }
  bool is_current(const Due& due) const {
    const auto it = lanes_.find(due.lane);
    return it != lanes_.end() && it->second.version == due.version;
  }
  bool revive(const Due& due) {
    if (!is_current(due)) return false;
    advance(due.lane, lanes_.at(due.lane));
    return true;
  }

  // The lane has nothing under way: what comes next?
  void advance(OrderKey key, Lane& lane) {
    if (!lane.alone.empty()) {
      unload(lane);
      set_state(lane, State::hungry);
      loads_.emplace_back(key, lane.version);
    } else if (lane.count() > 0) {
      become_ready(key, lane);
    } else if (lane.known_head < lane.known.size()) {
      set_state(lane, State::hungry);
      loads_.emplace_back(key, lane.version);
    } else if (lane.gap_from != 0 && lane.gap_from < gap_end(lane)) {
      set_state(lane, State::searching);
      scans_.emplace_back(key, lane.version);
    } else {
      if (lane.deferred) --deferred_;
      if (lane.state != State::fresh) --counts_[static_cast<std::size_t>(lane.state)];
      if (lane.until != 0) --closed_[place(scope_of_lane(key))];
      lanes_.erase(key);
    }
  }

  void push(Lane& lane, Slot slot) {
    ++loaded_;
    bytes_ += slot.bytes;
    lane.queue.push_back(std::move(slot));
  }
  Slot pop(Lane& lane) {
    Slot slot = std::move(lane.queue[lane.head]);
    if (++lane.head == lane.queue.size()) {
      lane.queue.clear();
      lane.head = 0;
    } else if (lane.head >= 64) {
      lane.queue.erase(lane.queue.begin(), lane.queue.begin() + lane.head);
      lane.head = 0;
    }
    --loaded_;
    bytes_ -= slot.bytes;
    if constexpr (requires { slot.item.received_at_ms(); }) {
      if (lane.count() > 0) lane.oldest_at_ms = lane.queue[lane.head].item.received_at_ms();
    }
    return slot;
  }
  // What is in memory goes back to being known by number.
  void unload(Lane& lane);
  void compact(Lane& lane) {
    if (lane.known_head == lane.known.size()) {
      lane.known = {};
      lane.known_head = 0;
    } else if (lane.known_head >= 256) {
      lane.known.erase(lane.known.begin(), lane.known.begin() + static_cast<std::ptrdiff_t>(lane.known_head));
      lane.known_head = 0;
    }
  }

  std::size_t known_max() const {
    return known_total_ < limits_.known_total_max ? limits_.known_per_lane_max : limits_.known_least;
  }
  void remember(Lane& lane, Seq seq) {
    if (lane.gap_from != 0) return;  // it lies in the gap
    if (lane.known.size() - lane.known_head < known_max()) {
      lane.known.push_back(seq);
      ++known_total_;
    } else {
      lane.gap_from = seq;
    }
  }
  Seq gap_end(const Lane& lane) const { return lane.until != 0 ? lane.until : position_; }
  // The lane's first event that is not settled, those that stand alone left out; 0 = none.
  Seq first_of(const Lane& lane) const {
    for (std::size_t i = lane.head; i < lane.queue.size(); ++i)
      if (!lane.queue[i].alone) return lane.queue[i].seq;
    if (lane.known_head < lane.known.size()) return lane.known[lane.known_head];
    return lane.gap_from != 0 && lane.gap_from < gap_end(lane) ? lane.gap_from : 0;
  }

  static std::size_t place(OrderScope scope) { return static_cast<std::size_t>(scope); }
  void close(OrderKey key, Lane& lane, Seq until) {
    lane.until = until;
    ++closed_[place(scope_of_lane(key))];
  }
  void bound_marks() {
    while (marks_.size() > limits_.marks_max) flag(lanes_.at(marks_.front_lane()));
  }
  void flag(Lane& lane) {
    if (lane.deferred) return;
    lane.deferred = true;
    ++deferred_;
    for (std::size_t i = lane.head; i < lane.queue.size(); ++i)
      if (!lane.queue[i].alone) marks_.set(lane.queue[i].seq, Marks::State::moved);
  }

  LaneLimits limits_;
  std::unordered_map<OrderKey, Lane> lanes_;
  Marks marks_;  // offered events from the cursor on
  std::deque<Entry> ready_, loads_, scans_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::array<std::size_t, 8> counts_{};  // lanes in each state
  OrderScope order_{};
  std::array<std::size_t, 4> closed_{};  // lanes with an `until`, by scope
  Seq position_ = 1;
  std::uint64_t waits_ = 0;
  std::size_t loaded_ = 0, loading_ = 0, bytes_ = 0, in_flight_ = 0, deferred_ = 0, known_total_ = 0;
  bool scanning_ = false;
};

}  // namespace chasqui

#include "core/delivery/lanes_impl.h"
