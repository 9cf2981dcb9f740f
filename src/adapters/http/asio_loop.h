// The real loop: one thread, Asio's reactor, a timer wheel and the machine's clocks.
#pragma once

#include <initializer_list>
#include <memory>

#include "ports/loop.h"

namespace chasqui::http {

/// Runs the flow. Everything but post() and stop() belongs to the thread that calls run() (or to whoever prepares it before).
/// Must outlive the clients and listeners that were made with it.
class AsioLoop final : public ports::Loop, public ports::Timers, public ports::Clock {
 public:
  struct Stats {
    std::uint64_t wheel_ticks = 0;    ///< how often the timer wheel woke the loop
    std::uint64_t posts = 0;          ///< tasks posted
    std::uint64_t post_wake_ups = 0;  ///< turns that ran them: less than `posts` when several came together
  };

  AsioLoop();
  ~AsioLoop() override;
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  /// Runs until stop(); may be called again after it. Tasks must not throw.
  void run();
  /// Makes run() return after the task that is running, or the next run() at once. Any thread.
  void stop();

  void post(ports::Task task) override;
  ports::TimerId at(SteadyTime when, ports::Task task) override;
  void cancel(ports::TimerId id) override;
  WallTime now() const override;
  SteadyTime steady_now() const override;

  /// Runs `task` on the loop each time the process gets one of `signals`. One call per loop.
  void on_signal(std::initializer_list<int> signals, ports::Task task);

  Stats stats() const;

  struct Impl;
  /// For the sockets of this folder.
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::http
