// The loop of one process in a virtual world: when the process dies, nothing that it planned happens any more.
#pragma once

#include <utility>

#include "tests/support/chance.h"
#include "tests/support/virtual_world.h"

namespace chasqui::testing {

/// The world goes on over the deaths of the process that lives on this loop. Timers may be late, as the port allows.
class MortalLoop : public ports::Loop, public ports::Timers, public ports::Clock {
 public:
  MortalLoop(VirtualLoop& world, Chance& chance, Millis late_max) : world_(world), chance_(chance), late_max_(late_max) {}

  void post(ports::Task task) override { world_.post(mortal(std::move(task))); }
  ports::TimerId at(SteadyTime when, ports::Task task) override {
    if (when < SteadyTime::max() - late_max_) when += chance_.millis(0, late_max_.count());
    return world_.at(when, mortal(std::move(task)));
  }
  void cancel(ports::TimerId id) override { world_.cancel(id); }
  WallTime now() const override { return world_.now(); }
  SteadyTime steady_now() const override { return world_.steady_now(); }

  /// The process is gone.
  void die() { ++life_; }
  std::uint64_t life() const { return life_; }
  /// `task`, for as long as this life lasts.
  ports::Task mortal(ports::Task task) {
    return [this, life = life_, task = std::move(task)] {
      if (life == life_) task();
    };
  }

 private:
  VirtualLoop& world_;
  Chance& chance_;
  Millis late_max_;
  std::uint64_t life_ = 1;
};

}  // namespace chasqui::testing
