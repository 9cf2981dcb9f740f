// Pieces that several WAHA payloads share. Inner to this folder.
#pragma once

#include "core/dialect/waha/ids.h"
#include "core/dialect/waha/payloads.h"
#include "core/json/value.h"

namespace chasqui::waha {

inline std::string_view chat_id(const Party& party, std::string& scratch) {
  scratch.clear();
  append_chat_id(scratch, party);
  return scratch;
}

inline std::string_view message_id(const MessageRef& ref, std::string& scratch) {
  scratch.clear();
  append_message_id(scratch, ref);
  return scratch;
}

inline void string_or_null(json::Writer& w, std::string_view text) {
  if (text.empty()) {
    w.null();
  } else {
    w.string(text);
  }
}

/// `id`, `timestamp`, `from`, and in groups `to` and `participant` (NOWEB: `from` is the chat, `to` the group).
inline void write_address(json::Writer& w, const MessageRef& ref, const PayloadContext& c) {
  w.key("id").string(message_id(ref, c.scratch)).key("timestamp").integer(c.event.occurred_at_ms / 1000);
  w.key("from").string(chat_id(ref.chat, c.scratch));
  if (ref.chat.kind == PartyKind::group) w.key("to").string(chat_id(ref.chat, c.scratch));
  if (ref.participant) w.key("participant").string(chat_id(*ref.participant, c.scratch));
}

inline void write_ack(json::Writer& w, AckLevel level) {
  const int ack = ack_number(level);
  w.key("ack").integer(ack).key("ackName").string(ack_name(ack));
}

/// `_data`: the source's item, byte for byte but for white space; `{}` when there is none.
inline void write_raw_data(json::Writer& w, const Event& event) {
  w.key("_data");
  if (const auto item = event.raw.item(); item.empty()) {
    w.raw("{}");
  } else {
    json::append_minified(w.out(), item);
  }
}

void write_message(json::Writer& w, const Message& m, const PayloadContext& c);
void write_edit(json::Writer& w, const Edit& e, const PayloadContext& c);
void write_revoke(json::Writer& w, const Revoke& r, const PayloadContext& c);

}  // namespace chasqui::waha
