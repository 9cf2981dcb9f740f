// Deadlines, queues, and the end.
#include <gtest/gtest.h>

#include "adapters/http/http_client.h"
#include "tests/support/http_client_fixture.h"

namespace chasqui::http {
namespace {

using namespace std::chrono_literals;
using ports::Answer;
using ports::SendError;
using testing::RawListener;
using testing::RawSocket;

class HttpClientLimitsTest : public testing::HttpClientTest {};

TEST_F(HttpClientLimitsTest, TheDeadlineCountsWhileThePeerIsSilent) {
  const auto start = loop.steady_now();
  const auto place = send(request("", 50ms));
  EXPECT_EQ(answer(place).error, SendError::timeout);
  EXPECT_NE(answer(place).detail.find("waiting for the answer"), std::string::npos) << answer(place).detail;
  EXPECT_GE(loop.steady_now() - start, 50ms);
  EXPECT_LT(loop.steady_now() - start, 1s);
}

TEST_F(HttpClientLimitsTest, TheDeadlineCountsWithinTheBody) {
  const auto place = send(request("", 150ms));
  RawSocket socket = accepted();
  taken(socket);
  socket.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  EXPECT_EQ(answer(place).error, SendError::timeout);
  EXPECT_NE(answer(place).detail.find("reading the answer's body"), std::string::npos) << answer(place).detail;
  EXPECT_EQ(answer(place).status, 0);
  EXPECT_TRUE(until([&] { return socket.ended(); }));
}

TEST_F(HttpClientLimitsTest, TheDeadlineCountsWhileTheRequestIsNotTaken) {
  const auto place = send(request(std::string(20'000'000, 'x'), 150ms));
  RawSocket socket = accepted();
  EXPECT_EQ(answer(place).error, SendError::timeout);
  EXPECT_NE(answer(place).detail.find("sending the request"), std::string::npos) << answer(place).detail;
}

TEST_F(HttpClientLimitsTest, TheDeadlineCountsWhileWaitingForAConnection) {
  settings.connections_per_origin_max = 1;
  start();
  send(request());
  const auto queued = send(request("", 50ms));
  EXPECT_EQ(answer(queued).error, SendError::timeout);
  EXPECT_NE(answer(queued).detail.find("waiting for a connection"), std::string::npos) << answer(queued).detail;
  EXPECT_EQ(client->stats().queued, 0u);
}

TEST_F(HttpClientLimitsTest, ADeadlineThatHasPassedIsATimeout) {
  const auto place = send(request("", -1s));
  EXPECT_EQ(answer(place).error, SendError::timeout);
}

TEST_F(HttpClientLimitsTest, RequestsBeyondTheLimitOfConnectionsWaitInTheirOrder) {
  settings.connections_per_origin_max = 2;
  start();
  for (int i = 0; i < 5; ++i) send(request("#" + std::to_string(i)));
  RawSocket a = accepted(), b = accepted();
  EXPECT_TRUE(nobody_waits());
  EXPECT_EQ(client->stats().queued, 3u);
  EXPECT_TRUE(until([&] { return a.has("#0") && b.has("#1"); }));
  taken(b);
  b.say(kOk);
  EXPECT_TRUE(until([&] { return b.has("#2"); })) << "over the connection that is free";
  EXPECT_TRUE(answers[1].has_value());
  taken(a);
  a.say(kOk);
  EXPECT_TRUE(until([&] { return a.has("#3"); }));
  // A connection that ends makes room for a new one.
  taken(b);
  b.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  RawSocket c = accepted();
  EXPECT_TRUE(until([&] { return c.has("#4"); }));
  EXPECT_EQ(client->stats().queued, 0u);
  EXPECT_EQ(client->stats().connections, 2u);
}

TEST_F(HttpClientLimitsTest, AQueueIsWorkedOffThoughConnectingFails) {
  settings.connections_per_origin_max = 1;
  start();
  receiver.close();
  for (int i = 0; i < 500; ++i) send(request());
  for (std::size_t i = 0; i < 500; ++i) ASSERT_EQ(answer(i).error, SendError::connect);
  EXPECT_EQ(client->stats().connections, 0u);
}

TEST_F(HttpClientLimitsTest, OtherOriginsHaveConnectionsOfTheirOwn) {
  settings.connections_per_origin_max = 1;
  start();
  RawListener other;
  send(request());
  auto r = request();
  r.origin.port = other.port();
  const auto second = send(std::move(r));
  RawSocket socket;
  EXPECT_TRUE(until([&] {
    socket = other.accept();
    return socket.is_open();
  }));
  taken(socket);
  socket.say(kOk);
  EXPECT_EQ(answer(second).status, 200) << "the first one hangs, the second does not";
}

TEST_F(HttpClientLimitsTest, TooManyIdleConnectionsAreClosedTheOldestFirst) {
  settings.idle_connections_max = 1;
  start();
  const auto first = send(request("#0")), second = send(request("#1"));
  RawSocket a = accepted(), b = accepted();
  taken(a);
  taken(b);
  a.say(kOk);
  answer(first);
  b.say(kOk);
  answer(second);
  EXPECT_TRUE(until([&] { return a.ended(); }));
  EXPECT_FALSE(b.ended());
  EXPECT_EQ(client->stats().idle, 1u);
}

TEST_F(HttpClientLimitsTest, StoppingEndsWhatRunsAndWhatWaitsWithShutDown) {
  settings.connections_per_origin_max = 2;
  start();
  const auto idle = send(request());
  RawSocket socket = accepted();
  taken(socket);
  socket.say(kOk);
  answer(idle);
  std::vector<std::size_t> places;
  for (int i = 0; i < 4; ++i) places.push_back(send(request()));
  taken(socket);
  client->stop();
  for (const auto place : places) EXPECT_EQ(answer(place).error, SendError::shut_down);
  EXPECT_TRUE(until([&] { return socket.ended(); }));
  EXPECT_EQ(client->stats().connections, 0u);
  EXPECT_EQ(client->stats().queued, 0u);
  client->stop();
  EXPECT_EQ(answer(send(request())).error, SendError::shut_down) << "also later ones, and not before send() returns";
}

TEST_F(HttpClientLimitsTest, AnAnswerMayStopTheClient) {
  bool stopped = false;
  client->send(request(), [&](const Answer&) {
    client->stop();
    stopped = true;
  });
  const auto other = send(request());
  RawSocket a = accepted(), b = accepted();
  taken(a);
  a.say(kOk);
  EXPECT_TRUE(until([&] { return stopped; }));
  EXPECT_EQ(answer(other).error, SendError::shut_down);
}

TEST_F(HttpClientLimitsTest, DestroyedWhileRunning_ThenNobodyIsCalledBack) {
  settings.connections_per_origin_max = 1;
  start();
  const auto running = send(request()), queued = send(request());
  RawSocket socket = accepted();
  taken(socket);
  client.reset();
  EXPECT_TRUE(until([&] { return socket.ended(); }));
  settle();
  EXPECT_FALSE(answers[running].has_value());
  EXPECT_FALSE(answers[queued].has_value());
}

TEST_F(HttpClientLimitsTest, ACertificateFileThatIsNoneIsRefusedAtTheStart) {
  settings.ca_file = "/nowhere/ca.pem";
  const auto made = AsioHttpClient::make(loop, settings);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().kind, Error::Kind::invalid_input);
  EXPECT_NE(made.error().detail.find("/nowhere/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace chasqui::http
