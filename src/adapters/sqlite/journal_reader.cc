#include "adapters/sqlite/journal_reader.h"

#include <algorithm>

#include "adapters/sqlite/journal_db.h"
#include "adapters/sqlite/packing.h"

namespace chasqui::sqlite {
namespace {

constexpr auto kTransactionMax = std::chrono::milliseconds(80);
constexpr int kRowsBetweenLooks = 512;  // at the clock, while headers are skipped

std::size_t weight(const ports::StoredEvent& e) { return e.record.size() + e.item_length; }

}  // namespace

Status JournalReader::open(const std::string& path, const char* vfs) {
  if (const auto opened = db_.open(path, Database::Mode::read_only, vfs); !opened) return opened;
  sqlite3_busy_timeout(db_.handle(), 1000);
  const std::string columns =
      "SELECT seq, id, type, session, order_key, subject, match_set, context, received_at, blob, at, length, raw_at, raw_length, "
      "item_at, item_length FROM event ";
  const auto ready = headers_.prepare(db_, (columns + "WHERE seq >= ? ORDER BY seq").c_str());
  return ready ? header_.prepare(db_, (columns + "WHERE seq = ?").c_str()) : ready;
}

void JournalReader::close() {
  sqlite3_blob_close(std::exchange(open_blob_, nullptr));
  headers_ = Statement();
  header_ = Statement();
  db_.close();
}

Result<ports::ReadPage> JournalReader::read(const ports::ReadRange& range) {
  if (db_.handle() == nullptr) return unavailable("the journal is closed");
  ports::ReadPage page;
  page.next = range.from;
  std::size_t bytes = 0;
  int rows = 0;
  RawPlace last_raw;
  const auto until = std::chrono::steady_clock::now() + kTransactionMax;
  headers_.bind(range.from);
  Status outcome = success();
  while (page.events.size() < range.events_max && bytes < range.bytes_max && headers_.step()) {
    const auto match_set = MatchSetNo{static_cast<std::uint32_t>(headers_.integer(6))};
    bool wanted = true;
    if (range.endpoint) {
      const auto in_set = routed(match_set, *range.endpoint);
      if (!in_set) {
        outcome = in_set.error();
        break;
      }
      wanted = *in_set;
    }
    page.next = static_cast<Seq>(headers_.integer(0)) + 1;
    if (wanted) {
      ports::StoredEvent event;
      if (outcome = take(event, headers_, last_raw); !outcome) break;
      bytes += weight(event);
      page.events.push_back(std::move(event));
    }
    if (++rows % kRowsBetweenLooks == 0 && std::chrono::steady_clock::now() > until) break;
  }
  if (outcome && headers_.failed()) outcome = db_.error("read events");
  done_reading();
  if (!outcome) return outcome.error();
  return page;
}

// Open statements and blobs hold a transaction.
void JournalReader::done_reading() {
  headers_.reset();
  header_.reset();
  sqlite3_blob_close(std::exchange(open_blob_, nullptr));
}

Result<bool> JournalReader::routed(MatchSetNo set, EndpointNo endpoint) {
  auto known = sets_.find(set);
  if (known == sets_.end()) {
    Statement statement;
    if (const auto ready = statement.prepare(db_, "SELECT endpoints FROM match_set WHERE no = ?"); !ready) return ready.error();
    std::vector<EndpointNo> endpoints;
    if (statement.bind(set).step()) {
      Unpacker in(statement.bytes(0));
      while (in.ok() && !in.done()) endpoints.push_back(EndpointNo{static_cast<std::uint32_t>(in.number())});
    }
    if (statement.failed()) return db_.error("read a match set");
    std::sort(endpoints.begin(), endpoints.end());
    known = sets_.emplace(set, std::move(endpoints)).first;
  }
  return std::binary_search(known->second.begin(), known->second.end(), endpoint);
}

Status JournalReader::take(ports::StoredEvent& event, Statement& h, RawPlace& last_raw) {
  event.seq = static_cast<Seq>(h.integer(0));
  const auto id = h.bytes(1);
  if (id.size() != event.id.bytes.size()) return corrupt("the journal: an event's id has another length");
  std::copy(id.begin(), id.end(), event.id.bytes.begin());
  event.type = static_cast<EventType>(h.integer(2));
  event.session = SessionNo{static_cast<std::uint32_t>(h.integer(3))};
  event.order_key = OrderKey{static_cast<std::uint64_t>(h.integer(4))};
  event.subject = static_cast<std::uint64_t>(h.integer(5));
  event.match_set = MatchSetNo{static_cast<std::uint32_t>(h.integer(6))};
  event.context = ContextNo{static_cast<std::uint32_t>(h.integer(7))};
  event.received_at_ms = h.integer(8);
  const std::int64_t blob = h.integer(9);
  if (const auto read = slice(blob, h.integer(10), h.integer(11), event.record); !read) return read;
  if (h.integer(13) == 0) return success();
  event.item_offset = static_cast<std::uint32_t>(h.integer(14));
  event.item_length = static_cast<std::uint32_t>(h.integer(15));
  if (last_raw.blob != blob || last_raw.at != h.integer(12)) {
    std::string raw;
    if (const auto read = slice(blob, h.integer(12), h.integer(13), raw); !read) return read;
    Unpacker in(raw);
    const std::size_t type = in.text().size();
    std::size_t head = type + 1;  // the type's length takes one byte, or two from 128 on
    if (type >= 128) ++head;
    last_raw = {blob, h.integer(12), std::make_shared<const std::string>(raw.substr(std::min(head, raw.size())))};
  }
  event.raw = last_raw.body;
  if (std::size_t{event.item_offset} + event.item_length > event.raw->size())
    return corrupt("the journal: an event's raw item lies outside its delivery");
  return success();
}

Status JournalReader::slice(std::int64_t blob, std::int64_t at, std::int64_t length, std::string& out) {
  // Reopening moves an open handle to another row, which is cheaper than a new one; after an error it is of no more use.
  int code = open_blob_ == nullptr ? SQLITE_ERROR : sqlite3_blob_reopen(open_blob_, blob);
  if (code != SQLITE_OK) {
    sqlite3_blob_close(std::exchange(open_blob_, nullptr));
    code = sqlite3_blob_open(db_.handle(), "main", "blob", "bytes", blob, 0, &open_blob_);
  }
  if (code != SQLITE_OK) return db_.error("read a record");
  const std::int64_t size = sqlite3_blob_bytes(open_blob_);
  if (at < 0 || length < 0 || at > size || length > size - at)
    return corrupt("the journal: a record lies outside its blob");
  out.resize(static_cast<std::size_t>(length));
  if (sqlite3_blob_read(open_blob_, out.data(), static_cast<int>(length), static_cast<int>(at)) != SQLITE_OK)
    return db_.error("read a record");
  return success();
}

Result<std::vector<ports::AttemptRow>> JournalReader::attempts(Seq seq) {
  if (db_.handle() == nullptr) return unavailable("the journal is closed");
  std::vector<ports::AttemptRow> rows;
  Statement failed, settled;
  auto ready = failed.prepare(
      db_,
      "SELECT endpoint, seq, part, attempt, status, error, detail, started_at, duration_us FROM failed_attempt WHERE seq = ?");
  if (ready) ready = settled.prepare(db_, "SELECT bytes FROM settled WHERE seq_min <= ?1 AND seq_max >= ?1");
  if (!ready) return ready.error();
  failed.bind(seq);
  while (failed.step()) {
    ports::Failed f{EndpointNo{static_cast<std::uint32_t>(failed.integer(0))},
                    static_cast<Seq>(failed.integer(1)),
                    failed.text(2),
                    static_cast<std::uint16_t>(failed.integer(3)),
                    static_cast<std::uint16_t>(failed.integer(4)),
                    failed.text(5),
                    failed.text(6),
                    failed.integer(7),
                    static_cast<std::uint32_t>(failed.integer(8))};
    rows.push_back({false, std::move(f), 0});
  }
  settled.bind(seq);
  while (settled.step()) {
    unpack_settled(settled.bytes(0), [&](ports::Delivered d) {
      if (d.seq == seq)
        rows.push_back({true,
                        {d.endpoint, d.seq, std::move(d.part), d.attempt, d.status, "", "", d.started_at_ms, d.duration_us},
                        d.body_hash});
    });
  }
  if (failed.failed() || settled.failed()) return db_.error("read attempts");
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.attempt.started_at_ms < b.attempt.started_at_ms; });
  return rows;
}

Result<std::vector<ports::Parked>> JournalReader::parked(const ports::ParkedFilter& filter) {
  if (db_.handle() == nullptr) return unavailable("the journal is closed");
  Statement s;
  const auto ready =
      s.prepare(db_,
                "SELECT endpoint, seq, part, reason, attempts, parked_at, last_part, lane, CASE WHEN ?1 THEN frozen ELSE '' END "
                "FROM parked "
                "WHERE (?2 OR endpoint = ?3) AND (?4 OR seq = ?5) AND (?6 OR part = ?7) ORDER BY id DESC LIMIT ?8");
  if (!ready) return ready.error();
  std::vector<ports::Parked> rows;
  const std::string part = filter.part.value_or("");
  s.bind(filter.with_frozen, !filter.endpoint, filter.endpoint.value_or(EndpointNo{}), !filter.seq, filter.seq.value_or(0),
         !filter.part, part, filter.limit);
  while (s.step())
    rows.push_back({EndpointNo{static_cast<std::uint32_t>(s.integer(0))}, static_cast<Seq>(s.integer(1)), s.text(2), s.text(3),
                    static_cast<std::uint16_t>(s.integer(4)), s.integer(5), s.integer(6) != 0,
                    OrderKey{static_cast<std::uint64_t>(s.integer(7))}, s.text(8)});
  if (s.failed()) return db_.error("read parked deliveries");
  return rows;
}

}  // namespace chasqui::sqlite
