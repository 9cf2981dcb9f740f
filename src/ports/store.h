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
  bool last_part = true;         ///< with it the event is settled for the endpoint
  std::optional<OrderKey> lane;  ///< its lane, when that one is deferred: then the cursor may have passed it already

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
  OrderKey lane{};             ///< the lane that waits with it
  std::uint16_t attempts = 0;  ///< requests made so far
  std::uint16_t tries = 0;     ///< of them, those that count against the policy: probes of an outage do not
  std::int64_t first_failed_at_ms = 0;
  std::int64_t due_at_ms = 0;
  bool alone = false;  ///< resumed by a person: this part only; nothing behind it waits for it
  std::string frozen;  ///< the request as core/delivery/frozen.h writes it; empty in Recovered (read it with fetch)

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
  bool last_part = true;         ///< with it the event is settled for the endpoint
  std::optional<OrderKey> lane;  ///< as of Delivered; of a row that is read back: the lane it belongs to
  std::string frozen;

  bool operator==(const Parked&) const = default;
};

/// A parked delivery leaves the list: a person resumed it (then the batch has its Retry) or dropped it.
struct Unparked {
  EndpointNo endpoint{};
  Seq seq = 0;
  std::string part;

  bool operator==(const Unparked&) const = default;
};

/// How deliveries end that were neither delivered nor parked.
enum class EndKind : std::uint8_t {
  expired,  ///< a declared retention ended them
  skipped,  ///< a person disabled the endpoint
  dropped,  ///< a person dropped them, with a note
};
std::string_view word(EndKind kind);

/// Counts what ended so, of one endpoint in one range of the journal. Nothing ends without such a row (promise P2).
struct Ended {
  EndpointNo endpoint{};
  Seq from = 0, until = 0;  ///< the range; `until` is the first seq behind it
  std::uint64_t count = 0;  ///< deliveries in it that ended so
  EndKind kind = EndKind::expired;
  std::string reason;  ///< closed word (endpoint_deleted, endpoint_disabled, too_old, too_many_bytes, …) or a person's note
  std::string part;    ///< of a single delivery; else empty
  std::int64_t at_ms = 0;
  std::optional<OrderKey> lane;  ///< as of Delivered, when it ends one delivery of a deferred lane

  bool operator==(const Ended&) const = default;
};

/// A lane that the cursor has passed: its events from `from` on, as far as they lie below the cursor (and below `until`), are
/// not settled.
struct DeferredLane {
  OrderKey lane{};
  Seq from = 0;
  Seq until = 0;  ///< 0 = the cursor; set when the endpoint's order was changed: later events went to lanes of another kind

  bool operator==(const DeferredLane&) const = default;
};

/// A part of an event that is settled while later parts are not.
struct PartDone {
  Seq seq = 0;
  std::string part;

  bool operator==(const PartDone&) const = default;
};

/// What an endpoint has behind it. Everything below `next` is settled or in one of `deferred`; so are `settled` (above `next`).
struct CursorRow {
  EndpointNo endpoint{};
  Seq next = 1;
  std::int64_t hold_until_ms = 0;  ///< the receiver asked not to be called before (Retry-After); 0 = it did not
  std::vector<Seq> settled;        ///< ascending
  std::vector<DeferredLane> deferred;
  std::vector<PartDone> parts_done;

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
  std::vector<Unparked> unparked;
  std::vector<Ended> ended;              ///< one with a part also ends the Retry of (endpoint, from, part)
  std::optional<Checkpoint> checkpoint;  ///< true of the moment behind everything else in this batch

  bool empty() const {
    return config.empty() && sessions.empty() && match_sets.empty() && contexts.empty() && events.empty() && delivered.empty() &&
           failed.empty() && retries.empty() && parked.empty() && unparked.empty() && ended.empty() && !checkpoint;
  }
};

/// Fate of one event of a batch. A duplicate (its id is known) is not stored again and has the first one's seq.
struct Appended {
  Seq seq = 0;
  bool duplicate = false;
  bool operator==(const Appended&) const = default;
};

struct Committed {
  std::vector<Appended> events;                       ///< as many as the batch had, in order
  std::uint64_t disk_free_bytes = ~std::uint64_t{0};  ///< left for the journal; all ones = unknown or no disk
  std::uint64_t journal_bytes = 0;                    ///< what it takes up, with its log
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
  std::size_t bytes_max = 4u << 20;    ///< stops behind the event that reaches it
  std::optional<EndpointNo> endpoint;  ///< only events routed to it; others are skipped by their header
};
struct ReadPage {
  std::vector<StoredEvent> events;
  Seq next = 1;  ///< where to go on: everything below it was looked at
};

/// Single events of one endpoint, with the frozen bytes of their retries.
struct FetchList {
  EndpointNo endpoint{};
  std::vector<Seq> seqs;  ///< ascending
  bool alone = false;     ///< whether the bytes of a resumed part are wanted (the first by name), or those of the delivery itself
};
struct Fetched {
  StoredEvent event;
  std::string frozen;  ///< of its Retry; empty = it has none
};

/// Headers only: which events of some lanes lie in a range.
struct ScanRange {
  EndpointNo endpoint{};
  std::vector<OrderKey> lanes;  ///< as lane_key makes them, ascending; empty = all, and `rows` stay empty
  Seq from = 1, until = 1;      ///< `until` is the first seq not looked at
  std::size_t rows_max = 4096;
};
/// Which of `lanes` (ascending, of any scope) an event belongs to.
std::optional<OrderKey> lane_in(const std::vector<OrderKey>& lanes, OrderKey order_key, SessionNo session, Seq seq);
struct ScanRow {
  Seq seq = 0;
  OrderKey lane{};
  std::int64_t received_at_ms = 0;

  bool operator==(const ScanRow&) const = default;
};
struct ScanPage {
  std::vector<ScanRow> rows;
  std::uint64_t matched = 0;  ///< events of these lanes that were looked at
  Seq next = 1;               ///< where to go on: everything below it was looked at
};

/// Events about one message, by the hash of its id (NewEvent::subject); or, when `ids` has any, the events of these ids.
struct FindRange {
  std::uint64_t subject = 0;
  Seq from = 1, until = 1;
  std::size_t events_max = 100;  ///< stops behind so many: there is no bound on what may be said about one message
  std::vector<EventId> ids;
};
struct FindPage {
  std::vector<StoredEvent> events;
  Seq next = 1;
};

struct ParkedFilter {
  std::optional<EndpointNo> endpoint;
  std::optional<Seq> seq;
  std::optional<std::string> part;
  std::size_t limit = 50;
  bool with_frozen = false;  ///< else `frozen` stays empty
};

/// What a start finds: all but the events.
struct Recovered {
  Seq next_seq = 1;
  std::int64_t last_received_at_ms = 0;
  std::vector<ConfigRow> config;
  std::vector<SessionRow> sessions;
  std::vector<InternedMatchSet> match_sets;
  std::vector<InternedContext> contexts;
  Checkpoint checkpoint;       ///< the last one, with what was delivered or parked since already applied
  std::vector<Retry> retries;  ///< without their frozen bytes
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
  /// Events that are gone (retention) are left out.
  virtual void fetch(FetchList list, Done<std::vector<Fetched>> done) = 0;
  virtual void scan(ScanRange range, Done<ScanPage> done) = 0;
  virtual void find(FindRange range, Done<FindPage> done) = 0;
  /// Attempts of one event, all endpoints, oldest first.
  virtual void attempts(Seq seq, Done<std::vector<AttemptRow>> done) = 0;
  /// Parked deliveries, newest first.
  virtual void parked(ParkedFilter filter, Done<std::vector<Parked>> done) = 0;
  /// Ranges that ended for an endpoint, newest first.
  virtual void ended(EndpointNo endpoint, std::size_t limit, Done<std::vector<Ended>> done) = 0;
  /// Finishes what was given to commit, then releases the data. Callbacks of unfinished reads are dropped.
  virtual void close() = 0;
};

}  // namespace chasqui::ports
