#include "adapters/http/asio_loop.h"

#include <utility>

#include "adapters/http/detail/loop_impl.h"

namespace chasqui::http {

AsioLoop::Impl::Impl() : wheel(std::chrono::steady_clock::now()) {}

void AsioLoop::Impl::drain() {
  {
    const std::lock_guard lock(mutex);
    running.swap(posted);
  }
  ++post_wake_ups;
  for (auto& slot : running) {
    const auto task = std::move(slot);  // what a task holds is released before the next one runs
    task();
  }
  running.clear();
}

void AsioLoop::Impl::arm() {
  armed = wheel.next();
  if (!armed) return;
  wheel_timer.expires_at(*armed);
  wheel_timer.async_wait([this](const ErrorCode& error) {
    if (error) return;  // armed anew for an earlier time
    ++wheel_ticks;
    armed.reset();
    wheel.run_due(std::chrono::steady_clock::now());
    arm();
  });
}

void AsioLoop::Impl::await_signal() {
  signals->async_wait([this](const ErrorCode& error, int) {
    if (error) return;
    on_signal();
    await_signal();
  });
}

AsioLoop::AsioLoop() : impl_(std::make_unique<Impl>()) {}
AsioLoop::~AsioLoop() = default;

void AsioLoop::run() {
  impl_->io.run();
  impl_->io.restart();
}

void AsioLoop::stop() { impl_->io.stop(); }

void AsioLoop::post(ports::Task task) {
  bool first = false;
  {
    const std::lock_guard lock(impl_->mutex);
    first = impl_->posted.empty();
    impl_->posted.push_back(std::move(task));
    ++impl_->posts;
  }
  if (first) asio::post(impl_->io, [impl = impl_.get()] { impl->drain(); });
}

ports::TimerId AsioLoop::at(SteadyTime when, ports::Task task) {
  auto& wheel = impl_->wheel;
  const auto id = wheel.at(when, wheel.empty() ? steady_now() : SteadyTime{}, std::move(task));
  if (!impl_->armed || wheel.due(when) < *impl_->armed) impl_->arm();
  return id;
}

void AsioLoop::cancel(ports::TimerId id) { impl_->wheel.cancel(id); }

WallTime AsioLoop::now() const { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }
SteadyTime AsioLoop::steady_now() const { return std::chrono::steady_clock::now(); }

void AsioLoop::on_signal(std::initializer_list<int> signals, ports::Task task) {
  impl_->on_signal = std::move(task);
  impl_->signals.emplace(impl_->io.get_executor());
  for (const int signal : signals) impl_->signals->add(signal);
  impl_->await_signal();
}

AsioLoop::Stats AsioLoop::stats() const {
  const std::lock_guard lock(impl_->mutex);
  return {impl_->wheel_ticks, impl_->posts, impl_->post_wake_ups};
}

}  // namespace chasqui::http
