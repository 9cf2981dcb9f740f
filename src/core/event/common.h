// Objects that many events share: people, chats, references to messages, media, errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event/words.h"
#include "core/json/fields.h"

namespace chasqui {

enum class PartyKind : std::uint8_t { unknown, user, group, newsletter, broadcast, status, business };
CHASQUI_WORDS(PartyKind, {PartyKind::unknown, ""}, {PartyKind::user, "user"}, {PartyKind::group, "group"},
              {PartyKind::newsletter, "newsletter"}, {PartyKind::broadcast, "broadcast"}, {PartyKind::status, "status"},
              {PartyKind::business, "business"})

/// A person, group, channel or number, by every name that the source gave for it. Nothing is derived here: an absent
/// name is unknown, and dialects build the form that they need.
struct Party {
  PartyKind kind = PartyKind::unknown;
  std::string phone;           ///< digits, international, without `+`
  std::string lid;             ///< digits of WhatsApp's hidden id, without `@lid`
  std::string user_id;         ///< Meta's business-scoped user id, e.g. `US.134…`
  std::string parent_user_id;  ///< its parent form, e.g. `US.ENT.118…`
  std::string username;
  std::string jid;       ///< the source's own address, when it has one that the fields above do not give
  std::string name;      ///< as in the address book or the group's subject
  std::string push_name;  ///< as the person calls himself
  std::optional<bool> is_business;

  bool operator==(const Party&) const = default;
  template <class V, class T>
  static void fields(V& v, T& p) {
    v("kind", p.kind);
    v("phone", p.phone);
    v("lid", p.lid);
    v("user_id", p.user_id);
    v("parent_user_id", p.parent_user_id);
    v("username", p.username);
    v("jid", p.jid);
    v("name", p.name);
    v("push_name", p.push_name);
    v("is_business", p.is_business);
  }
};

/// Names one message. `id` is the bare WhatsApp id, or the source's own id where it has no other (Meta's `wamid.…`).
struct MessageRef {
  Party chat;
  std::string id;
  bool from_me = false;
  std::optional<Party> participant;  ///< who sent it, in groups and stories

  bool operator==(const MessageRef&) const = default;
  template <class V, class T>
  static void fields(V& v, T& r) {
    v("chat", r.chat);
    v("id", r.id);
    v("from_me", r.from_me);
    v("participant", r.participant);
  }
};

/// A file that belongs to a message.
struct Media {
  std::string id;      ///< the source's handle, to fetch it with (Meta: Graph media id)
  std::string url;     ///< where it can be fetched; empty until it can
  bool url_auth = false;  ///< fetching `url` needs the source's token
  std::string mime;    ///< with parameters, as given: `audio/ogg; codecs=opus`
  std::int64_t size = 0;  ///< bytes; 0 = unknown
  std::string sha256;  ///< as the source writes it (Meta: base64)
  std::string name;    ///< file name, of documents
  std::optional<bool> voice;
  std::optional<bool> animated;

  bool operator==(const Media&) const = default;
  template <class V, class T>
  static void fields(V& v, T& m) {
    v("id", m.id);
    v("url", m.url);
    v("url_auth", m.url_auth);
    v("mime", m.mime);
    v("size", m.size);
    v("sha256", m.sha256);
    v("name", m.name);
    v("voice", m.voice);
    v("animated", m.animated);
  }
};

enum class ErrorLayer : std::uint8_t { whatsapp, engine, gateway };
CHASQUI_WORDS(ErrorLayer, {ErrorLayer::whatsapp, "whatsapp"}, {ErrorLayer::engine, "engine"}, {ErrorLayer::gateway, "gateway"})

/// Why something failed, as the source says it.
struct ErrorInfo {
  std::int64_t code = 0;
  std::string title;
  std::string message;
  std::string details;
  std::string href;
  ErrorLayer layer = ErrorLayer::whatsapp;

  bool operator==(const ErrorInfo&) const = default;
  template <class V, class T>
  static void fields(V& v, T& e) {
    v("code", e.code);
    v("title", e.title);
    v("message", e.message);
    v("details", e.details);
    v("href", e.href);
    v("layer", e.layer);
  }
};

struct Location {
  double latitude = 0;   ///< degrees, WGS 84
  double longitude = 0;  ///< degrees
  std::string name;
  std::string address;
  std::string url;
  bool live = false;

  bool operator==(const Location&) const = default;
  template <class V, class T>
  static void fields(V& v, T& l) {
    v("latitude", l.latitude);
    v("longitude", l.longitude);
    v("name", l.name);
    v("address", l.address);
    v("url", l.url);
    v("live", l.live);
  }
};

}  // namespace chasqui
