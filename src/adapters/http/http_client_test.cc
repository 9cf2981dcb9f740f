#include "adapters/http/http_client.h"

#include <gtest/gtest.h>

#include "tests/support/http_client_fixture.h"

namespace chasqui::http {
namespace {

using namespace std::chrono_literals;
using ports::Answer;
using ports::SendError;
using testing::RawSocket;

class HttpClientTest : public testing::HttpClientTest {};

TEST_F(HttpClientTest, SendsTheBytesAsTheyAreAndGivesTheAnswer) {
  const auto place = send(request("{\"a\":1}"));
  RawSocket socket = accepted();
  EXPECT_TRUE(until([&] { return socket.has("{\"a\":1}"); }));
  EXPECT_EQ(socket.received, "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
  socket.say("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nX-Y: z\r\n\r\nok");
  const Answer& got = answer(place);
  EXPECT_EQ(got.error, SendError::none);
  EXPECT_EQ(got.status, 202);
  EXPECT_EQ(got.body, "ok");
  EXPECT_EQ(got.header("x-y"), "z");
  EXPECT_FALSE(got.reused_connection);
}

TEST_F(HttpClientTest, AConnectionIsKeptAndUsedAgain) {
  const auto first = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say(kOk);
  EXPECT_EQ(answer(first).status, 200);
  EXPECT_EQ(client->stats().idle, 1u);
  const auto second = send(request());
  taken(socket);
  socket.say(kOk);
  EXPECT_TRUE(answer(second).reused_connection);
  EXPECT_TRUE(nobody_waits());
  EXPECT_EQ(client->stats().connections_made, 1u);
  EXPECT_EQ(client->stats().reused, 1u);
}

TEST_F(HttpClientTest, TheNextRequestMayBeSentFromWithinTheAnswer) {
  std::optional<Answer> second;
  client->send(request(), [&](const Answer&) { client->send(request(), [&](Answer a) { second = std::move(a); }); });
  RawSocket socket = accepted();
  taken(socket);
  socket.say(kOk);
  taken(socket);
  socket.say(kOk);
  EXPECT_TRUE(until([&] { return second.has_value(); }));
  EXPECT_TRUE(second->reused_connection);
}

// After each of these the peer's next bytes could belong to anything.
TEST_F(HttpClientTest, AConnectionThatMayNotBeUsedAgainIsClosed) {
  for (const std::string& text :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        std::string("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!"), std::string(kOk) + std::string(kOk),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")}) {
    const auto place = send(request());
    RawSocket socket = accepted();
    taken(socket);
    socket.say(text);
    EXPECT_EQ(answer(place).status, 200) << text;
    EXPECT_TRUE(until([&] { return socket.ended(); })) << text;
    EXPECT_EQ(client->stats().connections, 0u) << text;
  }
}

// The rest of the long body would have been taken for the answer to the next request.
TEST_F(HttpClientTest, GivenABodyBeyondTheLimit_ThenTheConnectionIsNotUsedAgain) {
  auto r = request();
  r.response_body_max = 10;
  const auto place = send(std::move(r));
  RawSocket socket = accepted();
  taken(socket);
  socket.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789abcdef");
  EXPECT_EQ(answer(place).status, 200);
  EXPECT_EQ(answer(place).body, "0123456789");
  EXPECT_FALSE(answer(place).body_complete);
  EXPECT_TRUE(until([&] { return socket.ended(); }));
  const auto second = send(request());
  RawSocket fresh = accepted();
  taken(fresh);
  fresh.say(kOk);
  EXPECT_FALSE(answer(second).reused_connection);
}

// RFC 2068, 19.7.1.1: the peer closes after N seconds; a request on its way then would be lost.
TEST_F(HttpClientTest, GivenAPeerThatKeepsConnectionsForOneSecond_ThenNoOtherRequestIsSentOverThem) {
  const auto place = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say("HTTP/1.1 204 x\r\nKeep-Alive: timeout=1\r\n\r\n");
  EXPECT_EQ(answer(place).status, 204);
  EXPECT_EQ(client->stats().connections, 0u);
}

TEST_F(HttpClientTest, GivenAPeerThatKeepsConnectionsForTwoSeconds_ThenItIsClosedASecondBefore) {
  const auto place = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say("HTTP/1.1 204 x\r\nKeep-Alive: timeout=2\r\n\r\n");
  EXPECT_EQ(answer(place).status, 204);
  EXPECT_EQ(client->stats().idle, 1u);
  const auto start = loop.steady_now();
  EXPECT_TRUE(until([&] { return socket.ended(); }));
  EXPECT_LT(loop.steady_now() - start, 1500ms);
}

TEST_F(HttpClientTest, InterimAnswersAreSkipped) {
  const auto place = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say("HTTP/1.1 100 Continue\r\n\r\n");
  settle();
  EXPECT_FALSE(answers[place].has_value());
  socket.say("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answer(place).status, 200);
  EXPECT_EQ(client->stats().idle, 1u);
}

TEST_F(HttpClientTest, AnAnswerMayLastUntilTheConnectionCloses) {
  const auto place = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say("HTTP/1.1 200 OK\r\n\r\nto the end");
  settle();
  EXPECT_FALSE(answers[place].has_value());
  socket.close();
  EXPECT_EQ(answer(place).body, "to the end");
  EXPECT_TRUE(answer(place).body_complete);
}

TEST_F(HttpClientTest, HalfAnAnswerIsAReset) {
  const std::pair<std::string, std::string> halves[] = {
      {"", "before the answer"},
      {"HTTP/1.1 2", "within the answer"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "within the answer"}};
  for (const auto& [text, detail] : halves)
    for (const bool rudely : {false, true}) {
      const auto place = send(request());
      RawSocket socket = accepted();
      taken(socket);
      if (!text.empty()) socket.say(text);
      settle();
      if (rudely) {
        socket.abort();
      } else {
        socket.close();
      }
      EXPECT_EQ(answer(place).error, SendError::reset) << text;
      EXPECT_NE(answer(place).detail.find(detail), std::string::npos) << answer(place).detail;
      EXPECT_EQ(answer(place).status, 0);
    }
}

TEST_F(HttpClientTest, WhatIsNoHttpIsABadResponse) {
  for (const char* text : {"SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "HTTP/1.1 101 x\r\n\r\n"}) {
    const auto place = send(request());
    RawSocket socket = accepted();
    taken(socket);
    socket.say(text);
    EXPECT_EQ(answer(place).error, SendError::bad_response) << text;
    EXPECT_FALSE(answer(place).detail.empty());
    EXPECT_TRUE(until([&] { return socket.ended(); }));
  }
}

TEST_F(HttpClientTest, AHugeHeadIsRefused) {
  const auto place = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'));
  EXPECT_EQ(answer(place).error, SendError::bad_response);
}

TEST_F(HttpClientTest, AConnectionThatThePeerClosesWhileItIsIdleIsNoticed) {
  const auto first = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say(kOk);
  answer(first);
  socket.close();
  EXPECT_TRUE(until([&] { return client->stats().dropped_stale == 1; }));
  EXPECT_EQ(client->stats().connections, 0u);
  const auto second = send(request());
  RawSocket fresh = accepted();
  taken(fresh);
  fresh.say(kOk);
  EXPECT_EQ(answer(second).status, 200);
  EXPECT_FALSE(answer(second).reused_connection);
}

TEST_F(HttpClientTest, AnIdleConnectionOnWhichThePeerSpeaksUnaskedIsDropped) {
  const auto first = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say(kOk);
  answer(first);
  socket.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
  EXPECT_TRUE(until([&] { return socket.ended(); }));
  EXPECT_EQ(client->stats().dropped_stale, 1u);
}

TEST_F(HttpClientTest, ABrokenReusedConnectionIsToldApart) {
  const auto first = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say(kOk);
  answer(first);
  const auto second = send(request());
  taken(socket);
  socket.close();
  EXPECT_EQ(answer(second).error, SendError::reset);
  EXPECT_TRUE(answer(second).reused_connection) << "whether to try at once is the caller's decision";
}

TEST_F(HttpClientTest, ALargeRequestArrivesWhole) {
  std::string body(3'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i % 26);
  const auto place = send(request(body));
  RawSocket socket = accepted();
  EXPECT_TRUE(until([&] {
    socket.pump();
    const auto end = socket.received.find("\r\n\r\n");
    return end != std::string::npos && socket.received.size() == end + 4 + body.size();
  }));
  EXPECT_TRUE(socket.received.ends_with(body));
  socket.say(kOk);
  EXPECT_EQ(answer(place).status, 200);
  EXPECT_EQ(client->stats().idle, 1u) << "good for another one";
}

// A receiver may refuse before it has read everything, a 413 for instance.
TEST_F(HttpClientTest, AnAnswerThatComesBeforeTheRequestIsSentIsTaken) {
  const auto place = send(request(std::string(20'000'000, 'x')));
  RawSocket socket = accepted();
  taken(socket);
  socket.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answer(place).status, 413);
  EXPECT_TRUE(until([&] { return socket.ended(); })) << "the rest of the request is not sent";
}

TEST_F(HttpClientTest, NobodyListeningIsAConnectError) {
  receiver.close();
  const auto place = send(request());
  EXPECT_EQ(answer(place).error, SendError::connect);
  EXPECT_NE(answer(place).detail.find("connection refused"), std::string::npos) << answer(place).detail;
}

TEST_F(HttpClientTest, ANameThatCannotBeIsAResolveError) {
  auto r = request();
  r.origin.host = "a..b";
  const auto place = send(std::move(r));
  EXPECT_EQ(answer(place).error, SendError::resolve);
  EXPECT_NE(answer(place).detail.find("a..b"), std::string::npos) << answer(place).detail;
}

// Semantics 27: never, whoever made the endpoint.
TEST_F(HttpClientTest, LinkLocalAndMetadataAddressesAreNeverConnectedTo) {
  for (const char* host : {"169.254.169.254", "169.254.0.1", "100.100.100.200", "192.0.0.192", "fe80::1", "fd00:ec2::254",
                           "::ffff:169.254.169.254"}) {
    auto r = request("", 500ms);
    r.origin.host = host;
    const auto place = send(std::move(r));
    EXPECT_EQ(answer(place).error, SendError::connect) << host;
    EXPECT_NE(answer(place).detail.find("never go there"), std::string::npos) << answer(place).detail;
  }
  EXPECT_EQ(client->stats().connections_made, 0u);
}

}  // namespace
}  // namespace chasqui::http
