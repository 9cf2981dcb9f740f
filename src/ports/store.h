// The journal and what is kept beside it. Nothing here assumes SQLite or a single process (semantics 1-7).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/event/event.h"
#include "core/ids.h"
#include "core/result.h"

namespace chasqui::ports {

/// An event ready to be appended. `record` is its JSON (append_json); headers stand beside it so that scans need not
/// read it.
struct NewEvent {
  EventId id;
  EventType type{};
  SessionNo session{};
  OrderKey order_key{};
  std::uint64_t subject = 0;  ///< stable_hash of the message id, for trace; 0 = none
  MatchSetNo match_set{};     ///< the endpoints that it was routed to (interned)
  ContextNo context{};        ///< the render context (interned)
  std::int64_t received_at_ms = 0;
  std::string record;
  std::int32_t raw = -1;  ///< index into Batch::raws, or -1
  std::uint32_t item_offset = 0;
  std::uint32_t item_length = 0;
};

/// A source delivery's exact bytes, stored once however many events it holds.
struct RawDelivery {
  std::string content_type;
  std::shared_ptr<const std::string> body;
};

/// A successful attempt; packed, one block per batch.
struct Delivered {
  EndpointNo endpoint{};
  Seq seq = 0;
  std::string part;
  std::uint16_t attempt = 1;
  std::uint16_t status = 0;
  std::int64_t started_at_ms = 0;
  std::uint32_t duration_us = 0;
  std::uint64_t body_hash = 0;
  bool last_part = true;  ///< with it the event is settled for the endpoint

  bool operator==(const Delivered&) const = default;
};

/// A failed attempt; an indexed row.
struct Failed {
  EndpointNo endpoint{};
  Seq seq = 0;
  std::string part;
  std::uint16_t attempt = 1;
  std::uint16_t status = 0;  ///< 0 = no answer
  std::string error;         ///< closed word: connect_refused, timeout, status, …
  std::string detail;        ///< for people; bounded
  std::int64_t started_at_ms = 0;
  std::uint32_t duration_us = 0;

  bool operator==(const Failed&) const = default;
};

/// The state of a delivery that failed and is to be tried again: its next try survives a restart, its bytes are frozen.
struct Retry {
  EndpointNo endpoint{};
  Seq seq = 0;
  std::string part;
  std::uint16_t attempts = 0;  ///< made so far
  std::int64_t first_failed_at_ms = 0;
  std::int64_t due_at_ms = 0;
  std::string frozen;  ///< the request as core/delivery/frozen.h writes it

  bool operator==(const Retry&) const = default;
};

/// A delivery that waits for a person.
struct Parked {
  EndpointNo endpoint{};
  Seq seq = 0;
  std::string part;
  std::string reason;
  std::uint16_t attempts = 0;
  std::int64_t parked_at_ms = 0;
  std::string frozen;

  bool operator==(const Parked&) const = default;
};

/// What an endpoint has behind it. Everything below `next` is settled, and so are `settled` (all above `next`).
struct CursorRow {
  EndpointNo endpoint{};
  Seq next = 1;
  std::vector<Seq> settled;

  bool operator==(const CursorRow&) const = default;
};

/// All cursors at one moment: endpoints without a row stand at `tail` (semantics 8: those share one cursor).
struct Checkpoint {
  Seq tail = 1;  ///< the seq that such an endpoint reads next
  std::vector<CursorRow> laggards;

  bool operator==(const Checkpoint&) const = default;
};

struct InternedMatchSet {
  MatchSetNo no{};
  std::int64_t config_revision = 0;
  std::vector<EndpointNo> endpoints;
  bool operator==(const InternedMatchSet&) const = default;
};
struct InternedContext {
  ContextNo no{};
  std::string json;
  bool operator==(const InternedContext&) const = default;
};
struct SessionRow {
  SessionNo no{};
  std::string uid;   ///< never reused, part of every event id
  std::string name;  ///< what users call it
  std::string json;  ///< engine, own number, …
  bool operator==(const SessionRow&) const = default;
};
/// A piece of configuration: an endpoint, a Cloud API callback. Replaced whole; `json` empty = deleted.
struct ConfigRow {
  std::string kind;  ///< "endpoint", "cloud_api_callback"
  std::string id;
  std::string json;  ///< secrets in it are sealed
  bool operator==(const ConfigRow&) const = default;
};

/// Everything that becomes durable together. Order inside: configuration, interned rows, events, then deliveries.
struct Batch {
  std::vector<ConfigRow> config;
  std::vector<SessionRow> sessions;
  std::vector<InternedMatchSet> match_sets;
  std::vector<InternedContext> contexts;
  std::vector<RawDelivery> raws;
  std::vector<NewEvent> events;
  std::vector<Delivered> delivered;  ///< also ends the Retry of the same (endpoint, seq, part)
  std::vector<Failed> failed;
  std::vector<Retry> retries;  ///< replaces an earlier one of the same (endpoint, seq, part)
  std::vector<Parked> parked;  ///< ends the Retry; settles the part
  std::optional<Checkpoint> checkpoint;

  bool empty() const {
    return config.empty() && sessions.empty() && match_sets.empty() && contexts.empty() && events.empty() && delivered.empty() &&
           failed.empty() && retries.empty() && parked.empty() && !checkpoint;
  }
};

/// Fate of one event of a batch. A duplicate (its id is known) is not stored again and has the first one's seq.
struct Appended {
  Seq seq = 0;
  bool duplicate = false;
  bool operator==(const Appended&) const = default;
};

struct Committed {
  std::vector<Appended> events;  ///< as many as the batch had, in order
};

/// An event as it is read back.
struct StoredEvent {
  Seq seq = 0;
  EventId id;
  EventType type{};
  SessionNo session{};
  OrderKey order_key{};
  std::uint64_t subject = 0;
  MatchSetNo match_set{};
  ContextNo context{};
  std::int64_t received_at_ms = 0;
  std::string record;
  std::shared_ptr<const std::string> raw;  ///< null = none
  std::uint32_t item_offset = 0;
  std::uint32_t item_length = 0;
};

struct ReadRange {
  Seq from = 1;
  std::size_t events_max = 256;
  std::size_t bytes_max = 4u << 20;   ///< stops behind the event that reaches it
  std::optional<EndpointNo> endpoint;  ///< only events routed to it; others are skipped by their header
};
struct ReadPage {
  std::vector<StoredEvent> events;
  Seq next = 1;  ///< where to go on: everything below it was looked at
};

/// What a start finds: all but the events.
struct Recovered {
  Seq next_seq = 1;
  std::int64_t last_received_at_ms = 0;
  std::vector<ConfigRow> config;
  std::vector<SessionRow> sessions;
  std::vector<InternedMatchSet> match_sets;
  std::vector<InternedContext> contexts;
  Checkpoint checkpoint;             ///< the last one, with what was delivered or parked since already applied
  std::vector<Delivered> part_done;  ///< parts delivered of events that are not settled whole
  std::vector<Retry> retries;
  std::uint64_t parked = 0;
};

struct AttemptRow {
  bool delivered = false;
  Failed attempt;  ///< `error` and `detail` empty for a delivered one
  std::uint64_t body_hash = 0;
};

/// Durable storage behind the flow. All members are called on the loop's thread; callbacks come back on it. Batches are
/// committed in the order of the calls; whatever a callback reported stays after a power cut.
class Store {
 public:
  template <class T>
  using Done = std::function<void(Result<T>)>;

  virtual ~Store() = default;
  /// Reads what is there; call once, before the rest. Blocks.
  /// @return corrupt, conflict (somebody else has the data), unavailable, or invalid_input for a file of a newer version.
  virtual Result<Recovered> open() = 0;
  /// Makes `batch` durable, all or nothing. @return unavailable when the disk is full or failing: nothing was stored,
  /// the same batch may be committed again later.
  /// The batch is shared so that the caller still has it then; nobody changes it meanwhile.
  virtual void commit(std::shared_ptr<const Batch> batch, Done<Committed> done) = 0;
  virtual void read(ReadRange range, Done<ReadPage> done) = 0;
  /// Attempts of one event, all endpoints, oldest first.
  virtual void attempts(Seq seq, Done<std::vector<AttemptRow>> done) = 0;
  /// Parked deliveries, newest first.
  virtual void parked(std::size_t limit, Done<std::vector<Parked>> done) = 0;
  /// Finishes what was given to commit, then releases the data. Callbacks of unfinished reads are dropped.
  virtual void close() = 0;
};

}  // namespace chasqui::ports
