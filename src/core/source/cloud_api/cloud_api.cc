#include "core/source/cloud_api/cloud_api.h"

#include <algorithm>

#include "core/http1/url.h"
#include "core/json/utf8.h"
#include "core/source/cloud_api/reading.h"

namespace chasqui::cloud_api {
namespace {

constexpr std::string_view kEngine = "cloud", kDialect = "cloud-api";

Normalised whole_as_raw(const std::shared_ptr<const std::string>& body, json::Value root, std::string trouble) {
  Draft draft;
  draft.event.type = EventType::engine_raw;
  draft.event.source = {std::string(kEngine), std::string(kDialect), "unparsable", "", 0};
  draft.event.precision = TimePrecision::milliseconds;
  draft.event.raw = {body, 0, static_cast<std::uint32_t>(body->size())};
  draft.event.data = RawEngineEvent{"unparsable", text_of(root)};
  draft.session = {std::string(kEngine), "waba_unknown", ""};
  Normalised out;
  out.trouble = std::move(trouble);
  out.drafts.push_back(std::move(draft));
  return out;
}

void read_change(const Change& change, Collector& out) {
  if (!change.value.is_object() || change.field.empty()) {
    out.add_raw(change, change.field.empty() ? "change" : std::string(change.field), change.change, change.change_span, content_key(change, 0, change.change));
  } else if (change.field == "messages") {
    read_messages_field(change, out);
  } else if (change.field == "smb_message_echoes") {
    read_echoes(change, out);
  } else if (change.field == "calls") {
    read_calls(change, out);
  } else if (!read_notice(change, out)) {
    out.add_raw(change, std::string(change.field), change.value, change.value_span, content_key(change, 0, change.value));
  }
}

// A span that cannot be found (names written with escapes) is replaced by the whole it stands in: raw bytes are never missing.
std::string_view span_in(std::string_view object, std::string_view name) { return json::member_span(object, name).value_or(object); }

void read_entry(json::Value entry, std::string_view entry_span, Collector& out) {
  const auto changes = entry["changes"].items();
  const auto spans = json::item_spans(span_in(entry_span, "changes"));
  Change base;
  base.entry_id = entry["id"].string_or({});
  base.entry_time_ms = time_ms(entry["time"]);
  if (changes.empty()) {
    Change change = base;
    change.change = entry;
    change.change_span = entry_span;
    out.add_raw(change, "entry", entry, entry_span, content_key(change, 0, entry));
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Change change = base;
    change.change = changes[i];
    change.value = changes[i]["value"];
    change.contacts = Contacts(change.value["contacts"]);
    change.field = changes[i]["field"].string_or({});
    change.change_span = i < spans.size() ? spans[i] : entry_span;
    change.value_span = span_in(change.change_span, "value");
    read_change(change, out);
  }
}

}  // namespace

Normalised normalise(json::Document& parser, std::shared_ptr<const std::string> body) {
  const auto root = parser.parse(*body, json::Document::foreign_depth_max);
  if (!root) return whole_as_raw(body, {}, root.error().detail);
  const json::Value entries = (*root)["entry"];
  if (const auto object = (*root)["object"]; object.is_string() && object.string_or({}) != "whatsapp_business_account") {
    Normalised out;
    out.trouble.append("the delivery is for '").append(json::valid_utf8_prefix(object.string_or({}).substr(0, 60))).append("', not for WhatsApp");
    return out;
  }
  if (!entries.is_array()) return whole_as_raw(body, *root, "the delivery has no array `entry`");
  const auto items = entries.items();
  if (items.empty()) return whole_as_raw(body, *root, "the delivery's `entry` is empty");
  const auto spans = json::item_spans(span_in(*body, "entry"));
  Collector out(body);
  for (std::size_t i = 0; i < items.size(); ++i) read_entry(items[i], i < spans.size() ? spans[i] : std::string_view(*body), out);
  return out.take();
}

std::optional<std::string> handshake(std::string_view raw_query, const std::function<bool(std::string_view)>& right_token) {
  const auto mode = http1::query_value(raw_query, "hub.mode");
  const auto token = http1::query_value(raw_query, "hub.verify_token");
  auto challenge = http1::query_value(raw_query, "hub.challenge");
  const bool right = right_token(token.value_or(""));  // compared in every case, so that time tells nothing
  if (!right || mode != "subscribe" || !challenge) return std::nullopt;
  return challenge;
}

Draft Collector::draft(const Change& change, EventType type, std::string_view item) const {
  Draft d;
  Event& e = d.event;
  e.type = type;
  e.source.engine = kEngine;
  e.source.dialect = kDialect;
  e.source.event_name = change.field;
  e.occurred_at_ms = change.entry_time_ms;
  e.precision = TimePrecision::seconds;
  e.own = own_number(change.value);
  e.raw = {body_, static_cast<std::uint32_t>(item.data() - body_->data()), static_cast<std::uint32_t>(item.size())};
  d.session.engine = kEngine;
  const auto metadata = change.value["metadata"];
  d.session.key = metadata["phone_number_id"].string_or({});
  if (d.session.key.empty()) {
    d.session.key.assign("waba_").append(change.entry_id.empty() ? std::string_view("unknown") : change.entry_id);
  } else {
    d.session.display_phone = metadata["display_phone_number"].string_or({});
  }
  return d;
}

std::size_t Collector::add(Draft draft) {
  draft.event.source.item_index = static_cast<std::int32_t>(out_.drafts.size());
  if (draft.event.occurred_at_ms == 0) draft.event.precision = TimePrecision::milliseconds;  // the flow's own time will stand there
  out_.drafts.push_back(std::move(draft));
  return out_.drafts.size() - 1;
}

void Collector::add_raw(const Change& change, std::string name, json::Value json, std::string_view item, std::string source_key) {
  Draft d = draft(change, EventType::engine_raw, item);
  d.event.data = RawEngineEvent{std::move(name), text_of(json)};
  if (const auto at = time_ms(json["timestamp"]); at != 0) d.event.occurred_at_ms = at;
  d.source_key = std::move(source_key);
  add(std::move(d));
}

std::string content_key(const Change& change, std::size_t index, const json::Value& item) {
  std::string key;
  if (!change.hash) {
    change.change.append_canonical_to(key);
    change.hash = content_hash(key);
  }
  key.assign("change:").append(change.entry_id);
  for (const std::string& part : {std::to_string(change.entry_time_ms), std::to_string(index), std::to_string(*change.hash)}) key.append(":").append(part);
  item.append_canonical_to(key.append(":"));
  return key;
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

std::int64_t time_ms(const json::Value& seconds) {
  constexpr std::int64_t seconds_max = std::int64_t{1} << 38;  // beyond any date that an id could hold
  const auto s = seconds.loose_integer();
  return s && *s > 0 && *s < seconds_max ? *s * 1000 : 0;
}

Party own_number(const json::Value& value) {
  Party own;
  const auto display = value["metadata"]["display_phone_number"].string_or({});
  if (display.empty()) return own;
  own.kind = PartyKind::business;
  own.phone = digits_of(display);
  return own;
}

Contacts::Contacts(const json::Value& list) : all_(list.items()) {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (const auto id = all_[i]["wa_id"].string_or({}); !id.empty()) by_wa_id_.emplace(id, i);
    if (const auto id = all_[i]["user_id"].string_or({}); !id.empty()) by_user_id_.emplace(id, i);
  }
}

json::Value Contacts::find(std::string_view wa_id, std::string_view user_id) const {
  std::size_t place = all_.size();
  if (const auto found = by_wa_id_.find(wa_id); found != by_wa_id_.end()) place = found->second;
  if (const auto found = by_user_id_.find(user_id); found != by_user_id_.end()) place = std::min(place, found->second);
  return place < all_.size() ? all_[place] : json::Value{};
}

Party person(const Change& change, std::string_view wa_id, std::string_view user_id) {
  Party p;
  p.kind = PartyKind::user;
  p.phone = digits_of(wa_id);
  if (p.phone.empty() && !wa_id.empty()) p.jid = wa_id;  // not a number: kept as it is
  p.user_id = user_id;
  const json::Value contact = change.contacts.find(wa_id, user_id);
  if (!contact.exists()) return p;
  p.push_name = contact["profile"]["name"].string_or({});
  p.username = contact["profile"]["username"].string_or({});
  if (p.user_id.empty()) p.user_id = contact["user_id"].string_or({});
  p.parent_user_id = contact["parent_user_id"].string_or({});
  if (p.phone.empty()) p.phone = digits_of(contact["wa_id"].string_or({}));
  return p;
}

std::vector<ErrorInfo> errors_of(const json::Value& list) {
  std::vector<ErrorInfo> errors;
  for (const auto& e : list.items()) {
    ErrorInfo info;
    info.code = e["code"].loose_integer().value_or(0);
    info.title = e["title"].text();
    info.message = e["message"].text();
    info.details = e["error_data"]["details"].text();
    info.href = e["href"].text();
    errors.push_back(std::move(info));
  }
  return errors;
}

json::Text text_of(const json::Value& value) {
  json::Text text;
  value.append_to(text.json);
  return text;
}

}  // namespace chasqui::cloud_api
