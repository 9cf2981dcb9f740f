#include "tests/sim/wire.h"

#include <algorithm>
#include <utility>

#include "tests/support/virtual_world.h"

namespace chasqui::sim {
namespace {

using testing::Received;
using testing::Receiver;

ports::Answer with_retry_after(int status, std::int64_t seconds) {
  auto answer = Receiver::status(status);
  answer.headers = {{"retry-after", std::to_string(seconds)}};
  return answer;
}

// The least wait that a policy allows after any failure.
Millis least_wait(const RetryPolicy& policy) {
  Millis least = policy.delay;
  if (policy.curve == RetryCurve::exponential) least = policy.delay * 2;
  if (policy.curve == RetryCurve::list) least = *std::min_element(policy.delays.begin(), policy.delays.end());
  return std::min(least, policy.delay_max);
}

}  // namespace

void Wire::born(Gateway& gateway, std::size_t in_flight_max) {
  gateway_ = &gateway;
  in_flight_max_ = in_flight_max;
  ++life_;
}

void Wire::died(bool graceful) {
  if (graceful) {
    if (!flights_.empty()) judge_.fail("it stopped while requests were under way");
    for (const auto& [unit, seen] : seen_)
      if (seen.life == life_ && seen.done && !ledger_.part(unit).done)
        judge_.fail("a graceful stop forgot that this was delivered: " + unit.text());
  } else {
    for (auto& [no, side] : sides_) side.hold_until = {};  // known only as far as a checkpoint came
  }
  gateway_ = nullptr;
  ++life_;
  flights_.clear();
}

void Wire::calm() {
  calm_ = true;
  weather = {};
  for (auto& [no, side] : sides_) side.far = {};
}

void Wire::stop() {
  std::vector<std::uint64_t> numbers;
  for (const auto& flight : flights_) numbers.push_back(flight.no);
  for (const auto no : numbers) answer(no, Receiver::lost(ports::SendError::shut_down));
}

void Wire::send(ports::OutgoingRequest request, std::function<void(ports::Answer)> done) {
  const Received received{request.head, request.body};
  const Unit* unit = ledger_.unit_of(received.header("X-Webhook-Request-Id"));
  ++requests_;
  Flight flight;
  flight.no = requests_;
  flight.deadline = request.deadline;
  flight.done = std::move(done);
  if (unit == nullptr) {
    judge_.fail("a request for an event that is not durable, or was not routed there: " +
                received.header("X-Webhook-Request-Id"));
  } else {
    flight.unit = *unit;
    flight.alone = ledger_.part(*unit).alone;
    const EndpointSettings* settings = gateway_->endpoints().find(ledger_.id_of(unit->endpoint));
    if (settings == nullptr) {
      judge_.fail("a request for an endpoint that is deleted: " + unit->text());
    } else {
      flight.settings = *settings;
      judge_sending(request, *unit, *settings, seen_[*unit], flight.alone);
    }
  }
  const Outcome outcome = decide(flight);
  const SteadyTime now = world_.steady_now();
  SteadyTime when = now + outcome.after;
  ports::Answer answer_then = outcome.answer;
  if (when > flight.deadline) {
    when = flight.deadline;
    answer_then = Receiver::lost(ports::SendError::timeout);
  }
  judge_.say("send " + flight.unit.text() + (flight.alone ? " (resumed)" : "") + " attempt " +
             received.header("X-Chasqui-Attempt"));
  world_.at(when, [this, no = flight.no, answer_then, life = life_] {
    if (life == life_) answer(no, answer_then);
  });
  flights_.push_back(std::move(flight));
}

void Wire::answer(std::uint64_t no, ports::Answer answer) {
  const auto it = std::find_if(flights_.begin(), flights_.end(), [&](const Flight& f) { return f.no == no; });
  if (it == flights_.end()) return;
  Flight flight = std::move(*it);
  flights_.erase(it);
  judge_.say("answer " + flight.unit.text() + ": " +
             (answer.status != 0 ? std::to_string(answer.status) : std::string(ports::word(answer.error))));
  learn(flight, answer);
  flight.done(std::move(answer));
}

// What the gateway knows from now on.
void Wire::learn(const Flight& flight, const ports::Answer& answer) {
  if (answer.error == ports::SendError::local || answer.error == ports::SendError::shut_down) return;
  Seen& seen = seen_[flight.unit];
  const SteadyTime now = world_.steady_now();
  ++seen.attempts;
  seen.done = answer.status >= 200 && answer.status < 300;
  if (seen.done) return;
  seen.failed = true;
  seen.resumes = ledger_.part(flight.unit).resumes;
  Millis asked{0};
  if (const auto header = answer.header("retry-after")) asked = Millis{std::stoll(std::string(*header)) * 1000};
  const auto stats = gateway_->dispatcher().stats(flight.unit.endpoint);
  seen.outages = stats.outages;
  seen.in_outage = stats.state == "outage";
  seen.due = now + std::max(std::min(asked, flight.settings.retry.delay_max), least_wait(flight.settings.retry));
  if (answer.status == 429 || answer.status == 503) {
    SteadyTime& hold = sides_[flight.unit.endpoint].hold_until;
    hold = std::max(hold, now + asked);
  }
}

Wire::Outcome Wire::decide(const Flight& flight) {
  if (!calm_ && chance_.percent(weather.local_percent)) return {Millis{0}, Receiver::lost(ports::SendError::local), false};
  if (!calm_ && chance_.percent(weather.cut_percent))
    return {chance_.millis(0, 50), Receiver::lost(chance_.one_in(2) ? ports::SendError::reset : ports::SendError::write), false};
  Outcome outcome = temper_of(flight);
  if (!calm_ && chance_.percent(weather.lost_answer_percent)) {
    outcome.answer = Receiver::lost(chance_.one_in(2) ? ports::SendError::reset : ports::SendError::timeout);
    outcome.after += chance_.millis(0, 2000);
  }
  return outcome;
}

Wire::Outcome Wire::temper_of(const Flight& flight) {
  FarSide& far = sides_[flight.unit.endpoint].far;
  const Millis soon = chance_.millis(0, 30);
  if (far.poison_of != 0 && !calm_ && flight.unit.seq % far.poison_of == 1) return {soon, Receiver::status(500)};
  switch (far.temper) {
    case Temper::healthy:
      return {soon, Receiver::status(200)};
    case Temper::slow:
      return {chance_.millis(500, 8000), Receiver::status(202)};
    case Temper::hanging:
      return {Millis{3'600'000}, Receiver::status(200)};
    case Temper::flaky:
      return {soon, Receiver::status(chance_.percent(50) ? 500 : 200)};
    case Temper::down:
      return {soon, Receiver::lost(ports::SendError::connect), false};
    case Temper::refusing:
      return {soon, Receiver::status(chance_.one_in(2) ? 503 : 500)};
    case Temper::asks_to_wait:
      if (chance_.one_in(2)) return {soon, with_retry_after(chance_.one_in(2) ? 429 : 503, chance_.between(0, 40))};
      return {soon, Receiver::status(200)};
    case Temper::overloaded:
      return {chance_.millis(0, 300), Receiver::status(flights_.size() > 1 ? 503 : 200)};
    case Temper::gone:
      far.temper = Temper::healthy;
      return {soon, Receiver::status(410)};
    case Temper::picky:
      return {soon, Receiver::status(chance_.percent(30) ? 422 : 200)};
  }
  return {soon, Receiver::status(200)};
}

}  // namespace chasqui::sim
