// What may leave, and when: the promises of order, identity, time and limits, checked on every request.
#include <algorithm>

#include "core/dialect/dialects.h"
#include "tests/sim/wire.h"
#include "tests/support/virtual_world.h"

namespace chasqui::sim {

OrderKey Wire::lane_of(const Unit& unit, OrderScope order) const {
  const EventTruth& event = ledger_.event(unit.seq);
  return lane_key(order, event.order_key, event.session, unit.seq);
}

void Wire::note_order(Side& side, OrderScope order) {
  if (side.known && side.order != order) side.order_floor = ledger_.last_seq();
  side.known = true;
  side.order = order;
}

void Wire::judge_sending(const ports::OutgoingRequest& request, const Unit& unit, const EndpointSettings& settings, Seen& seen,
                         bool alone) {
  const testing::Received received{request.head, request.body};
  note_order(sides_[unit.endpoint], settings.order);
  if (!alone && !ledger_.is_open(unit.endpoint, unit.seq)) judge_.fail("sent again after its delivery had ended: " + unit.text());
  if (ledger_.part(unit).done) judge_.fail("sent again after it was recorded as delivered: " + unit.text());
  if (ledger_.part(unit).parked) judge_.fail("sent while it is parked: " + unit.text());

  const bool first = seen.body_hash == 0;
  const std::uint64_t hash = content_hash(request.body);
  const std::string timestamp = received.header("X-Webhook-Timestamp");
  if (!first && (seen.body_hash != hash || seen.timestamp != timestamp))
    judge_.fail("other bytes than at the attempt before: " + unit.text());
  seen.body_hash = hash;
  seen.timestamp = timestamp;
  if (seen.life != life_) {
    seen.life = life_;
    seen.attempts = ledger_.part(unit).attempts;
    seen.done = seen.failed = false;
  }
  if (seen.done) judge_.fail("sent again after it was answered 2xx: " + unit.text());
  if (received.header("X-Chasqui-Attempt") != std::to_string(seen.attempts + 1))
    judge_.fail("it should be attempt " + std::to_string(seen.attempts + 1) + ", and says " +
                received.header("X-Chasqui-Attempt") + ": " + unit.text());
  judge_limits(unit, settings);
  judge_time(unit, settings, seen);
  judge_order(unit, settings, alone);
  if (!alone) judge_parts(unit, settings);
}

void Wire::judge_limits(const Unit& unit, const EndpointSettings& settings) {
  if (settings.paused || settings.disabled) judge_.fail("sent to an endpoint that is paused or disabled: " + unit.text());
  if (!gateway_->journal().may_send()) judge_.fail("sent what cannot be recorded: " + unit.text());
  if (flights_.size() >= in_flight_max_) judge_.fail("too many requests at once");
  std::size_t of_it = 0;
  for (const Flight& flight : flights_) of_it += flight.unit.endpoint == unit.endpoint ? 1 : 0;
  if (of_it >= settings.in_flight_max) judge_.fail("too many requests at once to one endpoint: " + unit.text());
  const auto stats = gateway_->dispatcher().stats(unit.endpoint);
  if (stats.state == "outage" && of_it > 0) judge_.fail("more than one probe at a time: " + unit.text());
}

void Wire::judge_time(const Unit& unit, const EndpointSettings& settings, const Seen& seen) {
  const SteadyTime now = world_.steady_now();
  if (now < sides_[unit.endpoint].hold_until)
    judge_.fail("sent while the receiver asked not to be called (Retry-After): " + unit.text());
  const auto stats = gateway_->dispatcher().stats(unit.endpoint);
  if (stats.state == "outage") return;  // a probe, which has its own time
  if (seen.failed) {
    if (seen.resumes == ledger_.part(unit).resumes && !seen.in_outage && seen.outages == stats.outages && now < seen.due)
      judge_.fail("tried again too early: " + unit.text());
  } else if (const auto& part = ledger_.part(unit);
             !part.alone && seen.attempts == part.attempts && part.attempts > 0 && stats.outages == 0) {
    if (to_ms(world_.now()) < part.due_at_ms) judge_.fail("tried again too early after a restart: " + unit.text());
  }
  static_cast<void>(settings);
}

void Wire::judge_order(const Unit& unit, const EndpointSettings& settings, bool alone) {
  Side& side = sides_[unit.endpoint];
  side.order_floor = std::max(side.order_floor, ledger_.order_floor(unit.endpoint));
  const OrderKey lane = lane_of(unit, settings.order);
  for (const Flight& flight : flights_) {
    if (flight.unit.endpoint != unit.endpoint || flight.unit.seq <= side.order_floor || unit.seq <= side.order_floor) continue;
    if (lane_of(flight.unit, settings.order) == lane)
      judge_.fail("two requests of one lane at once: " + unit.text() + " and " + flight.unit.text());
  }
  if (alone || unit.seq <= side.order_floor) return;
  for (const Seq seq : ledger_.open(unit.endpoint)) {
    if (seq >= unit.seq) break;
    if (seq > side.order_floor && lane_of({unit.endpoint, seq, ""}, settings.order) == lane)
      ledger_.expect({unit.endpoint, seq, ""});
  }
}

// Parts go in the dialect's order, each when the one before has ended.
void Wire::judge_parts(const Unit& unit, const EndpointSettings& settings) {
  if (sides_[unit.endpoint].subscription_changed) return;
  const Dialect& dialect = *find_dialect("waha");
  const auto wanted = dialect.subscription(settings.events, settings.options);
  const auto& names = dialect.event_names();
  for (const auto& part : ledger_.event(unit.seq).parts) {
    if (part == unit.part) return;
    const auto bit = static_cast<std::size_t>(std::find(names.begin(), names.end(), part) - names.begin());
    const Unit before{unit.endpoint, unit.seq, part};
    const PartTruth& truth = ledger_.part(before);
    if ((*wanted >> bit & 1) != 0 && !truth.done && !truth.parked && !truth.alone && !truth.dropped) ledger_.expect(before);
  }
}

}  // namespace chasqui::sim
