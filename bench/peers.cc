#include "bench/peers.h"

#include <sys/resource.h>

#include <algorithm>

namespace chasqui::bench {
namespace {

constexpr auto kLatePatience = 20s;   // for posts that were due and could not be made in time
constexpr auto kWait = 2ms;           // for answers, in a closed loop: at least one tick of epoll's clock
constexpr auto kLookInterval = 20ms;  // at the condition of drive_until, which may be costly

}  // namespace

Peers::Peers(const PeersSettings& s)
    : ledger_(s.endpoints, s.audience),
      messages_(s.path, s.app_secret),
      receiver_(poller_, ledger_, s.hook_key, s.endpoints),
      source_(poller_, ledger_, messages_, s.connections) {}

// Posts what is due and deals with what came.
void Peers::turn(const Load& load, Clock::time_point begin, Clock::time_point end, std::uint64_t& posted) {
  const auto now = Clock::now();
  const auto post = [&](Clock::time_point intended) {
    source_.post(load.session_of(posted), load.chats, intended);
    ++posted;
  };
  if (load.rate <= 0) {
    while (now < end && source_.can_post() && posted < load.messages_max && ledger_.outstanding() < load.outstanding_max)
      post(Clock::now());
    poller_.poll(now + kWait, false);
    return;
  }
  const auto due_at = [&](std::uint64_t n) { return begin + seconds(static_cast<double>(n) / load.rate); };
  while (source_.can_post() && posted < load.messages_max && due_at(posted) <= now && due_at(posted) < end) post(due_at(posted));
  poller_.poll(now, true);
}

void Peers::drive(const Load& load, Clock::duration length) {
  const auto begin = Clock::now();
  const auto end = begin + length;
  std::uint64_t posted = 0;
  while (Clock::now() < end && posted < load.messages_max) turn(load, begin, end, posted);
  if (load.rate <= 0) return;
  const std::uint64_t due = std::min(load.messages_max, static_cast<std::uint64_t>(in_seconds(length) * load.rate));
  while (posted < due && Clock::now() < end + kLatePatience) turn(load, begin, end, posted);
}

bool Peers::drive_until(const Load& load, const std::function<bool()>& condition, Clock::duration patience) {
  const auto begin = Clock::now();
  const auto end = begin + patience;
  auto look_at = begin;
  std::uint64_t posted = 0;
  while (Clock::now() < end) {
    if (Clock::now() >= look_at) {
      if (condition()) return true;
      look_at = Clock::now() + kLookInterval;
    }
    turn(load, begin, end, posted);
  }
  return condition();
}

bool Peers::settle(Clock::duration patience) {
  return wait_until([this] { return source_.answered() && ledger_.outstanding() == 0; }, patience);
}

bool Peers::wait_until(const std::function<bool()>& condition, Clock::duration patience) {
  const auto end = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() >= end) return false;
    poller_.poll(Clock::now() + kWait, false);
  }
  return true;
}

double Peers::busy_seconds() const { return core_seconds() - poller_.spun_seconds(); }

double Peers::core_seconds() {
  rusage used{};
  getrusage(RUSAGE_THREAD, &used);
  const auto in = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return in(used.ru_utime) + in(used.ru_stime);
}

}  // namespace chasqui::bench
