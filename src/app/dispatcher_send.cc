// The dispatcher's way of one event: render, send, judge, settle.
#include <algorithm>

#include "app/dispatcher.h"
#include "core/delivery/frozen.h"

namespace chasqui {
namespace {

constexpr std::size_t kDetailMax = 300;  // bytes of an error text that are kept with an attempt

std::uint32_t micros(SteadyTime from, SteadyTime to) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(to - from).count());
}

std::uint16_t small(int n) { return static_cast<std::uint16_t>(std::clamp(n, 0, 65535)); }

}  // namespace

void Dispatcher::send_next(Outbox& box, Seq seq) {
  Pending& pending = box.window.item(seq);
  ++in_flight_;
  if (!pending.job && !prepare(box, pending)) {
    // The endpoint's settings changed since the event was routed, and it has no word for it now.
    ++parts_.counters.routes_no_counterpart;
    leave_flight();
    box.window.settle(seq);
    return;
  }
  send_part(box, seq, pending);
}

// Renders what is still to be sent; false when nothing is.
bool Dispatcher::prepare(Outbox& box, Pending& pending) {
  const EndpointTarget& target = *box.target;
  const SessionContext* context = parts_.sessions.context(pending.entry->context);
  CHASQUI_CHECK(context != nullptr, "an event's context is stored with or before it");
  auto job = std::make_unique<Job>();
  job->requests = target.dialect->render(*pending.entry->event, {*context, target.settings.options, target.settings.id, target.wanted});

  const Seq seq = pending.entry->seq;
  if (const auto done = box.parts_done.find(seq); done != box.parts_done.end()) {
    std::erase_if(job->requests, [&](const Request& r) { return done->second.contains(r.part); });
    box.parts_done.erase(done);
  }
  if (const auto first = box.retries.lower_bound({seq, ""}); first != box.retries.end() && first->first.first == seq) {
    const ports::Retry& retry = first->second;
    auto frozen = thaw(retry.frozen);
    const auto same = std::find_if(job->requests.begin(), job->requests.end(), [&](const Request& r) { return r.part == retry.part; });
    if (frozen && same != job->requests.end()) *same = std::move(*frozen);
    job->attempts = retry.attempts;
    job->has_failed = true;
    job->first_failed_wall = from_ms(retry.first_failed_at_ms);
    job->first_failed = parts_.clock.steady_now();  // nothing succeeded in this life of the process yet
    box.retries.erase(first);
  }
  if (job->requests.empty()) return false;
  pending.job = std::move(job);
  return true;
}

void Dispatcher::send_part(Outbox& box, Seq seq, Pending& pending) {
  Job& job = *pending.job;
  const EndpointTarget& target = *box.target;
  const SteadyTime started = parts_.clock.steady_now();
  const WallTime started_at = parts_.clock.now();
  auto request = assemble(target, job.requests[job.part], job.attempts + 1, started + target.settings.timeout);
  const std::uint64_t hash = content_hash(request.body);
  if (on_send_) on_send_(target, request);
  ++parts_.counters.attempts;
  const EndpointNo no = target.settings.no;
  parts_.http.send(std::move(request), [this, no, seq, started_at, started, hash](const ports::Answer& answer) {
    answered(no, seq, started_at, started, hash, answer);
  });
}

void Dispatcher::answered(EndpointNo endpoint, Seq seq, WallTime started_at, SteadyTime started, std::uint64_t body_hash,
                          const ports::Answer& answer) {
  Outbox& box = outbox(endpoint);
  Pending& pending = box.window.item(seq);
  Job& job = *pending.job;
  ++job.attempts;
  const SteadyTime now = parts_.clock.steady_now();
  const std::string& part = job.requests[job.part].part;
  if (answer.status >= 200 && answer.status < 300) {
    box.last_success = now;
    ports::Delivered row{endpoint, seq, part, small(job.attempts), small(answer.status), to_ms(started_at), micros(started, now), body_hash, true};
    row.last_part = job.part + 1 == job.requests.size();
    succeeded(box, seq, pending, std::move(row));
  } else if (answer.error == ports::SendError::shut_down) {
    leave_flight();  // our own end cut it: no try is spent, and the next life sends it again
  } else {
    ports::Failed row{endpoint, seq, part, small(job.attempts), small(answer.status), "", "", to_ms(started_at), micros(started, now)};
    row.error = answer.status != 0 ? "status" : std::string(ports::word(answer.error));
    row.detail = (answer.status != 0 ? answer.body : answer.detail).substr(0, kDetailMax);
    failed(box, seq, pending, std::move(row), answer);
  }
  pump(box);
}

void Dispatcher::succeeded(Outbox& box, Seq seq, Pending& pending, ports::Delivered row) {
  const bool last = row.last_part;
  if (box.failing) {
    parts_.log.info("an endpoint answers again", {{"endpoint", box.target->settings.id}});
    box.failing = false;
    box.stats.last_error.clear();
  }
  parts_.journal.delivered(std::move(row));
  if (last) {
    ++parts_.counters.deliveries_delivered;
    ++box.stats.delivered;
    settle(box, seq);
    return;
  }
  Job& job = *pending.job;
  ++job.part;
  job.attempts = 0;
  job.has_failed = false;
  if (stopping_) return leave_flight();
  send_part(box, seq, pending);
}

void Dispatcher::failed(Outbox& box, Seq seq, Pending& pending, ports::Failed row, const ports::Answer& answer) {
  Job& job = *pending.job;
  const auto now = parts_.clock.steady_now();
  const auto wall = parts_.clock.now();
  if (!std::exchange(job.has_failed, true)) {
    job.first_failed = now;
    job.first_failed_wall = wall;
  }
  ++parts_.counters.attempts_failed;
  ++box.stats.failed_attempts;
  box.stats.last_error = row.error == "status" ? "status " + std::to_string(row.status) : row.error + ": " + row.detail;
  if (!std::exchange(box.failing, true))
    parts_.log.warning("an endpoint does not take a webhook",
                       {{"endpoint", box.target->settings.id}, {"reason", box.stats.last_error}, {"attempt", std::to_string(job.attempts)}});

  FailedAttempt attempt{job.attempts, from_ms(pending.entry->event->received_at_ms), wall, std::nullopt, box.last_success > job.first_failed};
  if (const auto asked = answer.header("retry-after")) attempt.retry_after = parse_retry_after(*asked, wall);
  const NextStep step = box.target->settings.retry.after(attempt, parts_.dice.roll());
  const std::string frozen = freeze(job.requests[job.part]);
  const EndpointNo no = row.endpoint;
  const std::string part = row.part;
  if (const auto* retry = std::get_if<RetryAt>(&step)) {
    parts_.journal.failed(std::move(row), {no, seq, part, small(job.attempts), to_ms(job.first_failed_wall), to_ms(wall + retry->wait), frozen});
    leave_flight();
    box.window.retry(seq, now + retry->wait);
    return;
  }
  const std::string reason(word(std::get<Park>(step).why));
  parts_.log.error("a webhook is parked", {{"endpoint", box.target->settings.id}, {"event", pending.entry->event->id.text()}, {"reason", reason}});
  ++parts_.counters.deliveries_parked;
  ++box.stats.parked;
  parts_.journal.parked(std::move(row), {no, seq, part, reason, small(job.attempts), to_ms(wall), frozen});
  settle(box, seq);
}

void Dispatcher::settle(Outbox& box, Seq seq) {
  leave_flight();
  box.window.settle(seq);
}

void Dispatcher::leave_flight() {
  --in_flight_;
  if (stopping_) {
    if (in_flight_ == 0 && stopped_) parts_.loop.post(std::exchange(stopped_, nullptr));
    return;
  }
  // A slot came free: it goes to whoever waits longest. Posted, because the caller has not finished with its own box.
  if (starved_.empty()) return;
  const EndpointNo next = starved_.front();
  starved_.pop_front();
  parts_.loop.post([this, next] {
    Outbox& box = outbox(next);
    box.starved = false;
    pump(box);
  });
}

}  // namespace chasqui
