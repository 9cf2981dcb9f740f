// A loop for stores that answer from threads of their own: the test's thread runs it, and waits until it has what it wants.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>

#include "ports/loop.h"

namespace chasqui::testing {

/// Runs nothing by itself. Made for one thread that runs it; any may post.
class WaitingLoop : public ports::Loop {
 public:
  void post(ports::Task task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
  }

  /// Runs what is posted until `done()`. Throws, and so fails the test, when nothing more comes although it should.
  template <class Done>
  void run_until(Done done) {
    while (!done()) {
      auto task = next(kPatience);
      if (!task) throw std::runtime_error("the loop waits in vain: an answer never came");
      task();
    }
  }
  /// Runs what is posted already, and what that posts; waits for nothing.
  void run_posted() {
    while (auto task = next(std::chrono::seconds{0})) task();
  }

 private:
  // Only a test that fails anyway waits so long; a slow machine under a sanitizer must not come near it.
  static constexpr std::chrono::seconds kPatience{60};

  ports::Task next(std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    if (!wake_.wait_for(lock, patience, [this] { return !tasks_.empty(); })) return nullptr;
    ports::Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  std::mutex mutex_;  // guards tasks_
  std::condition_variable wake_;
  std::deque<ports::Task> tasks_;
};

}  // namespace chasqui::testing
