#include "tests/support/store_text.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace chasqui::testing {
namespace {

// Words and values with one space between, ended by a line feed.
class Line {
 public:
  template <class T>
  Line& operator<<(const T& value) {
    if (!out_.empty()) out_ += ' ';
    if constexpr (std::is_enum_v<T>) {
      out_ += std::to_string(static_cast<std::uint64_t>(value));
    } else if constexpr (std::is_integral_v<T>) {
      out_ += std::to_string(value);
    } else {
      append(value);
    }
    return *this;
  }
  operator std::string() const { return out_ + "\n"; }  // NOLINT(google-explicit-constructor)

 private:
  void append(std::string_view bytes) {
    // Of long texts the beginning is enough to know them by; the hash tells whether the rest is the same.
    for (const char c : bytes.substr(0, 60)) out_ += c >= ' ' && c <= '~' ? c : '.';
    if (bytes.size() > 60 || bytes.find('\0') != std::string_view::npos) out_ += "#" + std::to_string(content_hash(bytes));
  }
  std::string out_;
};

template <class Row>
std::string sorted(const std::vector<Row>& rows) {
  std::vector<std::string> lines;
  for (const auto& row : rows) lines.push_back(text(row));
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& line : lines) out += line;
  return out;
}

}  // namespace

std::string text(const ports::ConfigRow& row) { return Line() << "config" << row.kind << row.id << row.json; }
std::string text(const ports::SessionRow& row) { return Line() << "session" << row.no << row.uid << row.name << row.json; }
std::string text(const ports::InternedContext& row) { return Line() << "context" << row.no << row.json; }
std::string text(const ports::InternedMatchSet& row) {
  Line line;
  line << "match set" << row.no << "of revision" << row.config_revision << ":";
  for (const auto endpoint : row.endpoints) line << endpoint;
  return line;
}

std::string text(const Error& error) {
  switch (error.kind) {
    case Error::Kind::not_found:
      return "error: not_found\n";
    case Error::Kind::conflict:
      return "error: conflict\n";
    case Error::Kind::invalid_input:
      return "error: invalid_input\n";
    case Error::Kind::unavailable:
      return "error: unavailable\n";
    case Error::Kind::corrupt:
      return "error: corrupt\n";
  }
  return "error: ?\n";
}

std::string text(const ports::Appended& appended) {
  return Line() << (appended.duplicate ? "duplicate of" : "new") << appended.seq;
}
std::string text(const ports::Committed& committed) { return text(committed.events); }

std::string text(const ports::StoredEvent& e) {
  Line line;
  line << "event" << e.seq << e.id.text() << e.type << e.session << e.order_key << e.subject << e.match_set << e.context
       << e.received_at_ms << e.record;
  if (e.raw != nullptr) line << "raw" << *e.raw << "item" << e.item_offset << e.item_length;
  return line;
}

std::string text(const ports::ReadPage& page) { return text(page.events) + std::string(Line() << "next" << page.next); }

std::string text(const ports::AttemptRow& row) {
  const auto& a = row.attempt;
  return Line() << (row.delivered ? "delivered" : "failed") << a.endpoint << a.seq << a.part << a.attempt << a.status << a.error
                << a.detail << a.started_at_ms << a.duration_us << row.body_hash;
}

std::string text(std::vector<ports::AttemptRow> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tie(a.attempt.started_at_ms, a.attempt.endpoint, a.attempt.part, a.attempt.attempt) <
           std::tie(b.attempt.started_at_ms, b.attempt.endpoint, b.attempt.part, b.attempt.attempt);
  });
  std::string out;
  for (const auto& row : rows) out += text(row);
  return out;
}

std::string text(const ports::Parked& row) {
  return Line() << "parked" << row.endpoint << row.seq << row.part << row.reason << row.attempts << row.parked_at_ms
                << (row.last_part ? "last" : "") << row.lane.value_or(OrderKey{0}) << row.frozen;
}

std::string text(const ports::Retry& row) {
  return Line() << "retry" << row.endpoint << row.seq << row.part << row.lane << row.attempts << row.tries
                << row.first_failed_at_ms << row.due_at_ms << (row.alone ? "alone" : "") << row.frozen;
}

std::string text(const ports::Ended& row) {
  return Line() << "ended" << row.endpoint << row.from << row.until << row.count << ports::word(row.kind) << row.reason
                << row.part << row.at_ms;
}

std::string text(const ports::Fetched& row) {
  return "fetched " + text(row.event) + std::string(Line() << "frozen" << row.frozen);
}

std::string text(const ports::ScanRow& row) { return Line() << "row" << row.seq << row.lane << row.received_at_ms; }
std::string text(const ports::ScanPage& page) {
  return text(page.rows) + std::string(Line() << "matched" << page.matched << "next" << page.next);
}

std::string text(const ports::FindPage& page) { return text(page.events) + std::string(Line() << "next" << page.next); }

std::string text(const ports::Checkpoint& checkpoint) {
  std::map<EndpointNo, std::string> lines;
  for (const auto& row : checkpoint.laggards) {
    std::set<Seq> settled(row.settled.begin(), row.settled.end());
    Seq next = row.next;
    // A deferred lane reaches up to the cursor: with one, moving the cursor would say something else.
    while (row.deferred.empty() && settled.contains(next)) ++next;
    settled.erase(settled.begin(), settled.lower_bound(next));
    Line line;
    line << "cursor of" << row.endpoint << "next" << next << "hold" << row.hold_until_ms << "settled";
    for (const Seq seq : settled) line << seq;
    std::vector<ports::DeferredLane> lanes = row.deferred;
    std::sort(lanes.begin(), lanes.end(), [](const auto& a, const auto& b) { return a.lane < b.lane; });
    for (const auto& lane : lanes) line << "lane" << lane.lane << "from" << lane.from << "until" << lane.until;
    for (const auto& done : row.parts_done) line << "part" << done.seq << done.part;
    const bool as_without_a_row =
        next == checkpoint.tail && settled.empty() && row.deferred.empty() && row.parts_done.empty() && row.hold_until_ms == 0;
    if (!as_without_a_row) lines[row.endpoint] = line;
  }
  std::string out = Line() << "tail" << checkpoint.tail;
  for (const auto& [endpoint, line] : lines) out += line;
  return out;
}

std::string text(const OpenDeliveries& open) {
  std::string out;
  for (const auto& [delivery, parts_done] : open) {
    Line line;
    line << "open" << delivery.first << delivery.second;
    for (const auto& part : parts_done) line << "without" << part;
    out += line;
  }
  return out;
}

std::string text_but_cursors(const ports::Recovered& r) {
  return std::string(Line() << "next" << r.next_seq << "last received" << r.last_received_at_ms << "parked" << r.parked) +
         sorted(r.retries) + sorted(r.config) + sorted(r.sessions) + sorted(r.match_sets) + sorted(r.contexts);
}

std::string text(const ports::Recovered& r) { return text_but_cursors(r) + text(r.checkpoint); }

}  // namespace chasqui::testing
