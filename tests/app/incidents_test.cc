// What has gone wrong in other senders of webhooks, each as a test that it cannot go wrong here. The incidents are from the public
// issue trackers of Svix, Convoy, Hookdeck Outpost, Hook0 and WebhookX (November 2026).
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

class Incident : public GatewayFixture {
 protected:
  EndpointSettings to(const std::string& host, std::string id) {
    auto made = endpoint({"message"}, std::move(id));
    made.url = "http://" + host + "/hook";
    return made;
  }
  std::vector<Received> received_by(const std::string& host) const {
    std::vector<Received> out;
    for (const auto& r : receiver.requests)
      if (r.header("Host") == host) out.push_back(r);
    return out;
  }
};

// svix: a crash between storing a message and queueing it left it stored and never attempted.
TEST_F(Incident, AcceptedButNeverQueued_CannotHappenBecauseTheStoredEventIsTheQueue) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.cork();
  accept("15550101010", "one");
  crash();
  receiver.waiting.clear();
  receiver.corked = false;
  start();
  EXPECT_EQ(receiver.texts(), (Texts{"one"}));
}

// outpost #881: consumers quit for good after ten errors in a row.
TEST_F(Incident, WorkerSilentlyStops_CannotHappenBecauseReadingIsTriedForEver) {
  settings.dispatcher.lanes.events_max = 1;
  settings.dispatcher.tail_bytes_max = 0;
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.cork();
  for (const char* text : {"one", "two", "three"}) accept("15550101010", text);
  failing.unreadable = true;
  receiver.uncork();
  loop.advance(10min);
  failing.unreadable = false;
  loop.advance(1min);
  EXPECT_EQ(receiver.texts(), (Texts{"one", "two", "three"}));
}

// svix #2181, outpost #869, convoy #2795: the lease was shorter than the work, so the same delivery ran twice at once.
TEST_F(Incident, LeaseShorterThanTheWork_ThereIsNeverASecondAttemptWhileOneIsOut) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.cork();
  accept("15550101010", "slow");
  loop.advance(24h);
  EXPECT_EQ(receiver.requests.size(), 1u);
}

// outpost #663, #845: a retry was rebuilt from a log of attempts, and looped for ever when that was lost.
TEST_F(Incident, RetryDependsOnTheLog_ItsOwnRowIsEnough) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.fail_next(1, 500);
  accept("15550101010", "one");
  crash();
  start();
  loop.advance(5s);
  EXPECT_EQ(receiver.texts(), (Texts{"one"}));
  EXPECT_EQ(receiver.requests.back().header("X-Chasqui-Attempt"), "2");
}

// outpost: a huge answer of the receiver made the attempt's record unstorable, and the delivery repeated without end.
TEST_F(Incident, PoisonBySize_AnAnswerOfAnySizeOrKindIsKeptShortAndReadable) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.judge = [first = true](const Received&) mutable {
    auto answer = Receiver::status(std::exchange(first, false) ? 500 : 200);
    answer.body = "\x1f\x8b\xff\xfe" + std::string(1 << 20, '\xc3');
    return answer;
  };
  accept("15550101010", "one");
  loop.advance(5s);
  EXPECT_EQ(receiver.texts(), (Texts{"one"}));
  const auto attempts = ask("GET", "/api/v1/events/2/attempts").body;
  json::Document parser;
  ASSERT_TRUE(parser.parse(attempts)) << "the list of attempts is JSON whatever the receiver said";
  EXPECT_LT(attempts.size(), 2000u);
}

// outpost #946: duplicate ids in one batch made the whole insert fail.
TEST_F(Incident, OneBadRowFailsTheBatch_ADuplicateTakesNothingWithIt) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  const std::string twice = text_body("15550101010", "same", "wamid.same");
  for (const auto& body : {twice, twice, text_body("15550101010", "other", "wamid.other")}) EXPECT_EQ(post(body), 200);
  EXPECT_EQ(receiver.texts(), (Texts{"same", "other"}));
}

// svix, convoy: when one endpoint's attempt could not be recorded, the message was repeated for all of them.
TEST_F(Incident, PartialFanOutRepeatsEverything_OneEndpointsTroubleIsItsOwn) {
  settings.operator_endpoints = {to("good.test", "ep_good"), to("bad.test", "ep_bad")};
  start();
  receiver.judge = [](const Received& r) { return Receiver::status(r.header("Host") == "bad.test" ? 500 : 200); };
  accept("15550101010", "one");
  loop.advance(1min);
  EXPECT_EQ(received_by("good.test").size(), 1u);
  EXPECT_GT(received_by("bad.test").size(), 10u);
}

// convoy: when the hand-over to the retry queue failed, it was only logged, and the job was gone.
TEST_F(Incident, RetryHandOffSwallowed_WhatCannotBeStoredIsKeptUntilItCan) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.cork();
  accept("15550101010", "one");
  failing.full = true;
  receiver.fail_next(1, 500);
  receiver.uncork();
  loop.advance(1min);
  failing.full = false;
  loop.advance(1min);
  crash();
  start();
  loop.advance(1min);
  EXPECT_EQ(receiver.texts(), (Texts{"one"}));
}

// outpost #609: retries had no destination in their id, so one destination's replaced another's.
TEST_F(Incident, IdentifierCollisions_RetriesOfTwoEndpointsForOneEventAreTwo) {
  settings.operator_endpoints = {to("a.test", "ep_a"), to("b.test", "ep_b")};
  start();
  receiver.fail_next(2, 500);
  accept("15550101010", "one");
  crash();
  start();
  loop.advance(5s);
  std::map<std::string, int> delivered;
  for (const auto& r : receiver.accepted) ++delivered[r.header("Host")];
  EXPECT_EQ(delivered, (std::map<std::string, int>{{"a.test", 1}, {"b.test", 1}}));
}

// outpost #670: the second manual retry was a silent no-op.
TEST_F(Incident, TheSecondManualRetry_WorksAsTheFirstDid) {
  auto impatient = endpoint({"message"});
  impatient.retry.attempts = 0;
  settings.operator_endpoints = {impatient};
  start();
  bool broken = true;
  receiver.judge = [&](const Received& r) { return Receiver::status(broken && r.body.find("poison") != std::string::npos ? 500 : 200); };
  accept("15550101010", "poison");
  loop.advance(10s);
  // Alone it is an outage; once something else gets through it is poison.
  accept("15550102020", "fine");
  loop.advance(1min);
  ASSERT_EQ(gateway->counters().deliveries_parked, 1u);
  for (int round = 1; round <= 2; ++round) {
    std::uint64_t resumed = 0;
    gateway->dispatcher().resume_parked({}, [&](Result<std::uint64_t> n) { resumed = *n; });
    loop.run();
    EXPECT_EQ(resumed, 1u) << "round " << round;
    accept("15550102020", "still fine");
    loop.advance(1min);
  }
  broken = false;
  gateway->dispatcher().resume_parked({}, [](Result<std::uint64_t>) {});
  loop.advance(1min);
  const auto texts = receiver.texts();
  EXPECT_EQ(std::count(texts.begin(), texts.end(), "poison"), 1);
}

// outpost #314, #600: errors of DNS and connecting were taken for faults of the system and not retried.
TEST_F(Incident, ErrorsClassedAsSystemFaults_EveryKindOfMissingAnswerIsRetried) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  using ports::SendError;
  std::vector<SendError> errors{SendError::resolve, SendError::connect, SendError::tls, SendError::write, SendError::reset, SendError::timeout, SendError::bad_response};
  receiver.judge = [&](const Received&) {
    if (errors.empty()) return Receiver::status(200);
    const auto error = errors.back();
    errors.pop_back();
    return Receiver::lost(error);
  };
  accept("15550101010", "one");
  loop.advance(2min);
  EXPECT_EQ(receiver.texts(), (Texts{"one"}));
  EXPECT_EQ(receiver.requests.size(), 8u);
}

// Descriptors running out here is nothing that the receiver did.
TEST_F(Incident, OurOwnShortageSpendsNoTryAndIsNotHeldAgainstTheReceiver) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  int short_of = 50;
  receiver.judge = [&](const Received&) { return short_of-- > 0 ? Receiver::lost(ports::SendError::local) : Receiver::status(200); };
  accept("15550101010", "one");
  loop.advance(1min);
  EXPECT_EQ(receiver.texts(), (Texts{"one"}));
  EXPECT_EQ(receiver.accepted[0].header("X-Chasqui-Attempt"), "1");
  EXPECT_EQ(gateway->counters().attempts_failed, 0u);
}

// outpost #486, hook0: polling a store or a queue cost millions of commands a day while nothing happened.
TEST_F(Incident, PollingCost_AnIdleGatewayPlansNothing) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  accept("15550101010", "one");
  loop.advance(10min);
  const auto commits = gateway->counters().commits;
  const auto reads = gateway->counters().store_reads;
  loop.advance(10h);
  EXPECT_EQ(gateway->counters().commits, commits);
  EXPECT_EQ(gateway->counters().store_reads, reads);
}

// radon #282: an endpoint that the sender had switched off stayed dead after the receiver was mended.
TEST_F(Incident, AutoDisableTraps_410PausesKeepsEverythingAndAPersonResumes) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.fail_next(1, 410);
  accept("15550101010", "one");
  accept("15550101010", "two");
  loop.advance(1h);
  EXPECT_EQ(receiver.requests.size(), 1u) << "a paused endpoint is not called";
  EXPECT_NE(ask("GET", "/api/v1/endpoints/ep_env").body.find(R"("pause_reason":"410 Gone")"), std::string::npos);
  ASSERT_EQ(ask("PATCH", "/api/v1/endpoints/ep_env", R"({"paused":false})").status, 200);
  loop.advance(1min);
  EXPECT_EQ(receiver.texts(), (Texts{"one", "two"}));
}

// outpost: 3xx counted as success; several followed 302 into a GET without a body.
TEST_F(Incident, RedirectsAreNoSuccessAndAreNotFollowed) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.fail_next(2, 302);
  accept("15550101010", "one");
  loop.advance(10s);
  EXPECT_EQ(receiver.requests.size(), 3u);
  EXPECT_TRUE(std::all_of(receiver.requests.begin(), receiver.requests.end(), [](const Received& r) { return r.head.starts_with("POST /hook "); }));
}

// svix: its penalty for 429 could not be reached.
TEST_F(Incident, A429WithRetryAfterHoldsTheWholeEndpointAndNotJustOneChat) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.judge = [first = true](const Received&) mutable {
    auto answer = Receiver::status(std::exchange(first, false) ? 429 : 200);
    answer.headers = {{"retry-after", "60"}};
    return answer;
  };
  accept("15550101010", "one");
  accept("15550102020", "two");
  accept("15550103030", "three");
  loop.advance(59s);
  EXPECT_EQ(receiver.requests.size(), 1u);
  loop.advance(2s);
  EXPECT_EQ(receiver.accepted.size(), 3u);
}

// Nobody ramps a recovered endpoint; a backlog of many chats hit it all at once.
TEST_F(Incident, ThunderingHerd_AReceiverThatComesBackIsNotOverrun) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  bool down = true;
  receiver.judge = [&](const Received&) { return down ? Receiver::lost(ports::SendError::connect) : Receiver::status(200); };
  for (int chat = 0; chat < 200; ++chat) accept(std::to_string(15550100000 + chat), "text " + std::to_string(chat));
  loop.advance(10min);
  down = false;
  receiver.in_flight_most = 0;
  std::vector<std::size_t> at_once;
  receiver.judge = [&](const Received&) {
    at_once.push_back(receiver.in_flight + 1);
    return Receiver::status(200);
  };
  loop.advance(2min);
  EXPECT_EQ(receiver.accepted.size(), 200u);
  ASSERT_GE(at_once.size(), 4u);
  EXPECT_EQ(at_once[0], 1u) << "one probe";
  for (std::size_t i = 0; i < at_once.size(); ++i) EXPECT_LE(at_once[i], i + 2) << "one more for each success";
  EXPECT_LE(receiver.in_flight_most, 32u);
}

// An outage must cost the receiver little and us nothing but disk.
TEST_F(Incident, DuringAnOutageOneProbeAtATimeIsAllThatIsSent) {
  settings.operator_endpoints = {endpoint({"message"})};
  start();
  receiver.judge = [](const Received&) { return Receiver::lost(ports::SendError::connect); };
  for (int chat = 0; chat < 100; ++chat) accept(std::to_string(15550100000 + chat), "x");
  loop.advance(2min);
  const auto before = receiver.requests.size();
  receiver.in_flight_most = 0;
  loop.advance(10min);
  EXPECT_LE(receiver.requests.size() - before, 21u) << "every 30 s at the most";
  EXPECT_EQ(receiver.in_flight_most, 1u);
}

}  // namespace
}  // namespace chasqui
