// Look-ups beside the plain reading: single events, headers of lanes, events of a message, ends.
#include <algorithm>

#include "adapters/sqlite/journal_reader.h"

namespace chasqui::sqlite {
namespace {

constexpr auto kTransactionMax = std::chrono::milliseconds(80);
constexpr int kRowsBetweenLooks = 512;
constexpr Seq kFindSpan = 100'000;  // headers looked at in one transaction of find

}  // namespace

Result<std::vector<ports::Fetched>> JournalReader::fetch(const ports::FetchList& list) {
  if (db_.handle() == nullptr) return unavailable("the journal is closed");
  Statement frozen;
  if (const auto ready =
          frozen.prepare(db_, "SELECT frozen FROM retry WHERE endpoint = ? AND seq = ? AND alone = ? ORDER BY part LIMIT 1");
      !ready)
    return ready.error();
  std::vector<ports::Fetched> found;
  Status outcome = success();
  RawPlace last_raw;
  for (const Seq seq : list.seqs) {
    header_.bind(seq);
    const bool there = header_.step();
    if (!there && header_.failed()) outcome = db_.error("read an event");
    if (there) {
      ports::Fetched fetched;
      outcome = take(fetched.event, header_, last_raw);
      if (outcome && frozen.bind(list.endpoint, seq, list.alone).step()) fetched.frozen = frozen.text(0);
      if (frozen.failed()) outcome = db_.error("read a retry");
      frozen.reset();
      if (outcome) found.push_back(std::move(fetched));
    }
    header_.reset();
    if (!outcome) break;
  }
  done_reading();
  if (!outcome) return outcome.error();
  return found;
}

Result<ports::ScanPage> JournalReader::scan(const ports::ScanRange& range) {
  if (db_.handle() == nullptr) return unavailable("the journal is closed");
  Statement headers;
  if (const auto ready = headers.prepare(
          db_, "SELECT seq, session, order_key, match_set, received_at FROM event WHERE seq >= ? AND seq < ? ORDER BY seq");
      !ready)
    return ready.error();
  ports::ScanPage page;
  page.next = range.until;
  int rows = 0;
  const auto end = std::chrono::steady_clock::now() + kTransactionMax;
  headers.bind(range.from, range.until);
  while (headers.step()) {
    const auto seq = static_cast<Seq>(headers.integer(0));
    if (++rows % kRowsBetweenLooks == 0 && std::chrono::steady_clock::now() > end) {
      page.next = seq;
      break;
    }
    const auto mine = routed(MatchSetNo{static_cast<std::uint32_t>(headers.integer(3))}, range.endpoint);
    if (!mine) return mine.error();
    if (!*mine) continue;
    const auto lane = ports::lane_in(range.lanes, OrderKey{static_cast<std::uint64_t>(headers.integer(2))},
                                     SessionNo{static_cast<std::uint32_t>(headers.integer(1))}, seq);
    if (!lane && !range.lanes.empty()) continue;
    if (lane && page.rows.size() == range.rows_max) {
      page.next = seq;
      break;
    }
    ++page.matched;
    if (lane) page.rows.push_back({seq, *lane, headers.integer(4)});
  }
  if (headers.failed()) return db_.error("scan headers");
  return page;
}

Result<ports::FindPage> JournalReader::find(const ports::FindRange& range) {
  if (db_.handle() == nullptr) return unavailable("the journal is closed");
  ports::FindPage page;
  page.next = range.ids.empty() ? std::min(range.until, range.from + kFindSpan) : range.until;
  auto seqs = range.ids.empty() ? seqs_of_subject(range, page.next) : seqs_of_ids(range);
  if (!seqs) return seqs.error();
  if (seqs->size() > range.events_max) {
    page.next = (*seqs)[range.events_max];
    seqs->resize(range.events_max);
  }
  RawPlace last_raw;
  Status outcome = success();
  for (const Seq seq : *seqs) {
    ports::StoredEvent event;
    header_.bind(seq);
    if (header_.step()) {
      outcome = take(event, header_, last_raw);
      if (outcome) page.events.push_back(std::move(event));
    } else if (header_.failed()) {
      outcome = db_.error("read an event");
    }
    header_.reset();
    if (!outcome) break;
  }
  done_reading();
  if (!outcome) return outcome.error();
  return page;
}

// At most one more than is wanted: it says where the next page begins.
Result<std::vector<Seq>> JournalReader::seqs_of_subject(const ports::FindRange& range, Seq until) {
  Statement found;
  const auto ready =
      found.prepare(db_, "SELECT seq FROM event WHERE seq >= ? AND seq < ? AND subject = ? ORDER BY seq LIMIT ?");
  if (!ready) return ready.error();
  std::vector<Seq> seqs;
  found.bind(range.from, until, range.subject, range.events_max + 1);
  while (found.step()) seqs.push_back(static_cast<Seq>(found.integer(0)));
  if (found.failed()) return db_.error("find events of a message");
  return seqs;
}

Result<std::vector<Seq>> JournalReader::seqs_of_ids(const ports::FindRange& range) {
  Statement found;
  if (const auto ready = found.prepare(db_, "SELECT seq FROM event WHERE id = ?"); !ready) return ready.error();
  std::vector<Seq> seqs;
  for (const EventId& id : range.ids) {
    found.bind(Statement::blob({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}));
    if (found.step()) {
      const auto seq = static_cast<Seq>(found.integer(0));
      if (seq >= range.from && seq < range.until) seqs.push_back(seq);
    } else if (found.failed()) {
      return db_.error("find an event");
    }
    found.reset();
  }
  std::sort(seqs.begin(), seqs.end());
  return seqs;
}

Result<std::vector<ports::Ended>> JournalReader::ended(EndpointNo endpoint, std::size_t limit) {
  if (db_.handle() == nullptr) return unavailable("the journal is closed");
  Statement s;
  const auto ready = s.prepare(
      db_, "SELECT seq_from, seq_until, count, kind, reason, part, at FROM ended WHERE endpoint = ? ORDER BY id DESC LIMIT ?");
  if (!ready) return ready.error();
  std::vector<ports::Ended> rows;
  s.bind(endpoint, limit);
  while (s.step())
    rows.push_back({endpoint, static_cast<Seq>(s.integer(0)), static_cast<Seq>(s.integer(1)),
                    static_cast<std::uint64_t>(s.integer(2)), static_cast<ports::EndKind>(s.integer(3)), s.text(4), s.text(5),
                    s.integer(6), std::nullopt});
  if (s.failed()) return db_.error("read what ended");
  return rows;
}

}  // namespace chasqui::sqlite
