#include "app/dispatcher.h"

#include <algorithm>

#include "core/delivery/frozen.h"

namespace chasqui {
namespace {

OrderKey lane_of(const Entry& entry, OrderScope scope) {
  switch (scope) {
    case OrderScope::chat: return entry.order_key;
    case OrderScope::session: return session_order_key(entry.event->session);
    case OrderScope::endpoint: return OrderKey{0};
    case OrderScope::none: return OrderKey{entry.seq};
  }
  return entry.order_key;
}

WindowLimits window_limits(const EndpointSettings& settings, const DispatcherLimits& limits) {
  return {limits.window_events_max, limits.window_bytes_max, settings.in_flight_max};
}

}  // namespace

Dispatcher::Dispatcher(Parts parts, DispatcherLimits limits) : parts_(parts), limits_(limits), tail_(limits.tail_bytes_max) {}

void Dispatcher::restore(const ports::Recovered& recovered) {
  recovered_ = recovered;
  tail_.start(recovered.next_seq);
  last_checkpoint_ = parts_.clock.steady_now();
}

void Dispatcher::put(std::shared_ptr<const EndpointTarget> target) {
  const EndpointNo no = target->settings.no;
  auto& slot = boxes_[static_cast<std::uint32_t>(no)];
  if (!slot) {
    slot = std::make_unique<Outbox>();
    // Before the start these are endpoints of an earlier life; later ones begin with the next event.
    slot->read_next = started_ ? tail_.next() : recovered_.checkpoint.tail;
    for (const auto& row : recovered_.checkpoint.laggards) {
      if (row.endpoint != no) continue;
      slot->read_next = row.next;
      slot->settled.insert(row.settled.begin(), row.settled.end());
    }
    for (const auto& done : recovered_.part_done)
      if (done.endpoint == no) slot->parts_done[done.seq].insert(done.part);
    for (const auto& retry : recovered_.retries)
      if (retry.endpoint == no) slot->retries.emplace(std::pair(retry.seq, retry.part), retry);
    slot->live = slot->read_next >= tail_.next();
  }
  slot->target = std::move(target);
  slot->removed = slot->target->settings.deleted_at_ms != 0;
  slot->window.set_limits(window_limits(slot->target->settings, limits_));
  if (started_) pump(*slot);
}

void Dispatcher::remove(EndpointNo endpoint) { outbox(endpoint).removed = true; }

void Dispatcher::start() {
  started_ = true;
  recovered_ = {};
  for (auto& [no, box] : boxes_) pump(*box);
}

void Dispatcher::stop(ports::Task done) {
  stopping_ = true;
  stopped_ = std::move(done);
  for (auto& [no, box] : boxes_) parts_.timers.cancel(std::exchange(box->wake, ports::TimerId::none));
  if (in_flight_ == 0) parts_.loop.post(std::exchange(stopped_, nullptr));
}

Dispatcher::Outbox& Dispatcher::outbox(EndpointNo endpoint) {
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
    if (!box.live) continue;
    if (!box.window.has_room() || box.removed) {
      box.live = false;
      box.read_next = entry->seq;
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
  parts_.journal.checkpoint(checkpoint());
}

void Dispatcher::on_may_send() {
  for (auto& [no, box] : boxes_) pump(*box);
}

void Dispatcher::take_in(Outbox& box, const EntryPtr& entry) {
  const Seq seq = entry->seq;
  if (box.settled.erase(seq) != 0) return;
  std::optional<SteadyTime> not_before;
  if (const auto retry = box.retries.lower_bound({seq, ""}); retry != box.retries.end() && retry->first.first == seq) {
    const auto wait = from_ms(retry->second.due_at_ms) - parts_.clock.now();
    not_before = parts_.clock.steady_now() + std::max(wait, Millis{0});
  }
  box.window.add(seq, lane_of(*entry, box.target->settings.order), entry->bytes, Pending{entry, nullptr}, not_before);
}

void Dispatcher::pump(Outbox& box) {
  if (!started_ || stopping_ || box.removed || box.target->settings.paused) return;
  refill(box);
  const auto now = parts_.clock.steady_now();
  while (parts_.journal.may_send()) {
    if (in_flight_ >= limits_.in_flight_max) {
      if (!box.starved) starved_.push_back(box.target->settings.no);
      box.starved = true;
      break;
    }
    const auto seq = box.window.take(now);
    if (!seq) break;
    send_next(box, *seq);
  }
  arm_wake(box);
}

void Dispatcher::refill(Outbox& box) {
  if (box.live || box.reading || !box.window.has_room()) return;
  if (box.read_next < tail_.first()) {
    read_page(box);
  } else if (refill_from_tail(box)) {
    box.live = true;
  }
}

// True when it has come to the end of the journal.
bool Dispatcher::refill_from_tail(Outbox& box) {
  while (const EntryPtr* entry = tail_.at_or_after(box.read_next)) {
    if (!box.window.has_room()) return false;
    const Seq seq = (*entry)->seq;
    if (parts_.routes.contains((*entry)->match_set, box.target->settings.no)) {
      ++parts_.counters.tail_reads;
      take_in(box, *entry);
    }
    box.read_next = seq + 1;
  }
  return true;
}

void Dispatcher::read_page(Outbox& box) {
  box.reading = true;
  ++parts_.counters.store_reads;
  const EndpointNo no = box.target->settings.no;
  const std::size_t room = limits_.window_events_max - std::min(limits_.window_events_max, box.window.size());
  parts_.store.read({box.read_next, std::clamp<std::size_t>(room, 1, 256), 4u << 20, no},
                    [this, no](const Result<ports::ReadPage>& page) { page_read(no, page); });
}

void Dispatcher::page_read(EndpointNo endpoint, const Result<ports::ReadPage>& page) {
  Outbox& box = outbox(endpoint);
  box.reading = false;
  if (!page) {
    parts_.log.error("an endpoint's backlog cannot be read; trying again",
                     {{"endpoint", box.target->settings.id}, {"reason", page.error().detail}});
    parts_.timers.at(parts_.clock.steady_now() + Millis{1000}, [this, endpoint] { pump(outbox(endpoint)); });
    return;
  }
  for (const auto& stored : page->events) {
    if (!box.window.has_room()) break;
    auto event = event_from_json(parser_, stored.record);
    CHASQUI_CHECK(event.has_value(), "the journal holds what was written to it");
    event->raw = {stored.raw, stored.item_offset, stored.item_length};
    auto entry = std::make_shared<Entry>();
    entry->seq = stored.seq;
    entry->event = std::make_shared<const Event>(std::move(*event));
    entry->order_key = stored.order_key;
    entry->match_set = stored.match_set;
    entry->context = stored.context;
    entry->bytes = stored.record.size() + stored.item_length;
    take_in(box, entry);
    box.read_next = stored.seq + 1;
  }
  if (page->events.empty() || box.read_next > page->events.back().seq) box.read_next = std::max(box.read_next, page->next);
  pump(box);
}

void Dispatcher::arm_wake(Outbox& box) {
  const auto due = box.window.next_due();
  if (!due) return;
  if (box.wake != ports::TimerId::none) {
    if (box.wake_at <= *due) return;
    parts_.timers.cancel(box.wake);
  }
  const EndpointNo no = box.target->settings.no;
  box.wake_at = *due;
  box.wake = parts_.timers.at(*due, [this, no] {
    Outbox& woken = outbox(no);
    woken.wake = ports::TimerId::none;
    pump(woken);
  });
}

ports::Checkpoint Dispatcher::checkpoint() const {
  ports::Checkpoint out;
  out.tail = tail_.next();
  for (const auto& [no, box] : boxes_) {
    ports::CursorRow row{EndpointNo{no}, box->live ? tail_.next() : box->read_next, {}};
    if (const auto oldest = box->window.oldest()) {
      row.next = *oldest;
      row.settled = box->window.settled_above_oldest();
    }
    row.settled.insert(row.settled.end(), box->settled.begin(), box->settled.end());
    if (row.next != out.tail || !row.settled.empty()) out.laggards.push_back(std::move(row));
  }
  return out;
}

EndpointStats Dispatcher::stats(EndpointNo endpoint) const {
  const auto it = boxes_.find(static_cast<std::uint32_t>(endpoint));
  if (it == boxes_.end()) return {};
  const Outbox& box = *it->second;
  EndpointStats stats = box.stats;
  stats.waiting = box.window.waiting();
  stats.in_flight = box.window.in_flight();
  const Seq next = box.window.oldest().value_or(box.live ? tail_.next() : box.read_next);
  stats.lag_events_max = tail_.next() - std::min(tail_.next(), next);
  return stats;
}

}  // namespace chasqui
