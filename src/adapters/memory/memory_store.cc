#include "adapters/memory/memory_store.h"

#include <algorithm>
#include <cstring>

namespace chasqui {
namespace {

constexpr std::size_t kAttemptsKept = 10'000;

std::size_t weight(const ports::StoredEvent& e) { return e.record.size() + e.item_length + sizeof e; }

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
  out.sessions = sessions_;
  out.match_sets = match_sets_;
  out.contexts = contexts_;
  out.checkpoint = checkpoint_;
  for (const auto& [endpoint, seqs] : settled_) {
    auto row = std::find_if(out.checkpoint.laggards.begin(), out.checkpoint.laggards.end(), [&](const auto& r) { return r.endpoint == endpoint; });
    const bool known = row != out.checkpoint.laggards.end();
    ports::CursorRow merged = known ? *row : ports::CursorRow{endpoint, checkpoint_.tail, {}};
    std::set<Seq> all(merged.settled.begin(), merged.settled.end());
    all.insert(seqs.lower_bound(merged.next), seqs.end());
    merged.settled.assign(all.begin(), all.end());
    if (known) {
      *row = std::move(merged);
    } else if (!merged.settled.empty()) {
      out.checkpoint.laggards.push_back(std::move(merged));
    }
  }
  for (const auto& [key, parts] : parts_done_) out.part_done.insert(out.part_done.end(), parts.begin(), parts.end());
  for (const auto& [key, retry] : retries_) out.retries.push_back(retry);
  out.parked = parked_.size();
  return out;
}

void MemoryStore::commit(std::shared_ptr<const ports::Batch> batch, Done<ports::Committed> done) { later<ports::Committed>(std::move(done), apply(*batch)); }

ports::Committed MemoryStore::apply(const ports::Batch& batch) {
  for (const auto& row : batch.config) {
    if (row.json.empty()) {
      config_.erase({row.kind, row.id});
    } else {
      config_[{row.kind, row.id}] = row.json;
    }
  }
  for (const auto& row : batch.sessions) {
    const auto old = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.no == row.no; });
    if (old != sessions_.end()) {
      *old = row;
    } else {
      sessions_.push_back(row);
    }
  }
  match_sets_.insert(match_sets_.end(), batch.match_sets.begin(), batch.match_sets.end());
  contexts_.insert(contexts_.end(), batch.contexts.begin(), batch.contexts.end());
  ports::Committed out;
  out.events.reserve(batch.events.size());
  for (const auto& event : batch.events) out.events.push_back(append(event, batch));
  for (const auto& row : batch.delivered) {
    retries_.erase({row.endpoint, row.seq, row.part});
    attempts_.push_back({row.seq, {true, {row.endpoint, row.seq, row.part, row.attempt, row.status, "", "", row.started_at_ms, row.duration_us}, row.body_hash}});
    if (row.last_part) {
      settle_event(row.endpoint, row.seq);
    } else {
      parts_done_[{row.endpoint, row.seq}].push_back(row);
    }
  }
  for (const auto& row : batch.failed) attempts_.push_back({row.seq, {false, row, 0}});
  for (const auto& row : batch.retries) retries_[{row.endpoint, row.seq, row.part}] = row;
  for (const auto& row : batch.parked) {
    retries_.erase({row.endpoint, row.seq, row.part});
    parked_.push_back(row);
    settle_event(row.endpoint, row.seq);
  }
  if (batch.checkpoint) {
    checkpoint_ = *batch.checkpoint;
    settled_.clear();
  }
  while (attempts_.size() > kAttemptsKept) attempts_.pop_front();
  trim();
  return out;
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

void MemoryStore::settle_event(EndpointNo endpoint, Seq seq) {
  settled_[endpoint].insert(seq);
  parts_done_.erase({endpoint, seq});
}

void MemoryStore::trim() {
  while (bytes_ > keep_bytes_max_ && events_.size() > 1) {
    bytes_ -= weight(events_.front());
    ids_.erase(events_.front().id);
    events_.pop_front();
  }
}

bool MemoryStore::routed_to(const ports::StoredEvent& event, EndpointNo endpoint) const {
  const auto number = static_cast<std::size_t>(event.match_set);
  if (number == 0 || number > match_sets_.size()) return false;
  const auto& all = match_sets_[number - 1].endpoints;
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
    bytes += weight(event);
    page.events.push_back(event);
  }
  later<ports::ReadPage>(std::move(done), std::move(page));
}

void MemoryStore::attempts(Seq seq, Done<std::vector<ports::AttemptRow>> done) {
  std::vector<ports::AttemptRow> rows;
  for (const auto& [of, row] : attempts_)
    if (of == seq) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.attempt.started_at_ms < b.attempt.started_at_ms; });
  later<std::vector<ports::AttemptRow>>(std::move(done), std::move(rows));
}

void MemoryStore::parked(std::size_t limit, Done<std::vector<ports::Parked>> done) {
  std::vector<ports::Parked> rows;
  for (auto it = parked_.rbegin(); it != parked_.rend() && rows.size() < limit; ++it) rows.push_back(*it);
  later<std::vector<ports::Parked>>(std::move(done), std::move(rows));
}

template <class T>
void MemoryStore::later(Store::Done<T> done, Result<T> result) {
  // Shared, because a posted task must be copyable.
  loop_.post([this, life = life_, done = std::move(done), result = std::make_shared<Result<T>>(std::move(result))] {
    if (life == life_) done(std::move(*result));
  });
}

}  // namespace chasqui
