#include <algorithm>
#include <map>

#include "tests/support/gateway_fixture.h"

namespace chasqui {
namespace {

using testing::GatewayFixture;
using testing::Received;
using testing::Receiver;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class Delivery : public GatewayFixture {};

TEST_F(Delivery, AMessageReachesTheEndpointSignedAndInWahasEnvelope) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  accept("15550101010", "ping");

  ASSERT_EQ(receiver.accepted.size(), 1u);
  const Received& request = receiver.accepted[0];
  json::Document parser;
  const auto body = request.json(parser);
  EXPECT_EQ(body["event"].text(), "message");
  EXPECT_EQ(body["session"].text(), "4001");
  EXPECT_EQ(body["payload"]["body"].text(), "ping");
  EXPECT_EQ(request.header("X-Chasqui-Attempt"), "1");
  std::string hmac;
  crypto.mac(ports::MacKind::hmac_sha512, testing::kHookKey)->append_hex(hmac, request.body);
  EXPECT_EQ(request.header("X-Webhook-Hmac"), hmac);
}

TEST_F(Delivery, GivenAReceiverDownForAWhile_WhenItReturns_ThenAChatArrivesInOrder) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.fail_next(3, 503);
  accept("15550101010", "one");
  accept("15550101010", "two");
  loop.advance(10min);

  EXPECT_EQ(receiver.texts(), (Texts{"one", "two"}));
  EXPECT_EQ(receiver.requests.size(), 5u);
}

TEST_F(Delivery, GivenAChatThatFails_ThenOtherChatsGoOn) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.judge = [](const Received& r) { return Receiver::status(r.body.find("poison") != std::string::npos ? 500 : 200); };
  accept("15550101010", "poison");
  accept("15550101010", "behind");
  accept("15550102020", "elsewhere");

  EXPECT_EQ(receiver.texts(), (Texts{"elsewhere"}));
}

TEST_F(Delivery, GivenOrderPerEndpoint_ThenOneFailureHoldsEverythingBehindIt) {
  auto ordered = endpoint({"message"});
  ordered.order = OrderScope::endpoint;
  settings.operator_endpoints = {ordered};
  start();
  receiver.fail_next(1, 500);
  accept("15550101010", "one");
  accept("15550102020", "two");
  EXPECT_TRUE(receiver.texts().empty());
  loop.advance(2s);
  EXPECT_EQ(receiver.texts(), (Texts{"one", "two"}));
}

TEST_F(Delivery, GivenPoison_WhenTriesAreUsedUpWhileOthersGetThrough_ThenItIsParkedAndItsFollowersGoOn) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.judge = [](const Received& r) { return Receiver::status(r.body.find("poison") != std::string::npos ? 500 : 200); };
  accept("15550101010", "poison");
  accept("15550101010", "behind");
  loop.advance(5s);
  accept("15550102020", "elsewhere");
  loop.advance(30s);

  EXPECT_EQ(receiver.texts(), (Texts{"elsewhere", "behind"}));
  EXPECT_EQ(gateway->counters().deliveries_parked, 1u);
  const auto parked = ask("GET", "/api/v1/parked").body;
  EXPECT_NE(parked.find("attempts_used_up"), std::string::npos) << parked;
}

TEST_F(Delivery, GivenAnOutageLongerThanWahasFifteenTries_ThenNothingIsParkedAndAllArrivesInOrder) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  bool down = true;
  receiver.judge = [&](const Received&) { return down ? Receiver::lost(ports::SendError::connect) : Receiver::status(200); };
  for (const char* text : {"one", "two", "three"}) accept("15550101010", text);
  loop.advance(10min);
  down = false;
  loop.advance(1min);

  EXPECT_EQ(receiver.texts(), (Texts{"one", "two", "three"}));
  EXPECT_EQ(gateway->counters().deliveries_parked, 0u);
}

TEST_F(Delivery, EveryRetryHasTheSameIdsAndBytesAndANewAttemptNumber) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.fail_next(3, 500);
  accept("15550101010", "hello");
  loop.advance(1min);

  ASSERT_EQ(receiver.requests.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(receiver.requests[i].body, receiver.requests[0].body);
    EXPECT_EQ(receiver.requests[i].header("X-Webhook-Request-Id"), receiver.requests[0].header("X-Webhook-Request-Id"));
    EXPECT_EQ(receiver.requests[i].header("X-Webhook-Hmac"), receiver.requests[0].header("X-Webhook-Hmac"));
    EXPECT_EQ(receiver.requests[i].header("X-Chasqui-Attempt"), std::to_string(i + 1));
  }
}

TEST_F(Delivery, WahasPresetTriesFifteenTimesTwoSecondsApart) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  std::vector<SteadyTime> tries;
  receiver.judge = [&](const Received&) {
    tries.push_back(loop.steady_now());
    return Receiver::status(500);
  };
  accept("15550101010", "hello");
  loop.advance(30s);
  ASSERT_EQ(tries.size(), 16u);
  for (std::size_t i = 1; i < tries.size(); ++i) EXPECT_EQ(tries[i] - tries[i - 1], 2s);
}

TEST_F(Delivery, AReceiversRetryAfterIsNeverUndercut) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  int asked = 0;
  receiver.judge = [&](const Received&) {
    auto answer = Receiver::status(asked++ == 0 ? 429 : 200);
    answer.headers = {{"retry-after", "60"}};
    return answer;
  };
  accept("15550101010", "hello");
  loop.advance(59s);
  EXPECT_EQ(receiver.requests.size(), 1u);
  loop.advance(1s);
  EXPECT_EQ(receiver.texts(), (Texts{"hello"}));
}

TEST_F(Delivery, MessageAndMessageAnyAreTwoRequestsInOrderEachWithItsOwnId) {
  settings.operator_endpoints = {endpoint({"message.any", "message"})};
  start();
  accept("15550101010", "hello");
  ASSERT_EQ(receiver.accepted.size(), 2u);
  json::Document first, second;
  EXPECT_EQ(receiver.accepted[0].json(first)["event"].text(), "message");
  EXPECT_EQ(receiver.accepted[1].json(second)["event"].text(), "message.any");
  EXPECT_NE(receiver.accepted[0].json(first)["id"].text(), receiver.accepted[1].json(second)["id"].text());
}

TEST_F(Delivery, ARedirectIsAFailureAndIsNotFollowed) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.fail_next(1, 302);
  accept("15550101010", "hello");
  EXPECT_TRUE(receiver.texts().empty());
  loop.advance(2s);
  EXPECT_EQ(receiver.texts(), (Texts{"hello"}));
}

TEST_F(Delivery, RequestsAtOnceStayWithinTheEndpointsLimit) {
  auto narrow = endpoint({"message"});
  narrow.in_flight_max = 3;
  settings.operator_endpoints = {narrow};
  start();
  receiver.cork();
  for (int chat = 0; chat < 20; ++chat) accept("1555010" + std::to_string(1000 + chat), "hi");
  EXPECT_EQ(receiver.in_flight, 3u);
  receiver.uncork();
  loop.run();
  EXPECT_EQ(receiver.accepted.size(), 20u);
  EXPECT_LE(receiver.in_flight_most, 3u);
}

TEST_F(Delivery, RequestsAtOnceStayWithinTheLimitOfAllEndpoints_AndEachEndpointGetsItsTurn) {
  settings.dispatcher.in_flight_max = 2;
  settings.operator_endpoints = {endpoint({"message"}, "ep_a"), endpoint({"message"}, "ep_b"), endpoint({"message"}, "ep_c")};
  start();
  for (int chat = 0; chat < 10; ++chat) accept("1555010" + std::to_string(1000 + chat), "hi");
  EXPECT_EQ(receiver.accepted.size(), 30u);
  EXPECT_LE(receiver.in_flight_most, 2u);
}

TEST_F(Delivery, ABacklogBeyondTheWindowIsReadBackFromTheStoreInOrder) {
  settings.dispatcher.lanes.events_max = 4;
  settings.dispatcher.tail_bytes_max = 2000;  // a few events: what is older must come from the store
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.cork();
  Texts expected;
  for (int i = 0; i < 100; ++i) {
    accept("15550101010", std::to_string(i));
    expected.push_back(std::to_string(i));
  }
  receiver.uncork();
  loop.advance(1s);
  EXPECT_EQ(receiver.texts(), expected);
  EXPECT_GT(gateway->counters().store_reads, 0u);
}

TEST_F(Delivery, AfterAGracefulRestartNothingIsRepeatedAndTheBacklogGoesOn) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  accept("15550101010", "one");
  receiver.judge = [](const Received&) { return Receiver::status(500); };
  accept("15550101010", "two");
  accept("15550102020", "three");
  stop_gracefully();
  receiver.judge = nullptr;
  const std::size_t before = receiver.requests.size();
  start();
  loop.advance(10s);

  auto texts = receiver.texts();
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(texts, (Texts{"one", "three", "two"}));
  EXPECT_EQ(receiver.requests.size(), before + 2);
}

TEST_F(Delivery, ARetryKeepsItsTimeBytesAndCountOverARestart) {
  auto slow = endpoint({"message"});
  slow.retry.delay = 60s;
  settings.operator_endpoints = {slow};
  start();
  receiver.fail_next(1, 500);
  accept("15550101010", "hello");
  stop_gracefully();
  receiver.judge = nullptr;
  start();
  loop.advance(59s);
  ASSERT_EQ(receiver.requests.size(), 1u);
  loop.advance(2s);
  ASSERT_EQ(receiver.requests.size(), 2u);
  EXPECT_EQ(receiver.requests[1].body, receiver.requests[0].body);
  EXPECT_EQ(receiver.requests[1].header("X-Chasqui-Attempt"), "2");
}

TEST_F(Delivery, WhenTheProcessDiesAnEventPartlyDeliveredRepeatsOnlyWhatWasNotAnswered) {
  settings.operator_endpoints = {endpoint({"message", "message.any"})};
  start();
  receiver.judge = [](const Received& r) { return Receiver::status(r.body.find(R"("event":"message.any")") != std::string::npos ? 500 : 200); };
  accept("15550101010", "hello");
  crash();
  receiver.judge = nullptr;
  start();
  loop.advance(10s);
  int plain = 0, any = 0;
  for (const auto& r : receiver.accepted) (r.body.find(R"("event":"message.any")") != std::string::npos ? any : plain)++;
  EXPECT_EQ(plain, 1);
  EXPECT_EQ(any, 1);
}

TEST_F(Delivery, APausedEndpointKeepsItsBacklogAndGetsItInOrderAfterwards) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  ASSERT_EQ(ask("PATCH", "/api/v1/endpoints/ep_env", R"({"paused":true})").status, 200);
  accept("15550101010", "one");
  accept("15550101010", "two");
  EXPECT_TRUE(receiver.requests.empty());
  ASSERT_EQ(ask("PATCH", "/api/v1/endpoints/ep_env", R"({"paused":false})").status, 200);
  loop.run();
  EXPECT_EQ(receiver.texts(), (Texts{"one", "two"}));
}

TEST_F(Delivery, ChangedSettingsTakeEffectWithoutLosingEventsOrPlace) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.cork();
  accept("15550101010", "one");
  accept("15550101010", "two");
  ASSERT_EQ(ask("PATCH", "/api/v1/endpoints/ep_env", R"({"url":"http://elsewhere.test/new"})").status, 200);
  receiver.uncork();
  loop.run();
  EXPECT_EQ(receiver.texts(), (Texts{"one", "two"}));
  EXPECT_EQ(receiver.requests[1].header("Host"), "elsewhere.test");
}

TEST_F(Delivery, ANewEndpointGetsWhatComesAfterItAndNothingFromBefore) {
  start();
  accept("15550101010", "before");
  ASSERT_EQ(ask("POST", "/api/v1/endpoints", R"({"url":"http://receiver.test/x","events":["message"]})").status, 201);
  accept("15550101010", "after");
  EXPECT_EQ(receiver.texts(), (Texts{"after"}));
}

TEST_F(Delivery, ADeletedEndpointGetsNothingMore) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  ASSERT_EQ(ask("DELETE", "/api/v1/endpoints/ep_env").status, 204);
  accept("15550101010", "hello");
  EXPECT_TRUE(receiver.requests.empty());
  EXPECT_EQ(ask("GET", "/api/v1/endpoints/ep_env").status, 404);
}

TEST_F(Delivery, WhenTheStoreCannotWriteSourcesAreSentAwayAndSendingPausesUntilItCan) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.cork();
  accept("15550101010", "one");
  accept("15550101010", "two");
  failing.full = true;
  receiver.uncork();
  loop.run();  // "one" is answered, and its settlement cannot be stored
  EXPECT_EQ(receiver.requests.size(), 2u);
  EXPECT_EQ(post(text_body("15550101010", "three", "wamid.three")), 503);
  EXPECT_EQ(ask("GET", "/health/ready").status, 503);
  const std::size_t before = receiver.requests.size();
  loop.advance(10s);
  EXPECT_EQ(receiver.requests.size(), before) << "nothing is sent that cannot be recorded";
  failing.full = false;
  loop.advance(2s);
  EXPECT_EQ(ask("GET", "/health/ready").status, 200);
  accept("15550101010", "four");
  EXPECT_EQ(receiver.texts(), (Texts{"one", "two", "four"}));
}

TEST_F(Delivery, ASecretIsInNoLogLineAndInNoAnswer) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.fail_next(20, 500);
  accept("15550101010", "a private word");
  loop.advance(5min);
  EXPECT_FALSE(log.has(testing::kHookKey));
  EXPECT_FALSE(log.has(testing::kAppSecret));
  EXPECT_FALSE(log.has("a private word"));
  EXPECT_EQ(ask("GET", "/api/v1/endpoints").body.find(testing::kHookKey), std::string::npos);
}

}  // namespace
}  // namespace chasqui
