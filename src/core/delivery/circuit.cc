#include "core/delivery/circuit.h"

#include <algorithm>

namespace chasqui {

std::size_t Circuit::allowance(std::size_t in_flight_max, SteadyTime now) const {
  if (open_) return now >= probe_at_ ? 1 : 0;
  return std::min(allowed_, in_flight_max);
}

void Circuit::note(bool failure) {
  last_ <<= 1;
  last_[0] = failure;
  noted_ = std::min(noted_ + 1, limits_.rate_of);
}

bool Circuit::succeeded(std::size_t in_flight_max) {
  note(false);
  run_ = 0;
  if (open_) {
    open_ = false;
    young_ = true;
    allowed_ = 1;
    wait_ = Millis{0};
    last_.reset();
    noted_ = 0;
    return true;
  }
  allowed_ = std::min(allowed_ + 1, std::max(in_flight_max, limits_.start_at));
  if (allowed_ >= in_flight_max) young_ = false;
  return false;
}

bool Circuit::failed(bool overload, SteadyTime now, double dice) {
  if (open_) {
    // Requests that were out when it opened come back too; only a probe says something new.
    if (now >= probe_at_) schedule_probe(now, dice);
    return false;
  }
  note(true);
  ++run_;
  if (overload) allowed_ = std::max<std::size_t>(1, allowed_ / 2);
  const bool long_run = run_ >= (young_ ? limits_.run_max_young : limits_.run_max);
  std::size_t failures = 0;
  for (int i = 0; i < noted_; ++i) failures += last_[static_cast<std::size_t>(i)] ? 1 : 0;
  const bool often = noted_ >= limits_.rate_of && failures * 100 >= static_cast<std::size_t>(limits_.rate_percent * noted_);
  if (!long_run && !often) return false;
  open(now, dice);
  return true;
}

bool Circuit::give_up(SteadyTime now, double dice) {
  if (open_) return false;
  open(now, dice);
  return true;
}

void Circuit::open(SteadyTime now, double dice) {
  open_ = true;
  ++outages_;
  run_ = 0;
  wait_ = Millis{0};
  schedule_probe(now, dice);
}

// Up to a fifth later than its time, never earlier: endpoints that fell together are not probed together.
void Circuit::schedule_probe(SteadyTime now, double dice) {
  wait_ = wait_.count() == 0 ? limits_.probe_first : std::min(wait_ * 2, limits_.probe_max);
  probe_at_ = now + wait_ + Millis{static_cast<std::int64_t>(static_cast<double>(wait_.count()) * 0.2 * dice)};
}

}  // namespace chasqui
