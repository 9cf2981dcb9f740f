// The canonical events behind WAHA's golden files: those of the Cloud API's golden bodies, and some as a linked device gives
// them.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/golden/deliveries.h"
#include "tests/golden/golden.h"
#include "tests/support/random_event.h"

namespace chasqui::golden {

inline Party person(std::string phone, std::string push_name = "") {
  Party p;
  p.kind = PartyKind::user;
  p.phone = std::move(phone);
  p.push_name = std::move(push_name);
  return p;
}
inline Party hidden(std::string lid) {
  Party p;
  p.kind = PartyKind::user;
  p.lid = std::move(lid);
  return p;
}
inline Party place(PartyKind kind, std::string jid) {
  Party p;
  p.kind = kind;
  p.jid = std::move(jid);
  return p;
}
/// As NOWEB's own `me`.
inline Party own_device() {
  Party me = person("22222222222", "Shop");
  me.lid = "444444444444444";
  me.jid = "22222222222:12@s.whatsapp.net";
  return me;
}

/// One golden file: an event, and how it is rendered.
struct Recipe {
  std::string file;
  std::string name;  ///< of the event, in WAHA's words
  std::function<Event(json::Document&)> make;
  std::string profile = "";
  Party me = person("15550109999", "Pier");
  std::map<std::string, std::string> metadata = {};
  std::string engine = "NOWEB";

  friend void PrintTo(const Recipe& recipe, std::ostream* out) { *out << recipe.file; }
};

/// The event at `at` of a golden body of the Cloud API.
inline std::function<Event(json::Document&)> cloud(std::string body, std::size_t at = 0) {
  return [body = std::move(body), at](json::Document& parser) {
    return events_of(parser, read_file(folder("cloud_api") / (body + ".json"))).at(at);
  };
}

/// An event of a linked device.
inline Event device_event(EventType type, EventData data) {
  Event e;
  e.id = fixed_id(0);
  e.type = type;
  e.session = "default";
  e.own = own_device();
  e.occurred_at_ms = 1741249702000;
  e.received_at_ms = 1741249702485;
  e.data = std::move(data);
  return e;
}
inline Message text_message(Party chat, std::string id, std::string text) {
  Message m;
  m.ref.chat = chat;
  m.ref.id = std::move(id);
  m.from = std::move(chat);
  m.kind = MessageKind::text;
  m.text = std::move(text);
  return m;
}
inline Message in_group(std::string text) {
  Message m = text_message(place(PartyKind::group, "123456789012345678@g.us"), "3EB0BBBBBBBBBBBBBBBB", std::move(text));
  m.from = hidden("333333333333333");
  m.ref.participant = m.from;
  return m;
}

inline std::function<Event(json::Document&)> device(EventType type, EventData data) {
  return [event = device_event(type, std::move(data))](json::Document&) { return event; };
}

/// The `_data` of the message in the users' document 003.
inline constexpr std::string_view kDocument003Data = R"({
  "id": {
    "fromMe": true,
    "remote": "11111111111@c.us",
    "id": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "_serialized": "true_11111111111@c.us_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
  },
  "body": "Hi there!",
  "type": "chat",
  "t": 1667561485,
  "notifyName": "MyName",
  "from": "11111111111@c.us",
  "to": "11111111111@c.us",
  "self": "in",
  "ack": 1,
  "isNewMsg": true,
  "star": false,
  "kicNotified": false,
  "recvFresh": true,
  "isFromTemplate": false,
  "pollInvalidated": false,
  "latestEditMsgKey": null,
  "latestEditSenderTimestampMs": null,
  "broadcast": false,
  "mentionedJidList": [],
  "isVcardOverMmsDocument": false,
  "isForwarded": false,
  "hasReaction": false,
  "ephemeralOutOfSync": false,
  "productHeaderImageRejected": false,
  "lastPlaybackProgress": 0,
  "isDynamicReplyButtonsMsg": false,
  "isMdHistoryMsg": false,
  "stickerSentTs": 0,
  "isAvatar": false,
  "requiresDirectConnection": false,
  "pttForwardedFeaturesEnabled": true,
  "isEphemeral": false,
  "isStatusV3": false,
  "links": []
})";

std::vector<Recipe> recipes();

}  // namespace chasqui::golden
