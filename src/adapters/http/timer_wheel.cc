#include "adapters/http/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace chasqui::http {

using ports::Task;
using ports::TimerId;

std::int64_t TimerWheel::tick_of(SteadyTime when) const {
  const auto since = when - origin_;
  const auto ticks = since / tick;
  return since % tick > decltype(since)::zero() ? ticks + 1 : ticks;  // upwards: never early
}

TimerId TimerWheel::id_of(std::uint32_t index) const {
  return TimerId{(std::uint64_t{nodes_[index].generation} << 32) | (index + 1)};
}

TimerWheel::Node* TimerWheel::find(TimerId id) {
  const auto number = static_cast<std::uint64_t>(id);
  const auto index = (number & 0xffffffff) - 1;
  if (number == 0 || index >= nodes_.size()) return nullptr;
  Node& node = nodes_[index];
  return node.used && node.generation == number >> 32 ? &node : nullptr;
}

std::uint32_t TimerWheel::take_node() {
  if (free_ == none) {
    nodes_.emplace_back();
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  return std::exchange(free_, nodes_[free_].next);
}

void TimerWheel::link(std::uint32_t index) {
  Node& node = nodes_[index];
  const auto slot = static_cast<std::size_t>(node.tick) % slots;
  node.previous = none;
  node.next = heads_[slot];
  if (node.next != none) nodes_[node.next].previous = index;
  heads_[slot] = index;
  node.in_slot = true;
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void TimerWheel::unlink(std::uint32_t index) {
  Node& node = nodes_[index];
  const auto slot = static_cast<std::size_t>(node.tick) % slots;
  if (node.next != none) nodes_[node.next].previous = node.previous;
  if (node.previous != none) {
    nodes_[node.previous].next = node.next;
  } else {
    heads_[slot] = node.next;
    if (node.next == none) occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  }
  node.in_slot = false;
}

void TimerWheel::release(std::uint32_t index) {
  Node& node = nodes_[index];
  node.used = false;
  ++node.generation;
  node.next = std::exchange(free_, index);
  --size_;
}

TimerId TimerWheel::at(SteadyTime when, SteadyTime now, Task task) {
  if (size_ == 0) current_ = std::max(current_, (now - origin_) / tick);
  const auto index = take_node();
  Node& node = nodes_[index];
  node.task = std::move(task);
  node.when = when;
  node.order = ++order_;
  node.tick = std::max(tick_of(when), current_ + 1);
  node.used = true;
  ++size_;
  link(index);
  return id_of(index);
}

void TimerWheel::cancel(TimerId id) {
  Node* node = find(id);
  if (node == nullptr) return;
  const auto index = static_cast<std::uint32_t>(node - nodes_.data());
  if (node->in_slot) unlink(index);
  const Task dropped = std::exchange(node->task, nullptr);  // destroyed last: what it holds may come back here
  release(index);
}

void TimerWheel::collect(std::size_t slot, std::int64_t until) {
  for (auto index = heads_[slot]; index != none;) {
    const Node& node = nodes_[index];
    const auto following = node.next;
    if (node.tick <= until) {
      due_.push_back({node.when, node.order, id_of(index)});
      unlink(index);
    }
    index = following;
  }
}

void TimerWheel::run_due(SteadyTime now) {
  const std::int64_t until = (now - origin_) / tick;
  if (until <= current_) return;
  const auto passed = std::min<std::int64_t>(until - current_, slots);
  for (std::int64_t i = 1; i <= passed; ++i) {
    const auto slot = static_cast<std::size_t>(current_ + i) % slots;
    if ((occupied_[slot / 64] >> (slot % 64)) & 1) collect(slot, until);
  }
  current_ = until;
  auto due = std::exchange(due_, {});
  std::sort(due.begin(), due.end(),
            [](const Due& a, const Due& b) { return a.when != b.when ? a.when < b.when : a.order < b.order; });
  for (const auto& entry : due) {
    Node* node = find(entry.id);
    if (node == nullptr) continue;  // cancelled by a task before it
    const Task task = std::exchange(node->task, nullptr);
    release(static_cast<std::uint32_t>(node - nodes_.data()));
    task();
  }
  due.clear();
  due_ = std::move(due);  // keeps its room
}

std::optional<SteadyTime> TimerWheel::next() const {
  if (size_ == 0) return std::nullopt;
  const auto first = static_cast<std::size_t>(current_ + 1) % slots;
  for (std::size_t step = 0; step < slots;) {
    const auto slot = (first + step) % slots;
    const auto word = occupied_[slot / 64] >> (slot % 64);
    if (word != 0) {
      const auto found = step + static_cast<std::size_t>(std::countr_zero(word));
      if (found < slots) return origin_ + (current_ + 1 + static_cast<std::int64_t>(found)) * tick;
    }
    step += 64 - slot % 64;
  }
  return std::nullopt;  // everything left is being run right now
}

}  // namespace chasqui::http
