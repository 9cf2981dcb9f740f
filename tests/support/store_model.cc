#include "tests/support/store_model.h"

#include <algorithm>

namespace chasqui::testing {
namespace {

template <class Rows, class Key>
void replace_in(std::vector<Rows>& all, const std::vector<Rows>& changes, Key key_of) {
  for (const auto& row : changes) {
    std::erase_if(all, [&](const auto& old) { return key_of(old) == key_of(row); });
    all.push_back(row);
  }
}

template <class Row>
auto key(const Row& row) {
  return std::tuple(row.endpoint, row.seq, row.part);
}

ports::AttemptRow attempt(const ports::Delivered& d) {
  ports::AttemptRow row;
  row.delivered = true;
  row.attempt = {d.endpoint, d.seq, d.part, d.attempt, d.status, "", "", d.started_at_ms, d.duration_us};
  row.body_hash = d.body_hash;
  return row;
}

}  // namespace

ports::Committed StoreModel::commit(const ports::Batch& batch) {
  replace_in(rows_.config, batch.config, [](const auto& row) { return std::pair(row.kind, row.id); });
  std::erase_if(rows_.config, [](const auto& row) { return row.json.empty(); });
  replace_in(rows_.sessions, batch.sessions, [](const auto& row) { return row.no; });
  replace_in(rows_.match_sets, batch.match_sets, [](const auto& row) { return row.no; });
  replace_in(rows_.contexts, batch.contexts, [](const auto& row) { return row.no; });
  ports::Committed out;
  for (const auto& e : batch.events) out.events.push_back(append(e, batch));
  for (const auto& row : batch.delivered) {
    attempts_.push_back(attempt(row));
    end_retry(key(row));
    part_ended(row.endpoint, row.seq, row.part, row.last_part);
  }
  for (const auto& row : batch.failed) attempts_.push_back({false, row, 0});
  for (const auto& row : batch.unparked) std::erase_if(parked_, [&](const auto& p) { return key(p) == key(row); });
  replace_in(retries_, batch.retries, [](const auto& row) { return key(row); });
  for (const auto& row : batch.parked) {
    parked_.push_back(row);
    end_retry(key(row));
    part_ended(row.endpoint, row.seq, row.part, row.last_part);
  }
  for (const auto& row : batch.ended) end(row);
  if (batch.checkpoint) {
    rows_.checkpoint = *batch.checkpoint;
    open_ = open_deliveries(*batch.checkpoint, events_, rows_.match_sets);
  }
  return out;
}

ports::Appended StoreModel::append(const ports::NewEvent& e, const ports::Batch& batch) {
  const auto known = std::find_if(events_.begin(), events_.end(), [&](const auto& old) { return old.id == e.id; });
  if (known != events_.end()) return {known->seq, true};
  const Seq seq = next_seq();
  events_.push_back({seq, e.id, e.type, e.session, e.order_key, e.subject, e.match_set, e.context, e.received_at_ms, e.record,
                     nullptr, e.item_offset, e.item_length});
  if (e.raw >= 0) events_.back().raw = batch.raws[static_cast<std::size_t>(e.raw)].body;
  for (const EndpointNo endpoint : endpoints(e.match_set)) open_[{endpoint, seq}] = {};
  return {seq, false};
}

void StoreModel::part_ended(EndpointNo endpoint, Seq seq, const std::string& part, bool last) {
  const auto delivery = open_.find({endpoint, seq});
  if (delivery == open_.end()) return;
  if (last) {
    open_.erase(delivery);
  } else {
    delivery->second.insert(part);
  }
}

void StoreModel::end_retry(const Delivery& of) {
  std::erase_if(retries_, [&](const auto& r) { return key(r) == of; });
}

void StoreModel::end(const ports::Ended& row) {
  ended_.push_back(row);
  std::erase_if(retries_, [&](const auto& r) {
    return r.endpoint == row.endpoint && r.seq >= row.from && r.seq < row.until && (row.part.empty() || r.part == row.part);
  });
  if (!row.part.empty()) return;
  std::erase_if(open_, [&](const auto& delivery) {
    const auto [endpoint, seq] = delivery.first;
    return endpoint == row.endpoint && seq >= row.from && seq < row.until;
  });
}

std::vector<EndpointNo> StoreModel::endpoints(MatchSetNo no) const {
  for (const auto& set : rows_.match_sets)
    if (set.no == no) return set.endpoints;
  return {};
}

bool StoreModel::routed(const ports::StoredEvent& event, EndpointNo endpoint) const {
  const auto all = endpoints(event.match_set);
  return std::find(all.begin(), all.end(), endpoint) != all.end();
}

ports::Recovered StoreModel::recovered() const {
  ports::Recovered out = rows_;
  out.next_seq = next_seq();
  out.last_received_at_ms = events_.empty() ? 0 : events_.back().received_at_ms;
  out.parked = parked_.size();
  out.retries = retries_;
  for (auto& retry : out.retries) retry.frozen.clear();
  return out;
}

ports::ReadPage StoreModel::read(const ports::ReadRange& range) const {
  ports::ReadPage page;
  page.next = range.from;
  std::size_t bytes = 0;
  for (const auto& e : events_) {
    if (e.seq < range.from) continue;
    if (page.events.size() >= range.events_max || bytes >= range.bytes_max) break;
    page.next = e.seq + 1;
    if (range.endpoint && !routed(e, *range.endpoint)) continue;
    bytes += e.record.size() + e.item_length;
    page.events.push_back(e);
  }
  return page;
}

std::vector<ports::Fetched> StoreModel::fetch(const ports::FetchList& list) const {
  std::vector<ports::Fetched> found;
  for (const Seq seq : list.seqs) {
    if (seq == 0 || seq >= next_seq()) continue;
    ports::Fetched fetched{events_[seq - 1], ""};
    const ports::Retry* first = nullptr;
    for (const auto& r : retries_)
      if (r.endpoint == list.endpoint && r.seq == seq && r.alone == list.alone && (first == nullptr || r.part < first->part))
        first = &r;
    if (first != nullptr) fetched.frozen = first->frozen;
    found.push_back(std::move(fetched));
  }
  return found;
}

ports::ScanPage StoreModel::scan(const ports::ScanRange& range) const {
  ports::ScanPage page;
  page.next = range.until;
  for (const auto& e : events_) {
    if (e.seq < range.from || e.seq >= range.until || !routed(e, range.endpoint)) continue;
    const auto lane = std::find_if(range.lanes.begin(), range.lanes.end(),
                                   [&](OrderKey l) { return lane_key(scope_of_lane(l), e.order_key, e.session, e.seq) == l; });
    if (!range.lanes.empty() && lane == range.lanes.end()) continue;
    if (!range.lanes.empty() && page.rows.size() == range.rows_max) {
      page.next = e.seq;
      break;
    }
    ++page.matched;
    if (!range.lanes.empty()) page.rows.push_back({e.seq, *lane, e.received_at_ms});
  }
  return page;
}

ports::FindPage StoreModel::find(const ports::FindRange& range) const {
  ports::FindPage page;
  page.next = range.until;
  for (const auto& e : events_) {
    const bool named = std::find(range.ids.begin(), range.ids.end(), e.id) != range.ids.end();
    if (e.seq < range.from || e.seq >= range.until || !(range.ids.empty() ? e.subject == range.subject : named)) continue;
    if (page.events.size() == range.events_max) {
      page.next = e.seq;
      break;
    }
    page.events.push_back(e);
  }
  return page;
}

std::vector<ports::AttemptRow> StoreModel::attempts(Seq seq) const {
  std::vector<ports::AttemptRow> rows;
  for (const auto& row : attempts_)
    if (row.attempt.seq == seq) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.attempt.started_at_ms < b.attempt.started_at_ms; });
  return rows;
}

std::vector<ports::Parked> StoreModel::parked(const ports::ParkedFilter& filter) const {
  std::vector<ports::Parked> rows;
  for (auto row = parked_.rbegin(); row != parked_.rend() && rows.size() < filter.limit; ++row) {
    if (row->endpoint != filter.endpoint.value_or(row->endpoint) || row->seq != filter.seq.value_or(row->seq) ||
        row->part != filter.part.value_or(row->part))
      continue;
    rows.push_back(*row);
    if (!filter.with_frozen) rows.back().frozen.clear();
  }
  return rows;
}

std::vector<ports::Ended> StoreModel::ended(EndpointNo endpoint, std::size_t limit) const {
  std::vector<ports::Ended> rows;
  for (auto row = ended_.rbegin(); row != ended_.rend() && rows.size() < limit; ++row)
    if (row->endpoint == endpoint) rows.push_back(*row);
  return rows;
}

}  // namespace chasqui::testing
