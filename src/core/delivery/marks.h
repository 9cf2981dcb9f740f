// Which of the events between the cursor and the reader are settled.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "core/ids.h"

namespace chasqui {

/// One mark per event that was read and that the cursor has not passed. The front one is always open: it holds the cursor.
class Marks {
 public:
  enum class State : std::uint8_t {
    open,   ///< not settled
    moved,  ///< its lane is deferred and answers for it
    settled,
  };

  /// @param seq  larger than all before.
  void add(Seq seq, OrderKey lane, State state) {
    if (state != State::open && marks_.empty()) return;
    marks_.push_back({seq, lane, state});
  }
  /// Harmless for an event that the cursor has passed.
  void set(Seq seq, State state) {
    const auto it = std::lower_bound(marks_.begin(), marks_.end(), seq, [](const Mark& m, Seq s) { return m.seq < s; });
    if (it == marks_.end() || it->seq != seq) return;
    it->state = state;
    while (!marks_.empty() && marks_.front().state != State::open) marks_.pop_front();
  }
  std::size_t size() const { return marks_.size(); }
  bool empty() const { return marks_.empty(); }
  Seq front() const { return marks_.front().seq; }
  OrderKey front_lane() const { return marks_.front().lane; }
  std::vector<Seq> settled() const {
    std::vector<Seq> out;
    for (const Mark& mark : marks_)
      if (mark.state == State::settled) out.push_back(mark.seq);
    return out;
  }

 private:
  struct Mark {
    Seq seq = 0;
    OrderKey lane{};
    State state = State::open;
  };
  std::deque<Mark> marks_;
};

}  // namespace chasqui
