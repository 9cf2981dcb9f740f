// What stands behind AsioLoop, for the sockets of this folder.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <optional>
#include <vector>

#include "adapters/http/asio_loop.h"
#include "adapters/http/detail/asio.h"
#include "adapters/http/timer_wheel.h"

namespace chasqui::http {

struct AsioLoop::Impl {
  Impl();
  void drain();
  void arm();
  void await_signal();

  // Sockets are used by one thread, so the reactor needs no locks for them; posting and resolving keep theirs.
  asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};

  TimerWheel wheel;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             asio::io_context::executor_type>
      wheel_timer{io.get_executor()};
  std::optional<SteadyTime> armed;  ///< when wheel_timer fires

  std::optional<asio::basic_signal_set<asio::io_context::executor_type>> signals;
  ports::Task on_signal;

  std::mutex mutex;                 ///< guards posted and posts
  std::vector<ports::Task> posted;  ///< a drain is on its way while it is not empty
  std::uint64_t posts = 0;

  std::vector<ports::Task> running;
  std::uint64_t wheel_ticks = 0;
  std::uint64_t post_wake_ups = 0;
};

}  // namespace chasqui::http
