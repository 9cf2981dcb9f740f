// The field `messages` (incoming messages, statuses, errors) and `smb_message_echoes` (what the owner wrote in the app).
#include "core/source/cloud_api/reading.h"

namespace chasqui::cloud_api {
namespace {

// Who is who in one item. Incoming: the person is the sender; echo: the receiver.
struct Address {
  Party person;
  Party sender;
  MessageRef ref;
};

Address address_of(const Change& change, const json::Value& item, bool echo) {
  Address a;
  const auto phone = item[echo ? "to" : "from"].string_or({});
  const auto user = item[echo ? "to_user_id" : "from_user_id"].string_or({});
  a.person = person(change, phone, user);
  if (echo && a.person.parent_user_id.empty()) a.person.parent_user_id = item["to_parent_user_id"].string_or({});
  a.sender = echo ? own_number(change.value) : a.person;
  a.ref.id = item["id"].text();
  a.ref.from_me = echo;
  if (const auto group = item["group_id"].string_or({}); !group.empty()) {
    a.ref.chat.kind = PartyKind::group;
    a.ref.chat.jid = group;
    a.ref.participant = a.sender;
  } else {
    a.ref.chat = a.person;
  }
  return a;
}

Media media_of(const json::Value& m) {
  Media media;
  media.id = m["id"].text();
  media.url = m["url"].text();
  media.url_auth = !media.url.empty();  // Meta's links ask for the bearer token and live five minutes
  media.mime = m["mime_type"].text();
  media.sha256 = m["sha256"].text();
  media.name = m["filename"].text();
  media.voice = m["voice"].boolean();
  media.animated = m["animated"].boolean();
  return media;
}

MessageContext context_of(const Change& change, const json::Value& item) {
  MessageContext c;
  const auto context = item["context"];
  c.quoted_id = context["id"].text();
  if (const auto author = context["from"].string_or({}); !author.empty()) c.quoted_author = person(change, author, {});
  c.forwarded = context["forwarded"].boolean().value_or(false);
  c.frequently_forwarded = context["frequently_forwarded"].boolean().value_or(false);
  if (const auto product = context["referred_product"]; product.exists()) c.referred_product = text_of(product);
  if (const auto referral = item["referral"]; referral.exists()) c.referral = text_of(referral);
  return c;
}

MessageKind media_kind(std::string_view type) {
  if (type == "image") return MessageKind::image;
  if (type == "video") return MessageKind::video;
  if (type == "audio") return MessageKind::audio;
  if (type == "document") return MessageKind::document;
  if (type == "sticker") return MessageKind::sticker;
  return MessageKind::unknown;
}

// Content under `item[type]`. @return false when the type is known but its content is not shaped as documented.
bool read_content(const json::Value& item, std::string_view type, Message& m) {
  const json::Value content = item[type];
  if (type == "text") {
    m.kind = MessageKind::text;
    m.text = content["body"].text();
    return content["body"].is_string();
  }
  if (const auto kind = media_kind(type); kind != MessageKind::unknown) {
    m.kind = kind == MessageKind::audio && content["voice"].boolean().value_or(false) ? MessageKind::voice : kind;
    m.media = media_of(content);
    m.text = content["caption"].text();
    return content.is_object();
  }
  if (type == "location") {
    m.kind = MessageKind::location;
    m.location = Location{content["latitude"].number().value_or(0), content["longitude"].number().value_or(0), content["name"].text(),
                          content["address"].text(), content["url"].text(), false};
    return content["latitude"].number().has_value() && content["longitude"].number().has_value();
  }
  if (type == "contacts") {
    m.kind = MessageKind::contacts;
    m.contacts = text_of(content);
    return content.is_array();
  }
  if (type == "order") {
    m.kind = MessageKind::order;
    m.text = content["text"].text();
    m.order = text_of(content);
    return content.is_object();
  }
  if (type == "system") {
    m.kind = MessageKind::system;
    m.subtype = content["type"].text();
    m.text = content["body"].text();
    m.system = text_of(content);
    return content.is_object();
  }
  if (type == "button") {
    m.kind = MessageKind::template_button;
    m.text = content["text"].text();
    m.reply = Reply{content["payload"].text(), content["text"].text(), "", {}};
    return content.is_object();
  }
  return false;
}

// An interactive answer may come without its object, with an error instead (seen in practice): kind and errors are kept then.
void read_interactive(const json::Value& content, Message& m) {
  m.kind = MessageKind::interactive;
  m.subtype = content["type"].text();
  if (m.subtype == "button_reply" || m.subtype == "list_reply") {
    const auto reply = content[m.subtype];
    m.kind = m.subtype == "button_reply" ? MessageKind::reply_button : MessageKind::reply_list;
    m.reply = Reply{reply["id"].text(), reply["title"].text(), reply["description"].text(), {}};
  } else if (m.subtype == "nfm_reply") {
    const auto flow = content["nfm_reply"];
    m.kind = MessageKind::flow_reply;
    m.text = flow["body"].text();
    m.reply = Reply{flow["name"].text(), flow["body"].text(), "", {}};
    json::Document parser;  // the answers are JSON inside a string
    if (const auto answers = parser.parse(flow["response_json"].string_or({}), json::Document::foreign_depth_max)) m.reply->response = text_of(*answers);
  }
}

void read_unknown(const json::Value& item, std::string_view type, Message& m) {
  m.kind = type == "request_welcome" ? MessageKind::request_welcome : MessageKind::unknown;
  m.subtype = type == "unsupported" ? item["unsupported"]["type"].text() : std::string(type);
}

ContactChangeKind change_kind(std::string_view subtype) {
  if (subtype == "user_changed_number") return ContactChangeKind::number;
  if (subtype == "user_changed_user_id") return ContactChangeKind::user_id;
  return subtype == "customer_identity_changed" ? ContactChangeKind::identity : ContactChangeKind::none;
}

// A system message tells of a contact's change: that is an event of its own, brought about by the message.
void add_contact_change(const Change& change, const json::Value& item, const Message& m, std::size_t cause, std::string_view span, Collector& out) {
  const auto kind = change_kind(m.subtype);
  if (kind == ContactChangeKind::none) return;
  Draft d = out.draft(change, EventType::contact_updated, span);
  ContactChange c;
  c.change = kind;
  c.before = m.from;
  c.contact = m.from;
  if (const auto now = item["system"]["wa_id"].string_or({}); !now.empty()) c.contact.phone = digits_of(now);
  d.event.data = std::move(c);
  d.event.occurred_at_ms = time_ms(item["timestamp"]);
  d.source_key = "contact:" + m.ref.id;
  d.cause = cause;
  out.add(std::move(d));
}

void add_message(const Change& change, const json::Value& item, std::string_view type, Address a, bool echo, std::string_view span, Collector& out) {
  Message m;
  m.ref = std::move(a.ref);
  m.from = std::move(a.sender);
  m.context = context_of(change, item);
  m.errors = errors_of(item["errors"]);
  if (echo) m.source_device = SourceDevice::app;
  if (type == "interactive") {
    read_interactive(item["interactive"], m);
  } else if (!read_content(item, type, m)) {
    read_unknown(item, type, m);
  }
  Draft d = out.draft(change, echo ? EventType::message_sent : EventType::message_received, span);
  d.event.occurred_at_ms = time_ms(item["timestamp"]);
  d.source_key = "message:" + m.ref.id;
  const bool system = m.kind == MessageKind::system;
  const Message copy = system ? m : Message{};
  d.event.data = std::move(m);
  const std::size_t place = out.add(std::move(d));
  if (system) add_contact_change(change, item, copy, place, span, out);
}

// Reactions, edits and deletions name another message of the same chat.
void add_action(const Change& change, const json::Value& item, std::string_view type, Address a, std::string_view span, Collector& out) {
  const json::Value content = item[type];
  const bool reaction = type == "reaction";
  MessageRef target = a.ref;
  target.id = content[reaction ? "message_id" : "original_message_id"].text();
  // Only the author can edit or delete, so the target is of the same side. Meta does not say whose message got a reaction: in a
  // direct chat a customer reacts to what the business wrote in nearly every case, so that is assumed.
  if (reaction) {
    target.from_me = !a.ref.from_me;
    target.participant.reset();
  }
  Draft d = out.draft(change, reaction ? EventType::message_reaction : type == "edit" ? EventType::message_edited : EventType::message_revoked, span);
  d.event.occurred_at_ms = time_ms(item["timestamp"]);
  d.source_key = "message:" + a.ref.id;
  if (reaction) {
    d.event.data = Reaction{std::move(a.ref), std::move(target), std::move(a.sender), content["emoji"].text()};
  } else if (type == "revoke") {
    d.event.data = Revoke{std::move(a.ref), std::move(target), std::move(a.sender)};
  } else {
    const auto edited = content["message"];
    Message now;
    if (!read_content(edited, edited["type"].string_or({}), now)) now.kind = MessageKind::unknown;
    d.event.data = Edit{std::move(a.ref), std::move(target), std::move(a.sender), now.kind, std::move(now.text), std::move(now.media)};
  }
  out.add(std::move(d));
}

void read_message(const Change& change, const json::Value& item, std::string_view span, std::size_t index, bool echo, Collector& out) {
  const auto type = item["type"].string_or({});
  if (!item.is_object() || item["id"].string_or({}).empty() || type.empty()) {
    return out.add_raw(change, std::string(change.field) + ".message", item, span, "message-" + content_key(change, index, item));
  }
  Address a = address_of(change, item, echo);
  const bool action = (type == "reaction" || type == "edit" || type == "revoke") && item[type].is_object();
  if (action) {
    add_action(change, item, type, std::move(a), span, out);
  } else {
    add_message(change, item, type, std::move(a), echo, span, out);
  }
}

AckLevel level_of(std::string_view status) {
  if (status == "sent") return AckLevel::server;
  if (status == "delivered") return AckLevel::device;
  if (status == "read") return AckLevel::read;
  if (status == "played") return AckLevel::played;
  if (status == "deleted") return AckLevel::deleted;
  return status == "failed" ? AckLevel::error : AckLevel::none;
}

void read_status(const Change& change, const json::Value& item, std::string_view span, std::size_t index, Collector& out) {
  const auto id = item["id"].string_or({});
  const auto status = item["status"].string_or({});
  const AckLevel level = level_of(status);
  if (id.empty() || level == AckLevel::none) return out.add_raw(change, "messages.status", item, span, "status-" + content_key(change, index, item));
  Draft d = out.draft(change, level == AckLevel::error ? EventType::message_failed : EventType::message_ack, span);
  Ack a;
  a.level = level;
  a.ref.id = id;
  a.ref.from_me = true;
  const auto recipient = item["recipient_id"].string_or({});
  const auto member = item["recipient_participant_id"].string_or({});
  const auto member_user = item["recipient_participant_user_id"].string_or({});  // the only name of those with hidden numbers
  const bool a_member = !member.empty() || !member_user.empty();
  if (item["recipient_type"].string_or({}) == "group") {
    a.recipient.kind = PartyKind::group;
    a.recipient.jid = recipient;
    if (const Party own = own_number(change.value); !own.phone.empty()) a.ref.participant = own;  // who wrote the message
    if (a_member) a.participant = person(change, member, member_user);
  } else {
    a.recipient = person(change, recipient, item["recipient_user_id"].string_or({}));
  }
  a.ref.chat = a.recipient;
  a.errors = errors_of(item["errors"]);
  if (const auto v = item["conversation"]; v.exists()) a.conversation = text_of(v);
  if (const auto v = item["pricing"]; v.exists()) a.pricing = text_of(v);
  d.event.data = std::move(a);
  d.event.occurred_at_ms = time_ms(item["timestamp"]);
  d.event.correlation.biz_opaque = item["biz_opaque_callback_data"].text();
  d.source_key.assign("status:").append(id).append(":").append(status);
  if (a_member) d.source_key.append(":").append(member.empty() ? member_user : member);
  out.add(std::move(d));
}

// @return false when there are none.
bool read_errors(const Change& change, Collector& out) {
  const auto errors = change.value["errors"];
  if (!errors.exists() || (errors.is_array() && errors.size() == 0)) return false;
  Draft d = out.draft(change, EventType::service_notice, json::member_span(change.value_span, "errors").value_or(change.value_span));
  ServiceNotice notice{"cloud-api", "error", "", errors_of(errors)};
  if (!notice.errors.empty()) notice.message = notice.errors.front().title;
  d.event.data = std::move(notice);
  d.source_key = "errors-" + content_key(change, 0, errors);
  out.add(std::move(d));
  return true;
}

// Calls `read(item, span, index)` for each item of the array; a member that is there and is no array is kept raw.
template <class Read>
bool each(const Change& change, std::string_view name, Collector& out, Read read) {
  const json::Value list = change.value[name];
  if (!list.exists()) return false;
  const auto list_span = json::member_span(change.value_span, name).value_or(change.value_span);
  if (!list.is_array()) {
    out.add_raw(change, std::string(change.field) + "." + std::string(name), list, list_span, std::string(name) + "-" + content_key(change, 0, list));
    return true;
  }
  const auto items = list.items();
  const auto spans = json::item_spans(list_span);
  for (std::size_t i = 0; i < items.size(); ++i) read(items[i], i < spans.size() ? spans[i] : list_span, i);
  return !items.empty();
}

}  // namespace

void read_messages_field(const Change& change, Collector& out) {
  bool any = each(change, "messages", out, [&](const json::Value& item, std::string_view span, std::size_t i) { read_message(change, item, span, i, false, out); });
  any = each(change, "statuses", out, [&](const json::Value& item, std::string_view span, std::size_t i) { read_status(change, item, span, i, out); }) || any;
  any = read_errors(change, out) || any;
  if (!any) out.add_raw(change, "messages", change.value, change.value_span, content_key(change, 0, change.value));
}

void read_echoes(const Change& change, Collector& out) {
  const bool any = each(change, "message_echoes", out, [&](const json::Value& item, std::string_view span, std::size_t i) { read_message(change, item, span, i, true, out); });
  if (!any) out.add_raw(change, std::string(change.field), change.value, change.value_span, content_key(change, 0, change.value));
}

void read_calls(const Change& change, Collector& out) {
  const auto read = [&](const json::Value& item, std::string_view span, std::size_t i) {
    const auto id = item["id"].string_or({}), event = item["event"].string_or({});
    const bool incoming = item["direction"].string_or({}) == "USER_INITIATED";
    const bool known = !id.empty() && ((event == "connect" && incoming) || event == "terminate");
    if (!known) return out.add_raw(change, "calls." + std::string(event.empty() ? "call" : event), item, span, "call-" + content_key(change, i, item));
    Draft d = out.draft(change, event == "connect" ? EventType::call_received : EventType::call_ended, span);
    Call c;
    c.id = id;
    c.direction = incoming ? CallDirection::incoming : CallDirection::outgoing;
    c.from = incoming ? person(change, item["from"].string_or({}), {}) : own_number(change.value);
    c.to = incoming ? own_number(change.value) : person(change, item["to"].string_or({}), {});
    c.duration_s = item["duration"].loose_integer().value_or(0);
    c.reason = item["status"].text();
    if (const auto session = item["session"]; session.exists()) c.sdp = text_of(session);
    d.event.data = std::move(c);
    d.event.occurred_at_ms = time_ms(item["timestamp"]);
    d.event.correlation.biz_opaque = item["biz_opaque_callback_data"].text();
    d.source_key.assign("call:").append(id).append(":").append(event);
    if (const auto status = item["status"].string_or({}); !status.empty()) d.source_key.append(":").append(status);
    out.add(std::move(d));
  };
  bool any = each(change, "calls", out, read);
  any = each(change, "statuses", out, [&](const json::Value& item, std::string_view span, std::size_t i) {
          out.add_raw(change, "calls.status", item, span, "call-status-" + content_key(change, i, item));
        }) || any;
  any = read_errors(change, out) || any;
  if (!any) out.add_raw(change, "calls", change.value, change.value_span, content_key(change, 0, change.value));
}

}  // namespace chasqui::cloud_api
