// The dispatcher's way of one event: render, send, judge, settle.
#include <algorithm>

#include "app/dispatcher.h"
#include "core/delivery/frozen.h"
#include "core/json/utf8.h"

namespace chasqui {
namespace {

constexpr std::size_t kDetailMax = 300;          // bytes of an error text that are kept with an attempt
constexpr Millis kReadAgain{1000};               // when the store does not show a resumed request's bytes yet
constexpr Millis kLocalPause{200};               // after descriptors or ports ran out here
constexpr Millis kAskedWaitMax{24 * 3'600'000};  // semantics 18: a receiver may ask for so much

std::uint32_t micros(SteadyTime from, SteadyTime to) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(to - from).count());
}

std::uint16_t small(int n) { return static_cast<std::uint16_t>(std::clamp(n, 0, 65535)); }

// What a receiver said, fit to be kept and shown: it may be compressed, cut within a character, or no text at all.
std::string readable(std::string_view text) {
  std::string out = json::valid_utf8_prefix(text.substr(0, kDetailMax));
  if (out.size() + 4 < std::min(text.size(), kDetailMax)) return std::to_string(text.size()) + " bytes that are no text";
  return out;
}

// Goes on where an earlier attempt left off. Tries of an outage that is over do not count any more.
void take_up(Job& job, const RetryState& state, const Circuit& circuit) {
  job.attempts = state.attempts;
  job.tries = state.outages == circuit.outages() || circuit.is_open() ? state.tries : 0;
  job.has_failed = true;
  job.first_failed_wall = state.first_failed_wall;
  job.first_failed = state.first_failed;
}

bool is_overload(const ports::Answer& answer) {
  return answer.status == 0 || answer.status == 429 || (answer.status >= 502 && answer.status <= 504);
}

}  // namespace

// @return whether it was sent.
bool Dispatcher::send_next(Outbox& box, const Lanes<Pending>::Ticket& ticket) {
  Pending& pending = box.lanes.item(ticket.lane);
  ++in_flight_;
  if (const auto due = not_before(box, ticket, pending)) {
    leave_flight();
    box.lanes.defer(ticket.lane, *due);
    return false;
  }
  if (!pending.job && ticket.alone && !prepare_alone(box, ticket.seq, pending)) {
    leave_flight();
    if (box.retry_of(ticket.seq, true) == nullptr) {
      box.lanes.settle(ticket.lane);
    } else {
      box.lanes.defer(ticket.lane, parts_.clock.steady_now() + kReadAgain);
    }
    return false;
  }
  if (!pending.job && !prepare(box, ticket, pending)) {
    // The endpoint's settings changed since the event was routed, and it has no word for it now.
    ++parts_.counters.routes_no_counterpart;
    parts_.journal.ended({box.no(), ticket.seq, ticket.seq + 1, 1, ports::EndKind::skipped, "no_counterpart", "",
                          to_ms(parts_.clock.now()), ticket.lane});
    Sent none{ticket, {}, {}, 0};
    end_event(box, none);
    return false;
  }
  send_part(box, ticket, pending);
  return true;
}

// A delivery that failed has a time of its own, however its lane came to it: past what a person resumed, or after a restart.
// An outage has its own times.
std::optional<SteadyTime> Dispatcher::not_before(const Outbox& box, const Lanes<Pending>::Ticket& ticket,
                                                 const Pending& pending) const {
  if (pending.job || ticket.alone || box.circuit.is_open()) return std::nullopt;
  const RetryState* retry = box.retry_of(ticket.seq, false);
  if (retry == nullptr || retry->due == SteadyTime::max() || retry->due <= parts_.clock.steady_now()) return std::nullopt;
  return retry->due;
}

// Renders what is still to be sent; false when nothing is.
bool Dispatcher::prepare(Outbox& box, const Lanes<Pending>::Ticket& ticket, Pending& pending) {
  const EndpointTarget& target = *box.target;
  static const SessionContext no_session;  // of the gateway's own notices
  const SessionContext* context = parts_.sessions.context(pending.entry->context);
  if (context == nullptr) context = &no_session;
  auto job = std::make_unique<Job>();
  job->requests =
      target.dialect->render(*pending.entry->event, {*context, target.settings.options, target.settings.id, target.wanted});

  if (const auto done = box.parts_done.find(ticket.seq); done != box.parts_done.end()) {
    job->done = done->second;
    std::erase_if(job->requests,
                  [&](const Request& r) { return std::find(job->done.begin(), job->done.end(), r.part) != job->done.end(); });
  }
  std::string part;
  if (const RetryState* found = box.retry_of(ticket.seq, false, &part); found != nullptr && !job->requests.empty()) {
    const RetryState& state = *found;
    // Parts are sent in order, so what failed is the first that is left; if the subscription lost that name, what is left is new.
    Request& head = job->requests.front();
    if (head.part == part) {
      if (pending.frozen) {
        // The store may not know yet that an earlier part is done, and show that one's bytes.
        if (auto frozen = thaw(*pending.frozen); frozen && frozen->part == part) head = std::move(*frozen);
      }
      take_up(*job, state, box.circuit);
    }
  }
  if (job->requests.empty()) return false;
  pending.job = std::move(job);
  return true;
}

// A resumed delivery is the request that was parked, whatever the endpoint's settings say today. False when there is none, or
// when the bytes read are of another part: of one that is done, which the store did not know yet.
bool Dispatcher::prepare_alone(Outbox& box, Seq seq, Pending& pending) {
  std::string part;
  const RetryState* state = box.retry_of(seq, true, &part);
  if (state == nullptr || !pending.frozen) return false;
  auto request = thaw(*pending.frozen);
  if (!request || request->part != part) return false;
  pending.job = std::make_unique<Job>();
  pending.job->requests.push_back(std::move(*request));
  take_up(*pending.job, *state, box.circuit);
  return true;
}

void Dispatcher::send_part(Outbox& box, const Lanes<Pending>::Ticket& ticket, Pending& pending) {
  Job& job = *pending.job;
  const EndpointTarget& target = *box.target;
  Sent sent{ticket, parts_.clock.now(), parts_.clock.steady_now(), 0};
  auto request = assemble(target, job.requests[job.part], job.attempts + 1, sent.started + target.settings.timeout);
  sent.body_hash = content_hash(request.body);
  if (on_send_) on_send_(target, request);
  ++parts_.counters.attempts;
  parts_.http.send(std::move(request),
                   [this, no = target.settings.no, sent](const ports::Answer& answer) { answered(no, sent, answer); });
}

void Dispatcher::answered(EndpointNo endpoint, const Sent& sent, const ports::Answer& answer) {
  Outbox& box = outbox(endpoint);
  Pending& pending = box.lanes.item(sent.ticket.lane);
  const SteadyTime now = parts_.clock.steady_now();
  if (answer.error == ports::SendError::shut_down) {
    leave_flight();  // our own end cut it: no try is spent, and the next life sends it again
    return;
  }
  if (answer.error == ports::SendError::local) {
    // Ours, not the receiver's: no try is spent, nothing is recorded against it, and everybody waits a moment.
    ++parts_.counters.attempts_local_trouble;
    box.lanes.put_back(sent.ticket.lane);
    local_trouble_until_ = now + kLocalPause;
    parts_.timers.cancel(local_trouble_timer_);
    local_trouble_timer_ = parts_.timers.at(local_trouble_until_, [this] {
      local_trouble_timer_ = ports::TimerId::none;
      for (const EndpointNo waiting : std::exchange(starved_, {})) {
        outbox(waiting).starved = false;
        pump(outbox(waiting));
      }
    });
    starve(box);
    leave_flight();
    return;
  }
  ++pending.job->attempts;
  if (answer.status >= 200 && answer.status < 300) {
    succeeded(box, sent, pending, answer, now);
  } else {
    failed(box, sent, pending, answer, now);
  }
  pump(box);
}

void Dispatcher::succeeded(Outbox& box, const Sent& sent, Pending& pending, const ports::Answer& answer, SteadyTime now) {
  Job& job = *pending.job;
  box.last_success = now;
  const std::string part = job.requests[job.part].part;
  // A resumed part settles nothing but itself: its event went on without it.
  const bool last = job.part + 1 == job.requests.size() && !sent.ticket.alone;
  ports::Delivered row{box.no(),
                       sent.ticket.seq,
                       part,
                       small(job.attempts),
                       small(answer.status),
                       to_ms(sent.at),
                       micros(sent.started, now),
                       sent.body_hash,
                       last,
                       {}};
  if (box.lanes.is_deferred(sent.ticket.lane)) row.lane = sent.ticket.lane;
  log_attempt(box, pending, part, job.attempts, answer, row.duration_us, "delivered");
  if (box.circuit.succeeded(box.target->settings.in_flight_max)) {
    box.lanes.wake_held();
    notice("endpoint.recovered", box, "it answers again; its backlog is being delivered");
  }
  if (std::exchange(box.failing, false)) {
    parts_.log.info("an endpoint answers again", {{"endpoint", box.id()}});
    box.stats.last_error.clear();
  }
  parts_.latency.record(to_ms(parts_.clock.now()) - pending.received_at_ms());
  parts_.journal.delivered(std::move(row));
  next_part(box, sent, pending);
}

// The current part is settled: the next one goes, or the event is done with.
void Dispatcher::next_part(Outbox& box, const Sent& sent, Pending& pending) {
  Job& job = *pending.job;
  if (const auto state = box.retries.find({sent.ticket.seq, job.requests[job.part].part}); state != box.retries.end()) {
    if (state->second.frozen) frozen_bytes_ -= state->second.frozen->size();
    box.retries.erase(state);
  }
  if (job.part + 1 == job.requests.size()) {
    ++parts_.counters.deliveries_delivered;
    ++box.stats.delivered;
    return end_event(box, sent);
  }
  box.parts_done[sent.ticket.seq].push_back(job.requests[job.part].part);
  ++job.part;
  job.attempts = job.tries = 0;
  job.has_failed = false;
  // It takes its turn like any other request: meanwhile the endpoint may have been paused, held, or the disk be failing.
  leave_flight();
  box.lanes.put_back(sent.ticket.lane);
}

void Dispatcher::end_event(Outbox& box, const Sent& sent) {
  ++box.finished;
  const auto [seq, lane] = std::pair(sent.ticket.seq, sent.ticket.lane);
  if (!sent.ticket.alone) box.parts_done.erase(seq);
  leave_flight();
  box.lanes.settle(lane);
  // Two parts of one event may have been resumed: each is a delivery of its own.
  if (sent.ticket.alone && box.retry_of(seq, true) != nullptr) box.lanes.insert_alone(lane, seq, parts_.clock.steady_now());
}

void Dispatcher::failed(Outbox& box, const Sent& sent, Pending& pending, const ports::Answer& answer, SteadyTime now) {
  Job& job = *pending.job;
  const WallTime wall = parts_.clock.now();
  if (!std::exchange(job.has_failed, true)) {
    job.first_failed = now;
    job.first_failed_wall = wall;
  }
  std::optional<Millis> asked;
  if (const auto header = answer.header("retry-after")) asked = parse_retry_after(*header, wall);
  const RetryPolicy& policy = box.target->settings.retry;
  const bool told_to_wait = asked && (answer.status == 429 || answer.status == 503);
  const bool probe = box.circuit.is_open();
  const bool counts = !probe && answer.status != 410 && (!told_to_wait || policy.asked_wait_spends);
  if (counts) ++job.tries;

  ports::Failed row{box.no(), sent.ticket.seq, job.requests[job.part].part, small(job.attempts), small(answer.status), "",
                    "",       to_ms(sent.at),  micros(sent.started, now)};
  row.error = answer.status != 0 ? "status" : std::string(ports::word(answer.error));
  row.detail = readable(answer.status != 0 ? answer.body : answer.detail);
  ++parts_.counters.attempts_failed;
  ++box.stats.failed_attempts;
  box.stats.last_error = row.error == "status" ? "status " + std::to_string(row.status) : row.error + ": " + row.detail;
  if (!std::exchange(box.failing, true))
    parts_.log.warning("an endpoint does not take a webhook",
                       {{"endpoint", box.id()}, {"reason", box.stats.last_error}, {"attempt", std::to_string(job.attempts)}});

  heed_retry_after(box, answer, told_to_wait ? asked : std::nullopt, now);
  if (box.circuit.failed(is_overload(answer), now, parts_.dice.roll()))
    notice("endpoint.outage", box, "it does not answer as it should: " + box.stats.last_error);

  const FailedAttempt attempt{std::max(job.tries, 1), from_ms(pending.received_at_ms()), wall, asked,
                              box.last_success > job.first_failed};
  NextStep step = policy.after(attempt, parts_.dice.roll());
  // Whoever is told to wait, or is probed, waits: only a try that counts can be the last one. Too old is too old.
  if (const auto* park_it = std::get_if<Park>(&step);
      park_it != nullptr && !counts && park_it->why == Park::Why::attempts_used_up)
    step = Outage{asked.value_or(Millis{0})};
  if (const auto* given_up = std::get_if<Park>(&step))
    return park(box, sent, pending, std::move(row), std::string(word(given_up->why)));
  if (std::holds_alternative<Outage>(step) && box.circuit.give_up(now, parts_.dice.roll()))
    notice("endpoint.outage", box, "all tries of a delivery failed and nothing else got through: " + box.stats.last_error);
  if (box.circuit.is_open()) {
    // It waits for the outage's end; over a restart for about as long as the next probe does.
    log_attempt(box, pending, row.part, job.attempts, answer, row.duration_us, "waits for the end of an outage");
    return retry_later(box, sent, job, std::move(row), SteadyTime::max(),
                       std::max(box.circuit.probe_wait(), asked.value_or(Millis{0})));
  }
  const Millis wait = std::holds_alternative<RetryAt>(step) ? std::get<RetryAt>(step).wait : std::get<Outage>(step).wait;
  log_attempt(box, pending, row.part, job.attempts, answer, row.duration_us, "tried again");
  retry_later(box, sent, job, std::move(row), now + wait, wait);
}

// 429 and 503 with Retry-After speak for the whole endpoint; 410 says that it is gone, which a person should see.
void Dispatcher::heed_retry_after(Outbox& box, const ports::Answer& answer, std::optional<Millis> asked, SteadyTime now) {
  if (asked) box.hold_until = std::max(box.hold_until, now + std::min(*asked, kAskedWaitMax));
  if (answer.status != 410 || box.target->settings.paused || !on_gone_) return;
  notice("endpoint.paused", box, "it answered 410 Gone; resume it when it is back, or delete it");
  on_gone_(box.id(), "410 Gone");
}

void Dispatcher::retry_later(Outbox& box, const Sent& sent, Job& job, ports::Failed row, SteadyTime due, Millis wait) {
  auto frozen = std::make_shared<const std::string>(freeze(job.requests[job.part]));
  const auto [seq, lane, alone] = std::tuple(sent.ticket.seq, sent.ticket.lane, sent.ticket.alone);
  ports::Retry next{box.no(),
                    seq,
                    row.part,
                    lane,
                    small(job.attempts),
                    small(job.tries),
                    to_ms(job.first_failed_wall),
                    to_ms(parts_.clock.now() + wait),
                    alone,
                    *frozen};
  RetryState& state = box.retries[{seq, row.part}];
  if (state.frozen) frozen_bytes_ -= state.frozen->size();
  state = {job.attempts, job.tries, job.first_failed_wall, job.first_failed, due, box.circuit.outages(), alone, lane, nullptr};
  if (frozen_bytes_ + frozen->size() <= limits_.frozen_bytes_max) {
    frozen_bytes_ += frozen->size();
    state.frozen = std::move(frozen);
  }
  parts_.journal.failed(std::move(row), std::move(next));
  leave_flight();
  box.lanes.defer(lane, due);
  if (box.circuit.is_open()) box.lanes.shed();
}

void Dispatcher::park(Outbox& box, const Sent& sent, Pending& pending, ports::Failed row, std::string reason) {
  Job& job = *pending.job;
  const bool last = job.part + 1 == job.requests.size() && !sent.ticket.alone;
  parts_.log.error("a webhook is parked",
                   {{"endpoint", box.id()}, {"event", pending.entry->event->id.text()}, {"part", row.part}, {"reason", reason}});
  notice("endpoint.parked", box,
         "a delivery waits for a person (" + reason + "): event " + pending.entry->event->id.text() + ", " + row.part);
  ++parts_.counters.deliveries_parked;
  ++box.stats.parked;
  ports::Parked parked{box.no(),
                       sent.ticket.seq,
                       row.part,
                       std::move(reason),
                       small(job.attempts),
                       to_ms(parts_.clock.now()),
                       last,
                       sent.ticket.lane,
                       freeze(job.requests[job.part])};
  parts_.journal.parked(std::move(row), std::move(parked));
  if (job.part + 1 < job.requests.size()) return next_part(box, sent, pending);
  if (const auto state = box.retries.find({sent.ticket.seq, job.requests[job.part].part}); state != box.retries.end()) {
    if (state->second.frozen) frozen_bytes_ -= state->second.frozen->size();
    box.retries.erase(state);
  }
  end_event(box, sent);
}

void Dispatcher::leave_flight() {
  --in_flight_;
  if (stopping_) {
    if (in_flight_ == 0 && stopped_) parts_.loop.post(std::exchange(stopped_, nullptr));
    return;
  }
  hand_on_slot();
}

// A slot came free: it goes to whoever waits longest. Posted, because the caller has not finished with its own box.
void Dispatcher::hand_on_slot() {
  if (starved_.empty() || local_trouble_timer_ != ports::TimerId::none) return;
  const EndpointNo next = starved_.front();
  starved_.pop_front();
  parts_.loop.post([this, next] {
    Outbox& box = outbox(next);
    box.starved = false;
    pump(box);
    if (!box.starved) hand_on_slot();  // it may not have needed the slot: paused meanwhile, or held
  });
}

// One wide line per attempt, for those who want it; failures always interest somebody.
void Dispatcher::log_attempt(const Outbox& box, const Pending& pending, const std::string& part, int attempt,
                             const ports::Answer& answer, std::uint32_t micros, std::string_view then) const {
  const bool good = answer.status >= 200 && answer.status < 300;
  const auto level = good ? ports::Level::debug : ports::Level::info;
  if (!parts_.log.wants(level)) return;
  const Event& event = *pending.entry->event;
  parts_.log.line(level, "attempt",
                  {{"endpoint", box.id()},
                   {"event", event.id.text()},
                   {"seq", std::to_string(pending.entry->seq)},
                   {"session", event.session},
                   {"type", std::string(word(event.type))},
                   {"part", part},
                   {"attempt", std::to_string(attempt)},
                   {"status", std::to_string(answer.status)},
                   {"error", std::string(ports::word(answer.error))},
                   {"ms", std::to_string(micros / 1000)},
                   {"reused", answer.reused_connection ? "yes" : "no"},
                   {"then", std::string(then)}});
}

void Dispatcher::notice(std::string code, const Outbox& box, std::string message) {
  if (code != "endpoint.parked")
    parts_.log.line(code == "endpoint.recovered" ? ports::Level::info : ports::Level::warning, code,
                    {{"endpoint", box.id()}, {"reason", message}});
  if (on_notice_) on_notice_({std::move(code), box.no(), box.id() + ": " + std::move(message)});
}

}  // namespace chasqui
