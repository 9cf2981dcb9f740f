#include "core/event/event.h"

namespace chasqui {
namespace {

constexpr std::string_view kTypeWords[] = {
#define CHASQUI_X(name, text, payload) text,
    CHASQUI_EVENT_TYPES(CHASQUI_X)
#undef CHASQUI_X
};

template <class V, class E>
void envelope_fields(V& v, E& e) {
  v("schema", e.schema);
  v("account", e.account);
  v("session", e.session);
  v("source", e.source);
  v("own", e.own);
  v("occurred_at", e.occurred_at_ms);
  v("time_precision", e.precision);
  v("received_at", e.received_at_ms);
  v("origin", e.origin);
  v("dedupe_key", e.dedupe_key);
  v("app", e.app);
  v("correlation", e.correlation);
  v("metadata", e.metadata);
  v("ext", e.ext);
}

EventData empty_payload(EventType type) {
  switch (type) {
#define CHASQUI_X(name, text, payload) \
  case EventType::name: return payload{};
    CHASQUI_EVENT_TYPES(CHASQUI_X)
#undef CHASQUI_X
  }
  return RawEngineEvent{};
}

struct ChatOf {
  const Party* operator()(const Message& m) const { return &m.ref.chat; }
  const Party* operator()(const Ack& a) const { return &a.ref.chat; }
  const Party* operator()(const Reaction& r) const { return &r.ref.chat; }
  const Party* operator()(const Edit& e) const { return &e.ref.chat; }
  const Party* operator()(const Revoke& r) const { return &r.ref.chat; }
  const Party* operator()(const ContactChange& c) const { return c.before ? &*c.before : &c.contact; }
  const Party* operator()(const Call& c) const { return c.direction == CallDirection::incoming ? &c.from : &c.to; }
  template <class Other>
  const Party* operator()(const Other&) const { return nullptr; }
};

// Who made the story that an event is about; nullptr where nobody says.
struct StoryAuthorOf {
  const Party& own;

  const Party* of(const MessageRef& story) const {
    if (story.participant) return &*story.participant;
    return story.from_me ? &own : nullptr;
  }
  const Party* operator()(const Message& m) const { return &m.from; }
  const Party* operator()(const Edit& e) const { return &e.from; }
  const Party* operator()(const Revoke& r) const { return &r.from; }
  const Party* operator()(const Reaction& r) const { return of(r.target); }
  const Party* operator()(const Ack& a) const { return of(a.ref); }
  template <class Other>
  const Party* operator()(const Other&) const { return nullptr; }
};

struct MessageIdOf {
  std::string_view operator()(const Message& m) const { return m.ref.id; }
  std::string_view operator()(const Ack& a) const { return a.ref.id; }
  std::string_view operator()(const Reaction& r) const { return r.ref.id; }
  std::string_view operator()(const Edit& e) const { return e.ref.id; }
  std::string_view operator()(const Revoke& r) const { return r.ref.id; }
  std::string_view operator()(const Call& c) const { return c.id; }
  template <class Other>
  std::string_view operator()(const Other&) const { return {}; }
};

// The name that a chat keeps: sources that know a phone number give it always, so it comes first.
std::string_view chat_name(const Party& party) {
  for (const std::string* name : {&party.phone, &party.jid, &party.lid, &party.user_id})
    if (!name->empty()) return *name;
  return {};
}

}  // namespace

std::string_view word(EventType type) { return kTypeWords[static_cast<std::size_t>(type)]; }
std::size_t event_type_count() { return std::size(kTypeWords); }

bool from_word(std::string_view text, EventType& out) {
  for (std::size_t i = 0; i < std::size(kTypeWords); ++i) {
    if (kTypeWords[i] != text) continue;
    out = static_cast<EventType>(i);
    return true;
  }
  return false;
}

bool payload_fits(EventType type, const EventData& data) { return empty_payload(type).index() == data.index(); }

void append_json(std::string& out, const Event& event) {
  CHASQUI_CHECK(payload_fits(event.type, event.data), "an event's type and payload belong together");
  json::Writer w(out);
  json::FieldWriter fields(out);
  w.begin_object();
  w.key("id").string(event.id.text());
  w.key("type").string(word(event.type));
  envelope_fields(fields, event);
  if (event.cause_id) w.key("cause_id").string(event.cause_id->text());
  w.key("data");
  std::visit([&](const auto& payload) { fields.value(payload); }, event.data);
  w.end_object();
}

Result<Event> event_from_json(json::Value object) {
  if (!object.is_object()) return invalid_input("an event must be a JSON object");
  Event event;
  const auto id = EventId::parse(object["id"].string_or({}));
  if (!id) return invalid_input("id: must be a ULID of 26 characters");
  event.id = *id;
  if (!from_word(object["type"].string_or({}), event.type)) return invalid_input("type: unknown event type");
  json::FieldReader reader(object);
  envelope_fields(reader, event);
  if (!reader.ok()) return invalid_input(reader.error());
  if (const auto cause = object["cause_id"]; cause.exists() && !cause.is_null()) {
    event.cause_id = EventId::parse(cause.string_or({}));
    if (!event.cause_id) return invalid_input("cause_id: must be a ULID of 26 characters");
  }
  const json::Value data = object["data"];
  if (!data.is_object()) return invalid_input("data: must be an object");
  event.data = empty_payload(event.type);
  std::string complaint;
  std::visit(
      [&](auto& payload) {
        json::FieldReader inner(data);
        std::decay_t<decltype(payload)>::fields(inner, payload);
        complaint = inner.error();
      },
      event.data);
  if (!complaint.empty()) return invalid_input("data." + complaint);
  return event;
}

Result<Event> event_from_json(json::Document& parser, std::string_view text) {
  auto root = parser.parse(text);
  if (!root) return root.error();
  return event_from_json(*root);
}

const Party* chat_of(const Event& event) { return std::visit(ChatOf{}, event.data); }
std::string_view message_id_of(const Event& event) { return std::visit(MessageIdOf{}, event.data); }

OrderKey session_order_key(std::string_view session) { return OrderKey{stable_hash(session, 1)}; }

OrderKey lane_key(OrderScope scope, OrderKey order_key, SessionNo session, Seq seq) {
  constexpr unsigned shift = 62;
  std::uint64_t key = 0;
  switch (scope) {
    case OrderScope::chat: key = static_cast<std::uint64_t>(order_key); break;
    case OrderScope::session: key = static_cast<std::uint64_t>(session); break;
    case OrderScope::endpoint: break;
    case OrderScope::none: key = seq; break;
  }
  return OrderKey{(key & ((std::uint64_t{1} << shift) - 1)) | static_cast<std::uint64_t>(scope) << shift};
}

OrderScope scope_of_lane(OrderKey lane) { return static_cast<OrderScope>(static_cast<std::uint64_t>(lane) >> 62); }

OrderKey order_key(const Event& event) {
  const Party* chat = chat_of(event);
  if (chat != nullptr && chat->kind == PartyKind::status) {
    if (const Party* author = std::visit(StoryAuthorOf{event.own}, event.data)) chat = author;
  }
  const std::string_view name = chat == nullptr ? std::string_view{} : chat_name(*chat);
  if (name.empty()) return session_order_key(event.session);
  return OrderKey{stable_hash(name, stable_hash(event.session, 2))};
}

}  // namespace chasqui
