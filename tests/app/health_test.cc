// How the gateway says that it is well, or what is wrong and where.
#include "tests/support/gateway_fixture.h"

namespace chasqui {
namespace {

using testing::GatewayFixture;
using testing::Received;
using testing::Receiver;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class Health : public GatewayFixture {
 protected:
  // "200 ok", or "200 degraded code@endpoint …", or "503 failing code".
  std::string ready() {
    const auto answer = ask("GET", "/health/ready");
    const auto root = parser.parse(answer.body);
    EXPECT_TRUE(root.has_value()) << answer.body;
    std::string out = std::to_string(answer.status) + " " + (*root)["status"].text();
    for (const auto& reason : (*root)["reasons"].items()) {
      EXPECT_FALSE(reason["message"].text().empty());
      out += " " + reason["code"].text() + (reason["endpoint"].exists() ? "@" + reason["endpoint"].text() : "");
    }
    return out;
  }
  std::string metrics() { return ask("GET", "/metrics").body; }

  json::Document parser;
};

TEST_F(Health, AWellGatewaySaysOkWithoutReasons) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  accept("15550101010", "hello");
  EXPECT_EQ(ready(), "200 ok");
  EXPECT_EQ(ask("GET", "/health/live").status, 200);
}

TEST_F(Health, AStoreThatCannotWriteIsNotReady) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  failing.full = true;
  EXPECT_EQ(post(text_body("15550101010", "hello", "wamid.a")), 503);
  EXPECT_EQ(ready(), "503 failing store_failing");
  EXPECT_EQ(ask("GET", "/health/live").status, 200);
}

TEST_F(Health, ADiskThatIsNearlyFullIsNotReady) {
  settings.operator_endpoints = {endpoint({"message"})};
  settings.journal.disk_reserve_bytes = ~std::uint64_t{0};
  failing.disk_free_bytes = 1'000'000;
  start();
  EXPECT_EQ(post(text_body("15550101010", "hello", "wamid.a")), 503) << "the commits of the start saw it";
  EXPECT_EQ(ready(), "503 failing disk_low");
}

TEST_F(Health, AServerThatStopsIsNotReadyAndSaysSoWithoutItsStore) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  gateway->stop([] {});
  loop.run();
  EXPECT_EQ(ready(), "503 stopping stopping");
  EXPECT_EQ(ask("GET", "/metrics").status, 200);
}

TEST_F(Health, AnEndpointInAnOutageDegradesAndIsNamed) {
  settings.operator_endpoints = {endpoint({"message"}, "ep_down")};
  start();
  receiver.judge = [](const Received&) { return Receiver::lost(ports::SendError::connect); };
  accept("15550101010", "hello");
  loop.advance(4min);
  EXPECT_EQ(ready(), "200 degraded endpoint_outage@ep_down");
  loop.advance(2min);
  EXPECT_EQ(ready(), "200 degraded endpoint_outage@ep_down endpoint_lag@ep_down") << "by now it is late, too";
  receiver.judge = nullptr;
  loop.advance(1min);
  EXPECT_EQ(ready(), "200 ok");
}

TEST_F(Health, AnEndpointThatTheGatewayPausedDegradesAndOneThatAPersonPausedDoesNot) {
  settings.operator_endpoints = {endpoint({"message"}, "ep_gone"), endpoint({"message"}, "ep_paused")};
  start();
  ASSERT_EQ(ask("POST", "/api/v1/endpoints/ep_paused/pause").status, 200);
  receiver.judge = [](const Received&) { return Receiver::status(410); };
  accept("15550101010", "hello");
  loop.advance(1h);
  EXPECT_EQ(ready(), "200 degraded endpoint_paused@ep_gone");
}

TEST_F(Health, ParkedDeliveriesDegradeUntilAPersonHasSeenToThem) {
  auto strict = endpoint({"message"}, "ep_strict");
  strict.retry.attempts = 1;
  settings.operator_endpoints = {strict};
  start();
  receiver.judge = [](const Received& r) { return Receiver::status(r.body.find("bad") != std::string::npos ? 500 : 200); };
  accept("15550101010", "bad");
  loop.advance(1s);  // so that what gets through comes after the first failure
  accept("15550102020", "good");
  loop.advance(1min);
  EXPECT_EQ(ready(), "200 degraded parked@ep_strict");
  EXPECT_THAT(metrics(), HasSubstr("chasqui_endpoint_parked{endpoint=\"ep_strict\"} 1\n"));
  stop_gracefully();
  start();
  EXPECT_EQ(ready(), "200 degraded parked@ep_strict") << "also those of an earlier life";
  ask("POST", "/api/v1/parked/drop", R"({"all":true,"note":"seen"})");
  EXPECT_EQ(ready(), "200 ok");
  EXPECT_THAT(metrics(), HasSubstr("chasqui_endpoint_parked{endpoint=\"ep_strict\"} 0\n"));
}

TEST_F(Health, MetricsTellOfEachEndpointItsLagItsRequestsAndItsState) {
  settings.operator_endpoints = {endpoint({"message"}, "ep_a"), endpoint({"message.ack"}, "ep_b")};
  start();
  receiver.cork();
  accept("15550101010", "one");
  accept("15550101010", "two");
  loop.advance(3s);
  std::string text = metrics();
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_lag_events{endpoint=\"ep_a\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_lag_seconds{endpoint=\"ep_a\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_in_flight{endpoint=\"ep_a\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_in_flight_allowed{endpoint=\"ep_a\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_lanes_deferred{endpoint=\"ep_a\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_state{endpoint=\"ep_a\",state=\"sending\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_lag_events{endpoint=\"ep_b\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_delivery_latency_seconds_count 0\n"));
  receiver.uncork();
  loop.run();
  text = metrics();
  EXPECT_THAT(text, HasSubstr("chasqui_delivery_latency_seconds_count 2\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_delivery_latency_seconds_bucket{le=\"5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_delivery_latency_seconds_sum 6\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_commit_events_total 3\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_commit_settles_total 2\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_windows_bytes 0\n"));
}

TEST_F(Health, OfManyEndpointsThoseFurthestBehindHaveLabelsAndTheOthersAreSummed) {
  for (int n = 0; n < 210; ++n) {
    auto made = endpoint({n >= 205 ? "message" : "message.ack"}, "ep_" + std::to_string(n));
    settings.operator_endpoints.push_back(made);
  }
  start();
  receiver.cork();
  accept("15550101010", "one");
  const std::string text = metrics();
  for (int n = 205; n < 210; ++n)
    EXPECT_THAT(text, HasSubstr("chasqui_endpoint_lag_events{endpoint=\"ep_" + std::to_string(n) + "\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_lag_events{endpoint=\"other\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("chasqui_endpoint_state{endpoint=\"other\",state=\"sending\"} 10\n"));
  EXPECT_THAT(text, Not(HasSubstr("chasqui_endpoint_lag_seconds{endpoint=\"other\"}")));
}

}  // namespace
}  // namespace chasqui
