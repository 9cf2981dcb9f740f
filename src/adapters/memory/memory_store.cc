#include "adapters/memory/memory_store.h"

#include <algorithm>
#include <cstring>

namespace chasqui {
namespace {

constexpr std::size_t kAttemptsKept = 10'000;

std::size_t payload(const ports::StoredEvent& e) { return e.record.size() + e.item_length; }
std::size_t weight(const ports::StoredEvent& e) { return payload(e) + sizeof e; }

}  // namespace

std::size_t MemoryStore::IdHash::operator()(const EventId& id) const noexcept {
  std::uint64_t half = 0;
  std::memcpy(&half, id.bytes.data() + 8, 8);  // the digest's half is uniform
  return static_cast<std::size_t>(half);
}

Result<ports::Recovered> MemoryStore::open() {
  ports::Recovered out;
  out.next_seq = next_seq_;
  out.last_received_at_ms = last_received_at_ms_;
  for (const auto& [key, json] : config_) out.config.push_back({key.first, key.second, json});
  for (const auto& [no, row] : sessions_) out.sessions.push_back(row);
  for (const auto& [no, row] : match_sets_) out.match_sets.push_back(row);
  for (const auto& [no, row] : contexts_) out.contexts.push_back(row);
  out.checkpoint = progress_.checkpoint();
  for (const auto& [key, retry] : retries_) {
    out.retries.push_back(retry);
    out.retries.back().frozen.clear();
  }
  out.parked = parked_.size();
  return out;
}

void MemoryStore::commit(std::shared_ptr<const ports::Batch> batch, Done<ports::Committed> done) {
  later<ports::Committed>(std::move(done), apply(*batch));
}

ports::Committed MemoryStore::apply(const ports::Batch& batch) {
  for (const auto& row : batch.config) {
    if (row.json.empty()) {
      config_.erase({row.kind, row.id});
    } else {
      config_[{row.kind, row.id}] = row.json;
    }
  }
  for (const auto& row : batch.sessions) sessions_[row.no] = row;
  for (const auto& row : batch.match_sets) match_sets_[row.no] = row;
  for (const auto& row : batch.contexts) contexts_[row.no] = row;
  ports::Committed out;
  out.events.reserve(batch.events.size());
  for (const auto& event : batch.events) out.events.push_back(append(event, batch));
  apply_deliveries(batch);
  while (attempts_.size() > kAttemptsKept) attempts_.pop_front();
  trim();
  out.journal_bytes = bytes_;
  return out;
}

void MemoryStore::apply_deliveries(const ports::Batch& batch) {
  for (const auto& row : batch.delivered) {
    retries_.erase({row.endpoint, row.seq, row.part});
    attempts_.push_back({row.seq,
                         {true,
                          {row.endpoint, row.seq, row.part, row.attempt, row.status, "", "", row.started_at_ms, row.duration_us},
                          row.body_hash}});
    progress_.apply(row);
  }
  for (const auto& row : batch.failed) attempts_.push_back({row.seq, {false, row, 0}});
  for (const auto& row : batch.unparked) unpark(row);
  for (const auto& row : batch.retries) retries_[{row.endpoint, row.seq, row.part}] = row;
  for (const auto& row : batch.parked) {
    retries_.erase({row.endpoint, row.seq, row.part});
    parked_.push_back(row);
    progress_.apply(row);
  }
  for (const auto& row : batch.ended) end(row);
  if (batch.checkpoint) progress_.apply(*batch.checkpoint);
}

void MemoryStore::unpark(const ports::Unparked& row) {
  std::erase_if(parked_, [&](const auto& p) { return p.endpoint == row.endpoint && p.seq == row.seq && p.part == row.part; });
}

void MemoryStore::end(const ports::Ended& row) {
  std::erase_if(retries_, [&](const auto& r) {
    const ports::Retry& retry = r.second;
    return retry.endpoint == row.endpoint && retry.seq >= row.from && retry.seq < row.until &&
           (row.part.empty() || retry.part == row.part);
  });
  ended_.push_back(row);
  progress_.apply(row);
}

ports::Appended MemoryStore::append(const ports::NewEvent& event, const ports::Batch& batch) {
  const auto [known, is_new] = ids_.try_emplace(event.id, next_seq_);
  if (!is_new) return {known->second, true};
  ports::StoredEvent stored;
  stored.seq = next_seq_++;
  stored.id = event.id;
  stored.type = event.type;
  stored.session = event.session;
  stored.order_key = event.order_key;
  stored.subject = event.subject;
  stored.match_set = event.match_set;
  stored.context = event.context;
  stored.received_at_ms = event.received_at_ms;
  stored.record = event.record;
  if (event.raw >= 0) stored.raw = batch.raws[static_cast<std::size_t>(event.raw)].body;
  stored.item_offset = event.item_offset;
  stored.item_length = event.item_length;
  last_received_at_ms_ = event.received_at_ms;
  bytes_ += weight(stored);
  events_.push_back(std::move(stored));
  return {events_.back().seq, false};
}

void MemoryStore::trim() {
  while (bytes_ > keep_bytes_max_ && events_.size() > 1) {
    bytes_ -= weight(events_.front());
    ids_.erase(events_.front().id);
    events_.pop_front();
  }
}

bool MemoryStore::routed_to(const ports::StoredEvent& event, EndpointNo endpoint) const {
  const auto set = match_sets_.find(event.match_set);
  if (set == match_sets_.end()) return false;
  const auto& all = set->second.endpoints;
  return std::find(all.begin(), all.end(), endpoint) != all.end();
}

void MemoryStore::read(ports::ReadRange range, Done<ports::ReadPage> done) {
  ports::ReadPage page;
  page.next = range.from;
  std::size_t bytes = 0;
  const Seq first = events_.empty() ? next_seq_ : events_.front().seq;
  for (Seq seq = std::max(range.from, first); seq < next_seq_; ++seq) {
    if (page.events.size() == range.events_max || bytes >= range.bytes_max) break;
    const auto& event = events_[static_cast<std::size_t>(seq - first)];
    page.next = seq + 1;
    if (range.endpoint && !routed_to(event, *range.endpoint)) continue;
    bytes += payload(event);
    page.events.push_back(event);
  }
  later<ports::ReadPage>(std::move(done), std::move(page));
}

void MemoryStore::attempts(Seq seq, Done<std::vector<ports::AttemptRow>> done) {
  std::vector<ports::AttemptRow> rows;
  for (const auto& [of, row] : attempts_)
    if (of == seq) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.attempt.started_at_ms < b.attempt.started_at_ms; });
  later<std::vector<ports::AttemptRow>>(std::move(done), std::move(rows));
}

void MemoryStore::parked(ports::ParkedFilter filter, Done<std::vector<ports::Parked>> done) {
  std::vector<ports::Parked> rows;
  for (auto it = parked_.rbegin(); it != parked_.rend() && rows.size() < filter.limit; ++it) {
    if (filter.endpoint && it->endpoint != *filter.endpoint) continue;
    if (filter.seq && it->seq != *filter.seq) continue;
    if (filter.part && it->part != *filter.part) continue;
    rows.push_back(*it);
    if (!filter.with_frozen) rows.back().frozen.clear();
  }
  later<std::vector<ports::Parked>>(std::move(done), std::move(rows));
}

void MemoryStore::ended(EndpointNo endpoint, std::size_t limit, Done<std::vector<ports::Ended>> done) {
  std::vector<ports::Ended> rows;
  for (auto it = ended_.rbegin(); it != ended_.rend() && rows.size() < limit; ++it)
    if (it->endpoint == endpoint) rows.push_back(*it);
  later<std::vector<ports::Ended>>(std::move(done), std::move(rows));
}

const ports::StoredEvent* MemoryStore::event_at(Seq seq) const {
  if (events_.empty() || seq < events_.front().seq || seq >= next_seq_) return nullptr;
  return &events_[static_cast<std::size_t>(seq - events_.front().seq)];
}

void MemoryStore::fetch(ports::FetchList list, Done<std::vector<ports::Fetched>> done) {
  std::vector<ports::Fetched> found;
  for (const Seq seq : list.seqs) {
    const ports::StoredEvent* event = event_at(seq);
    if (event == nullptr) continue;
    ports::Fetched fetched{*event, {}};
    for (auto it = retries_.lower_bound({list.endpoint, seq, ""});
         it != retries_.end() && it->second.endpoint == list.endpoint && it->second.seq == seq; ++it) {
      if (it->second.alone != list.alone) continue;
      fetched.frozen = it->second.frozen;
      break;
    }
    found.push_back(std::move(fetched));
  }
  later<std::vector<ports::Fetched>>(std::move(done), std::move(found));
}

void MemoryStore::scan(ports::ScanRange range, Done<ports::ScanPage> done) {
  ports::ScanPage page;
  page.next = std::min(range.until, next_seq_);
  const Seq first = events_.empty() ? next_seq_ : events_.front().seq;
  for (Seq seq = std::max(range.from, first); seq < std::min(range.until, next_seq_); ++seq) {
    const ports::StoredEvent& event = *event_at(seq);
    if (!routed_to(event, range.endpoint)) continue;
    const auto lane = ports::lane_in(range.lanes, event.order_key, event.session, seq);
    if (!lane && !range.lanes.empty()) continue;
    if (lane && page.rows.size() == range.rows_max) {
      page.next = seq;
      break;
    }
    ++page.matched;
    if (lane) page.rows.push_back({seq, *lane, event.received_at_ms});
  }
  page.next = std::max(page.next, range.from);
  later<ports::ScanPage>(std::move(done), std::move(page));
}

void MemoryStore::find(ports::FindRange range, Done<ports::FindPage> done) {
  ports::FindPage page;
  page.next = std::min(range.until, next_seq_);
  const auto wanted = [&](const ports::StoredEvent& event) {
    if (range.ids.empty()) return event.subject == range.subject;
    return std::find(range.ids.begin(), range.ids.end(), event.id) != range.ids.end();
  };
  for (const auto& event : events_) {
    if (event.seq < range.from || event.seq >= page.next || !wanted(event)) continue;
    if (page.events.size() == range.events_max) {
      page.next = event.seq;
      break;
    }
    page.events.push_back(event);
  }
  later<ports::FindPage>(std::move(done), std::move(page));
}

template <class T>
void MemoryStore::later(Store::Done<T> done, Result<T> result) {
  // Shared, because a posted task must be copyable.
  loop_.post([this, life = life_, done = std::move(done), result = std::make_shared<Result<T>>(std::move(result))] {
    if (life == life_) done(std::move(*result));
  });
}

}  // namespace chasqui
