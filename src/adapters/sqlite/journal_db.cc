#include "adapters/sqlite/journal_db.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "adapters/sqlite/packing.h"

namespace chasqui::sqlite {
namespace {

constexpr std::size_t kPageSize = 16384;

// docs/formats/journal.md describes every column.
constexpr const char* kSchema = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE blob(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE event(seq INTEGER PRIMARY KEY, id BLOB NOT NULL, type INTEGER NOT NULL, session INTEGER NOT NULL, order_key INTEGER NOT NULL,
  subject INTEGER NOT NULL, match_set INTEGER NOT NULL, context INTEGER NOT NULL, received_at INTEGER NOT NULL, blob INTEGER NOT NULL,
  at INTEGER NOT NULL, length INTEGER NOT NULL, raw_at INTEGER NOT NULL, raw_length INTEGER NOT NULL, item_at INTEGER NOT NULL, item_length INTEGER NOT NULL);
CREATE UNIQUE INDEX event_id ON event(id);
CREATE TABLE settled(id INTEGER PRIMARY KEY, seq_min INTEGER NOT NULL, seq_max INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE failed_attempt(id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, seq INTEGER NOT NULL, part TEXT NOT NULL, attempt INTEGER NOT NULL,
  status INTEGER NOT NULL, error TEXT NOT NULL, detail TEXT NOT NULL, started_at INTEGER NOT NULL, duration_us INTEGER NOT NULL);
CREATE INDEX failed_attempt_seq ON failed_attempt(seq);
CREATE INDEX failed_attempt_endpoint ON failed_attempt(endpoint, started_at);
CREATE TABLE retry(endpoint INTEGER NOT NULL, seq INTEGER NOT NULL, part TEXT NOT NULL, lane INTEGER NOT NULL, attempts INTEGER NOT NULL,
  tries INTEGER NOT NULL, first_failed_at INTEGER NOT NULL, due_at INTEGER NOT NULL, alone INTEGER NOT NULL, frozen BLOB NOT NULL,
  PRIMARY KEY(endpoint, seq, part)) WITHOUT ROWID;
CREATE TABLE parked(id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, seq INTEGER NOT NULL, part TEXT NOT NULL, reason TEXT NOT NULL,
  attempts INTEGER NOT NULL, parked_at INTEGER NOT NULL, last_part INTEGER NOT NULL, lane INTEGER NOT NULL, frozen BLOB NOT NULL);
CREATE INDEX parked_delivery ON parked(endpoint, seq, part);
CREATE INDEX parked_seq ON parked(seq);
CREATE TABLE ended(id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, seq_from INTEGER NOT NULL, seq_until INTEGER NOT NULL, count INTEGER NOT NULL,
  kind INTEGER NOT NULL, reason TEXT NOT NULL, part TEXT NOT NULL, at INTEGER NOT NULL, lane INTEGER);
CREATE INDEX ended_endpoint ON ended(endpoint, id);
CREATE TABLE config(kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;
CREATE TABLE session(no INTEGER PRIMARY KEY, uid TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE match_set(no INTEGER PRIMARY KEY, revision INTEGER NOT NULL, endpoints BLOB NOT NULL);
CREATE TABLE context(no INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE cursor(endpoint INTEGER PRIMARY KEY, next INTEGER NOT NULL, hold_until INTEGER NOT NULL, settled BLOB NOT NULL, deferred BLOB NOT NULL,
  parts BLOB NOT NULL);
)sql";

std::string_view id_bytes(const EventId& id) { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }

void pack_settled(std::string& out, const std::vector<ports::Delivered>& rows) {
  out.clear();
  const std::int64_t base = rows.front().started_at_ms;
  put_number(out, static_cast<std::uint64_t>(base));
  for (const auto& row : rows) {
    put_number(out, static_cast<std::uint64_t>(row.endpoint));
    put_number(out, row.seq);
    put_text(out, row.part);
    put_number(out, static_cast<std::uint64_t>(row.attempt) << 2 | (row.lane ? 2u : 0u) | (row.last_part ? 1u : 0u));
    put_number(out, row.status);
    const std::int64_t delta = row.started_at_ms - base;
    put_number(out, delta < 0 ? static_cast<std::uint64_t>(-delta) << 1 | 1u : static_cast<std::uint64_t>(delta) << 1);
    put_number(out, row.duration_us);
    put_fixed64(out, row.body_hash);
    if (row.lane) put_fixed64(out, static_cast<std::uint64_t>(*row.lane));
  }
}

// A cursor row's lists: numbers of settled events; lanes with their range; parts that are done.
void pack_cursor(const ports::CursorRow& row, std::string& settled, std::string& deferred, std::string& parts) {
  for (const Seq seq : row.settled) put_number(settled, seq);
  for (const auto& lane : row.deferred) {
    put_fixed64(deferred, static_cast<std::uint64_t>(lane.lane));
    put_number(deferred, lane.from);
    put_number(deferred, lane.until);
  }
  for (const auto& done : row.parts_done) {
    put_number(parts, done.seq);
    put_text(parts, done.part);
  }
}

}  // namespace

Result<ports::Recovered> JournalDb::open() {
  if (const auto opened = db_.open(options_.path, Database::Mode::read_write, options_.vfs); !opened) return opened.error();
  auto recovered = [&]() -> Result<ports::Recovered> {
    if (const auto ready = prepare_file(); !ready) return ready.error();
    if (const auto ready = prepare_statements(); !ready) return ready.error();
    if (const auto durable = sync_what_is_there(); !durable) return durable.error();
    return recover(db_);
  }();
  if (!recovered) {
    close();
    return recovered;
  }
  next_seq_ = recovered->next_seq;
  const auto last_blob = db_.number("SELECT max(id) FROM blob"), last_settled = db_.number("SELECT max(id) FROM settled");
  if (!last_blob || !last_settled) {
    close();
    return (last_blob ? last_settled : last_blob).error();
  }
  next_blob_ = *last_blob + 1;
  next_settled_ = *last_settled + 1;
  return recovered;
}

// A new file gets its layout; an old one is checked before anything is written to it.
Status JournalDb::prepare_file() {
  sqlite3_busy_timeout(db_.handle(), 250);
  const auto application = db_.number("PRAGMA application_id"), version = db_.number("PRAGMA user_version");
  if (!application) return application.error();
  if (!version) return version.error();
  const auto tables = db_.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables > 0 && *application != kApplicationId)
    return corrupt("the file " + options_.path + " is no Chasqui journal; move it away, or choose another data directory");
  if (*version > kVersion)
    return invalid_input("the journal " + options_.path + " has version " + std::to_string(*version) +
                         ", this program reads up to version " + std::to_string(kVersion) +
                         ": use the newer program, or restore a backup made with this one");
  for (const char* pragma : {"PRAGMA page_size = 16384", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                             "PRAGMA wal_autocheckpoint = 0", "PRAGMA cache_size = -32768", "PRAGMA temp_store = MEMORY"})
    if (const auto set = db_.run(pragma); !set) return set;
  sqlite3_wal_hook(
      db_.handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<JournalDb*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  if (*version == kVersion) return success();
  const std::string create = std::string("BEGIN IMMEDIATE;") + kSchema +
                             "PRAGMA application_id = " + std::to_string(kApplicationId) +
                             "; PRAGMA user_version = " + std::to_string(kVersion) + "; COMMIT;";
  const auto created = db_.run(create.c_str());
  if (!created) static_cast<void>(db_.run("ROLLBACK"));
  return created;
}

// An earlier life may have been killed between writing a batch to the log and syncing it: it is found whole, and a power cut
// could still take it, with all that was promised on top of it. Copying the log back syncs it first, and then writes its
// pages anew, also those that a failed sync has lost behind the system's back.
Status JournalDb::sync_what_is_there() {
  const int code = sqlite3_wal_checkpoint_v2(db_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  // A full disk has synced the log and has no room for the copy; the journal must start all the same.
  return code == SQLITE_OK || (code & 0xff) == SQLITE_FULL ? success() : Status(db_.error("sync the log"));
}

Status JournalDb::prepare_statements() {
  static constexpr std::array<const char*, query_count> sql{
      "INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING",
      "SELECT seq FROM event WHERE id = ?",
      "INSERT INTO blob VALUES(?,?)",
      "INSERT INTO settled VALUES(?,?,?,?)",
      "INSERT INTO failed_attempt VALUES(NULL,?,?,?,?,?,?,?,?,?)",
      "INSERT OR REPLACE INTO retry VALUES(?,?,?,?,?,?,?,?,?,?)",
      "DELETE FROM retry WHERE endpoint = ? AND seq = ? AND part = ?",
      "INSERT INTO parked VALUES(NULL,?,?,?,?,?,?,?,?,?)",
      "DELETE FROM parked WHERE endpoint = ? AND seq = ? AND part = ?",
      "INSERT INTO ended VALUES(NULL,?,?,?,?,?,?,?,?,?)",
      "DELETE FROM retry WHERE endpoint = ?1 AND seq >= ?2 AND seq < ?3 AND (?4 = '' OR part = ?4)",
      "INSERT OR REPLACE INTO config VALUES(?,?,?)",
      "DELETE FROM config WHERE kind = ? AND id = ?",
      "INSERT OR REPLACE INTO session VALUES(?,?,?,?)",
      "INSERT OR REPLACE INTO match_set VALUES(?,?,?)",
      "INSERT OR REPLACE INTO context VALUES(?,?)",
      "INSERT INTO cursor VALUES(?,?,?,?,?,?)",
      "INSERT OR REPLACE INTO meta VALUES(?,?)",
  };
  for (std::size_t i = 0; i < sql.size(); ++i)
    if (const auto ready = statements_[i].prepare(db_, sql[i]); !ready) return ready;
  return success();
}

Result<ports::Committed> JournalDb::commit(const ports::Batch& batch) {
  if (db_.handle() == nullptr) return unavailable("the journal is closed");
  const Seq seq = next_seq_;
  const std::int64_t blob = next_blob_, settled = next_settled_;
  ports::Committed out;
  auto outcome = db_.run("BEGIN IMMEDIATE");
  if (outcome) outcome = write(batch, out);
  if (outcome) outcome = db_.run("COMMIT");
  if (!outcome) {
    // The error is read before the rollback, which would replace it. Frames written to the log by the failed try have no
    // commit mark and are written over by the next one.
    if (sqlite3_get_autocommit(db_.handle()) == 0) static_cast<void>(db_.run("ROLLBACK"));
    next_seq_ = seq;
    next_blob_ = blob;
    next_settled_ = settled;
    return unavailable(outcome.error().detail);
  }
  copy_log_back();
  measure(out);
  return out;
}

// At most a few times a second: two system calls.
void JournalDb::measure(ports::Committed& out) {
  const auto now = std::chrono::steady_clock::now();
  if (now - measured_at_ > std::chrono::milliseconds(200)) {
    measured_at_ = now;
    struct statvfs disk {};
    struct stat file {};
    free_bytes_ = ::statvfs(options_.path.c_str(), &disk) == 0 ? disk.f_bavail * disk.f_frsize : ~std::uint64_t{0};
    file_bytes_ = ::stat(options_.path.c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
  }
  out.disk_free_bytes = free_bytes_;
  out.journal_bytes = file_bytes_ + static_cast<std::uint64_t>(wal_pages_) * kPageSize;
}

Status JournalDb::write(const ports::Batch& batch, ports::Committed& out) {
  const bool ok = write_rows(batch) && write_events(batch, out) && write_deliveries(batch) &&
                  (!batch.checkpoint || write_checkpoint(*batch.checkpoint));
  return ok ? success() : Status(db_.error("commit a batch"));
}

bool JournalDb::write_rows(const ports::Batch& batch) {
  for (const auto& row : batch.config) {
    const bool ok = row.json.empty() ? of(drop_config).bind(row.kind, row.id).execute()
                                     : of(put_config).bind(row.kind, row.id, row.json).execute();
    if (!ok) return false;
  }
  for (const auto& row : batch.sessions)
    if (!of(put_session).bind(row.no, row.uid, row.name, row.json).execute()) return false;
  for (const auto& row : batch.match_sets) {
    std::string packed;
    for (const auto endpoint : row.endpoints) put_number(packed, static_cast<std::uint64_t>(endpoint));
    if (!of(put_match_set).bind(row.no, row.config_revision, Statement::blob(packed)).execute()) return false;
  }
  for (const auto& row : batch.contexts)
    if (!of(put_context).bind(row.no, row.json).execute()) return false;
  return true;
}

// Records go back to back into one blob, each raw delivery ahead of its first new event; duplicates leave nothing behind.
bool JournalDb::write_events(const ports::Batch& batch, ports::Committed& out) {
  if (batch.events.empty()) return true;
  out.events.reserve(batch.events.size());
  std::string& blob = buffer_;
  blob.clear();
  struct Place {
    std::size_t at = 0, length = 0;
  };
  std::vector<Place> raw_places(batch.raws.size());
  for (const auto& event : batch.events) {
    const std::size_t before = blob.size();
    Place raw;
    const bool has_raw = event.raw >= 0;
    const auto raw_index = static_cast<std::size_t>(event.raw);
    if (has_raw && raw_places[raw_index].length == 0) {
      const auto& delivery = batch.raws[raw_index];
      raw.at = blob.size();
      put_text(blob, std::string_view(delivery.content_type).substr(0, 255));
      blob.append(*delivery.body);
      raw.length = blob.size() - raw.at;
    } else if (has_raw) {
      raw = raw_places[raw_index];
    }
    const std::size_t at = blob.size();
    blob.append(event.record);
    of(insert_event)
        .bind(next_seq_, Statement::blob(id_bytes(event.id)), event.type, event.session, event.order_key, event.subject,
              event.match_set, event.context, event.received_at_ms, next_blob_, at, event.record.size(), raw.at, raw.length,
              event.item_offset, event.item_length);
    if (!of(insert_event).execute()) return false;
    if (sqlite3_changes(db_.handle()) == 0) {
      blob.resize(before);
      Statement& find = of(find_event).bind(Statement::blob(id_bytes(event.id)));
      const Seq first = find.step() ? static_cast<Seq>(find.integer(0)) : 0;
      find.reset();
      if (first == 0) return false;
      out.events.push_back({first, true});
      continue;
    }
    if (has_raw) raw_places[raw_index] = raw;
    out.events.push_back({next_seq_++, false});
  }
  if (blob.empty()) return true;
  const bool ok = of(insert_blob).bind(next_blob_, Statement::blob(blob)).execute();
  ++next_blob_;
  return ok;
}

bool JournalDb::write_deliveries(const ports::Batch& batch) {
  if (!batch.delivered.empty()) {
    const auto [least, most] =
        std::minmax_element(batch.delivered.begin(), batch.delivered.end(), [](auto& a, auto& b) { return a.seq < b.seq; });
    pack_settled(buffer_, batch.delivered);
    if (!of(insert_settled).bind(next_settled_, least->seq, most->seq, Statement::blob(buffer_)).execute()) return false;
    ++next_settled_;
  }
  // A first try that succeeded has no retry to end.
  for (const auto& row : batch.delivered)
    if (row.attempt > 1 && !of(end_retry).bind(row.endpoint, row.seq, row.part).execute()) return false;
  for (const auto& row : batch.failed)
    if (!of(insert_failed)
             .bind(row.endpoint, row.seq, row.part, row.attempt, row.status, row.error, row.detail, row.started_at_ms,
                   row.duration_us)
             .execute())
      return false;
  for (const auto& row : batch.unparked)
    if (!of(unpark).bind(row.endpoint, row.seq, row.part).execute()) return false;
  for (const auto& row : batch.retries)
    if (!of(put_retry)
             .bind(row.endpoint, row.seq, row.part, row.lane, row.attempts, row.tries, row.first_failed_at_ms, row.due_at_ms,
                   row.alone, Statement::blob(row.frozen))
             .execute())
      return false;
  for (const auto& row : batch.parked) {
    const bool ok = of(end_retry).bind(row.endpoint, row.seq, row.part).execute() &&
                    of(insert_parked)
                        .bind(row.endpoint, row.seq, row.part, row.reason, row.attempts, row.parked_at_ms, row.last_part,
                              row.lane.value_or(OrderKey{}), Statement::blob(row.frozen))
                        .execute();
    if (!ok) return false;
  }
  return write_ended(batch);
}

bool JournalDb::write_ended(const ports::Batch& batch) {
  for (const auto& row : batch.ended) {
    const bool ok = of(end_retries).bind(row.endpoint, row.from, row.until, row.part).execute() &&
                    of(insert_ended)
                        .bind(row.endpoint, row.from, row.until, row.count, row.kind, row.reason, row.part, row.at_ms, row.lane)
                        .execute();
    if (!ok) return false;
  }
  return true;
}

// Covers everything up to and including this batch: what comes later is applied on top of it at a start.
bool JournalDb::write_checkpoint(const ports::Checkpoint& checkpoint) {
  if (sqlite3_exec(db_.handle(), "DELETE FROM cursor", nullptr, nullptr, nullptr) != SQLITE_OK) return false;
  for (const auto& row : checkpoint.laggards) {
    std::string settled, deferred, parts;
    pack_cursor(row, settled, deferred, parts);
    if (!of(put_cursor)
             .bind(row.endpoint, row.next, row.hold_until_ms, Statement::blob(settled), Statement::blob(deferred),
                   Statement::blob(parts))
             .execute())
      return false;
  }
  const auto last_parked = db_.number("SELECT max(id) FROM parked"), last_ended = db_.number("SELECT max(id) FROM ended");
  return last_parked.has_value() && last_ended.has_value() &&
         of(put_meta).bind(std::string_view("tail"), checkpoint.tail).execute() &&
         of(put_meta).bind(std::string_view("settled_covered"), next_settled_ - 1).execute() &&
         of(put_meta).bind(std::string_view("parked_covered"), *last_parked).execute() &&
         of(put_meta).bind(std::string_view("ended_covered"), *last_ended).execute();
}

// Copies the log into the file, between batches, so that the log stays small. A failure costs nothing: the log has it all.
void JournalDb::copy_log_back() {
  const std::size_t bytes = static_cast<std::size_t>(wal_pages_) * kPageSize;
  if (bytes < options_.wal_bytes) return;
  const int mode = bytes >= options_.wal_bytes_max ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  sqlite3_wal_checkpoint_v2(db_.handle(), nullptr, mode, nullptr, nullptr);
}

void JournalDb::close() {
  for (auto& statement : statements_) statement = Statement();
  db_.close();
}

void unpack_settled(std::string_view block, const std::function<void(ports::Delivered)>& each) {
  Unpacker in(block);
  const auto base = static_cast<std::int64_t>(in.number());
  while (in.ok() && !in.done()) {
    ports::Delivered row;
    row.endpoint = EndpointNo{static_cast<std::uint32_t>(in.number())};
    row.seq = in.number();
    row.part = in.text();
    const auto attempt = in.number();
    row.attempt = static_cast<std::uint16_t>(attempt >> 2);
    row.last_part = (attempt & 1) != 0;
    row.status = static_cast<std::uint16_t>(in.number());
    const auto delta = in.number();
    row.started_at_ms =
        base + ((delta & 1) != 0 ? -static_cast<std::int64_t>(delta >> 1) : static_cast<std::int64_t>(delta >> 1));
    row.duration_us = static_cast<std::uint32_t>(in.number());
    row.body_hash = in.fixed64();
    if ((attempt & 2) != 0) row.lane = OrderKey{in.fixed64()};
    if (in.ok()) each(std::move(row));
  }
}

}  // namespace chasqui::sqlite
