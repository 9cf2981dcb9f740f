// The typed `data` of each event type. Each struct says when it occurs and lists its fields once (core/json/fields.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event/common.h"

namespace chasqui {

/// What a message is. Words as in docs/formats/events.md; `unknown` is a kind that the source could not name.
enum class MessageKind : std::uint8_t {
  text, image, video, gif, video_note, audio, voice, document, sticker, location, live_location, contacts,
  reply_button, reply_list, template_button, flow_reply, poll, event, order, product, group_invite, newsletter_invite,
  interactive, system, request_welcome, unknown,
};
CHASQUI_WORDS(MessageKind, {MessageKind::text, "text"}, {MessageKind::image, "image"}, {MessageKind::video, "video"},
              {MessageKind::gif, "gif"}, {MessageKind::video_note, "video_note"}, {MessageKind::audio, "audio"},
              {MessageKind::voice, "voice"}, {MessageKind::document, "document"}, {MessageKind::sticker, "sticker"},
              {MessageKind::location, "location"}, {MessageKind::live_location, "live_location"},
              {MessageKind::contacts, "contacts"}, {MessageKind::reply_button, "reply_button"},
              {MessageKind::reply_list, "reply_list"}, {MessageKind::template_button, "template_button"},
              {MessageKind::flow_reply, "flow_reply"}, {MessageKind::poll, "poll"}, {MessageKind::event, "event"},
              {MessageKind::order, "order"}, {MessageKind::product, "product"}, {MessageKind::group_invite, "group_invite"},
              {MessageKind::newsletter_invite, "newsletter_invite"}, {MessageKind::interactive, "interactive"},
              {MessageKind::system, "system"}, {MessageKind::request_welcome, "request_welcome"},
              {MessageKind::unknown, "unknown"})

/// From where an own message was sent.
enum class SourceDevice : std::uint8_t { unknown, app, web, api, system, business_api };
CHASQUI_WORDS(SourceDevice, {SourceDevice::unknown, ""}, {SourceDevice::app, "app"}, {SourceDevice::web, "web"},
              {SourceDevice::api, "api"}, {SourceDevice::system, "system"}, {SourceDevice::business_api, "business_api"})

/// How far a message got. The rank orders them; `none` is "not said".
enum class AckLevel : std::uint8_t { none, error, pending, server, device, read, played, deleted };
CHASQUI_WORDS(AckLevel, {AckLevel::none, ""}, {AckLevel::error, "error"}, {AckLevel::pending, "pending"},
              {AckLevel::server, "server"}, {AckLevel::device, "device"}, {AckLevel::read, "read"},
              {AckLevel::played, "played"}, {AckLevel::deleted, "deleted"})

/// The answer that a person picked: a button, a list row, a template's quick reply, a filled flow.
struct Reply {
  std::string id;     ///< the sender's own mark (Meta: button/list id, or payload of a template button)
  std::string title;  ///< what the person saw
  std::string description;
  json::Text response;  ///< of flows: the answers, as JSON

  bool operator==(const Reply&) const = default;
  template <class V, class T>
  static void fields(V& v, T& r) {
    v("id", r.id);
    v("title", r.title);
    v("description", r.description);
    v("response", r.response);
  }
};

/// What surrounds a message: what it answers, where it came from.
struct MessageContext {
  std::string quoted_id;  ///< bare id of the message that this one answers
  std::optional<Party> quoted_author;
  bool forwarded = false;
  bool frequently_forwarded = false;
  json::Text referral;          ///< the ad or post that led here, as the source gives it
  json::Text referred_product;  ///< the catalogue item that it asks about

  bool operator==(const MessageContext&) const = default;
  template <class V, class T>
  static void fields(V& v, T& c) {
    v("quoted_id", c.quoted_id);
    v("quoted_author", c.quoted_author);
    v("forwarded", c.forwarded);
    v("frequently_forwarded", c.frequently_forwarded);
    v("referral", c.referral);
    v("referred_product", c.referred_product);
  }
};

/// `message.received`: somebody wrote to the session's number. `message.sent`: the session's own number wrote, from any
/// device. Acks (`message.ack`) follow a sent one.
struct Message {
  MessageRef ref;
  Party from;  ///< the person who wrote it
  MessageKind kind = MessageKind::unknown;
  std::string subtype;  ///< the source's own word where `kind` is coarser
  std::string text;     ///< text or caption
  std::optional<Media> media;
  std::optional<Location> location;
  json::Text contacts;  ///< array of shared contacts, as the source gives them
  std::optional<Reply> reply;
  json::Text order;
  json::Text system;  ///< of kind `system`: what changed
  MessageContext context;
  SourceDevice source_device = SourceDevice::unknown;
  AckLevel ack = AckLevel::none;
  std::vector<ErrorInfo> errors;  ///< why a kind is `unknown`

  bool operator==(const Message&) const = default;
  template <class V, class T>
  static void fields(V& v, T& m) {
    v("ref", m.ref);
    v("from", m.from);
    v("kind", m.kind);
    v("subtype", m.subtype);
    v("text", m.text);
    v("media", m.media);
    v("location", m.location);
    v("contacts", m.contacts);
    v("reply", m.reply);
    v("order", m.order);
    v("system", m.system);
    v("context", m.context);
    v("source_device", m.source_device);
    v("ack", m.ack);
    v("errors", m.errors);
  }
};

/// `message.ack`: a sent message reached a level; levels may be skipped and may arrive out of order. `message.failed`:
/// it will not arrive; `errors` says why.
struct Ack {
  MessageRef ref;
  Party recipient;
  std::optional<Party> participant;  ///< the member who got or read it, in groups
  AckLevel level = AckLevel::none;
  json::Text conversation;  ///< Meta's billing window
  json::Text pricing;
  std::vector<ErrorInfo> errors;

  bool operator==(const Ack&) const = default;
  template <class V, class T>
  static void fields(V& v, T& a) {
    v("ref", a.ref);
    v("recipient", a.recipient);
    v("participant", a.participant);
    v("level", a.level);
    v("conversation", a.conversation);
    v("pricing", a.pricing);
    v("errors", a.errors);
  }
};

/// `message.reaction`: somebody put an emoji on a message, or took it away (`emoji` empty).
struct Reaction {
  MessageRef ref;     ///< the reaction itself
  MessageRef target;  ///< what it was put on
  Party from;
  std::string emoji;

  bool operator==(const Reaction&) const = default;
  template <class V, class T>
  static void fields(V& v, T& r) {
    v("ref", r.ref);
    v("target", r.target);
    v("from", r.from);
    v("emoji", r.emoji);
  }
};

/// `message.edited`: the text or caption of an earlier message changed.
struct Edit {
  MessageRef ref;  ///< the edit itself
  MessageRef target;
  Party from;
  MessageKind kind = MessageKind::text;  ///< of the new content
  std::string text;
  std::optional<Media> media;

  bool operator==(const Edit&) const = default;
  template <class V, class T>
  static void fields(V& v, T& e) {
    v("ref", e.ref);
    v("target", e.target);
    v("from", e.from);
    v("kind", e.kind);
    v("text", e.text);
    v("media", e.media);
  }
};

/// `message.revoked`: a message was deleted for everyone.
struct Revoke {
  MessageRef ref;  ///< the deletion itself
  MessageRef target;
  Party from;

  bool operator==(const Revoke&) const = default;
  template <class V, class T>
  static void fields(V& v, T& r) {
    v("ref", r.ref);
    v("target", r.target);
    v("from", r.from);
  }
};

enum class ContactChangeKind : std::uint8_t { none, number, identity, user_id };
CHASQUI_WORDS(ContactChangeKind, {ContactChangeKind::none, ""}, {ContactChangeKind::number, "number"},
              {ContactChangeKind::identity, "identity"}, {ContactChangeKind::user_id, "user_id"})

/// `contact.updated`: a contact's number, identity or names changed. `contact` is how it is now.
struct ContactChange {
  Party contact;
  std::optional<Party> before;
  ContactChangeKind change = ContactChangeKind::none;

  bool operator==(const ContactChange&) const = default;
  template <class V, class T>
  static void fields(V& v, T& c) {
    v("contact", c.contact);
    v("before", c.before);
    v("change", c.change);
  }
};

enum class CallDirection : std::uint8_t { incoming, outgoing };
CHASQUI_WORDS(CallDirection, {CallDirection::incoming, "incoming"}, {CallDirection::outgoing, "outgoing"})

/// `call.received`: a call rings. `call.ended`: it is over; `duration_s` is 0 when nobody talked.
struct Call {
  std::string id;
  Party from;
  Party to;
  CallDirection direction = CallDirection::incoming;
  bool video = false;
  bool group = false;
  std::int64_t duration_s = 0;
  std::string reason;  ///< how it ended, in the source's word
  json::Text sdp;      ///< the media offer or answer

  bool operator==(const Call&) const = default;
  template <class V, class T>
  static void fields(V& v, T& c) {
    v("id", c.id);
    v("from", c.from);
    v("to", c.to);
    v("direction", c.direction);
    v("video", c.video);
    v("group", c.group);
    v("duration_s", c.duration_s);
    v("reason", c.reason);
    v("sdp", c.sdp);
  }
};

enum class SessionState : std::uint8_t { created, stopped, starting, reconnecting, qr, passkey, working, failed, deleted };
CHASQUI_WORDS(SessionState, {SessionState::created, "created"}, {SessionState::stopped, "stopped"},
              {SessionState::starting, "starting"}, {SessionState::reconnecting, "reconnecting"}, {SessionState::qr, "qr"},
              {SessionState::passkey, "passkey"}, {SessionState::working, "working"}, {SessionState::failed, "failed"},
              {SessionState::deleted, "deleted"})

struct SessionStateAt {
  SessionState state = SessionState::created;
  std::int64_t at_ms = 0;

  bool operator==(const SessionStateAt&) const = default;
  template <class V, class T>
  static void fields(V& v, T& s) {
    v("state", s.state);
    v("at_ms", s.at_ms);
  }
};

/// `session.status`: the session came to a state. A Cloud API session works from its first event on.
struct SessionStatus {
  SessionState state = SessionState::created;
  std::vector<SessionStateAt> history;  ///< the last three, oldest first, this one included
  std::string detail;                   ///< why, for people

  bool operator==(const SessionStatus&) const = default;
  template <class V, class T>
  static void fields(V& v, T& s) {
    v("state", s.state);
    v("history", s.history);
    v("detail", s.detail);
  }
};

/// `template.*`, `account.*`, `phone.*`, `user.preference`: news from the platform, whose fields are passed on as the
/// platform names them (docs/formats/events.md lists them).
struct PlatformNotice {
  std::string waba_id;  ///< the WhatsApp business account that it concerns
  json::Text fields_json;

  bool operator==(const PlatformNotice&) const = default;
  template <class V, class T>
  static void fields(V& v, T& n) {
    v("waba_id", n.waba_id);
    v("fields", n.fields_json);
  }
};

/// `service.notice`: the source has trouble that belongs to no message (Meta: `value.errors[]`).
struct ServiceNotice {
  std::string name;
  std::string level;  ///< info, warning or error
  std::string message;
  std::vector<ErrorInfo> errors;

  bool operator==(const ServiceNotice&) const = default;
  template <class V, class T>
  static void fields(V& v, T& n) {
    v("name", n.name);
    v("level", n.level);
    v("message", n.message);
    v("errors", n.errors);
  }
};

/// `engine.raw`: something that we have no type for. Its bytes are the event's raw slice; `body` is a copy of them when
/// they are JSON.
struct RawEngineEvent {
  std::string name;  ///< the source's own name for it (Meta: the field, or field.type)
  json::Text body;

  bool operator==(const RawEngineEvent&) const = default;
  template <class V, class T>
  static void fields(V& v, T& e) {
    v("name", e.name);
    v("body", e.body);
  }
};

}  // namespace chasqui
