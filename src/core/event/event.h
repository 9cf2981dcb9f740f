// The canonical event: an envelope and a typed payload.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "core/event/payloads.h"
#include "core/event/types.h"
#include "core/ids.h"
#include "core/result.h"

namespace chasqui {

enum class Origin : std::uint8_t { live, offline, history, synthetic, test };
CHASQUI_WORDS(Origin, {Origin::live, ""}, {Origin::offline, "offline"}, {Origin::history, "history"},
              {Origin::synthetic, "synthetic"}, {Origin::test, "test"})

enum class TimePrecision : std::uint8_t { milliseconds, seconds };
CHASQUI_WORDS(TimePrecision, {TimePrecision::milliseconds, ""}, {TimePrecision::seconds, "s"})

/// Where an event came from, in the words of its source.
struct Source {
  std::string engine;      ///< cloud, baileys, simulator, ingest
  std::string dialect;     ///< cloud-api, waha, …, native
  std::string event_name;  ///< the source's name for it (Meta: the field)
  std::string delivery_id;  ///< groups events that came in one delivery
  std::int32_t item_index = 0;  ///< place in that delivery, from 0

  bool operator==(const Source&) const = default;
  template <class V, class T>
  static void fields(V& v, T& s) {
    v("engine", s.engine);
    v("dialect", s.dialect);
    v("event_name", s.event_name);
    v("delivery_id", s.delivery_id);
    v("item_index", s.item_index);
  }
};

/// The sender's own marks on a message, echoed by the source.
struct Correlation {
  std::string biz_opaque;  ///< Meta's biz_opaque_callback_data
  std::string client_ref;

  bool operator==(const Correlation&) const = default;
  template <class V, class T>
  static void fields(V& v, T& c) {
    v("biz_opaque", c.biz_opaque);
    v("client_ref", c.client_ref);
  }
};

using EventData = std::variant<Message, Ack, Reaction, Edit, Revoke, ContactChange, Call, SessionStatus, PlatformNotice,
                               ServiceNotice, RawEngineEvent>;

/// The exact bytes of the source, shared by the events of one delivery. `item` is the part of `body` that this event is
/// made of; it is what dialects pass on as raw data.
struct RawSource {
  std::shared_ptr<const std::string> body;  ///< shared by the events of one delivery and by whoever reads them
  std::uint32_t item_offset = 0;
  std::uint32_t item_length = 0;

  std::string_view item() const {
    return body ? std::string_view(*body).substr(item_offset, item_length) : std::string_view{};
  }
};

struct Event {
  EventId id;
  EventType type = EventType::engine_raw;
  std::int32_t schema = 1;  ///< version of the payload
  std::string account;      ///< empty = the default account
  std::string session;
  Source source;
  Party own;  ///< the session's own number
  std::int64_t occurred_at_ms = 0;  ///< when it happened in WhatsApp
  TimePrecision precision = TimePrecision::milliseconds;
  std::int64_t received_at_ms = 0;  ///< when it became ours; never goes backwards in the journal
  Origin origin = Origin::live;
  std::optional<EventId> cause_id;  ///< the event that brought this one about
  std::string dedupe_key;           ///< what `id` was made of; empty when it was minted
  std::string app;
  Correlation correlation;
  std::map<std::string, std::string> metadata;
  EventData data;
  json::Text ext;  ///< fields of the source that have no place in `data`
  RawSource raw;   ///< kept beside the event, not in its JSON
};

/// Whether `type` carries the payload that `data` holds.
bool payload_fits(EventType type, const EventData& data);

/// Appends the event as JSON, all but `raw`: the form in which the journal stores it and the API shows it.
void append_json(std::string& out, const Event& event);
/// Reads what append_json wrote. @return invalid_input naming the member that is wrong.
Result<Event> event_from_json(json::Value object);
/// As above, from text, with a parser of the caller's.
Result<Event> event_from_json(json::Document& parser, std::string_view text);

/// The chat that an event belongs to; nullptr when it belongs to none.
const Party* chat_of(const Event& event);
/// Bare id of the message that an event is about, for `trace`; empty when it is about none.
std::string_view message_id_of(const Event& event);

/// How far apart deliveries must keep their order (semantics 12).
enum class OrderScope : std::uint8_t { chat, session, endpoint, none };
CHASQUI_WORDS(OrderScope, {OrderScope::chat, "chat"}, {OrderScope::session, "session"}, {OrderScope::endpoint, "endpoint"},
              {OrderScope::none, "none"})

/// The key of an event's chat in its session, or of the session for events without a chat. Stories are ordered by author.
OrderKey order_key(const Event& event);
/// The key that all events of a session share.
OrderKey session_order_key(std::string_view session);
/// The lane of a delivery under an endpoint's order, from what a journal header holds. The scope is part of it, so that lanes
/// of before and after a change of order are never taken for each other.
OrderKey lane_key(OrderScope scope, OrderKey order_key, SessionNo session, Seq seq);
OrderScope scope_of_lane(OrderKey lane);

}  // namespace chasqui
