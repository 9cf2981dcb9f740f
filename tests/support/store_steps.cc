#include "tests/support/store_steps.h"

#include <algorithm>

namespace chasqui::testing {
namespace {

constexpr std::uint32_t kEndpoints = 5;
constexpr std::uint64_t kChats = 6, kMessages = 25;
constexpr const char* kFirstPart = "message";
constexpr const char* kLastPart = "message.any";

// The first two get each event in two parts, as WAHA's endpoints do that want both names of a message.
bool in_parts(std::uint32_t endpoint) { return endpoint <= 2; }

OrderScope scope_of(std::uint32_t endpoint) {
  if (endpoint <= 2) return OrderScope::chat;
  return endpoint == 3 ? OrderScope::session : endpoint == 4 ? OrderScope::endpoint : OrderScope::none;
}

}  // namespace

std::string StoreSteps::letters(std::size_t length) {
  std::string out(length, 'a');
  for (auto& c : out) c = static_cast<char>('a' + choose_.below(26));
  return out;
}

std::uint32_t StoreSteps::some_endpoint() { return 1 + static_cast<std::uint32_t>(choose_.below(kEndpoints)); }

StoreStep StoreSteps::next() {
  const std::size_t dice = choose_.below(100);
  if (dice < 60) return next_batch();
  if (dice < 90) return next_question();
  return Restart{};
}

StoreStep StoreSteps::next_question() {
  const Seq end = model_.next_seq();
  const auto some_seq = [&] { return 1 + choose_.below(end); };
  const EndpointNo endpoint{some_endpoint()};
  switch (choose_.below(7)) {
    case 0: {
      Range range = from(some_seq()).events(1 + choose_.below(choose_.one_in(3) ? 300 : 20));
      if (choose_.one_in(3)) range.bytes(1 + choose_.below(3000));
      if (choose_.one_in(2)) range.of(static_cast<std::uint32_t>(endpoint));
      return ports::ReadRange(range);
    }
    case 1: {
      std::set<Seq> seqs;
      for (std::size_t i = choose_.below(10); i > 0; --i) seqs.insert(some_seq());
      for (const auto& retry : model_.retries())
        if (retry.endpoint == endpoint && choose_.one_in(2)) seqs.insert(retry.seq);
      return ports::FetchList{endpoint, {seqs.begin(), seqs.end()}, choose_.one_in(2)};
    }
    case 2: {
      std::set<OrderKey> lanes;
      for (std::size_t i = choose_.below(5); i > 0 && end > 1; --i)
        lanes.insert(lane_of(static_cast<std::uint32_t>(endpoint), 1 + choose_.below(end - 1)));
      const Seq first = some_seq();
      ports::ScanRange range{endpoint, {lanes.begin(), lanes.end()}, first, first + choose_.below(end - first + 1), 4096};
      if (choose_.one_in(2)) range.rows_max = 1 + choose_.below(5);
      return range;
    }
    case 3: {
      const Seq first = some_seq();
      ports::FindRange range;
      range.subject = 1 + choose_.below(kMessages);
      range.from = first;
      range.until = first + choose_.below(end - first + 1);
      if (choose_.one_in(3)) range.events_max = 1 + choose_.below(3);
      std::set<EventId> ids;
      for (std::size_t i = choose_.one_in(2) ? choose_.below(6) : 0; i > 0; --i)
        ids.insert(event(1 + choose_.below(events_made_ + 3)).id);
      range.ids.assign(ids.begin(), ids.end());
      return range;
    }
    case 4: {
      ParkedQuestion question = all_parked().limit(choose_.below(20));
      if (choose_.one_in(2)) question.of(static_cast<std::uint32_t>(endpoint));
      if (choose_.one_in(4)) question.seq(some_seq());
      if (choose_.one_in(4)) question.part(kFirstPart);
      if (choose_.one_in(2)) question.with_frozen();
      return ports::ParkedFilter(question);
    }
    case 5:
      return AskAttempts{some_seq()};
    default:
      return AskEnded{endpoint, choose_.below(10)};
  }
}

ports::Batch StoreSteps::next_batch() {
  ports::Batch batch;
  if (choose_.one_in(4)) add_rows(batch);
  if (!choose_.one_in(4)) add_events(batch);
  const std::size_t dice = choose_.below(20);
  if (dice == 0) {
    end_backlog(batch);
  } else if (dice < 4) {
    repair_some(batch);
  } else if (dice < 16) {
    settle_some(batch);
  }
  // What people repair is followed by cursors in its batch: what a start makes of it without is not settled yet.
  if (!batch.unparked.empty() || choose_.one_in(5)) note_cursors(batch);
  return batch;
}

void StoreSteps::add_rows(ports::Batch& batch) {
  for (std::size_t i = choose_.below(3); i > 0; --i)
    put(batch, ports::ConfigRow{choose_.one_in(2) ? "endpoint" : "callback", letters(1),
                                choose_.one_in(3) ? "" : "{\"v\":\"" + letters(5) + "\"}"});
  if (choose_.one_in(3)) put(batch, session(1 + static_cast<std::uint32_t>(choose_.below(4)), letters(4)));
  if (choose_.one_in(2)) put(batch, context(++contexts_, "{\"me\":\"" + letters(8) + "\"}"));
  if (choose_.one_in(2)) {
    std::vector<std::uint32_t> endpoints;
    for (std::uint32_t e = 1; e <= kEndpoints; ++e)
      if (choose_.one_in(2)) endpoints.push_back(e);
    put(batch, match_set(++match_sets_, std::move(endpoints)));
  }
}

ports::NewEvent StoreSteps::next_event(const ports::Batch& batch) {
  if (events_made_ > 0 && choose_.one_in(8)) return event(1 + choose_.below(events_made_));
  if (!batch.events.empty() && choose_.one_in(12)) return batch.events[choose_.below(batch.events.size())];
  auto e = in_chat(about(event(++events_made_), 1 + choose_.below(kMessages)), choose_.below(kChats));
  e.match_set = MatchSetNo{static_cast<std::uint32_t>(choose_.below(match_sets_ + 1))};
  e.context = ContextNo{static_cast<std::uint32_t>(choose_.below(contexts_ + 1))};
  return sized(std::move(e), 20 + choose_.below(choose_.one_in(10) ? 20'000 : 300));
}

void StoreSteps::add_events(ports::Batch& batch) {
  for (std::size_t deliveries = 1 + choose_.below(4); deliveries > 0; --deliveries) {
    if (choose_.one_in(4)) {
      put(batch, next_event(batch));
      continue;
    }
    const std::size_t length = 10 + choose_.below(500);
    Source source(letters(length), choose_.one_in(5) ? "" : "application/json");
    for (std::size_t items = 1 + choose_.below(3); items > 0; --items) {
      const auto at = static_cast<std::uint32_t>(choose_.below(length));
      source.with(next_event(batch), at, static_cast<std::uint32_t>(choose_.below(length - at + 1)));
    }
    put(batch, std::move(source));
  }
}

OrderKey StoreSteps::lane_of(std::uint32_t endpoint, Seq seq) const {
  const auto& e = model_.events()[seq - 1];
  return lane_key(scope_of(endpoint), e.order_key, e.session, seq);
}

// The oldest open event of each lane: only these are settled, so lanes keep their order.
std::map<StoreSteps::Lane, Seq> StoreSteps::heads() const {
  std::map<Lane, Seq> heads;
  for (const auto& [of, parts] : model_.open()) {
    const auto endpoint = static_cast<std::uint32_t>(of.first);
    heads.try_emplace({endpoint, lane_of(endpoint, of.second)}, of.second);
  }
  return heads;
}

void StoreSteps::settle_some(ports::Batch& batch) {
  for (const auto& [lane, seq] : heads())
    if (choose_.one_in(4)) settle_head(batch, lane.first, seq);
  for (const auto& retry : model_.retries())
    if (retry.alone && choose_.one_in(3)) settle_resumed(batch, retry);
}

void StoreSteps::settle_head(ports::Batch& batch, std::uint32_t endpoint, Seq seq) {
  const OrderKey lane = lane_of(endpoint, seq);
  const bool first = in_parts(endpoint) && model_.open().at({EndpointNo{endpoint}, seq}).empty();
  const std::string part = !in_parts(endpoint) ? "" : first ? kFirstPart : kLastPart;
  const auto of = delivery(endpoint, seq, part).in(lane);
  std::uint16_t attempt = 1;
  for (const auto& retry : model_.retries())
    if (retry.endpoint == EndpointNo{endpoint} && retry.seq == seq && retry.part == part)
      attempt = static_cast<std::uint16_t>(retry.attempts + 1);
  const std::size_t dice = choose_.below(16);
  if (dice < 4) {
    put(batch, of.failed(attempt));
    put(batch, of.retry(attempt));
  } else if (dice < 6) {
    put(batch, of.failed(attempt));
    put(batch, first ? of.part_parked(attempt) : of.parked(attempt));
  } else if (dice < 7) {
    put(batch, of.ended());
  } else {
    // Rows name their lane when it is deferred; that they need not do so otherwise is tried too.
    const auto named = deferred_.contains({endpoint, lane}) || choose_.one_in(4) ? of : of.in(std::nullopt);
    put(batch, first ? named.part_delivered(attempt) : named.delivered(attempt));
  }
}

void StoreSteps::settle_resumed(ports::Batch& batch, const ports::Retry& retry) {
  const auto of = delivery(static_cast<std::uint32_t>(retry.endpoint), retry.seq, retry.part).in(retry.lane);
  const auto attempt = static_cast<std::uint16_t>(retry.attempts + 1);
  const std::size_t dice = choose_.below(4);
  if (dice < 2) return put(batch, of.part_delivered(attempt));
  put(batch, of.failed(attempt));
  if (dice == 2) {
    put(batch, of.retry_alone(attempt));
  } else {
    put(batch, of.part_parked(attempt));
  }
}

// As a person does with parked deliveries.
void StoreSteps::repair_some(ports::Batch& batch) {
  for (const auto& row : model_.parked(all_parked().limit(1000))) {
    if (!choose_.one_in(3)) continue;
    const auto of = delivery(static_cast<std::uint32_t>(row.endpoint), row.seq, row.part).in(row.lane);
    put(batch, of.unparked());
    if (choose_.one_in(3)) {
      put(batch, of.dropped());
    } else {
      put(batch, of.retry_alone(row.attempts));
    }
  }
}

void StoreSteps::end_backlog(ports::Batch& batch) {
  const std::uint32_t endpoint = some_endpoint();
  const auto count = std::count_if(model_.open().begin(), model_.open().end(),
                                   [&](const auto& o) { return o.first.first == EndpointNo{endpoint}; });
  put(batch, ended_range(endpoint, 1, model_.next_seq(), static_cast<std::uint64_t>(count)));
}

// Cursors are true of the moment behind the batch, but for its events: those come after the tail.
void StoreSteps::note_cursors(ports::Batch& batch) {
  StoreModel after = model_;
  after.commit(batch);
  ports::Checkpoint checkpoint{model_.next_seq(), {}};
  deferred_.clear();
  for (std::uint32_t endpoint = 1; endpoint <= kEndpoints; ++endpoint)
    checkpoint.laggards.push_back(cursor(endpoint, checkpoint.tail, after.open()));
  std::erase_if(checkpoint.laggards,
                [&](const auto& row) { return row.next == checkpoint.tail && row.deferred.empty() && row.hold_until_ms == 0; });
  batch.checkpoint = std::move(checkpoint);
}

ports::CursorRow StoreSteps::cursor(std::uint32_t endpoint, Seq tail, const OpenDeliveries& open) {
  ports::CursorRow row = laggard(endpoint, tail);
  if (choose_.one_in(8)) row.hold_until_ms = kRowsBegin + static_cast<std::int64_t>(choose_.below(100'000));
  std::vector<Seq> seqs;
  for (const auto& [of, parts] : open) {
    if (of.first != row.endpoint || of.second >= tail) continue;
    seqs.push_back(of.second);
    for (const auto& part : parts) row.parts_done.push_back({of.second, part});
  }
  // The cursor stands at an open event or at the tail; what is open below it is deferred.
  if (!seqs.empty() && !choose_.one_in(4)) row.next = seqs[choose_.one_in(2) ? 0 : choose_.below(seqs.size())];
  for (const Seq seq : seqs) {
    const OrderKey lane = lane_of(endpoint, seq);
    if (seq < row.next && deferred_.insert({endpoint, lane}).second) row.deferred.push_back({lane, seq, 0});
  }
  for (Seq seq = row.next + 1; seq < tail; ++seq)
    if (!open.contains({row.endpoint, seq})) row.settled.push_back(seq);
  return row;
}

}  // namespace chasqui::testing
