// The dispatcher's reading: from the tail in memory, or from the store, into an endpoint's lanes.
#include <algorithm>

#include "app/dispatcher.h"

namespace chasqui {
namespace {

constexpr std::size_t kPageEvents = 256, kPageBytes = 4u << 20, kCountRows = 4096;
constexpr Millis kReadAgain{1000};  // after the store could not read

}  // namespace

// @param most  events to take in.
void Dispatcher::refill(Outbox& box, std::size_t most) {
  if (box.live || box.reading || !box.lanes.wants_more()) return;
  account(box);
  if (windows_bytes_ >= limits_.windows_bytes_max && box.lanes.loaded_events() > 0) return;
  if (box.lanes.position() < tail_.first()) {
    read_page(box, most);
  } else if (refill_from_tail(box, most)) {
    box.live = true;
  }
}

// True when it has come to the end of the journal.
bool Dispatcher::refill_from_tail(Outbox& box, std::size_t most) {
  while (const EntryPtr* entry = tail_.at_or_after(box.lanes.position())) {
    if (!box.lanes.wants_more() || most == 0) return false;
    const Seq seq = (*entry)->seq;
    if (parts_.routes.contains((*entry)->match_set, box.no())) {
      ++parts_.counters.tail_reads;
      --most;
      take_in(box, *entry);
    }
    box.lanes.pass(seq + 1);
  }
  box.lanes.pass(tail_.next());
  return true;
}

void Dispatcher::read_page(Outbox& box, std::size_t most) {
  box.reading = true;
  ++parts_.counters.store_reads;
  const EndpointNo no = box.no();
  const std::size_t window = limits_.lanes.events_max;
  const std::size_t room = window - std::min(window, box.lanes.loaded_events());
  parts_.store.read({box.lanes.position(), std::clamp<std::size_t>(std::min(room, most), 1, kPageEvents), kPageBytes, no},
                    [this, no, generation = box.generation](const Result<ports::ReadPage>& page) {
                      if (outbox(no).generation == generation) return page_read(no, page);
                      outbox(no).reading = false;
                      pump(outbox(no));
                    });
}

EntryPtr Dispatcher::entry_of(const ports::StoredEvent& stored) {
  auto event = event_from_json(parser_, stored.record);
  CHASQUI_CHECK(event.has_value(), "the journal holds what was written to it");
  event->raw = {stored.raw, stored.item_offset, stored.item_length};
  auto entry = std::make_shared<Entry>();
  entry->seq = stored.seq;
  entry->event = std::make_shared<const Event>(std::move(*event));
  entry->session = stored.session;
  entry->order_key = stored.order_key;
  entry->match_set = stored.match_set;
  entry->context = stored.context;
  entry->bytes = stored.record.size() + stored.item_length;
  return entry;
}

void Dispatcher::page_read(EndpointNo endpoint, const Result<ports::ReadPage>& page) {
  Outbox& box = outbox(endpoint);
  box.reading = false;
  if (!page) {
    parts_.log.error("an endpoint's backlog cannot be read; trying again",
                     {{"endpoint", box.id()}, {"reason", page.error().detail}});
    parts_.timers.at(parts_.clock.steady_now() + kReadAgain, [this, endpoint] { pump(outbox(endpoint)); });
    return;
  }
  bool whole = true;
  // The store may show events already whose commit has not been reported yet: those come by on_entry.
  const Seq end = tail_.next();
  for (const auto& stored : page->events) {
    if (stored.seq < box.lanes.position()) continue;
    if (stored.seq >= end) break;
    if (!box.lanes.wants_more()) {
      whole = false;
      break;
    }
    take_in(box, entry_of(stored));
  }
  if (whole) box.lanes.pass(std::min(page->next, end));
  pump(box);
}

void Dispatcher::take_in(Outbox& box, const EntryPtr& entry) {
  const Seq seq = entry->seq;
  const OrderKey lane = lane_key(box.target->settings.order, entry->order_key, entry->session, seq);
  if (box.settled.erase(seq) != 0) return box.lanes.pass_settled(seq, lane);
  std::optional<SteadyTime> due;
  if (const RetryState* retry = box.retry_of(seq, false)) due = retry->due;
  box.lanes.offer(seq, lane, entry->bytes, entry->event->received_at_ms, Pending{entry, nullptr, nullptr}, due);
}

// Fetches the next events of lanes that have none in memory. @return whether some were at hand.
bool Dispatcher::load_lanes(Outbox& box, std::size_t prepared_max) {
  bool at_hand = false;
  while (box.lanes.prepared() < prepared_max) {
    auto load = box.lanes.next_load();
    if (!load) break;
    if (load_from_tail(box, *load)) {
      at_hand = true;
      continue;
    }
    ++parts_.counters.store_reads;
    const EndpointNo no = box.no();
    parts_.store.fetch({no, load->seqs, load->alone},
                       [this, no, load = *load, generation = box.generation](Result<std::vector<ports::Fetched>> fetched) {
                         if (outbox(no).generation == generation) load_done(no, load, std::move(fetched));
                       });
  }
  return at_hand;
}

bool Dispatcher::load_from_tail(Outbox& box, const Lanes<Pending>::Load& load) {
  std::vector<Lanes<Pending>::Loaded> found;
  for (const Seq seq : load.seqs) {
    const EntryPtr* entry = seq >= tail_.first() ? tail_.at_or_after(seq) : nullptr;
    if (entry == nullptr || (*entry)->seq != seq) return false;
    Pending pending{*entry, nullptr, nullptr};
    if (const RetryState* retry = box.retry_of(seq, load.alone)) {
      if (!retry->frozen) return false;
      pending.frozen = retry->frozen;
    }
    found.push_back({seq, (*entry)->bytes, (*entry)->event->received_at_ms, std::move(pending)});
  }
  box.lanes.loaded(load, std::move(found));
  return true;
}

void Dispatcher::load_done(EndpointNo endpoint, const Lanes<Pending>::Load& load, Result<std::vector<ports::Fetched>> fetched) {
  Outbox& box = outbox(endpoint);
  const SteadyTime now = parts_.clock.steady_now();
  if (!fetched) {
    parts_.log.error("an endpoint's events cannot be read; trying again",
                     {{"endpoint", box.id()}, {"reason", fetched.error().detail}});
    box.lanes.load_failed(load, now + kReadAgain);
    return pump(box);
  }
  std::vector<Lanes<Pending>::Loaded> found;
  auto next = fetched->begin();
  for (const Seq seq : load.seqs) {
    if (next != fetched->end() && next->event.seq == seq) {
      auto entry = entry_of(next->event);
      auto frozen = next->frozen.empty() ? nullptr : std::make_shared<const std::string>(std::move(next->frozen));
      found.push_back({seq, entry->bytes, entry->event->received_at_ms, Pending{entry, std::move(frozen), nullptr}});
      ++next;
      continue;
    }
    // Its retention is over: that is an end too, and counted.
    parts_.journal.ended(
        {endpoint, seq, seq + 1, 1, ports::EndKind::expired, "retention", "", to_ms(parts_.clock.now()), load.lane});
    ++parts_.counters.deliveries_expired;
    ++box.finished;
    std::erase_if(box.retries, [&](const auto& r) { return r.first.first == seq; });
    box.parts_done.erase(seq);
  }
  box.lanes.loaded(load, std::move(found));
  pump(box);
}

// Looks for followers of lanes that know none. @return whether they were looked for in memory.
bool Dispatcher::scan_lanes(Outbox& box) {
  bool in_memory = false;
  while (auto scan = box.lanes.next_scan()) {
    if (scan_tail(box, *scan)) {
      in_memory = true;
      continue;
    }
    ++parts_.counters.store_scans;
    const EndpointNo no = box.no();
    parts_.store.scan({no, scan->lanes, scan->from, scan->until, 4096},
                      [this, no, scan = *scan, generation = box.generation](const Result<ports::ScanPage>& page) {
                        Outbox& scanned = outbox(no);
                        if (scanned.generation != generation) return;
                        if (page) {
                          // A page that looked at nothing would be asked for again for ever: there is nothing in the range.
                          scanned.lanes.scanned(scan, page->rows, page->next > scan.from ? page->next : scan.until);
                        } else {
                          scanned.lanes.scan_failed(scan, parts_.clock.steady_now() + kReadAgain);
                        }
                        pump(scanned);
                      });
  }
  return in_memory;
}

bool Dispatcher::scan_tail(Outbox& box, const Lanes<Pending>::Scan& scan) {
  if (scan.from < tail_.first()) return false;
  std::vector<ports::ScanRow> rows;
  for (Seq at = scan.from; at < scan.until;) {
    const EntryPtr* entry = tail_.at_or_after(at);
    if (entry == nullptr || (*entry)->seq >= scan.until) break;
    at = (*entry)->seq + 1;
    if (!parts_.routes.contains((*entry)->match_set, box.no())) continue;
    for (const OrderKey lane : scan.lanes) {
      if (lane_key(scope_of_lane(lane), (*entry)->order_key, (*entry)->session, (*entry)->seq) != lane) continue;
      rows.push_back({(*entry)->seq, lane, (*entry)->event->received_at_ms});
      break;
    }
  }
  box.lanes.scanned(scan, rows, scan.until);
  return true;
}

// How much an earlier life left: what the reader has before it, and what lies in deferred lanes behind the cursor.
void Dispatcher::count_backlog(Outbox& box) {
  const Seq position = box.lanes.position();
  std::uint64_t alone = 0;
  for (const auto& [key, state] : box.retries) alone += state.alone ? 1 : 0;
  box.routed += alone;
  if (position < tail_.next()) {
    box.finished += box.settled.size();
    count(box.no(), {box.no(), {}, position, tail_.next(), 0}, {});
  }
  std::map<OrderScope, LaneRanges> scopes;  // a scan is of one scope
  box.lanes.each_deferred([&](OrderKey lane, Seq from, Seq until) { scopes[scope_of_lane(lane)][lane] = {from, until}; });
  for (auto& [scope, lanes] : scopes) {
    ports::ScanRange behind{box.no(), {}, position, position, kCountRows};
    for (const auto& [lane, range] : lanes) {
      behind.from = std::min(behind.from, range.first);
      behind.lanes.push_back(lane);
    }
    if (behind.from < position) count(box.no(), std::move(behind), std::make_shared<const LaneRanges>(std::move(lanes)));
  }
}

// @param lanes  of each lane, the events that count; null = all lanes, all events.
void Dispatcher::count(EndpointNo endpoint, ports::ScanRange range, std::shared_ptr<const LaneRanges> lanes) {
  ++outbox(endpoint).counting;
  parts_.store.scan(range, [this, endpoint, range, lanes](const Result<ports::ScanPage>& page) mutable {
    Outbox& box = outbox(endpoint);
    if (stopping_) return;
    if (!page) {
      parts_.timers.at(parts_.clock.steady_now() + kReadAgain, [this, endpoint, range = std::move(range), lanes]() mutable {
        --outbox(endpoint).counting;
        count(endpoint, std::move(range), std::move(lanes));
      });
      return;
    }
    --box.counting;
    if (lanes == nullptr) {
      box.routed += page->matched;
    } else {
      for (const auto& row : page->rows) {
        const auto [from, until] = lanes->at(row.lane);
        box.routed += row.seq >= from && (until == 0 || row.seq < until) ? 1 : 0;
      }
    }
    if (page->next < range.until && page->next > range.from) {
      range.from = page->next;
      return count(endpoint, std::move(range), std::move(lanes));
    }
    if (box.ending) pump(box);
  });
}

}  // namespace chasqui
