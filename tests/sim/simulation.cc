#include "tests/sim/simulation.h"

#include <algorithm>
#include <utility>

namespace chasqui::sim {
namespace {

constexpr Millis kCalmMax{6 * 3'600'000};  // by then all waits that a seed can choose are over

}  // namespace

Simulation::Simulation(std::uint64_t seed, bool talk)
    : seed_(seed),
      chance_(seed),
      judge_(world_, talk),
      dice_(seed + 1),
      ledger_(judge_),
      disk_(world_, chance_, ledger_),
      wire_(world_, chance_, judge_, ledger_),
      loop_(world_, chance_, Millis{seed % 3 == 0 ? 0 : 100}),
      sources_(world_, chance_, judge_, ledger_, crypto_, [this](ports::IncomingRequest request, ports::Respond respond) {
        if (life_ == Life::up) gateway_->handler().handle(std::move(request), std::move(respond));
      }) {
  choose_settings();
}

Simulation::~Simulation() {
  if (gateway_) die(false);
}

void Simulation::choose_settings() {
  settings_.sessions.product_version = "2026.8.2";
  settings_.sessions.platform = "linux/x64";
  settings_.callbacks.push_back({"default", "environment", {std::string(kSecret)}, "token"});
  settings_.operator_endpoints = {some_endpoint("ep_env")};
  endpoints_wanted_ = chance_.size(1, 5);
  bodies_left_ = chance_.between(20, 120);
  pace_ = Millis{chance_.one_in(3) ? chance_.between(1, 20) : chance_.between(50, 1500)};

  auto& lanes = settings_.dispatcher.lanes;
  if (!chance_.one_in(5)) {
    lanes.events_max = chance_.size(4, 32);
    lanes.lane_events_max = chance_.size(1, lanes.events_max);
    lanes.load_events_max = chance_.size(1, 8);
    lanes.known_per_lane_max = chance_.size(2, 12);
    lanes.known_total_max = chance_.size(4, 64);
    lanes.known_least = chance_.size(1, 2);
    lanes.marks_max = chance_.size(4, 40);
    lanes.deferred_max = chance_.one_in(3) ? chance_.size(2, 6) : 10'000;
  }
  if (!chance_.one_in(4)) settings_.dispatcher.tail_bytes_max = chance_.size(1, 30) * 1000;
  if (chance_.one_in(3)) settings_.dispatcher.windows_bytes_max = chance_.size(2, 30) * 1000;
  if (chance_.one_in(3)) settings_.dispatcher.frozen_bytes_max = chance_.size(0, 10) * 1000;
  if (chance_.one_in(2)) settings_.dispatcher.in_flight_max = chance_.size(2, 12);
  settings_.dispatcher.in_flight_reserve = chance_.size(0, 4);
  settings_.dispatcher.checkpoint_interval = chance_.millis(1, 3000);
  if (chance_.one_in(3)) settings_.journal.settles_pending_max = chance_.size(1, 10);
  if (chance_.one_in(4)) settings_.journal.ingest_bytes_max = chance_.size(1, 8) * 1000;
  settings_.journal.retry_pause = chance_.millis(100, 2000);
}

void Simulation::birth() {
  judge_.say("start");
  life_ = Life::starting;
  start_failed_ = false;
  gateway_ = std::make_unique<Gateway>(Gateway::World{disk_, wire_, loop_, loop_, loop_, dice_, crypto_, log_}, settings_);
  wire_.born(*gateway_, settings_.dispatcher.in_flight_max);
  gateway_->start([this](const Status& status) {
    judge_.say(status ? "started" : "could not start: " + status.error().detail);
    if (!status && status.error().kind != Error::Kind::unavailable) judge_.fail("it could not start: " + status.error().detail);
    if (status) {
      life_ = Life::up;
    } else {
      start_failed_ = true;
    }
  });
}

void Simulation::die(bool graceful) {
  ++deaths_;
  crash_after_checkpoint_ = 0;
  order_changes_ = false;
  // Whatever watches over it starts it again.
  born_again_at_ = world_.steady_now() + chance_.millis(1, chance_.one_in(3) ? 5000 : 50);
  world_.at(born_again_at_, [] {});
  life_ = Life::dead;
  wire_.died(graceful);
  loop_.die();
  gateway_.reset();
  if (!graceful) disk_.crash();
  log_.lines.clear();
}

void Simulation::crash() {
  wants_crash_ = false;
  if (!gateway_) return;
  judge_.say("crash");
  die(false);
}

void Simulation::graceful_stop() {
  judge_.say("stop");
  life_ = Life::stopping;
  stopped_ = false;
  gateway_->stop([this] { stopped_ = true; });
  // As the program does: what has not been answered after a while is cut.
  if (chance_.one_in(2)) world_.at(world_.steady_now() + chance_.millis(0, 5000), loop_.mortal([this] { wire_.stop(); }));
}

void Simulation::trouble() {
  next_happening();
  while (!judge_.failed() && !(bodies_left_ == 0)) {
    if (!gateway_ && world_.steady_now() >= born_again_at_) birth();
    if (!world_.step()) return judge_.fail("nothing happens any more");
    if (start_failed_ && gateway_) die(false);
    if (stopped_ && life_ == Life::stopping) die(true);
    if (wants_crash_ && !order_changes_ && ledger_.checkpoints() >= crash_after_checkpoint_) crash();
    check_bounds();
  }
}

void Simulation::check_bounds() {
  if (life_ != Life::up) return;
  const auto& limits = settings_.dispatcher;
  for (const auto& [no, id] : ledger_.endpoints()) {
    const auto stats = gateway_->dispatcher().stats(no);
    if (stats.loaded > limits.lanes.events_max) judge_.fail("more events in memory than the window holds: " + id);
  }
}

// All receivers are healthy, the disk is fine, people have resumed what they paused: everything must come to its end.
void Simulation::calm_down() {
  judge_.say("calm");
  calm_ = true;
  sources_.calm();
  wire_.calm();
  disk_.weather = {};
  const SteadyTime end = world_.steady_now() + kCalmMax;
  SteadyTime asked{};
  while (!judge_.failed()) {
    if (!gateway_ && world_.steady_now() >= born_again_at_) birth();
    // A change may come too late for a process that stops: asked for until all is as it should be.
    if (life_ == Life::up && world_.steady_now() - asked > std::chrono::seconds(30)) {
      asked = world_.steady_now();
      for (const auto& [no, id] : ledger_.endpoints()) {
        const auto* settings = gateway_->endpoints().find(id);
        if (settings == nullptr) {
          gateway_->endpoints().restore_deleted(id, [](const Result<EndpointSettings>&) {});
        } else if (settings->paused || settings->disabled) {
          ask("PATCH", "/api/v1/endpoints/" + id, R"({"paused":false,"disabled":false})", nullptr);
        }
      }
    }
    if (!world_.step()) {
      if (drained()) return;
      world_.at(world_.steady_now() + std::chrono::seconds(60), [] {});
    }
    if (start_failed_ && gateway_) die(false);
    if (stopped_ && life_ == Life::stopping) die(true);
    check_bounds();
    if (life_ == Life::up && drained()) return;
    if (world_.steady_now() > end) tell_what_is_left();
  }
}

bool Simulation::drained() {
  if (life_ != Life::up || !sources_.all_acknowledged() || !ledger_.alone().empty() || wire_.in_flight() != 0) return false;
  for (const auto& [no, id] : ledger_.endpoints()) {
    const auto* settings = gateway_->endpoints().find(id);
    if (settings == nullptr || settings->paused || settings->disabled || !ledger_.open(no).empty()) return false;
    if (gateway_->dispatcher().stats(no).lanes_deferred != 0) return false;
  }
  return gateway_->journal().idle();
}

void Simulation::tell_what_is_left() {
  std::string left = "after hours of calm not everything has ended:";
  if (!sources_.all_acknowledged()) left += " a source is not acknowledged;";
  if (!gateway_) return judge_.fail(left + " it does not run");
  for (const auto& [no, id] : ledger_.endpoints()) {
    const auto& open = ledger_.open(no);
    const auto stats = gateway_->dispatcher().stats(no);
    if (!open.empty())
      left += " " + id + " has " + std::to_string(open.size()) + " open from event " + std::to_string(*open.begin()) +
              ", says backlog " + std::to_string(stats.backlog) + ", loaded " + std::to_string(stats.loaded) +
              ", deferred lanes " + std::to_string(stats.lanes_deferred) + ", state " + stats.state + ";";
  }
  for (const Unit& unit : ledger_.alone()) left += " resumed " + unit.text() + ";";
  judge_.fail(left);
}

void Simulation::final_checks() {
  const auto found = disk_.peek();
  ledger_.check(*found);
  if (!found->retries.empty()) judge_.fail("retries are left over when all deliveries have ended");
  for (const auto& [no, id] : ledger_.endpoints()) {
    const auto stats = gateway_->dispatcher().stats(no);
    if (stats.backlog != 0)
      judge_.fail(id + " still counts a backlog of " + std::to_string(stats.backlog) + " when all has ended");
    if (stats.loaded != 0 || stats.loaded_bytes != 0 || stats.in_flight != 0 || stats.lanes_deferred != 0)
      judge_.fail(id + " still holds events in memory when all has ended");
  }
  if (gateway_->dispatcher().in_flight() != 0 || gateway_->dispatcher().windows_bytes() != 0)
    judge_.fail("sums over all endpoints are not zero when all has ended");
}

std::optional<Failure> Simulation::run() {
  trouble();
  if (!judge_.failed()) calm_down();
  if (!judge_.failed()) final_checks();
  if (!judge_.failed()) return std::nullopt;
  return Failure{judge_.failure(), judge_.last_steps()};
}

}  // namespace chasqui::sim
