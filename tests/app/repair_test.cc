// Parked deliveries and endpoints, repaired by hand through the API.
#include "tests/support/gateway_fixture.h"

namespace chasqui {
namespace {

using testing::GatewayFixture;
using testing::Received;
using testing::Receiver;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class Repair : public GatewayFixture {
 protected:
  json::Value get(const std::string& path) {
    const auto answer = ask("GET", path);
    EXPECT_EQ(answer.status, 200) << answer.body;
    shown = answer.body;
    const auto root = parser.parse(shown);
    return root ? *root : json::Value{};
  }
  std::string post_json(const std::string& path, const std::string& body = "") {
    const auto answer = ask("POST", path, body);
    return std::to_string(answer.status) + " " + answer.body;
  }
  // Two endpoints with one parked delivery each, of the message "bad", and a receiver that is well again.
  void park_one_at_each() {
    auto a = endpoint({"message"}, "ep_a"), b = endpoint({"message"}, "ep_b");
    a.retry.attempts = b.retry.attempts = 1;
    settings.operator_endpoints = {a, b};
    start();
    receiver.judge = [](const Received& r) { return Receiver::status(r.body.find("bad") != std::string::npos ? 500 : 200); };
    accept("15550101010", "bad");
    loop.advance(1s);  // so that what gets through comes after the first failure
    accept("15550102020", "good");
    loop.advance(1min);
    ASSERT_EQ(get("/api/v1/parked")["parked"].size(), 2u) << shown;
    receiver.judge = nullptr;
    receiver.accepted.clear();
  }

  json::Document parser;
  std::string shown;
};

TEST_F(Repair, AParkedDeliveryIsListedWithItsEventAndItsMessage) {
  park_one_at_each();
  const auto row = get("/api/v1/parked?endpoint=ep_a")["parked"].items().at(0);
  EXPECT_EQ(get("/api/v1/parked?endpoint=ep_a")["parked"].size(), 1u);
  EXPECT_EQ(row["endpoint"].text(), "ep_a");
  EXPECT_EQ(row["message"].text(), "wamid.1");
  EXPECT_EQ(row["type"].text(), "message.received");
  EXPECT_TRUE(EventId::parse(row["event"].text()).has_value()) << shown;
  EXPECT_EQ(get("/api/v1/parked?limit=1")["parked"].size(), 1u);
}

TEST_F(Repair, ResumingForOneEndpointSendsItsDeliveryOnceAndLeavesTheOther) {
  park_one_at_each();
  EXPECT_EQ(post_json("/api/v1/parked/resume", R"({"endpoint":"ep_a"})"), R"(200 {"resumed":1})");
  loop.run();
  EXPECT_EQ(receiver.texts(), (Texts{"bad"}));
  ASSERT_EQ(get("/api/v1/parked")["parked"].size(), 1u) << shown;
  EXPECT_EQ(get("/api/v1/parked")["parked"].items()[0]["endpoint"].text(), "ep_b");
  EXPECT_EQ(post_json("/api/v1/parked/resume", R"({"endpoint":"ep_a"})"), R"(200 {"resumed":0})");
  EXPECT_EQ(gateway->dispatcher().glance(EndpointNo{1}).backlog, 0u);
}

TEST_F(Repair, ResumingAllTakesEveryEndpointThatCanSend) {
  park_one_at_each();
  ASSERT_EQ(ask("POST", "/api/v1/endpoints/ep_b/disable").status, 200);
  EXPECT_EQ(post_json("/api/v1/parked/resume", R"({"all":true})"), R"(200 {"resumed":1})");
  EXPECT_EQ(get("/api/v1/parked")["parked"].items().at(0)["endpoint"].text(), "ep_b") << "it would only be hidden";
  EXPECT_TRUE(post_json("/api/v1/parked/resume", R"({"endpoint":"ep_b"})").starts_with("409"));
  ASSERT_EQ(ask("POST", "/api/v1/endpoints/ep_b/enable").status, 200);
  EXPECT_EQ(post_json("/api/v1/parked/resume", R"({"all":true})"), R"(200 {"resumed":1})");
  EXPECT_EQ(receiver.texts(), (Texts{"bad", "bad"}));
}

TEST_F(Repair, OneDeliveryIsChosenByItsSeqAndPart) {
  park_one_at_each();
  const std::string seq = std::to_string(*get("/api/v1/parked")["parked"].items().at(0)["seq"].integer());
  EXPECT_EQ(post_json("/api/v1/parked/resume", R"({"endpoint":"ep_a","seq":)" + seq + R"(,"part":"message.any"})"),
            R"(200 {"resumed":0})");
  EXPECT_EQ(post_json("/api/v1/parked/resume", R"({"endpoint":"ep_a","seq":9999})"), R"(200 {"resumed":0})");
  EXPECT_EQ(post_json("/api/v1/parked/resume", R"({"endpoint":"ep_a","seq":)" + seq + R"(,"part":"message"})"),
            R"(200 {"resumed":1})");
}

TEST_F(Repair, ADroppedDeliveryIsNotSentAndItsNoteIsKept) {
  park_one_at_each();
  EXPECT_EQ(post_json("/api/v1/parked/drop", R"({"endpoint":"ep_a","note":"a test message"})"), R"(200 {"dropped":1})");
  loop.advance(1min);
  EXPECT_TRUE(receiver.accepted.empty());
  const auto row = get("/api/v1/endpoints/ep_a/ended")["ended"].items().at(0);
  EXPECT_EQ(row["kind"].text(), "dropped");
  EXPECT_EQ(row["reason"].text(), "a test message");
  EXPECT_EQ(row["count"].integer(), 1);
  EXPECT_EQ(get("/api/v1/endpoints/ep_b/ended")["ended"].size(), 0u);
}

TEST_F(Repair, TwoRepairsAtOnceDoNotTakeTheSameDeliveryTwice) {
  park_one_at_each();
  std::vector<int> statuses;
  for (int i = 0; i < 2; ++i) {
    ports::IncomingRequest request;
    request.method = "POST";
    request.target = request.path = "/api/v1/parked/resume";
    request.headers = {{"host", "localhost"}};
    request.body = std::make_shared<const std::string>(R"({"all":true})");
    gateway->handler().handle(std::move(request), [&](const ports::OutgoingResponse& r) { statuses.push_back(r.status); });
  }
  loop.run();
  EXPECT_EQ(statuses, (std::vector<int>{409, 200}));
  EXPECT_EQ(receiver.texts(), (Texts{"bad", "bad"}));
  EXPECT_EQ(gateway->counters().deliveries_resumed, 2u);
}

TEST_F(Repair, ARepairThatSaysTooLittleOrTooMuchIsToldWhatToChange) {
  park_one_at_each();
  const auto complaint = [this](const std::string& body, const std::string& action = "resume") {
    const auto answer = post_json("/api/v1/parked/" + action, body);
    return answer.starts_with("400 ") ? answer : "NOT REFUSED: " + answer;
  };
  EXPECT_THAT(complaint("{}"), ::testing::HasSubstr("endpoint must be given"));
  EXPECT_THAT(complaint(R"({"all":false})"), ::testing::HasSubstr("endpoint must be given"));
  EXPECT_THAT(complaint(R"({"all":true,"endpoint":"ep_a"})"), ::testing::HasSubstr("exclude each other"));
  EXPECT_THAT(complaint(R"({"all":1})"), ::testing::HasSubstr("all must be"));
  EXPECT_THAT(complaint(R"({"endpoint":"ep_a","seq":"1"})"), ::testing::HasSubstr("seq must be"));
  EXPECT_THAT(complaint(R"({"endpoint":"ep_a","part":1})"), ::testing::HasSubstr("part must be"));
  EXPECT_THAT(complaint(R"({"endpoint":"ep_a","sequence":1})"), ::testing::HasSubstr("sequence is not a member"));
  EXPECT_THAT(complaint(R"({"all":true,"note":"x"})"), ::testing::HasSubstr("note is not a member"));
  EXPECT_THAT(complaint("[]"), ::testing::HasSubstr("JSON object"));
  EXPECT_THAT(complaint("{"), ::testing::HasSubstr("detail"));
  EXPECT_THAT(complaint(R"({"all":true})", "drop"), ::testing::HasSubstr("note must say why"));
  EXPECT_THAT(complaint(R"({"all":true,"note":""})", "drop"), ::testing::HasSubstr("note must say why"));
  EXPECT_TRUE(post_json("/api/v1/parked/resume", R"({"endpoint":"ep_x"})").starts_with("404"));
  EXPECT_EQ(ask("GET", "/api/v1/parked/resume").status, 405);
  EXPECT_EQ(ask("GET", "/api/v1/parked?endpoint=ep_x").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/parked?limit=501").status, 400);
  EXPECT_EQ(get("/api/v1/parked")["parked"].size(), 2u) << "nothing was changed by any of them";
}

TEST_F(Repair, ADeletedEndpointIsListedOnRequestAndCanBeBroughtBackWithItsBacklog) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.fail_next(1, 500);
  accept("15550101010", "hello");
  ASSERT_EQ(ask("DELETE", "/api/v1/endpoints/ep_env").status, 204);
  loop.advance(1min);
  EXPECT_EQ(get("/api/v1/endpoints")["endpoints"].size(), 0u);
  const auto tombstone = get("/api/v1/endpoints?deleted=true")["endpoints"].items().at(0);
  EXPECT_EQ(tombstone["id"].text(), "ep_env");
  EXPECT_GT(tombstone["deleted_at_ms"].integer(), 0);
  EXPECT_EQ(tombstone["restorable"].boolean(), true);
  ASSERT_EQ(ask("POST", "/api/v1/endpoints/ep_env/restore").status, 200);
  loop.advance(1min);
  EXPECT_EQ(receiver.texts(), (Texts{"hello"}));
  EXPECT_EQ(ask("POST", "/api/v1/endpoints/ep_env/restore").status, 409);
  EXPECT_EQ(ask("POST", "/api/v1/endpoints/ep_x/restore").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/endpoints?deleted=yes").status, 400);
}

TEST_F(Repair, PauseResumeDisableAndEnableAreOneCallEach) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  const auto flags = [this] {
    const auto e = get("/api/v1/endpoints/ep_env");
    return std::pair(*e["paused"].boolean(), *e["disabled"].boolean());
  };
  EXPECT_EQ(ask("POST", "/api/v1/endpoints/ep_env/pause").status, 200);
  accept("15550101010", "one");
  EXPECT_TRUE(receiver.requests.empty());
  EXPECT_EQ(flags(), std::pair(true, false));
  EXPECT_EQ(ask("POST", "/api/v1/endpoints/ep_env/resume").status, 200);
  loop.run();
  EXPECT_EQ(receiver.texts(), (Texts{"one"}));
  EXPECT_EQ(ask("POST", "/api/v1/endpoints/ep_env/disable").status, 200);
  EXPECT_EQ(flags(), std::pair(false, true));
  EXPECT_EQ(ask("POST", "/api/v1/endpoints/ep_env/enable").status, 200);
  EXPECT_EQ(flags(), std::pair(false, false));
  EXPECT_EQ(ask("GET", "/api/v1/endpoints/ep_env/pause").status, 405);
  EXPECT_EQ(ask("POST", "/api/v1/endpoints/ep_x/pause").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/endpoints/ep_env/dance").status, 404);
}

}  // namespace
}  // namespace chasqui
