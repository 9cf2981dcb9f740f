// WAMessage: the payload of `message` and `message.any`, and what edits, revokes, reactions and acks share with it.
#include <charconv>

#include "core/dialect/waha/ids.h"
#include "core/dialect/waha/payloads.h"
#include "core/dialect/waha/writing.h"

namespace chasqui::waha {
namespace {

// Coordinates are strings in NOWEB's payloads.
std::string degrees(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

void write_location(json::Writer& w, const std::optional<Location>& location) {
  w.key("location");
  if (!location) {
    w.null();
    return;
  }
  w.begin_object().key("live").boolean(location->live);
  w.key("latitude").string(degrees(location->latitude)).key("longitude").string(degrees(location->longitude));
  if (!location->name.empty()) w.key("name").string(location->name);
  if (!location->address.empty()) w.key("address").string(location->address);
  if (!location->url.empty()) w.key("url").string(location->url);
  w.end_object();
}

// `url` stays null until the gateway serves the file itself: a source's own link needs the source's token.
void write_media(json::Writer& w, const std::optional<Media>& media) {
  w.key("hasMedia").boolean(media.has_value()).key("media");
  if (!media) {
    w.null();
    return;
  }
  w.begin_object().key("url");
  string_or_null(w, media->url_auth ? std::string_view{} : media->url);
  w.key("filename");
  string_or_null(w, media->name);
  w.key("mimetype");
  string_or_null(w, media->mime);
  w.end_object();
}

void write_vcards(json::Writer& w, const Message& m) {
  w.key("vCards");
  if (m.contacts.json.empty()) {
    w.null();
    return;
  }
  w.begin_array();
  for (const auto& card : vcards(m.contacts)) w.string(card);
  w.end_array();
}

// Whether the quoted message has a file is not known, as no source says it.
void write_reply(json::Writer& w, const MessageContext& context, std::string& scratch) {
  w.key("replyTo");
  if (context.quoted_id.empty()) {
    w.null();
    return;
  }
  w.begin_object().key("id").string(context.quoted_id);
  if (context.quoted_author) w.key("participant").string(chat_id(*context.quoted_author, scratch));
  w.key("hasMedia").boolean(false).key("media").null().end_object();
}

// Button and list answers are the text of the message; of list answers title and description (WAHA source, 2026.2).
std::string_view body_of(const Message& m, std::string& scratch) {
  if (!m.text.empty() || !m.reply) return m.text;
  if (m.reply->description.empty()) return m.reply->title;
  return scratch.assign(m.reply->title).append("\n").append(m.reply->description);
}

std::string_view source_word(const Message& m) { return m.source_device == SourceDevice::api || m.source_device == SourceDevice::business_api ? "api" : "app"; }

void write_current(json::Writer& w, const Message& m, const PayloadContext& c) {
  write_address(w, m.ref, c);
  w.key("fromMe").boolean(m.ref.from_me).key("source").string(source_word(m));
  w.key("body");
  string_or_null(w, body_of(m, c.scratch));
  write_media(w, m.media);
  write_ack(w, m.ack);
  write_location(w, m.location);
  write_vcards(w, m);
  write_reply(w, m.context, c.scratch);
  write_raw_data(w, c.event);
}

// The keys of the era of the users' document (2023), in its order, but for `_data`; files by `mediaUrl`.
void write_legacy(json::Writer& w, const Message& m, const PayloadContext& c) {
  w.key("id").string(message_id(m.ref, c.scratch)).key("timestamp").integer(c.event.occurred_at_ms / 1000);
  w.key("from").string(chat_id(m.ref.chat, c.scratch)).key("fromMe").boolean(m.ref.from_me);
  w.key("to").string(chat_id(m.ref.from_me ? m.ref.chat : c.event.own, c.scratch));
  if (m.ref.participant) w.key("participant").string(chat_id(*m.ref.participant, c.scratch));
  w.key("body").string(body_of(m, c.scratch)).key("hasMedia").boolean(m.media.has_value());
  if (m.media) {
    w.key("mediaUrl");
    string_or_null(w, m.media->url_auth ? std::string_view{} : m.media->url);
  }
  w.key("ack").integer(ack_number(m.ack)).key("vCards").begin_array();
  for (const auto& card : vcards(m.contacts)) w.string(card);
  w.end_array();
}

// Edits and deletions are messages themselves.
Message action(const MessageRef& ref, std::string text, std::optional<Media> media) {
  Message m;
  m.ref = ref;
  m.text = std::move(text);
  m.media = std::move(media);
  return m;
}

void write_current_action(json::Writer& w, const MessageRef& ref, const PayloadContext& c) {
  write_address(w, ref, c);
  w.key("fromMe").boolean(ref.from_me).key("source").string("app").key("body");
}

}  // namespace

void write_message(json::Writer& w, const Message& m, const PayloadContext& c) {
  w.begin_object();
  if (c.legacy) {
    write_legacy(w, m, c);
    write_raw_data(w, c.event);
  } else {
    write_current(w, m, c);
  }
  w.end_object();
}

void write_edit(json::Writer& w, const Edit& e, const PayloadContext& c) {
  w.begin_object();
  if (c.legacy) {
    write_legacy(w, action(e.ref, e.text, e.media), c);
  } else {
    write_current_action(w, e.ref, c);
    w.string(e.text);
    write_media(w, e.media);
    write_ack(w, AckLevel::none);
  }
  w.key("editedMessageId").string(e.target.id);
  write_raw_data(w, c.event);
  w.end_object();
}

void write_revoke(json::Writer& w, const Revoke& r, const PayloadContext& c) {
  w.begin_object().key("after").begin_object();
  if (c.legacy) {
    write_legacy(w, action(r.ref, "", std::nullopt), c);
  } else {
    write_current_action(w, r.ref, c);
    w.null();
    write_media(w, std::nullopt);
    write_ack(w, AckLevel::none);
  }
  w.end_object();
  w.key("before").null().key("revokedMessageId").string(r.target.id);
  write_raw_data(w, c.event);
  w.end_object();
}

}  // namespace chasqui::waha
