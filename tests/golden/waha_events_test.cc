// The recipes themselves.
#include "tests/golden/waha_events.h"

namespace chasqui::golden {
namespace {

Event document_003(json::Document&) {
  Message m = text_message(person("11111111111"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Hi there!");
  m.ref.from_me = true;
  m.ack = AckLevel::server;
  Event e = device_event(EventType::message_received, m);
  e.own = person("11111111111");
  e.occurred_at_ms = 1667561485000;
  e.raw = {std::make_shared<const std::string>(kDocument003Data), 0, static_cast<std::uint32_t>(kDocument003Data.size())};
  return e;
}

Message with_image() {
  Message m = in_group("look");
  m.kind = MessageKind::image;
  m.media = Media{};
  m.media->url = "http://localhost:3000/api/files/default/3EB0BBBBBBBBBBBBBBBB.jpeg";
  m.media->mime = "image/jpeg";
  m.context.quoted_id = "3EB0AAAAAAAAAAAAAAAA";
  m.context.quoted_author = person("22222222222");
  return m;
}

Message own(Message m) {
  m.ref.from_me = true;
  m.from = own_device();
  if (m.ref.participant) m.ref.participant = m.from;
  m.ack = AckLevel::server;
  m.source_device = SourceDevice::api;
  return m;
}

Message story() {
  Message m = text_message(place(PartyKind::status, "status@broadcast"), "3EB0CCCC", "sunrise");
  m.from = person("11111111111");
  m.ref.participant = m.from;
  return m;
}

Ack group_ack(AckLevel level) {
  Ack a;
  a.ref = own(in_group("")).ref;
  a.recipient = a.ref.chat;
  a.participant = hidden("333333333333333");
  a.level = level;
  return a;
}

Ack direct_ack(AckLevel level) {
  Ack a;
  a.ref = own(text_message(person("11111111111"), "3EB0FFFF", "")).ref;
  a.recipient = a.ref.chat;
  a.level = level;
  return a;
}

SessionStatus status(std::vector<SessionStateAt> history) { return {history.back().state, history, ""}; }

std::vector<Recipe> messages() {
  using enum EventType;
  const Party me = own_device();
  const std::map<std::string, std::string> metadata{{"user.email", "ada@mail.example"}, {"user.id", "123"}};
  return {
      {"message.text", "message", cloud("message.text")},
      {"message.text.legacy", "message", cloud("message.text"), "legacy"},
      {"message.text.metadata", "message", cloud("message.text"), "", me, metadata},
      {"message.text.before_login", "message", cloud("message.missing_metadata"), "", Party{}},
      {"message.escapes", "message", cloud("message.unicode_escapes")},
      {"message.reply", "message", cloud("message.text_reply")},
      {"message.reply.legacy", "message", cloud("message.text_reply"), "legacy"},
      {"message.group_meta", "message", cloud("message.text_group")},
      {"message.hidden_number", "message", cloud("message.text_hidden_number")},
      {"message.image_without_url", "message", cloud("message.image")},
      {"message.image_without_url.legacy", "message", cloud("message.image"), "legacy"},
      {"message.image_with_url", "message", device(message_received, with_image()), "", me},
      {"message.image_with_url.legacy", "message", device(message_received, with_image()), "legacy", me},
      {"message.document", "message", cloud("message.document")},
      {"message.voice", "message", cloud("message.voice")},
      {"message.location", "message", cloud("message.location")},
      {"message.contacts", "message", cloud("message.contacts")},
      {"message.contacts.legacy", "message", cloud("message.contacts"), "legacy"},
      {"message.button_reply", "message", cloud("message.button_reply")},
      {"message.list_reply", "message", cloud("message.list_reply")},
      {"message.list_reply.legacy", "message", cloud("message.list_reply"), "legacy"},
      {"message.flow_reply", "message", cloud("message.flow_reply")},
      {"message.template_button", "message", cloud("message.template_button")},
      {"message.order", "message", cloud("message.order")},
      {"message.unsupported", "message", cloud("message.unsupported")},
      {"message.group", "message", device(message_received, in_group("Hi all")), "", me},
      {"message.group.legacy", "message", device(message_received, in_group("Hi all")), "legacy", me},
      {"message.lid", "message", device(message_received, text_message(hidden("333333333333333"), "3EB0AAAAAAAAAAAAAAAA", "Hi")),
       "", me},
      {"message.story", "message", device(message_received, story()), "", me},
      {"message.channel", "message",
       device(message_received, text_message(place(PartyKind::newsletter, "120363000000000000@newsletter"), "3EB0DDDD", "news")),
       "", me},
      {"message.legacy_document_003", "message", document_003, "legacy", Party{}, {}, "WEBJS"},
      {"message.any.text", "message.any", cloud("message.text")},
      {"message.any.echo", "message.any", cloud("echo.text")},
      {"message.any.echo.legacy", "message.any", cloud("echo.text"), "legacy"},
      {"message.any.own_in_group", "message.any", device(message_sent, own(in_group("from the API"))), "", me},
  };
}

std::vector<Recipe> others() {
  using enum EventType;
  using enum SessionState;
  const Party me = own_device();
  return {
      {"message.ack.server", "message.ack", cloud("status.sent")},
      {"message.ack.device", "message.ack", cloud("status.delivered")},
      {"message.ack.read", "message.ack", cloud("status.read")},
      {"message.ack.read.legacy", "message.ack", cloud("status.read"), "legacy"},
      {"message.ack.played", "message.ack", cloud("status.played")},
      {"message.ack.error", "message.ack", cloud("status.failed")},
      {"message.ack.pending", "message.ack", device(message_ack, direct_ack(AckLevel::pending)), "", me},
      {"message.ack.group_read.legacy", "message.ack", device(message_ack, group_ack(AckLevel::read)), "legacy", me},
      {"message.ack.group.read", "message.ack.group", device(message_ack, group_ack(AckLevel::read)), "", me},
      {"message.ack.group.read_meta", "message.ack.group", cloud("status.group_read")},
      {"message.reaction.set", "message.reaction", cloud("message.reaction")},
      {"message.reaction.set.legacy", "message.reaction", cloud("message.reaction"), "legacy"},
      {"message.reaction.removed", "message.reaction", cloud("message.reaction_removed")},
      {"message.reaction.group", "message.reaction", cloud("message.reaction_group")},
      {"message.edited.text", "message.edited", cloud("message.edit")},
      {"message.edited.caption", "message.edited", cloud("message.edit_caption")},
      {"message.edited.caption.legacy", "message.edited", cloud("message.edit_caption"), "legacy"},
      {"message.edited.own", "message.edited", cloud("echo.edit_and_revoke", 0)},
      {"message.revoked.incoming", "message.revoked", cloud("message.revoke")},
      {"message.revoked.incoming.legacy", "message.revoked", cloud("message.revoke"), "legacy"},
      {"message.revoked.own", "message.revoked", cloud("echo.edit_and_revoke", 1)},
      {"session.status.working", "session.status",
       device(session_status, status({{starting, 1741249700100}, {qr, 1741249701200}, {working, 1741249702300}})), "", me},
      {"session.status.qr", "session.status", device(session_status, status({{starting, 1741249700100}, {qr, 1741249701200}})),
       "", Party{}},
      {"session.status.reconnecting", "session.status",
       device(session_status, status({{working, 1741249702300}, {reconnecting, 1741249802300}})), "", me},
      {"session.status.working.legacy", "session.status", device(session_status, status({{working, 1741249702300}})), "legacy",
       me},
      {"call.received.incoming", "call.received", cloud("calls.connect")},
      {"engine.event.unknown_field", "engine.event", cloud("raw.unknown_field")},
      {"engine.event.item", "engine.event", cloud("status.unknown")},
  };
}

}  // namespace

std::vector<Recipe> recipes() {
  auto all = messages();
  for (auto& recipe : others()) all.push_back(std::move(recipe));
  return all;
}

}  // namespace chasqui::golden
