// Client and listener against each other.
#include <gtest/gtest.h>

#include "adapters/http/http_client.h"
#include "core/ids.h"
#include "tests/support/http_listener_fixture.h"
#include "tests/support/random_event.h"

namespace chasqui::http {
namespace {

using namespace std::chrono_literals;
using ports::Answer;
using ports::SendError;

class HttpBothTest : public testing::HttpListenerTest {
 protected:
  std::unique_ptr<AsioHttpClient> client_with(std::size_t connections) {
    HttpClientSettings how;
    how.connections_per_origin_max = connections;
    return *AsioHttpClient::make(loop, how);
  }
  ports::OutgoingRequest post(const std::string& body, const std::string& more = "") const {
    ports::OutgoingRequest r;
    r.origin = {false, "127.0.0.1", listener->port()};
    r.head = "POST /x HTTP/1.1\r\nHost: h\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    r.body = body;
    r.deadline = loop.steady_now() + 10s;
    r.response_body_kept = r.response_body_max = 4u << 20;
    return r;
  }
};

TEST_F(HttpBothTest, RequestsOneAfterAnotherShareOneConnection) {
  const auto client = client_with(8);
  for (int i = 0; i < 100; ++i) {
    std::optional<Answer> answer;
    client->send(post("b"), [&](Answer a) { answer = std::move(a); });
    ASSERT_TRUE(until([&] { return answer.has_value(); }));
    ASSERT_EQ(answer->body, std::to_string(i) + ":b");
  }
  EXPECT_EQ(client->stats().connections_made, 1u);
  EXPECT_EQ(listener->stats().accepted, 1u);
  EXPECT_EQ(listener->stats().requests, 100u);
}

// Bodies of all sizes, answers in any order, some connections closed by either side: each request gets its own answer, once.
TEST_F(HttpBothTest, ForAnyTraffic_ThenEachRequestGetsItsOwnAnswerOnce) {
  testing::Chance chance(2026);
  later = true;
  const auto client = client_with(16);
  constexpr int all = 1500;
  int answered = 0;
  std::vector<std::size_t> open;  // requests that the handler holds
  std::size_t seen = 0;
  for (int i = 0; i < all; ++i) {
    std::string body = std::to_string(i) + "#" + std::string(chance.one_in(50) ? chance.below(300'000) : chance.below(2000), 'x');
    const std::string expected = std::to_string(content_hash(body));
    client->send(post(body, chance.one_in(20) ? "Connection: close\r\n" : ""), [&, expected](Answer a) {
      EXPECT_EQ(a.error, SendError::none) << a.detail;
      EXPECT_EQ(a.status, 200);
      EXPECT_TRUE(a.body.starts_with(expected));
      ++answered;
    });
    for (auto turns = chance.below(4); turns > 0; --turns) {
      turn();
      for (; seen < handled.size(); ++seen) open.push_back(seen);
      if (open.empty()) continue;
      const auto which = chance.below(open.size());
      const auto place = std::exchange(open[which], open.back());
      open.pop_back();
      std::string reply =
          std::to_string(content_hash(*handled[place].body)) + std::string(chance.one_in(50) ? chance.below(300'000) : 0, 'y');
      respond(place, {200, {}, std::move(reply)});
    }
  }
  EXPECT_TRUE(until([&] {
    for (; seen < handled.size(); ++seen) open.push_back(seen);
    for (const auto place : std::exchange(open, {}))
      respond(place, {200, {}, std::to_string(content_hash(*handled[place].body))});
    return answered == all;
  }));
  EXPECT_EQ(handled.size(), static_cast<std::size_t>(all)) << "no request was sent twice";
  EXPECT_EQ(listener->stats().buffered_bytes, 0u);
  EXPECT_EQ(listener->stats().handling, 0u);
  EXPECT_EQ(client->stats().queued, 0u);
  EXPECT_LE(client->stats().connections, 16u);
  EXPECT_GT(client->stats().reused, static_cast<std::uint64_t>(all) / 2);
}

TEST_F(HttpBothTest, AListenerThatDrainsLeavesNoRequestHalfDone) {
  later = true;
  const auto client = client_with(4);
  std::vector<Answer> answers;
  for (int i = 0; i < 4; ++i) client->send(post(std::to_string(i)), [&](Answer a) { answers.push_back(std::move(a)); });
  EXPECT_TRUE(until([&] { return handled.size() == 4; }));
  listener->drain();
  for (std::size_t i = 0; i < 4; ++i) respond(i, {200, {}, "done"});
  EXPECT_TRUE(until([&] { return answers.size() == 4; }));
  for (const auto& a : answers) EXPECT_EQ(a.body, "done");
  std::optional<Answer> refused;
  client->send(post("late"), [&](Answer a) { refused = std::move(a); });
  EXPECT_TRUE(until([&] { return refused.has_value(); }));
  EXPECT_EQ(refused->error, SendError::connect);
}

TEST_F(HttpBothTest, NothingWakesTheLoopWhenNothingIsToBeDone) {
  auto client = client_with(4);
  std::optional<Answer> answer;
  client->send(post("b"), [&](Answer a) { answer = std::move(a); });
  EXPECT_TRUE(until([&] { return answer.has_value(); }));
  client.reset();
  EXPECT_TRUE(until([&] { return listener->stats().connections == 0; }));
  const auto ticks = loop.stats().wheel_ticks;
  const auto since = loop.steady_now();
  EXPECT_TRUE(until([&] { return loop.steady_now() - since > 250ms; }));
  EXPECT_EQ(loop.stats().wheel_ticks, ticks);
}

}  // namespace
}  // namespace chasqui::http
