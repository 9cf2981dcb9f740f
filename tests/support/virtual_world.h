// A world for tests: one thread, a clock that is moved by hand, a receiver that does as it is told.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/json/value.h"
#include "ports/http.h"
#include "ports/log.h"
#include "ports/loop.h"

namespace chasqui::testing {

/// Loop, timers and clock in one. Nothing happens by itself: run() works off what was posted, advance() moves the time.
class VirtualLoop : public ports::Loop, public ports::Timers, public ports::Clock {
 public:
  void post(ports::Task task) override { tasks_.push_back(std::move(task)); }
  ports::TimerId at(SteadyTime when, ports::Task task) override {
    const ports::TimerId id{++last_timer_};
    timers_.emplace(std::pair(when, last_timer_), std::move(task));
    return id;
  }
  void cancel(ports::TimerId id) override {
    std::erase_if(timers_, [&](const auto& t) { return t.first.second == static_cast<std::uint64_t>(id); });
  }
  WallTime now() const override { return wall_; }
  SteadyTime steady_now() const override { return steady_; }

  /// Runs everything that is due now, and what follows from it.
  void run() {
    while (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }
  /// Moves the time on, stopping at each timer on the way.
  void advance(Millis by) {
    run();
    const SteadyTime end = steady_ + by;
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      auto node = timers_.extract(timers_.begin());
      move_to(std::max(steady_, node.key().first));
      node.mapped()();
      run();
    }
    move_to(end);
    run();
  }
  /// Runs the next task, or else the next timer, at its time. @return whether there was one.
  bool step() {
    if (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
      return true;
    }
    if (timers_.empty()) return false;
    auto node = timers_.extract(timers_.begin());
    move_to(std::max(steady_, node.key().first));
    node.mapped()();
    return true;
  }
  std::size_t timers() const { return timers_.size(); }
  /// The process died: nothing that it planned happens any more.
  void forget() {
    tasks_.clear();
    timers_.clear();
  }

 private:
  void move_to(SteadyTime when) {
    wall_ += std::chrono::duration_cast<Millis>(when - steady_);
    steady_ = when;
  }

  std::deque<ports::Task> tasks_;
  std::map<std::pair<SteadyTime, std::uint64_t>, ports::Task> timers_;
  std::uint64_t last_timer_ = 0;
  WallTime wall_ = from_ms(1'790'000'000'000);
  SteadyTime steady_{std::chrono::hours{1}};
};

/// Always the same sequence; a new seed gives another.
class SeededDice : public ports::Dice {
 public:
  explicit SeededDice(std::uint64_t seed = 1) : state_(seed) {}
  double roll() override { return static_cast<double>(next() >> 11) / 9007199254740992.0; }
  std::array<std::uint8_t, 10> id_tail() override {
    std::array<std::uint8_t, 10> tail{};
    for (auto& byte : tail) byte = static_cast<std::uint8_t>(next());
    return tail;
  }

 private:
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

/// Keeps the lines, so that a test can look for one, or for a secret in any.
class KeptLog : public ports::Log {
 public:
  void line(ports::Level level, std::string_view what, std::initializer_list<Field> fields) override {
    std::string text = (level == ports::Level::error     ? "error: "
                        : level == ports::Level::warning ? "warning: "
                                                         : "") +
                       std::string(what);
    for (const auto& [name, value] : fields) text.append(" ").append(name).append("=").append(value);
    lines.push_back(std::move(text));
  }
  bool wants(ports::Level level) const override { return level != ports::Level::debug; }
  bool has(std::string_view part) const {
    for (const auto& text : lines)
      if (text.find(part) != std::string::npos) return true;
    return false;
  }
  std::vector<std::string> lines;
};

/// A request as a receiver sees it.
struct Received {
  std::string head;
  std::string body;
  std::string header(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const auto at = head.find(start);
    if (at == std::string::npos) return {};
    return head.substr(at + start.size(), head.find("\r\n", at + 2) - at - start.size());
  }
  json::Value json(json::Document& parser) const {
    auto root = parser.parse(body);
    return root ? *root : json::Value{};
  }
};

/// The far side of every endpoint: answers 200 unless told otherwise; can be corked, so that answers wait.
class Receiver : public ports::HttpClient {
 public:
  explicit Receiver(ports::Loop& loop) : loop_(loop) {}

  void send(ports::OutgoingRequest request, std::function<void(ports::Answer)> done) override {
    const std::size_t number = requests.size();
    requests.push_back({request.head, request.body});
    in_flight_most = std::max(in_flight_most, ++in_flight);
    auto answer = [this, number, done = std::move(done)] {
      --in_flight;
      ports::Answer a = judge ? judge(requests[number]) : status(200);
      if (a.status / 100 == 2) accepted.push_back(requests[number]);
      done(std::move(a));
    };
    if (corked) {
      waiting.push_back(std::move(answer));
    } else {
      loop_.post(std::move(answer));
    }
  }
  void stop() override {}

  static ports::Answer status(int code) {
    ports::Answer a;
    a.status = code;
    return a;
  }
  static ports::Answer lost(ports::SendError error) {
    ports::Answer a;
    a.error = error;
    a.detail = "as the test wants it";
    return a;
  }
  void cork() { corked = true; }
  void uncork() {
    corked = false;
    for (auto& answer : std::exchange(waiting, {})) loop_.post(std::move(answer));
  }
  /// The next `n` requests get `code`; the others 200.
  void fail_next(int n, int code) {
    judge = [this, left = n, code](const Received&) mutable { return status(left-- > 0 ? code : 200); };
  }
  /// The text of each accepted message, in order of arrival.
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    json::Document parser;
    for (const auto& request : accepted) out.push_back(request.json(parser)["payload"]["body"].text());
    return out;
  }

  std::function<ports::Answer(const Received&)> judge;
  std::vector<Received> requests;
  std::vector<Received> accepted;
  std::vector<ports::Task> waiting;
  bool corked = false;
  std::size_t in_flight = 0;
  std::size_t in_flight_most = 0;

 private:
  ports::Loop& loop_;
};

}  // namespace chasqui::testing
