#include "tests/support/gateway_fixture.h"

namespace chasqui {
namespace {

using testing::GatewayFixture;
using testing::Received;
using testing::Receiver;
using namespace std::chrono_literals;

class Trace : public GatewayFixture {
 protected:
  // The whole answer; its values live until the next call.
  json::Value trace(const std::string& query) {
    const auto answer = ask("GET", "/api/v1/trace?" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    shown = answer.body;
    auto root = parser.parse(shown);
    EXPECT_TRUE(root.has_value()) << shown;
    return root ? *root : json::Value{};
  }
  // The first event about message number `n` of the test.
  json::Value event_of(int n) { return trace("message=wamid." + std::to_string(n))["events"].items().at(0); }
  json::Value delivery_of(int n) { return event_of(n)["deliveries"].items().at(0); }
  json::Value only_other(int n) { return event_of(n)["not_matched"].items().at(0); }
  // Meta's body around one item of `list`.
  static std::string around(const std::string& list, const std::string& item) {
    return R"({"object":"whatsapp_business_account","entry":[{"id":"2","changes":[{"value":{"messaging_product":"whatsapp",)"
           R"("metadata":{"display_phone_number":"15550109999","phone_number_id":"4001"},)"
           R"("contacts":[{"profile":{"name":"Ada"},"wa_id":"15550101010"}],")" +
           list + R"(":[)" + item + R"(]},"field":"messages"}]}]})";
  }
  static std::string ack_body(const std::string& message, const std::string& reader) {
    return around("statuses",
                  R"({"id":")" + message + R"(","status":"read","timestamp":"1790000005","recipient_id":")" + reader + R"("})");
  }
  // Puts the newest event's record into the store again, under other ids and this hash.
  void repeat_last_record(int times, std::uint64_t subject) {
    auto batch = std::make_shared<ports::Batch>();
    store.read({1, 10, 1u << 20, std::nullopt}, [&](const Result<ports::ReadPage>& page) {
      for (int n = 0; n < times; ++n) {
        ports::NewEvent& event = batch->events.emplace_back();
        event.id = EventId::make(n, reinterpret_cast<const std::uint8_t*>("0123456789"));
        event.subject = subject;
        event.record = page->events.back().record;
      }
    });
    loop.run();
    store.commit(batch, [](const Result<ports::Committed>&) {});
    loop.run();
  }
  void poison(const std::string& text) {
    receiver.judge = [text](const Received& r) { return Receiver::status(r.body.find(text) != std::string::npos ? 500 : 200); };
  }
  void change(const std::string& patch, const std::string& id = "ep_env") {
    ASSERT_EQ(ask("PATCH", "/api/v1/endpoints/" + id, patch).status, 200);
  }

  json::Document parser;
  std::string shown;
};

TEST_F(Trace, ADeliveredMessageIsToldWithItsSourceItsAttemptAndItsEnd) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  accept("15550101010", "hello");
  const auto event = event_of(1);
  EXPECT_EQ(event["type"].text(), "message.received");
  EXPECT_EQ(event["session"].text(), "4001");
  EXPECT_EQ(event["message"].text(), "wamid.1");
  EXPECT_EQ(event["source"]["engine"].text(), "cloud");
  EXPECT_EQ(event["source"]["field"].text(), "messages");
  EXPECT_TRUE(event["source"]["delivery"].text().starts_with("dlv_")) << shown;
  EXPECT_EQ(event["received_at_ms"].integer(), to_ms(loop.now()));
  const auto delivery = event["deliveries"].items().at(0);
  EXPECT_EQ(delivery["endpoint"].text(), "ep_env");
  EXPECT_EQ(delivery["state"].text(), "delivered");
  ASSERT_EQ(delivery["attempts"].size(), 1u);
  EXPECT_EQ(delivery["attempts"].items()[0]["status"].integer(), 200);
  EXPECT_EQ(event["not_matched"].size(), 0u);
}

TEST_F(Trace, EveryEventAboutTheMessageIsTold) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  accept("15550101010", "hello");
  accept("15550101010", "another");
  ASSERT_EQ(post(ack_body("wamid.1", "15550101010")), 200);
  const auto events = trace("message=wamid.1")["events"].items();
  ASSERT_EQ(events.size(), 2u) << shown;
  EXPECT_EQ(events[0]["type"].text(), "message.received");
  EXPECT_EQ(events[1]["type"].text(), "message.ack");
}

TEST_F(Trace, AMessageIsFoundByWhatItsWebhookCarries) {
  settings.operator_endpoints = {endpoint({"message", "message.any"})};
  start();
  accept("15550101010", "hello");
  ASSERT_EQ(receiver.accepted.size(), 2u);
  for (const auto& webhook : receiver.accepted) {
    json::Document body;
    const auto root = webhook.json(body);
    EXPECT_EQ(trace("event=" + root["id"].text())["events"].size(), 1u) << "the id of each part is enough: " << root["id"].text();
    EXPECT_EQ(trace("message=" + root["payload"]["id"].text())["events"].size(), 1u) << "and so is WAHA's form of the message id";
  }
  const auto event = trace("event=" + event_of(1)["event"].text())["events"].items().at(0);
  EXPECT_EQ(trace("seq=" + std::to_string(*event["seq"].integer()))["events"].items().at(0)["message"].text(), "wamid.1");
}

TEST_F(Trace, AMessageWithTheSameHashIsNotTakenForIt) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  accept("15550101010", "hello");
  repeat_last_record(1, stable_hash("wamid.of.nobody"));
  accept("15550101010", "the next one");
  EXPECT_EQ(ask("GET", "/api/v1/trace?message=wamid.of.nobody").status, 404);
}

TEST_F(Trace, GivenAFailure_ThenItWaitsForItsNextTryAndThoseBehindItForIt) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  poison("bad");
  accept("15550101010", "bad");
  accept("15550101010", "behind");
  accept("15550101010", "far behind");
  accept("15550102020", "elsewhere");

  const auto head = delivery_of(1);
  EXPECT_EQ(head["state"].text(), "waiting_for_retry") << shown;
  EXPECT_EQ(head["due_at_ms"].integer(), to_ms(loop.now()) + 2000);
  EXPECT_NE(head["explanation"].text().find("status 500"), std::string::npos) << shown;
  const auto seq = event_of(1)["seq"].integer();
  EXPECT_EQ(delivery_of(2)["state"].text(), "waiting_behind") << shown;
  EXPECT_EQ(delivery_of(2)["behind_seq"].integer(), seq);
  EXPECT_EQ(delivery_of(3)["behind_seq"].integer(), seq);
  EXPECT_EQ(delivery_of(4)["state"].text(), "delivered");
  receiver.judge = nullptr;
  loop.advance(2s);
  EXPECT_EQ(delivery_of(1)["state"].text(), "delivered") << shown;
  EXPECT_EQ(delivery_of(1)["attempts"].size(), 2u);
  EXPECT_EQ(delivery_of(3)["state"].text(), "delivered");
}

TEST_F(Trace, GivenARestart_ThenWhatWaitedIsStillToldSo) {
  auto slow = endpoint({"message"});
  slow.retry.delay = 60s;
  settings.operator_endpoints = {slow};
  start();
  poison("bad");
  accept("15550101010", "bad");
  accept("15550101010", "behind");
  stop_gracefully();
  start();
  EXPECT_EQ(delivery_of(1)["state"].text(), "waiting_for_retry") << shown;
  EXPECT_EQ(delivery_of(2)["state"].text(), "waiting_behind") << shown;
}

TEST_F(Trace, WhatIsUnderWayIsInFlightAndWhatHasNoFreeRequestWaits) {
  auto narrow = endpoint({"message"});
  narrow.in_flight_max = 1;
  settings.operator_endpoints = {narrow};
  start();
  receiver.cork();
  accept("15550101010", "one");
  accept("15550101010", "two");
  accept("15550102020", "three");
  EXPECT_EQ(delivery_of(1)["state"].text(), "in_flight");
  EXPECT_EQ(delivery_of(2)["state"].text(), "waiting_behind") << shown;
  EXPECT_EQ(delivery_of(3)["state"].text(), "waiting") << shown;
}

TEST_F(Trace, WhatLiesInTheJournalBeyondTheWindowWaits) {
  settings.dispatcher.lanes.events_max = 2;
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.cork();
  for (int chat = 0; chat < 6; ++chat) accept("1555010" + std::to_string(1000 + chat), "hi");
  EXPECT_EQ(delivery_of(6)["state"].text(), "waiting") << shown;
  receiver.uncork();
  loop.run();
  EXPECT_EQ(delivery_of(6)["state"].text(), "delivered") << shown;
}

TEST_F(Trace, GivenPoison_ThenItIsParkedWithItsReasonUntilAPersonEndsIt) {
  auto strict = endpoint({"message"});
  strict.retry.attempts = 1;
  settings.operator_endpoints = {strict};
  start();
  poison("bad");
  accept("15550101010", "bad");
  loop.advance(1s);  // so that what gets through comes after the first failure
  accept("15550102020", "good");
  loop.advance(2s);
  const auto parked = delivery_of(1);
  EXPECT_EQ(parked["state"].text(), "parked") << shown;
  EXPECT_EQ(parked["reason"].text(), "attempts_used_up");
  EXPECT_EQ(parked["attempts"].size(), 2u);

  ask("POST", "/api/v1/parked/drop", R"({"all":true,"note":"told them by phone"})");
  EXPECT_EQ(delivery_of(1)["state"].text(), "dropped") << shown;
  EXPECT_EQ(delivery_of(1)["reason"].text(), "told them by phone");
}

TEST_F(Trace, AResumedDeliveryIsOnItsWayAgainAndThenDelivered) {
  auto strict = endpoint({"message"});
  strict.retry.attempts = 1;
  settings.operator_endpoints = {strict};
  start();
  poison("bad");
  accept("15550101010", "bad");
  loop.advance(1s);
  accept("15550102020", "good");
  loop.advance(2s);
  ASSERT_EQ(delivery_of(1)["state"].text(), "parked") << shown;
  ask("POST", "/api/v1/parked/resume", R"({"all":true})");
  EXPECT_EQ(delivery_of(1)["state"].text(), "waiting_for_retry") << shown;
  EXPECT_EQ(delivery_of(1)["reason"].text(), "resumed");
  EXPECT_EQ(delivery_of(1)["due_at_ms"].integer(), to_ms(loop.now()) + 2000);
  receiver.judge = nullptr;
  receiver.cork();
  loop.advance(2s);
  EXPECT_EQ(delivery_of(1)["state"].text(), "in_flight") << shown;
  receiver.uncork();
  loop.run();
  EXPECT_EQ(delivery_of(1)["state"].text(), "delivered") << shown;
  EXPECT_EQ(delivery_of(1)["parts"].items().at(0)["attempts"].integer(), 4);
}

TEST_F(Trace, OfAnEventInTwoPartsEachHasItsOwnState) {
  auto strict = endpoint({"message", "message.any"});
  strict.retry.attempts = 1;
  settings.operator_endpoints = {strict};
  start();
  receiver.judge = [](const Received& r) {
    return Receiver::status(r.body.find(R"("event":"message.any")") != std::string::npos ? 500 : 200);
  };
  accept("15550101010", "hello");
  loop.advance(1s);
  accept("15550102020", "good");
  loop.advance(5s);
  const auto delivery = delivery_of(1);
  ASSERT_EQ(delivery["parts"].size(), 2u) << shown;
  EXPECT_EQ(delivery["parts"].items()[0]["state"].text(), "delivered");
  EXPECT_EQ(delivery["parts"].items()[1]["part"].text(), "message.any");
  EXPECT_EQ(delivery["parts"].items()[1]["state"].text(), delivery["state"].text());
  EXPECT_NE(delivery["state"].text(), "delivered");
}

TEST_F(Trace, AnOutageIsToldOfAllThatWaitsForItsEnd) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.judge = [](const Received&) { return Receiver::lost(ports::SendError::connect); };
  accept("15550101010", "one");
  accept("15550102020", "two");
  loop.advance(5min);
  EXPECT_EQ(delivery_of(1)["state"].text(), "outage") << shown;
  EXPECT_EQ(delivery_of(2)["state"].text(), "outage") << shown;
}

TEST_F(Trace, APauseOfAPersonAndOneOfTheReceiverAreToldApart) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.judge = [](const Received&) {
    auto answer = Receiver::status(503);
    answer.headers = {{"retry-after", "600"}};
    return answer;
  };
  accept("15550101010", "one");
  accept("15550102020", "two");
  EXPECT_EQ(delivery_of(2)["state"].text(), "held") << shown;
  change(R"({"paused":true})");
  EXPECT_EQ(delivery_of(2)["state"].text(), "paused") << shown;
}

TEST_F(Trace, WhyAnEndpointDidNotGetTheMessageIsToldForEach) {
  auto acks = endpoint({"message.ack"}, "ep_acks");
  auto foreign = endpoint({"message"}, "ep_foreign");
  foreign.session = "another";
  auto off = endpoint({"message"}, "ep_off");
  settings.operator_endpoints = {acks, foreign, off};
  start();
  change(R"({"disabled":true})", "ep_off");
  accept("15550101010", "hello");
  loop.advance(1s);
  ASSERT_EQ(ask("POST", "/api/v1/endpoints", R"({"url":"http://receiver.test/x","events":["message"]})").status, 201);
  change(R"({"events":["message.ack"],"description":"ticks"})", "ep_acks");
  std::map<std::string, std::string> reasons, told;
  for (const auto& other : event_of(1)["not_matched"].items()) {
    reasons[other["endpoint"].text().substr(0, 7)] += other["reason"].text();
    told[other["endpoint"].text()] = other["explanation"].text();
  }
  EXPECT_EQ(reasons["ep_acks"], "not_subscribed") << shown;
  EXPECT_EQ(told["ep_acks"], "the event is message, message.any; the endpoint subscribes to message.ack");
  EXPECT_EQ(reasons["ep_fore"], "other_session");
  EXPECT_EQ(reasons["ep_off"], "disabled");
  for (const char* known : {"ep_acks", "ep_fore", "ep_off"}) reasons.erase(known);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(reasons.begin()->second, "made_later");
  change(R"({"disabled":false})", "ep_off");
  for (const auto& other : event_of(1)["not_matched"].items())
    if (other["endpoint"].text() == "ep_off") {
      EXPECT_EQ(other["reason"].text(), "settings_changed");
    }
}

TEST_F(Trace, WhatADialectHasNoWordForIsToldSo) {
  settings.operator_endpoints = {endpoint({"*"})};
  start();
  const std::string renumbered = R"({"body":"changed","type":"user_changed_number","wa_id":"15550103030"})";
  ASSERT_EQ(post(around("messages", R"({"from":"15550101010","id":"wamid.1","timestamp":"1790000000","type":"system","system":)" +
                                        renumbered + "}")),
            200);
  EXPECT_EQ(only_other(1)["reason"].text(), "no_counterpart") << shown;
}

TEST_F(Trace, ADisabledEndpointsBacklogIsSkipped) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  poison("bad");
  accept("15550101010", "good");
  accept("15550101010", "bad");
  accept("15550101010", "behind");
  change(R"({"disabled":true})");
  EXPECT_EQ(delivery_of(1)["state"].text(), "delivered") << shown;
  for (const int n : {2, 3}) {
    EXPECT_EQ(delivery_of(n)["state"].text(), "skipped") << shown;
    EXPECT_EQ(delivery_of(n)["reason"].text(), "endpoint_disabled") << shown;
  }
}

TEST_F(Trace, ADeletedEndpointIsToldWithWhatItStillHasBehindItAndHowThatEnds) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  poison("bad");
  accept("15550101010", "bad");
  ASSERT_EQ(ask("DELETE", "/api/v1/endpoints/ep_env").status, 204);
  EXPECT_EQ(delivery_of(1)["endpoint"].text(), "ep_env");
  EXPECT_EQ(delivery_of(1)["deleted"].boolean(), true);
  EXPECT_EQ(delivery_of(1)["state"].text(), "deleted") << shown;
  loop.advance(Millis{8 * 24h});
  gateway->endpoints().expire_tombstones();
  loop.run();
  EXPECT_EQ(delivery_of(1)["state"].text(), "expired") << shown;
  EXPECT_EQ(delivery_of(1)["reason"].text(), "endpoint_deleted");
}

TEST_F(Trace, MoreEventsThanOneAnswerHoldsAreReadOnFromWhereItSays) {
  settings.operator_endpoints = {endpoint({"message.ack"})};
  start();
  accept("15550101010", "popular");
  repeat_last_record(59, stable_hash("wamid.1"));
  accept("15550101010", "the next one");
  const auto first = trace("message=wamid.1");
  EXPECT_EQ(first["events"].size(), Tracer::kEventsMax);
  const auto next = first["next_from"].integer();
  ASSERT_TRUE(next.has_value()) << shown;
  const auto rest = trace("message=wamid.1&from=" + std::to_string(*next));
  EXPECT_EQ(rest["events"].size(), 60 - Tracer::kEventsMax);
  EXPECT_TRUE(rest["next_from"].is_null());
}

TEST_F(Trace, AQuestionThatCannotBeAnsweredNamesTheFieldAndTheFix) {
  start();
  const auto complaint = [this](const std::string& query) {
    const auto answer = ask("GET", "/api/v1/trace" + query);
    return std::to_string(answer.status) + " " + answer.body;
  };
  EXPECT_NE(complaint("").find("message=<id>"), std::string::npos);
  EXPECT_NE(complaint("?message=a&seq=1").find("one of"), std::string::npos);
  EXPECT_NE(complaint("?event=nonsense").find("ULID"), std::string::npos);
  EXPECT_NE(complaint("?seq=x").find("seq must be a whole number"), std::string::npos);
  EXPECT_NE(complaint("?mesage=a").find("'mesage'"), std::string::npos);
  for (const char* query : {"", "?event=nonsense", "?seq=x", "?mesage=a"}) EXPECT_TRUE(complaint(query).starts_with("400"));
  EXPECT_TRUE(complaint("?message=wamid.never").starts_with("404"));
  EXPECT_EQ(ask("POST", "/api/v1/trace?message=a").status, 405);
}

}  // namespace
}  // namespace chasqui
