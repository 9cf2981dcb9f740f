// What a start reads: configuration, interned rows, and how far each endpoint had come.
#include <algorithm>
#include <map>

#include "adapters/sqlite/journal_db.h"
#include "adapters/sqlite/packing.h"
#include "ports/progress.h"

namespace chasqui::sqlite {
namespace {

// Runs `sql` and hands each row to `row`. @return the database's error, if any.
template <class Row>
Status each(Database& db, const char* sql, Row row) {
  Statement statement;
  if (const auto ready = statement.prepare(db, sql); !ready) return ready;
  while (statement.step()) row(statement);
  return statement.failed() ? Status(db.error(sql)) : success();
}

EndpointNo endpoint_of(std::int64_t value) { return EndpointNo{static_cast<std::uint32_t>(value)}; }

ports::CursorRow cursor_row(Statement& s) {
  ports::CursorRow row{endpoint_of(s.integer(0)), static_cast<Seq>(s.integer(1)), s.integer(2), {}, {}, {}};
  Unpacker settled(s.bytes(3)), deferred(s.bytes(4)), parts(s.bytes(5));
  while (settled.ok() && !settled.done()) row.settled.push_back(settled.number());
  while (deferred.ok() && !deferred.done()) {
    ports::DeferredLane lane;
    lane.lane = OrderKey{deferred.fixed64()};
    lane.from = deferred.number();
    lane.until = deferred.number();
    row.deferred.push_back(lane);
  }
  while (parts.ok() && !parts.done()) {
    ports::PartDone done;
    done.seq = parts.number();
    done.part = parts.text();
    row.parts_done.push_back(std::move(done));
  }
  return row;
}

ports::Ended ended_row(Statement& s) {
  ports::Ended row{endpoint_of(s.integer(0)),
                   static_cast<Seq>(s.integer(1)),
                   static_cast<Seq>(s.integer(2)),
                   static_cast<std::uint64_t>(s.integer(3)),
                   static_cast<ports::EndKind>(s.integer(4)),
                   s.text(5),
                   s.text(6),
                   s.integer(7),
                   {}};
  if (!s.is_null(8)) row.lane = OrderKey{static_cast<std::uint64_t>(s.integer(8))};
  return row;
}

Status read_progress(Database& db, ports::Progress& progress) {
  std::map<std::string, std::int64_t> meta;
  auto done = each(db, "SELECT name, value FROM meta", [&](Statement& s) { meta[s.text(0)] = s.integer(1); });
  if (!done) return done;
  ports::Checkpoint checkpoint;
  checkpoint.tail = std::max<Seq>(1, static_cast<Seq>(meta["tail"]));
  done = each(db, "SELECT endpoint, next, hold_until, settled, deferred, parts FROM cursor",
              [&](Statement& s) { checkpoint.laggards.push_back(cursor_row(s)); });
  if (!done) return done;
  progress.apply(checkpoint);
  const std::string blocks = "SELECT bytes FROM settled WHERE id > " + std::to_string(meta["settled_covered"]) + " ORDER BY id";
  done = each(db, blocks.c_str(),
              [&](Statement& s) { unpack_settled(s.bytes(0), [&](ports::Delivered row) { progress.apply(row); }); });
  if (!done) return done;
  const std::string parked = "SELECT endpoint, seq, part, last_part, lane FROM parked WHERE id > " +
                             std::to_string(meta["parked_covered"]) + " ORDER BY id";
  done = each(db, parked.c_str(), [&](Statement& s) {
    ports::Parked row;
    row.endpoint = endpoint_of(s.integer(0));
    row.seq = static_cast<Seq>(s.integer(1));
    row.part = s.text(2);
    row.last_part = s.integer(3) != 0;
    row.lane = OrderKey{static_cast<std::uint64_t>(s.integer(4))};
    progress.apply(row);
  });
  if (!done) return done;
  const std::string ended = "SELECT endpoint, seq_from, seq_until, count, kind, reason, part, at, lane FROM ended WHERE id > " +
                            std::to_string(meta["ended_covered"]) + " ORDER BY id";
  return each(db, ended.c_str(), [&](Statement& s) { progress.apply(ended_row(s)); });
}

Status read_rows(Database& db, ports::Recovered& out) {
  auto done = each(db, "SELECT kind, id, json FROM config", [&](Statement& s) {
    out.config.push_back({s.text(0), s.text(1), s.text(2)});
  });
  if (done)
    done = each(db, "SELECT no, uid, name, json FROM session ORDER BY no", [&](Statement& s) {
      out.sessions.push_back({SessionNo{static_cast<std::uint32_t>(s.integer(0))}, s.text(1), s.text(2), s.text(3)});
    });
  if (done)
    done = each(db, "SELECT no, revision, endpoints FROM match_set ORDER BY no", [&](Statement& s) {
      ports::InternedMatchSet set{MatchSetNo{static_cast<std::uint32_t>(s.integer(0))}, s.integer(1), {}};
      Unpacker endpoints(s.bytes(2));
      while (endpoints.ok() && !endpoints.done())
        set.endpoints.push_back(endpoint_of(static_cast<std::int64_t>(endpoints.number())));
      out.match_sets.push_back(std::move(set));
    });
  if (done)
    done = each(db, "SELECT no, json FROM context ORDER BY no", [&](Statement& s) {
      out.contexts.push_back({ContextNo{static_cast<std::uint32_t>(s.integer(0))}, s.text(1)});
    });
  if (done)
    done = each(
        db, "SELECT endpoint, seq, part, lane, attempts, tries, first_failed_at, due_at, alone FROM retry", [&](Statement& s) {
          out.retries.push_back({endpoint_of(s.integer(0)), static_cast<Seq>(s.integer(1)), s.text(2),
                                 OrderKey{static_cast<std::uint64_t>(s.integer(3))}, static_cast<std::uint16_t>(s.integer(4)),
                                 static_cast<std::uint16_t>(s.integer(5)), s.integer(6), s.integer(7), s.integer(8) != 0, ""});
        });
  return done;
}

}  // namespace

Result<ports::Recovered> recover(Database& db) {
  ports::Recovered out;
  const auto last_seq = db.number("SELECT max(seq) FROM event"), parked = db.number("SELECT count(*) FROM parked");
  if (!last_seq) return last_seq.error();
  if (!parked) return parked.error();
  out.next_seq = static_cast<Seq>(*last_seq) + 1;
  out.parked = static_cast<std::uint64_t>(*parked);
  const auto last_time = db.number("SELECT received_at FROM event ORDER BY seq DESC LIMIT 1");
  if (!last_time) return last_time.error();
  out.last_received_at_ms = *last_time;
  if (const auto read = read_rows(db, out); !read) return read.error();
  ports::Progress progress;
  if (const auto read = read_progress(db, progress); !read) return read.error();
  out.checkpoint = progress.checkpoint();
  return out;
}

}  // namespace chasqui::sqlite
