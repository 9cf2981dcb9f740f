// What the simulation says: its steps for a reader, and the first thing that went wrong.
#pragma once

#include <cstdio>
#include <deque>
#include <string>

#include "tests/support/virtual_world.h"

namespace chasqui::sim {

/// Keeps the last steps, so that a failure can be read; prints all of them when told to talk.
class Judge {
 public:
  Judge(const testing::VirtualLoop& world, bool talk) : world_(world), began_(world.steady_now()), talk_(talk) {}

  void say(std::string what) {
    const auto ms = std::chrono::duration_cast<Millis>(world_.steady_now() - began_).count();
    char time[32];
    std::snprintf(time, sizeof time, "%7lld.%03lld  ", static_cast<long long>(ms / 1000), static_cast<long long>(ms % 1000));
    what.insert(0, time);
    if (talk_) std::printf("%s\n", what.c_str());
    steps_.push_back(std::move(what));
    if (steps_.size() > kStepsKept) steps_.pop_front();
  }
  /// Only the first one counts: what follows may be its consequence.
  void fail(const std::string& what) {
    if (failed()) return;
    say("WRONG: " + what);
    failure_ = what;
  }
  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }
  std::string last_steps() const {
    std::string out;
    for (const auto& step : steps_) out.append(step).append("\n");
    return out;
  }

 private:
  static constexpr std::size_t kStepsKept = 40;

  const testing::VirtualLoop& world_;
  SteadyTime began_;
  bool talk_;
  std::deque<std::string> steps_;
  std::string failure_;
};

}  // namespace chasqui::sim
