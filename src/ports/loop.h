// The one thread on which the flow runs, and its timers.
#pragma once

#include <functional>

#include "core/time.h"

namespace chasqui::ports {

using Task = std::function<void()>;

/// The flow's thread. Everything in `app` runs on it, so nothing there needs a lock; adapters with threads of their own
/// come back through `post`.
class Loop {
 public:
  virtual ~Loop() = default;
  /// Runs `task` on the loop's thread, after what is running now. The only member that other threads may call.
  virtual void post(Task task) = 0;
};

enum class TimerId : std::uint64_t { none = 0 };

/// Timers on the loop's thread. Coarse: a task runs at its time or up to 100 ms later, never earlier.
class Timers {
 public:
  virtual ~Timers() = default;
  virtual TimerId at(SteadyTime when, Task task) = 0;
  /// Harmless for a timer that has fired, was cancelled, or is `none`.
  virtual void cancel(TimerId id) = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

class Dice {
 public:
  virtual ~Dice() = default;
  /// Uniform in [0, 1).
  virtual double roll() = 0;
  /// 80 random bits for ids that have no natural key.
  virtual std::array<std::uint8_t, 10> id_tail() = 0;
};

}  // namespace chasqui::ports
