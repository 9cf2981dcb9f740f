// Rows for a store, made with few words: event(1), delivery(endpoint, seq).failed(1), batch(row, row, …).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/store.h"

namespace chasqui::testing {

inline constexpr std::int64_t kRowsBegin = 1'790'000'000'000;  // ms since 1970; when the first rows come about

/// The n-th event: always the same, unlike any other in every header. Numbers use all their bits.
inline ports::NewEvent event(std::uint64_t n) {
  ports::NewEvent e;
  std::array<std::uint8_t, 10> tail{};
  const std::uint64_t hash = stable_hash("event", n);
  for (std::size_t i = 0; i < tail.size(); ++i) tail[i] = static_cast<std::uint8_t>(hash >> (i % 8 * 8));
  e.id = EventId::make(kRowsBegin + static_cast<std::int64_t>(n), tail.data());
  e.type = static_cast<EventType>(n % event_type_count());
  e.session = SessionNo{static_cast<std::uint32_t>(1 + n % 3)};
  e.order_key = OrderKey{stable_hash("chat", n)};
  e.subject = stable_hash("message", n);
  e.context = ContextNo{static_cast<std::uint32_t>(1 + n % 2)};
  e.received_at_ms = kRowsBegin + static_cast<std::int64_t>(n) * 10;
  e.record = R"({"n":)" + std::to_string(n) + "}";
  return e;
}
inline std::vector<ports::NewEvent> events(std::uint64_t first, std::uint64_t last) {
  std::vector<ports::NewEvent> all;
  for (std::uint64_t n = first; n <= last; ++n) all.push_back(event(n));
  return all;
}
inline ports::NewEvent routed(ports::NewEvent e, std::uint32_t match_set) {
  e.match_set = MatchSetNo{match_set};
  return e;
}
inline ports::NewEvent in_chat(ports::NewEvent e, std::uint64_t chat) {
  e.order_key = OrderKey{stable_hash("chat", chat)};
  return e;
}
/// The lane of a chat for an endpoint that keeps order per chat.
inline OrderKey chat_lane(std::uint64_t chat) {
  return lane_key(OrderScope::chat, OrderKey{stable_hash("chat", chat)}, SessionNo{0}, 0);
}
inline ports::NewEvent about(ports::NewEvent e, std::uint64_t subject) {
  e.subject = subject;
  return e;
}
inline ports::NewEvent sized(ports::NewEvent e, std::size_t record_bytes) {
  e.record = R"({"x":")" + std::string(record_bytes - 8, 'x') + R"("})";
  return e;
}

inline ports::InternedMatchSet match_set(std::uint32_t no, std::vector<std::uint32_t> endpoints) {
  ports::InternedMatchSet set{MatchSetNo{no}, 7, {}};
  for (const auto e : endpoints) set.endpoints.push_back(EndpointNo{e});
  return set;
}
inline ports::InternedContext context(std::uint32_t no, std::string json) { return {ContextNo{no}, std::move(json)}; }
inline ports::SessionRow session(std::uint32_t no, std::string name) {
  return {SessionNo{no}, "uid-" + std::to_string(no), std::move(name), R"({"engine":"cloud"})"};
}

/// One delivery, and the rows that its fate brings about. Times follow from the numbers: later attempts start later.
class DeliveryRows {
 public:
  DeliveryRows(std::uint32_t endpoint, Seq seq, std::string part) : endpoint_{endpoint}, seq_(seq), part_(std::move(part)) {}

  /// In a lane that is deferred: its rows say so.
  DeliveryRows in(std::optional<OrderKey> lane) const {
    DeliveryRows other = *this;
    other.lane_ = lane;
    return other;
  }
  ports::Delivered delivered(std::uint16_t attempt = 1) const {
    auto row = attempted<ports::Delivered>(attempt);
    row.status = 200;
    row.duration_us = 1500u + attempt;
    row.body_hash = stable_hash(part_, seq_);
    row.lane = lane_;
    return row;
  }
  /// Delivered, with further parts of the event to follow; or by itself, because a person resumed it.
  ports::Delivered part_delivered(std::uint16_t attempt = 1) const {
    auto row = delivered(attempt);
    row.last_part = false;
    return row;
  }
  ports::Failed failed(std::uint16_t attempt = 1) const {
    auto row = attempted<ports::Failed>(attempt);
    row.status = 503;
    row.error = "status";
    row.detail = "try later";
    row.duration_us = 2500u + attempt;
    return row;
  }
  ports::Retry retry(std::uint16_t attempts = 1) const {
    auto row = of_delivery<ports::Retry>();
    row.lane = lane_.value_or(OrderKey{0});
    row.attempts = attempts;
    row.tries = attempts;
    row.first_failed_at_ms = at(1);
    row.due_at_ms = at(attempts) + 2000;
    row.frozen = frozen();
    return row;
  }
  /// Of a part that a person resumed.
  ports::Retry retry_alone(std::uint16_t attempts = 1) const {
    auto row = retry(attempts);
    row.tries = 0;
    row.alone = true;
    return row;
  }
  ports::Parked parked(std::uint16_t attempts = 16) const {
    auto row = of_delivery<ports::Parked>();
    row.reason = "attempts_used_up";
    row.attempts = attempts;
    row.parked_at_ms = at(attempts);
    row.lane = lane_.value_or(OrderKey{0});
    row.frozen = frozen();
    return row;
  }
  ports::Parked part_parked(std::uint16_t attempts = 16) const {
    auto row = parked(attempts);
    row.last_part = false;
    return row;
  }
  ports::Unparked unparked() const { return of_delivery<ports::Unparked>(); }
  /// The whole event ended for the endpoint.
  ports::Ended ended(ports::EndKind kind = ports::EndKind::skipped) const {
    ports::Ended row;
    row.endpoint = endpoint_;
    row.from = seq_;
    row.until = seq_ + 1;
    row.count = 1;
    row.kind = kind;
    row.reason = "no_counterpart";
    row.at_ms = at(1);
    row.lane = lane_;
    return row;
  }
  /// A person dropped this part when it was parked.
  ports::Ended dropped(std::string note = "not needed") const {
    auto row = ended(ports::EndKind::dropped);
    row.reason = std::move(note);
    row.part = part_;
    row.lane.reset();
    return row;
  }
  std::string frozen() const { return std::string("POST\0/hook\0", 11) + part_ + std::to_string(seq_); }

 private:
  template <class Row>
  Row of_delivery() const {
    Row row;
    row.endpoint = endpoint_;
    row.seq = seq_;
    row.part = part_;
    return row;
  }
  template <class Row>
  Row attempted(std::uint16_t attempt) const {
    auto row = of_delivery<Row>();
    row.attempt = attempt;
    row.started_at_ms = at(attempt);
    return row;
  }
  std::int64_t at(std::uint16_t attempt) const {
    return kRowsBegin + static_cast<std::int64_t>(seq_) * 10 + attempt * 5000 + static_cast<std::int64_t>(endpoint_) * 3 +
           static_cast<std::int64_t>(part_.size());
  }

  EndpointNo endpoint_;
  Seq seq_;
  std::string part_;
  std::optional<OrderKey> lane_;
};
inline DeliveryRows delivery(std::uint32_t endpoint, Seq seq, std::string part = "") { return {endpoint, seq, std::move(part)}; }

/// All that an endpoint had in a range ended.
inline ports::Ended ended_range(std::uint32_t endpoint, Seq from, Seq until, std::uint64_t count,
                                ports::EndKind kind = ports::EndKind::skipped) {
  auto row = delivery(endpoint, from).ended(kind);
  row.until = until;
  row.count = count;
  row.reason = "endpoint_disabled";
  return row;
}

/// Cursors: tail_at(9, {laggard(1, 3).settled({4, 7}), laggard(2, 8)}).
class Laggard {
 public:
  Laggard(std::uint32_t endpoint, Seq next) {
    row_.endpoint = EndpointNo{endpoint};
    row_.next = next;
  }
  Laggard& settled(std::vector<Seq> seqs) { return row_.settled = std::move(seqs), *this; }
  Laggard& deferred(OrderKey lane, Seq first, Seq until = 0) { return row_.deferred.push_back({lane, first, until}), *this; }
  Laggard& part_done(Seq seq, std::string part) { return row_.parts_done.push_back({seq, std::move(part)}), *this; }
  Laggard& hold_until(std::int64_t ms) { return row_.hold_until_ms = ms, *this; }
  operator ports::CursorRow() const { return row_; }  // NOLINT(google-explicit-constructor)

 private:
  ports::CursorRow row_;
};
inline Laggard laggard(std::uint32_t endpoint, Seq next) { return {endpoint, next}; }
inline ports::Checkpoint tail_at(Seq tail, std::vector<ports::CursorRow> laggards = {}) { return {tail, std::move(laggards)}; }

/// A source delivery with its exact bytes, and the events that are slices of it.
struct Source {
  ports::RawDelivery raw;
  std::vector<ports::NewEvent> events;

  Source(std::string body, std::string content_type = "application/json")
      : raw{std::move(content_type), std::make_shared<const std::string>(std::move(body))} {}
  Source& with(ports::NewEvent e, std::uint32_t offset, std::uint32_t length) {
    e.item_offset = offset;
    e.item_length = length;
    events.push_back(std::move(e));
    return *this;
  }
};

/// What to read: from(7).events(100).bytes(4096).of(5) is a page from seq 7 on, of what was routed to endpoint 5.
class Range {
 public:
  explicit Range(Seq first) { range_.from = first; }
  Range& events(std::size_t most) { return range_.events_max = most, *this; }
  Range& bytes(std::size_t most) { return range_.bytes_max = most, *this; }
  Range& of(std::uint32_t endpoint) { return range_.endpoint = EndpointNo{endpoint}, *this; }
  operator ports::ReadRange() const { return range_; }  // NOLINT(google-explicit-constructor)

 private:
  ports::ReadRange range_;
};
/// Which parked deliveries: parked_of(2).seq(7).part("message").limit(10).
class ParkedQuestion {
 public:
  ParkedQuestion& of(std::uint32_t endpoint) { return filter_.endpoint = EndpointNo{endpoint}, *this; }
  ParkedQuestion& seq(Seq seq) { return filter_.seq = seq, *this; }
  ParkedQuestion& part(std::string part) { return filter_.part = std::move(part), *this; }
  ParkedQuestion& limit(std::size_t most) { return filter_.limit = most, *this; }
  ParkedQuestion& with_frozen() { return filter_.with_frozen = true, *this; }
  operator ports::ParkedFilter() const { return filter_; }  // NOLINT(google-explicit-constructor)

 private:
  ports::ParkedFilter filter_;
};
inline ParkedQuestion all_parked() { return {}; }

inline Range from(Seq first) { return Range(first); }
inline Range all() { return Range(1); }

// A new kind of row joins batch() by a line here.
inline void put(ports::Batch& b, ports::ConfigRow row) { b.config.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::SessionRow row) { b.sessions.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::InternedMatchSet row) { b.match_sets.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::InternedContext row) { b.contexts.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::NewEvent row) { b.events.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::Delivered row) { b.delivered.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::Failed row) { b.failed.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::Retry row) { b.retries.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::Parked row) { b.parked.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::Unparked row) { b.unparked.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::Ended row) { b.ended.push_back(std::move(row)); }
inline void put(ports::Batch& b, ports::Checkpoint row) { b.checkpoint = std::move(row); }
inline void put(ports::Batch& b, Source source) {
  for (auto& e : source.events) {
    e.raw = static_cast<std::int32_t>(b.raws.size());
    b.events.push_back(std::move(e));
  }
  b.raws.push_back(std::move(source.raw));
}
template <class Row>
void put(ports::Batch& b, std::vector<Row> rows) {
  for (auto& row : rows) put(b, std::move(row));
}

template <class... Rows>
ports::Batch batch(Rows... rows) {
  ports::Batch b;
  (put(b, std::move(rows)), ...);
  return b;
}

}  // namespace chasqui::testing
