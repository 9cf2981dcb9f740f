#include "app/inbox.h"

#include "app/problem.h"
#include "core/json/span.h"
#include "core/json/value.h"
#include "core/json/writer.h"

namespace chasqui {

Inbox::Inbox(ports::Crypto& crypto, ports::Clock& clock, std::string_view key)
    : clock_(clock), mac_(crypto.mac(ports::MacKind::hmac_sha512, key)) {}

void Inbox::handle(ports::IncomingRequest request, const ports::Respond& respond) {
  if (request.method != "POST")
    return respond(problem(405, "Method not allowed", "The inbox takes POST; look at it with GET /api/v1/inbox"));
  InboxItem item;
  item.number = ++received_;
  item.received_at_ms = to_ms(clock_.now());
  item.path = request.path;
  item.request_id = request.header("x-webhook-request-id");
  item.attempt = request.header("x-chasqui-attempt");
  const std::string_view signature = request.header("x-webhook-hmac");
  item.signature = signature.empty() ? "missing" : mac_->matches_hex(*request.body, signature) ? "verified" : "wrong";
  json::Document parser;
  if (const auto root = parser.parse(*request.body)) item.event = (*root)["event"].text();
  item.body = std::move(request.body);
  bytes_ += item.body->size();
  items_.push_back(std::move(item));
  while (items_.size() > kItemsMax || (bytes_ > kBytesMax && items_.size() > 1)) {
    bytes_ -= items_.front().body->size();
    items_.pop_front();
  }
  if (on_item_) on_item_(items_.back());
  respond(text_response(200, ""));
}

std::string Inbox::list(std::size_t limit) const {
  std::string out;
  json::Writer w(out);
  w.begin_object().key("received").unsigned_integer(received_).key("items").begin_array();
  for (auto it = items_.rbegin(); it != items_.rend() && limit > 0; ++it, --limit) {
    w.begin_object().key("number").unsigned_integer(it->number).key("received_at_ms").integer(it->received_at_ms);
    w.key("path").string(it->path).key("event").string(it->event).key("request_id").string(it->request_id);
    w.key("attempt").string(it->attempt).key("signature").string(it->signature);
    json::Document parser;
    w.key("body");
    // JSON goes in as JSON; whatever else was posted goes in as a string, if it is text.
    if (const auto root = parser.parse(*it->body)) {
      w.raw(root->to_json());
    } else {
      w.null();
    }
    w.end_object();
  }
  w.end_array().end_object();
  return out;
}

}  // namespace chasqui
