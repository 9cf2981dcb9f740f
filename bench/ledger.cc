#include "bench/ledger.h"

#include <algorithm>

namespace chasqui::bench {

std::uint64_t Ledger::post(int session, int chat, Clock::time_point intended) {
  messages_.push_back({intended, slots_.size(), static_cast<std::uint32_t>(chat), static_cast<std::uint16_t>(session), false});
  slots_.resize(slots_.size() + audience_size(), expected);
  outstanding_ += audience_size();
  return messages_.size() - 1;
}

void Ledger::acknowledged(std::uint64_t number) {
  if (messages_[number].acknowledged) return;
  messages_[number].acknowledged = true;
  ++acknowledged_;
}

void Ledger::refused(std::uint64_t number) {
  ++refused_;
  const std::uint64_t first = messages_[number].first_slot;
  for (std::uint64_t slot = first; slot < first + audience_size(); ++slot) {
    if (slots_[slot] != expected) continue;
    slots_[slot] = given_up;
    --outstanding_;
  }
}

void Ledger::arrived(std::uint64_t number, int endpoint, Clock::time_point now) {
  if (number >= messages_.size()) return;
  if (now >= watch_since_ && !watched_) watched_ = now;
  const Message& message = messages_[number];
  Slot& slot = slots_[message.first_slot + (audience_ == Audience::all_endpoints ? static_cast<std::uint64_t>(endpoint) : 0)];
  if (slot == came) {
    ++duplicates_;
    return;
  }
  if (slot == expected) --outstanding_;
  slot = came;
  ++arrived_;
  const auto key =
      (static_cast<std::uint64_t>(endpoint) << 48) | (static_cast<std::uint64_t>(message.session) << 32) | message.chat;
  auto& newest = newest_[key];
  if (number < newest) ++inversions_;
  newest = std::max(newest, number + 1);
  if (now >= from_ && now < to_) ++in_window_;
  if (message.intended >= from_ && message.intended < to_)
    samples_.push_back({static_cast<float>(in_ms(now - message.intended)), static_cast<std::uint16_t>(endpoint)});
}

void Ledger::measure(Clock::time_point from, Clock::time_point to) {
  from_ = from;
  to_ = to;
  samples_.clear();
  in_window_ = 0;
}

std::uint64_t Ledger::outstanding_below(std::uint64_t number) const {
  if (number == 0) return 0;
  const std::uint64_t end = number < messages_.size() ? messages_[number].first_slot : slots_.size();
  return static_cast<std::uint64_t>(std::count(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(end), expected));
}

std::uint64_t Ledger::lost() const {
  std::uint64_t count = 0;
  for (const Message& message : messages_) {
    if (!message.acknowledged) continue;
    for (std::uint64_t i = 0; i < audience_size(); ++i) count += slots_[message.first_slot + i] == came ? 0 : 1;
  }
  return count;
}

void Ledger::watch(Clock::time_point since) {
  watch_since_ = since;
  watched_.reset();
}

}  // namespace chasqui::bench
