#include "core/dialect/waha/payloads.h"

#include <algorithm>

#include "core/dialect/waha/writing.h"

namespace chasqui::waha {
namespace {

void write_acknowledgement(json::Writer& w, const Ack& a, const PayloadContext& c) {
  w.begin_object().key("id").string(message_id(a.ref, c.scratch)).key("from").string(chat_id(a.ref.chat, c.scratch));
  if (a.participant) {
    w.key("to").string(chat_id(*a.participant, c.scratch));
    w.key("participant").string(chat_id(*a.participant, c.scratch));
  } else {
    w.key("participant").null();
  }
  w.key("fromMe").boolean(a.ref.from_me);
  if (c.legacy) {
    w.key("ack").integer(ack_number(a.level));
  } else {
    write_ack(w, a.level);
  }
  write_raw_data(w, c.event);
  w.end_object();
}

void write_reaction(json::Writer& w, const Reaction& r, const PayloadContext& c) {
  w.begin_object().key("id").string(message_id(r.ref, c.scratch)).key("from").string(chat_id(r.ref.chat, c.scratch));
  w.key("fromMe").boolean(r.ref.from_me);
  if (!c.legacy) w.key("source").string("app");
  w.key("to").string(chat_id(r.ref.from_me || r.ref.chat.kind == PartyKind::group ? r.ref.chat : c.event.own, c.scratch));
  w.key("participant").string(chat_id(r.from, c.scratch));
  w.key("timestamp").integer(c.event.occurred_at_ms / 1000);
  w.key("reaction").begin_object().key("text").string(r.emoji).key("messageId").string(message_id(r.target, c.scratch)).end_object();
  write_raw_data(w, c.event);
  w.end_object();
}

void write_session_status(json::Writer& w, const SessionStatus& s, const PayloadContext& c) {
  w.begin_object().key("name").string(c.session.session).key("status").string(session_word(s.state));
  if (c.legacy) {
    w.end_object();
    return;
  }
  w.key("statuses").begin_array();
  for (const auto& at : s.history) w.begin_object().key("status").string(session_word(at.state)).key("timestamp").integer(at.at_ms).end_object();
  w.end_array().key("data").null().end_object();
}

void write_call(json::Writer& w, const Call& call, const PayloadContext& c) {
  w.begin_object().key("id").string(call.id).key("from").string(chat_id(call.from, c.scratch));
  w.key("timestamp").integer(c.event.occurred_at_ms / 1000).key("isVideo").boolean(call.video).key("isGroup").boolean(call.group);
  write_raw_data(w, c.event);
  w.end_object();
}

void write_engine_event(json::Writer& w, const RawEngineEvent& raw) {
  w.begin_object().key("event").string(raw.name).key("data");
  if (raw.body.json.empty()) {
    w.null();
  } else {
    w.raw(raw.body.json);
  }
  w.end_object();
}

}  // namespace

int ack_number(AckLevel level) {
  switch (level) {
    case AckLevel::error: return -1;
    case AckLevel::pending: return 0;
    case AckLevel::server: return 1;
    case AckLevel::read: return 3;
    case AckLevel::played: return 4;
    case AckLevel::none:
    case AckLevel::device:
    case AckLevel::deleted: return 2;
  }
  return 2;
}

std::string_view ack_name(int ack) {
  constexpr std::string_view names[] = {"ERROR", "PENDING", "SERVER", "DEVICE", "READ", "PLAYED"};
  return ack >= -1 && ack <= 4 ? names[ack + 1] : "UNKNOWN";
}

std::string_view session_word(SessionState state) {
  switch (state) {
    case SessionState::starting:
    case SessionState::reconnecting: return "STARTING";
    case SessionState::qr: return "SCAN_QR_CODE";
    case SessionState::passkey: return "PASSKEY_REQUIRED";
    case SessionState::working: return "WORKING";
    case SessionState::failed: return "FAILED";
    case SessionState::created:
    case SessionState::stopped:
    case SessionState::deleted: return "STOPPED";
  }
  return "STOPPED";
}

void write_payload(json::Writer& w, Name name, const PayloadContext& c) {
  const EventData& data = c.event.data;
  switch (name) {
    case Name::message:
    case Name::message_any: return write_message(w, std::get<Message>(data), c);
    case Name::message_ack:
    case Name::message_ack_group: return write_acknowledgement(w, std::get<Ack>(data), c);
    case Name::message_reaction: return write_reaction(w, std::get<Reaction>(data), c);
    case Name::message_edited: return write_edit(w, std::get<Edit>(data), c);
    case Name::message_revoked: return write_revoke(w, std::get<Revoke>(data), c);
    case Name::session_status: return write_session_status(w, std::get<SessionStatus>(data), c);
    case Name::call_received: return write_call(w, std::get<Call>(data), c);
    case Name::engine_event: return write_engine_event(w, std::get<RawEngineEvent>(data));
    default: CHASQUI_CHECK(false, "only names that names_of gives are rendered");
  }
}

}  // namespace chasqui::waha
