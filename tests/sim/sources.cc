#include "tests/sim/sources.h"

namespace chasqui::sim {
namespace {

constexpr std::int64_t kAnswerMax = 20'000;  // ms that a source waits for its answer, then it sends the body again

}  // namespace

std::string Sources::message(const std::string& chat, Body& body) {
  const std::string id = "wamid.m" + std::to_string(++items_);
  body.subjects.push_back(stable_hash(id));
  return R"({"from":")" + chat + R"(","id":")" + id + R"(","timestamp":"1790000000","type":"text","text":{"body":"text )" +
         std::to_string(items_) + R"("}})";
}

std::string Sources::status(const std::string& chat, Body& body) {
  const std::string id = "wamid.s" + std::to_string(++items_);
  body.subjects.push_back(stable_hash(id));
  return R"({"id":")" + id + R"(","status":"delivered","timestamp":"1790000000","recipient_id":")" + chat + R"("})";
}

void Sources::post_new() {
  Body body;
  std::string entries;
  const std::int64_t changes = chance_.one_in(4) ? chance_.between(2, 3) : 1;
  for (std::int64_t i = 0; i < changes; ++i) {
    const std::string phone = chance_.one_in(3) ? "4002" : "4001";
    const bool ticks = chance_.one_in(5);
    std::string items, contacts;
    const std::int64_t count = chance_.one_in(3) ? chance_.between(2, 5) : 1;
    for (std::int64_t k = 0; k < count; ++k) {
      // Some chats are busy, most are not.
      const std::string chat =
          "1555010" + std::to_string(1000 + (chance_.one_in(2) ? chance_.between(0, 1) : chance_.between(0, 9)));
      items.append(items.empty() ? "" : ",").append(ticks ? status(chat, body) : message(chat, body));
    }
    entries.append(entries.empty() ? "" : ",")
        .append(R"({"id":"2","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"1555011)")
        .append(phone)
        .append(R"(","phone_number_id":")")
        .append(phone)
        .append(ticks ? R"("},"statuses":[)" : R"("},"messages":[)")
        .append(items)
        .append(R"(]},"field":"messages"}]})");
  }
  body.text = R"({"object":"whatsapp_business_account","entry":[)" + entries + "]}";
  open_.emplace(++bodies_, std::move(body));
  post(bodies_);
}

void Sources::post(std::uint64_t no) {
  const auto it = open_.find(no);
  if (it == open_.end()) return;
  const auto again_at = [&](Millis after) { world_.at(world_.steady_now() + after, [this, no] { post(no); }); };
  // Nothing heard: again, later; sometimes while the first is still waiting.
  again_at(!calm_ && chance_.one_in(10) ? chance_.millis(1, 50) : Millis{kAnswerMax} + chance_.millis(0, 5000));
  ports::IncomingRequest request;
  request.method = "POST";
  request.target = request.path = "/webhooks/cloud-api";
  request.body = std::make_shared<const std::string>(it->second.text);
  std::string signature = "sha256=";
  crypto_.mac(ports::MacKind::hmac_sha256, kSecret)->append_hex(signature, it->second.text);
  request.headers = {{"host", "localhost:3000"}, {"x-hub-signature-256", signature}, {"content-type", "application/json"}};
  hand_(std::move(request), [this, no](const ports::OutgoingResponse& response) { answered(no, response.status); });
}

void Sources::answered(std::uint64_t no, int status) {
  const auto it = open_.find(no);
  if (it == open_.end()) return;
  judge_.say("body " + std::to_string(no) + " is answered " + std::to_string(status));
  if (status != 200 && status != 503) return judge_.fail("a source was answered " + std::to_string(status));
  if (status != 200) return;
  for (const std::uint64_t subject : it->second.subjects)
    if (!ledger_.has_message(subject)) return judge_.fail("a message was acknowledged that is not durable");
  // The answer may be lost on its way: then the source does not know.
  if (!calm_ && chance_.one_in(12)) return;
  open_.erase(it);
}

}  // namespace chasqui::sim
