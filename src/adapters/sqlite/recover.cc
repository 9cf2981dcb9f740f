// What a start reads: configuration, interned rows, and how far each endpoint had come.
#include <algorithm>
#include <map>
#include <set>

#include "adapters/sqlite/journal_db.h"
#include "adapters/sqlite/packing.h"

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

// How far endpoints are: the last checkpoint, and what was settled after it.
struct Progress {
  Seq tail = 1;
  std::map<EndpointNo, Seq> next;
  std::map<EndpointNo, std::set<Seq>> settled;
  std::map<std::pair<EndpointNo, Seq>, std::vector<ports::Delivered>> open_parts;

  void settle(EndpointNo endpoint, Seq seq) {
    settled[endpoint].insert(seq);
    open_parts.erase({endpoint, seq});
  }
  void move_into(ports::Recovered& out) {
    for (const auto& [endpoint, at] : next) settled.try_emplace(endpoint);
    out.checkpoint.tail = tail;
    for (auto& [endpoint, seqs] : settled) {
      const auto known = next.find(endpoint);
      ports::CursorRow row{endpoint, known == next.end() ? tail : known->second, {}};
      row.settled.assign(seqs.lower_bound(row.next), seqs.end());
      if (known != next.end() || !row.settled.empty()) out.checkpoint.laggards.push_back(std::move(row));
    }
    for (auto& [key, parts] : open_parts) std::move(parts.begin(), parts.end(), std::back_inserter(out.part_done));
  }
};

Status read_progress(Database& db, Progress& p) {
  std::map<std::string, std::int64_t> meta;
  auto done = each(db, "SELECT name, value FROM meta", [&](Statement& s) { meta[s.text(0)] = s.integer(1); });
  if (!done) return done;
  p.tail = std::max<Seq>(1, static_cast<Seq>(meta["tail"]));
  done = each(db, "SELECT endpoint, next, settled FROM cursor", [&](Statement& s) {
    const EndpointNo endpoint = endpoint_of(s.integer(0));
    p.next[endpoint] = static_cast<Seq>(s.integer(1));
    Unpacker seqs(s.bytes(2));
    while (seqs.ok() && !seqs.done()) p.settled[endpoint].insert(seqs.number());
  });
  if (!done) return done;
  const std::string blocks = "SELECT bytes FROM settled WHERE id > " + std::to_string(meta["settled_covered"]) + " ORDER BY id";
  done = each(db, blocks.c_str(), [&](Statement& s) {
    unpack_settled(s.bytes(0), [&](ports::Delivered row) {
      if (row.last_part) return p.settle(row.endpoint, row.seq);
      p.open_parts[{row.endpoint, row.seq}].push_back(std::move(row));
    });
  });
  if (!done) return done;
  const std::string parked = "SELECT endpoint, seq FROM parked WHERE id > " + std::to_string(meta["parked_covered"]);
  return each(db, parked.c_str(), [&](Statement& s) { p.settle(endpoint_of(s.integer(0)), static_cast<Seq>(s.integer(1))); });
}

Status read_rows(Database& db, ports::Recovered& out) {
  auto done = each(db, "SELECT kind, id, json FROM config", [&](Statement& s) { out.config.push_back({s.text(0), s.text(1), s.text(2)}); });
  if (done)
    done = each(db, "SELECT no, uid, name, json FROM session ORDER BY no",
                [&](Statement& s) { out.sessions.push_back({SessionNo{static_cast<std::uint32_t>(s.integer(0))}, s.text(1), s.text(2), s.text(3)}); });
  if (done)
    done = each(db, "SELECT no, revision, endpoints FROM match_set ORDER BY no", [&](Statement& s) {
      ports::InternedMatchSet set{MatchSetNo{static_cast<std::uint32_t>(s.integer(0))}, s.integer(1), {}};
      Unpacker endpoints(s.bytes(2));
      while (endpoints.ok() && !endpoints.done()) set.endpoints.push_back(endpoint_of(static_cast<std::int64_t>(endpoints.number())));
      out.match_sets.push_back(std::move(set));
    });
  if (done)
    done = each(db, "SELECT no, json FROM context ORDER BY no", [&](Statement& s) { out.contexts.push_back({ContextNo{static_cast<std::uint32_t>(s.integer(0))}, s.text(1)}); });
  if (done)
    done = each(db, "SELECT endpoint, seq, part, attempts, first_failed_at, due_at, frozen FROM retry", [&](Statement& s) {
      out.retries.push_back({endpoint_of(s.integer(0)), static_cast<Seq>(s.integer(1)), s.text(2), static_cast<std::uint16_t>(s.integer(3)), s.integer(4), s.integer(5), s.text(6)});
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
  Progress progress;
  if (const auto read = read_progress(db, progress); !read) return read.error();
  progress.move_into(out);
  return out;
}

}  // namespace chasqui::sqlite
