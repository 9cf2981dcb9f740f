// A gateway in a virtual world, and the verbs that tests speak in.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/memory/memory_store.h"
#include "adapters/openssl/openssl_crypto.h"
#include "app/gateway.h"
#include "tests/support/virtual_world.h"

namespace chasqui::testing {

inline constexpr std::string_view kAppSecret = "app-secret-of-the-test";
inline constexpr std::string_view kHookKey = "hook-key-of-the-test";

/// A store that passes everything on, and refuses commits when told to.
class FailingStore : public ports::Store {
 public:
  FailingStore(ports::Store& inner, ports::Loop& loop) : inner_(inner), loop_(loop) {}
  Result<ports::Recovered> open() override { return inner_.open(); }
  void commit(std::shared_ptr<const ports::Batch> batch, Done<ports::Committed> done) override {
    if (!full && disk_free_bytes == ~std::uint64_t{0}) return inner_.commit(std::move(batch), std::move(done));
    if (!full)
      return inner_.commit(std::move(batch), [this, done = std::move(done)](Result<ports::Committed> result) {
        if (result) result->disk_free_bytes = disk_free_bytes;
        done(std::move(result));
      });
    loop_.post([done = std::move(done)] { done(unavailable("the disk is full")); });
  }
  void read(ports::ReadRange range, Done<ports::ReadPage> done) override {
    if (unreadable) return refuse(std::move(done));
    inner_.read(range, std::move(done));
  }
  void fetch(ports::FetchList list, Done<std::vector<ports::Fetched>> done) override {
    if (unreadable) return refuse(std::move(done));
    inner_.fetch(std::move(list), std::move(done));
  }
  void scan(ports::ScanRange range, Done<ports::ScanPage> done) override {
    if (unreadable) return refuse(std::move(done));
    inner_.scan(std::move(range), std::move(done));
  }
  void find(ports::FindRange range, Done<ports::FindPage> done) override { inner_.find(range, std::move(done)); }
  void attempts(Seq seq, Done<std::vector<ports::AttemptRow>> done) override { inner_.attempts(seq, std::move(done)); }
  void parked(ports::ParkedFilter filter, Done<std::vector<ports::Parked>> done) override {
    inner_.parked(std::move(filter), std::move(done));
  }
  void ended(EndpointNo endpoint, std::size_t limit, Done<std::vector<ports::Ended>> done) override {
    inner_.ended(endpoint, limit, std::move(done));
  }
  void close() override { inner_.close(); }

  bool full = false;
  bool unreadable = false;
  std::uint64_t disk_free_bytes = ~std::uint64_t{0};  ///< what commits tell of the disk

 private:
  template <class T>
  void refuse(Done<T> done) {
    loop_.post([done = std::move(done)] { done(unavailable("the disk cannot be read")); });
  }

  ports::Store& inner_;
  ports::Loop& loop_;
};

class GatewayFixture : public ::testing::Test {
 protected:
  GatewayFixture() {
    settings.sessions.product_version = "2026.8.2";
    settings.sessions.platform = "linux/x64";
    settings.callbacks.push_back({"default", "environment", {std::string(kAppSecret)}, "token-of-the-test"});
  }

  /// An endpoint of the operator, in WAHA's dialect.
  EndpointSettings endpoint(std::vector<std::string> events, std::string id = "ep_env") {
    auto made = new_endpoint("waha");
    made->id = std::move(id);
    made->origin = "environment";
    made->url = "http://receiver.test/hook";
    made->events = std::move(events);
    made->hmac_key = kHookKey;
    return *made;
  }

  void start() {
    gateway = std::make_unique<Gateway>(Gateway::World{failing, receiver, loop, loop, loop, dice, crypto, log}, settings);
    Status outcome = unavailable("not ready");
    gateway->start([&](const Status& status) { outcome = status; });
    loop.run();
    ASSERT_TRUE(outcome.has_value()) << outcome.error().detail;
  }
  /// As kill -9 does: nothing is said to anybody.
  void crash() {
    loop.forget();
    gateway.reset();
    store.close();
  }
  void stop_gracefully() {
    bool stopped = false;
    gateway->stop([&] { stopped = true; });
    loop.run();
    ASSERT_TRUE(stopped);
    gateway.reset();
  }

  ports::OutgoingResponse ask(std::string method, std::string path, std::string body = "",
                              std::vector<std::pair<std::string, std::string>> headers = {}) {
    ports::IncomingRequest request;
    request.method = std::move(method);
    request.target = path;
    const auto mark = path.find('?');
    request.path = path.substr(0, mark);
    request.query = mark == std::string::npos ? "" : path.substr(mark + 1);
    headers.emplace_back("host", "localhost:3000");
    request.headers = std::move(headers);
    request.body = std::make_shared<const std::string>(std::move(body));
    std::optional<ports::OutgoingResponse> answer;
    gateway->handler().handle(std::move(request), [&](ports::OutgoingResponse r) { answer = std::move(r); });
    loop.run();
    EXPECT_TRUE(answer.has_value()) << "every request is answered";
    return answer.value_or(ports::OutgoingResponse{0, {}, ""});
  }
  /// Posts a body as Meta does, signed. @return the status.
  int post(const std::string& body) {
    std::string signature = "sha256=";
    crypto.mac(ports::MacKind::hmac_sha256, kAppSecret)->append_hex(signature, body);
    return ask("POST", "/webhooks/cloud-api", body, {{"x-hub-signature-256", signature}, {"content-type", "application/json"}})
        .status;
  }
  /// A text message from `chat` (a phone number), with an id of its own.
  static std::string text_body(const std::string& chat, const std::string& text, const std::string& id) {
    return R"({"object":"whatsapp_business_account","entry":[{"id":"2","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550109999","phone_number_id":"4001"},"contacts":[{"profile":{"name":"Ada"},"wa_id":")" +
           chat + R"("}],"messages":[{"from":")" + chat + R"(","id":")" + id +
           R"(","timestamp":"1790000000","type":"text","text":{"body":")" + text + R"("}}]},"field":"messages"}]}]})";
  }
  void accept(const std::string& chat, const std::string& text) {
    ASSERT_EQ(post(text_body(chat, text, "wamid." + std::to_string(++messages))), 200);
  }

  VirtualLoop loop;
  SeededDice dice;
  KeptLog log;
  OpenSslCrypto crypto{std::string(32, 'k')};
  MemoryStore store{loop};
  FailingStore failing{store, loop};
  Receiver receiver{loop};
  GatewaySettings settings;
  std::unique_ptr<Gateway> gateway;
  int messages = 0;
};

}  // namespace chasqui::testing
