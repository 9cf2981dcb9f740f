#include "app/dispatcher.h"

#include <algorithm>

namespace chasqui {
namespace {

constexpr std::size_t kProbeEvents = 16;        // read for a probe: of lanes that wait they are only noted
constexpr std::chrono::seconds kProvenFor{60};  // after a success, an endpoint may use the reserved slots

LaneLimits lane_limits(const EndpointSettings& settings, LaneLimits limits) {
  // With one lane for everything, its share is the whole window.
  if (settings.order == OrderScope::endpoint) limits.lane_events_max = limits.load_events_max = limits.events_max;
  return limits;
}

}  // namespace

Dispatcher::Dispatcher(Parts parts, DispatcherLimits limits) : parts_(parts), limits_(limits), tail_(limits.tail_bytes_max) {
  parts_.journal.on_checkpoint([this] { return checkpoint(); });
}

void Dispatcher::restore(ports::Recovered recovered) {
  tail_.start(recovered.next_seq);
  last_checkpoint_ = parts_.clock.steady_now();
  recovered_ = std::move(recovered);
}

void Dispatcher::put(std::shared_ptr<const EndpointTarget> target) {
  const EndpointNo no = target->settings.no;
  auto& slot = boxes_[static_cast<std::uint32_t>(no)];
  const bool is_new = !slot;
  if (is_new) {
    slot = std::make_unique<Outbox>();
    slot->circuit = Circuit(limits_.circuit);
  } else if (slot->target->settings.order != target->settings.order) {
    slot->lanes.close_lanes();
    // Soon, because only the saved cursors tell a next life what was read under which order.
    parts_.journal.want_checkpoint();
  }
  Outbox& box = *slot;
  box.target = std::move(target);
  box.lanes.set_limits(lane_limits(box.target->settings, limits_.lanes));
  box.lanes.set_order(box.target->settings.order);
  if (is_new) restore_outbox(box, no);
  if (started_) pump(box);
}

// Before the start these are endpoints of an earlier life; later ones begin with the next event.
void Dispatcher::restore_outbox(Outbox& box, EndpointNo no) {
  const SteadyTime now = parts_.clock.steady_now();
  const WallTime wall = parts_.clock.now();
  ports::CursorRow row{no, started_ ? tail_.next() : recovered_.checkpoint.tail, 0, {}, {}, {}};
  for (auto& known : recovered_.checkpoint.laggards)
    if (known.endpoint == no) row = std::move(known);
  for (auto& done : row.parts_done) box.parts_done[done.seq].push_back(std::move(done.part));
  if (row.hold_until_ms > to_ms(wall)) box.hold_until = now + (from_ms(row.hold_until_ms) - wall);
  for (auto& retry : recovered_.retries) {
    if (retry.endpoint != no) continue;
    RetryState state{retry.attempts, retry.tries, from_ms(retry.first_failed_at_ms), now, now, 0, retry.alone,
                     retry.lane,     nullptr};
    state.due += std::max(from_ms(retry.due_at_ms) - wall, Millis{0});
    box.retries.emplace(std::pair(retry.seq, std::move(retry.part)), std::move(state));
  }
  box.settled.insert(row.settled.begin(), row.settled.end());
  box.lanes.start_at(row.next);
  for (auto& lane : row.deferred) {
    // The order was changed, and the cursors were not saved since.
    if (lane.until == 0 && scope_of_lane(lane.lane) != box.target->settings.order) lane.until = row.next;
    const auto head = std::find_if(box.retries.begin(), box.retries.end(), [&](const auto& r) {
      return !r.second.alone && r.second.lane == lane.lane && r.first.first >= lane.from && r.first.first < row.next;
    });
    if (head == box.retries.end()) {
      box.lanes.restore(lane.lane, lane.from, lane.until, std::nullopt, now);
    } else {
      box.lanes.restore(lane.lane, lane.from, lane.until, head->first.first, head->second.due);
    }
  }
  for (const auto& [key, state] : box.retries)
    if (state.alone) box.lanes.insert_alone(state.lane, key.first, state.due);
  box.live = row.next >= tail_.next();
}

void Dispatcher::start() {
  started_ = true;
  recovered_ = {};
  for (auto& [no, box] : boxes_) count_backlog(*box);
  // A life that died in between may have left undone what these settings ask for.
  for (auto& [no, box] : boxes_) {
    const EndpointSettings& s = box->target->settings;
    if (s.disabled && s.deleted_at_ms == 0) end_backlog(box->no(), ports::EndKind::skipped, "endpoint_disabled");
    if (s.backlog_ended) end_backlog(box->no(), ports::EndKind::expired, "endpoint_deleted");
  }
  for (auto& [no, box] : boxes_) pump(*box);
}

void Dispatcher::stop(ports::Task done) {
  stopping_ = true;
  stopped_ = std::move(done);
  for (auto& [no, box] : boxes_) parts_.timers.cancel(std::exchange(box->wake, ports::TimerId::none));
  parts_.timers.cancel(std::exchange(local_trouble_timer_, ports::TimerId::none));
  if (in_flight_ == 0) parts_.loop.post(std::exchange(stopped_, nullptr));
}

Outbox& Dispatcher::outbox(EndpointNo endpoint) {
  const auto it = boxes_.find(static_cast<std::uint32_t>(endpoint));
  CHASQUI_CHECK(it != boxes_.end(), "an endpoint is put before it is used");
  return *it->second;
}

void Dispatcher::on_entry(const EntryPtr& entry) {
  tail_.add(entry);
  for (const EndpointNo endpoint : parts_.routes.endpoints(entry->match_set)) {
    const auto it = boxes_.find(static_cast<std::uint32_t>(endpoint));
    if (it == boxes_.end()) continue;
    Outbox& box = *it->second;
    ++box.routed;
    if (box.ending) ++box.routed_since;
    if (!box.live) continue;
    if (box.ending || box.circuit.is_open() || !box.lanes.wants_more() || windows_bytes_ >= limits_.windows_bytes_max) {
      box.live = false;
      box.lanes.pass(entry->seq);
      pump(box);  // nothing else may come that would: a probe may be due, or one event may go although all windows are full
      continue;
    }
    ++parts_.counters.tail_reads;
    take_in(box, entry);
    pump(box);
  }
}

void Dispatcher::on_commit() {
  const auto now = parts_.clock.steady_now();
  if (!started_ || stopping_ || now - last_checkpoint_ < limits_.checkpoint_interval) return;
  last_checkpoint_ = now;
  parts_.journal.want_checkpoint();
}

void Dispatcher::on_may_send() {
  for (auto& [no, box] : boxes_) pump(*box);
}

bool Dispatcher::may_go(const Outbox& box, SteadyTime now) const {
  const EndpointSettings& s = box.target->settings;
  return started_ && !stopping_ && !box.ending && !s.paused && !s.disabled && s.deleted_at_ms == 0 && now >= box.hold_until;
}

// Looks at the whole state of one endpoint and does what is due.
void Dispatcher::pump(Outbox& box) {
  const SteadyTime now = parts_.clock.steady_now();
  if (box.ending && can_end(box)) finish_ending(box);
  if (!started_ || stopping_) return;
  if (may_go(box, now)) {
    box.lanes.wake(now);
    // What is read or loaded at once may make more possible; what comes later pumps again.
    bool progress = true;
    while (progress) {
      const std::size_t allowed = box.circuit.allowance(box.target->settings.in_flight_max, now);
      progress = false;
      if (!box.circuit.is_open()) {
        refill(box);
      } else if (allowed > box.lanes.in_flight() && box.lanes.prepared() == 0 && !box.lanes.hungry()) {
        probe(box);
      }
      if (allowed > box.lanes.in_flight()) {
        progress = scan_lanes(box);
        progress = load_lanes(box, allowed - box.lanes.in_flight()) || progress;
      }
      progress = send_ready(box, now) || progress;
    }
  }
  account(box);
  arm_wake(box, now);
}

// In turn a delivery that failed and one that was never tried: if the outage is one event's poison, another gets through.
void Dispatcher::probe(Outbox& box) {
  const bool try_new = box.probes++ % 2 == 1;
  if (try_new && !box.live) {
    refill(box, kProbeEvents);
    if (box.reading || box.lanes.prepared() > 0) return;
  }
  if (!box.lanes.wake_one()) refill(box, kProbeEvents);
}

// @return whether an event was done with, or put off, without being sent: then its lane may need something.
bool Dispatcher::send_ready(Outbox& box, SteadyTime now) {
  bool not_sent = false;
  while (parts_.journal.may_send() && now >= local_trouble_until_) {
    const std::size_t allowed = box.circuit.allowance(box.target->settings.in_flight_max, now);
    if (box.lanes.prepared() > 0 && box.lanes.in_flight() < allowed && !has_slot(box, now)) {
      starve(box);
      return not_sent;
    }
    const auto ticket = box.lanes.take(allowed);
    if (!ticket) return not_sent;
    if (!send_next(box, *ticket)) not_sent = true;
  }
  if (now < local_trouble_until_) starve(box);
  return not_sent;
}

// A reserve is kept for endpoints that answer: those that hang can take all the rest, and harm only each other.
bool Dispatcher::has_slot(const Outbox& box, SteadyTime now) const {
  const bool proven = box.last_success != SteadyTime{} && now - box.last_success < kProvenFor && !box.circuit.is_open();
  const std::size_t reserve = proven ? 0 : std::min(limits_.in_flight_reserve, limits_.in_flight_max / 2);
  return in_flight_ + reserve < limits_.in_flight_max;
}

void Dispatcher::starve(Outbox& box) {
  if (!std::exchange(box.starved, true)) starved_.push_back(box.no());
}

void Dispatcher::arm_wake(Outbox& box, SteadyTime now) {
  const EndpointSettings& s = box.target->settings;
  if (s.paused || s.disabled || s.deleted_at_ms != 0) return;
  std::optional<SteadyTime> when = box.lanes.next_due();
  if (when == SteadyTime::max()) when.reset();
  // A probe that is due and was not sent waits for something to be read; whoever reads looks here again.
  if (const auto probe = box.circuit.next_probe(); probe && *probe > now) when = *probe;
  if (box.hold_until > now) when = box.hold_until;
  // What is due and did not go waits for something else, which pumps: an answer, a read, a slot, the disk.
  if (!when || *when <= now) return;
  if (box.wake != ports::TimerId::none) {
    if (box.wake_at <= *when && box.wake_at > now) return;
    parts_.timers.cancel(box.wake);
  }
  const EndpointNo no = box.no();
  box.wake_at = *when;
  box.wake = parts_.timers.at(*when, [this, no] {
    Outbox& woken = outbox(no);
    woken.wake = ports::TimerId::none;
    pump(woken);
  });
}

void Dispatcher::account(Outbox& box) {
  windows_bytes_ += box.lanes.loaded_bytes() - box.bytes_counted;
  box.bytes_counted = box.lanes.loaded_bytes();
}

void Dispatcher::end_backlog(EndpointNo endpoint, ports::EndKind kind, std::string reason) {
  Outbox& box = outbox(endpoint);
  if (box.ending) return;
  box.ending = true;
  box.end_kind = kind;
  box.end_reason = std::move(reason);
  box.end_until = tail_.next();
  box.routed_since = 0;
  if (can_end(box)) finish_ending(box);
}

// What is in flight is answered first, and counts for itself; and what an earlier life left is counted first.
bool Dispatcher::can_end(const Outbox& box) const { return started_ && box.lanes.in_flight() == 0 && box.counting == 0; }

// What is in flight has been answered, and so counted for itself; the rest ends in one counted range.
void Dispatcher::finish_ending(Outbox& box) {
  box.ending = false;
  Seq from = box.lanes.cursor();
  box.lanes.each_deferred([&](OrderKey, Seq first, Seq) { from = std::min(from, first); });
  for (const auto& [key, state] : box.retries) from = std::min(from, key.first);
  const std::uint64_t left = box.backlog() - box.routed_since;
  if (left > 0 || from < box.end_until || !box.retries.empty()) {
    parts_.journal.ended(
        {box.no(), from, box.end_until, left, box.end_kind, box.end_reason, "", to_ms(parts_.clock.now()), std::nullopt});
    (box.end_kind == ports::EndKind::skipped ? parts_.counters.deliveries_skipped : parts_.counters.deliveries_expired) += left;
    parts_.log.warning("an endpoint's backlog was ended",
                       {{"endpoint", box.id()}, {"deliveries", std::to_string(left)}, {"reason", box.end_reason}});
  }
  box.finished = box.routed - box.routed_since;
  box.lanes = Lanes<Pending>(lane_limits(box.target->settings, limits_.lanes));
  box.lanes.set_order(box.target->settings.order);
  box.lanes.start_at(box.end_until);
  box.live = box.end_until == tail_.next();
  box.settled.clear();
  box.parts_done.clear();
  for (auto& [key, state] : box.retries)
    if (state.frozen) frozen_bytes_ -= state.frozen->size();
  box.retries.clear();
  ++box.generation;
  account(box);
  parts_.journal.want_checkpoint();
}

ports::Checkpoint Dispatcher::checkpoint() {
  ports::Checkpoint out;
  out.tail = tail_.next();
  const SteadyTime now = parts_.clock.steady_now();
  for (auto& [no, box] : boxes_) {
    if (box->live) box->lanes.pass(tail_.next());
    ports::CursorRow row{EndpointNo{no}, box->lanes.cursor(), 0, box->lanes.settled_above(), {}, {}};
    row.settled.insert(row.settled.end(), box->settled.begin(), box->settled.end());
    box->lanes.each_deferred([&](OrderKey lane, Seq from, Seq until) { row.deferred.push_back({lane, from, until}); });
    for (const auto& [seq, parts] : box->parts_done)
      for (const auto& part : parts) row.parts_done.push_back({seq, part});
    if (box->hold_until > now) row.hold_until_ms = to_ms(parts_.clock.now() + std::chrono::ceil<Millis>(box->hold_until - now));
    const bool at_the_tail =
        row.next == out.tail && row.hold_until_ms == 0 && row.settled.empty() && row.deferred.empty() && row.parts_done.empty();
    if (!at_the_tail) out.laggards.push_back(std::move(row));
  }
  return out;
}

Seq Dispatcher::oldest_needed() const {
  Seq oldest = tail_.next();
  for (const auto& [no, box] : boxes_) {
    if (!box->live || box->lanes.cursor() < box->lanes.position()) oldest = std::min(oldest, box->lanes.cursor());
    box->lanes.each_deferred([&](OrderKey, Seq from, Seq) { oldest = std::min(oldest, from); });
    if (!box->retries.empty()) oldest = std::min(oldest, box->retries.begin()->first.first);
  }
  return oldest;
}

std::string_view Dispatcher::state_of(const Outbox& box, SteadyTime now) const {
  const EndpointSettings& s = box.target->settings;
  if (s.deleted_at_ms != 0) return "deleted";
  if (s.disabled) return "disabled";
  if (s.paused) return "paused";
  if (box.hold_until > now) return "held";
  return box.circuit.is_open() ? "outage" : "sending";
}

EndpointStats Dispatcher::stats(EndpointNo endpoint) const {
  const auto it = boxes_.find(static_cast<std::uint32_t>(endpoint));
  if (it == boxes_.end()) return {};
  const Outbox& box = *it->second;
  const SteadyTime now = parts_.clock.steady_now();
  EndpointStats stats = box.stats;
  stats.backlog = box.backlog();
  stats.backlog_exact = box.counting == 0;
  const std::int64_t oldest = box.lanes.oldest_at_ms();
  stats.lag_ms = stats.backlog == 0 || oldest == 0 ? 0 : std::max<std::int64_t>(0, to_ms(parts_.clock.now()) - oldest);
  stats.lanes_deferred = box.lanes.deferred_lanes();
  stats.in_flight = box.lanes.in_flight();
  stats.in_flight_allowed = box.circuit.allowance(box.target->settings.in_flight_max, now);
  stats.loaded = box.lanes.loaded_events();
  stats.loaded_bytes = box.lanes.loaded_bytes();
  stats.outages = box.circuit.outages();
  stats.state = state_of(box, now);
  stats.hold_ms = box.hold_until > now ? std::chrono::ceil<Millis>(box.hold_until - now).count() : 0;
  return stats;
}

}  // namespace chasqui
