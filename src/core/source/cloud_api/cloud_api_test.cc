#include "core/source/cloud_api/cloud_api.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/cloud_api_fixture.h"

namespace chasqui::cloud_api {
namespace {

using testing::change;
using testing::delivery;
using testing::entry;
using testing::message;
using testing::messages_value;
using testing::status;

class CloudApiTest : public testing::CloudApiTest {};

using Words = std::vector<std::string>;

TEST_F(CloudApiTest, ADeliveryIsTakenApartInItsOrder) {
  const std::string two = change("messages", messages_value(R"("messages":[)" + message("a", "1") + "," + message("b", "2") +
                                                            "," + message("c", "3") + "]"));
  const std::string acks = change("messages", messages_value(R"("statuses":[)" + status("d", "sent") + "," +
                                                             status("d", "delivered") + "," + status("d", "read") + "]"));
  const auto got = take(delivery(entry(two + "," + acks) + "," + entry(acks + "," + two, "200000000000002")));
  ASSERT_EQ(got.drafts.size(), 12u);
  std::vector<std::string> ids;
  for (const auto& d : got.drafts) ids.emplace_back(message_id_of(d.event));
  EXPECT_EQ(ids, (Words{"wamid.a", "wamid.b", "wamid.c", "wamid.d", "wamid.d", "wamid.d", "wamid.d", "wamid.d", "wamid.d",
                        "wamid.a", "wamid.b", "wamid.c"}));
  EXPECT_EQ(std::get<Ack>(got.drafts[3].event.data).level, AckLevel::server);
  EXPECT_EQ(std::get<Ack>(got.drafts[5].event.data).level, AckLevel::read);
  EXPECT_EQ(got.trouble, "");
}

TEST_F(CloudApiTest, MessagesStatusesAndErrorsOfOneChangeComeInThisOrder) {
  const std::string value = messages_value(R"("errors":[{"code":130429,"title":"Rate limit hit"}],"statuses":[)" +
                                           status("d", "sent") + R"(],"messages":[)" + message("a", "1") + "]");
  EXPECT_EQ(words(delivery(entry(change("messages", value)))), (Words{"message.received", "message.ack", "service.notice"}));
}

TEST_F(CloudApiTest, TheSessionIsThatOfThePhoneNumberId) {
  const Draft d = one(messages(message("a", "1")));
  EXPECT_EQ(d.session, (SessionAddress{"cloud", "400000000000001", "15550109999"}));
  EXPECT_EQ(d.event.own.phone, "15550109999");
  EXPECT_EQ(d.event.own.kind, PartyKind::business);
}

TEST_F(CloudApiTest, GivenADisplayNumberWithSigns_ThenTheOwnNumberIsItsDigits) {
  std::string body = messages(message("a", "1"));
  body.replace(body.find("15550109999"), 11, "+1 (555) 010-9999");
  EXPECT_EQ(one(body).event.own.phone, "15550109999");
}

// Semantics 24.
TEST_F(CloudApiTest, WhatHasNoPhoneNumberIdIsOfTheAccountsSession) {
  EXPECT_EQ(one(delivery(entry(change("account_review_update", R"({"decision":"APPROVED"})")))).session.key,
            "waba_200000000000001");
  EXPECT_EQ(one(delivery(entry(change("messages", R"({"messages":[)" + message("a", "1") + "]}")))).session,
            (SessionAddress{"cloud", "waba_200000000000001", ""}));
  EXPECT_EQ(one(delivery(R"({"changes":[)" + change("account_review_update", R"({"decision":"APPROVED"})") + "]}")).session.key,
            "waba_unknown");
}

TEST_F(CloudApiTest, ADeliveryForAnotherProductGivesNothing) {
  const auto got = take(R"({"object":"page","entry":[{"id":"1"}]})");
  EXPECT_TRUE(got.drafts.empty());
  EXPECT_NE(got.trouble.find("'page'"), std::string::npos);
}

// The reason goes to a log that is JSON.
TEST_F(CloudApiTest, GivenAnotherProductWithALongForeignName_ThenItIsCutBetweenCharacters) {
  std::string name = "x";
  for (int i = 0; i < 100; ++i) name.append("é");
  const auto got = take(R"({"object":")" + name + R"(","entry":[]})");
  std::string text;
  json::append_string(text, got.trouble);
  EXPECT_TRUE(parser.parse(text).has_value()) << text;
  EXPECT_LT(got.trouble.size(), 150u);
}

// Semantics 24: signed but not understood is kept and acknowledged.
TEST_F(CloudApiTest, WhatIsNoDeliveryAtAllIsKeptWhole) {
  for (const char* body : {"{", "", "not json", "[]", "null", "7", "{}", R"({"object":"whatsapp_business_account"})",
                           R"({"object":"whatsapp_business_account","entry":{}})",
                           R"({"object":"whatsapp_business_account","entry":[]})", R"({"entry":null})", "\xff"}) {
    const auto got = normalise(parser, std::make_shared<const std::string>(body));
    ASSERT_EQ(got.drafts.size(), 1u) << body;
    EXPECT_EQ(got.drafts[0].event.type, EventType::engine_raw);
    EXPECT_EQ(got.drafts[0].event.raw.item(), body);
    EXPECT_EQ(got.drafts[0].session.key, "waba_unknown");
    EXPECT_EQ(got.drafts[0].source_key, "") << "nothing to recognise it by";
    EXPECT_NE(got.trouble, "");
  }
}

TEST_F(CloudApiTest, WithoutTheMemberObjectItIsReadAllTheSame) {
  std::string body = messages(message("a", "1"));
  body.erase(1, body.find("\"entry\"") - 1);
  EXPECT_EQ(words(body), Words{"message.received"});
}

TEST_F(CloudApiTest, UnknownFieldsAndShapesBecomeRawWithTheirBytes) {
  Draft d = one(delivery(entry(change("smb_app_state_sync", R"({ "state_sync":[ {"type":"contact"} ] })"))));
  EXPECT_EQ(d.event.type, EventType::engine_raw);
  EXPECT_EQ(std::get<RawEngineEvent>(d.event.data).name, "smb_app_state_sync");
  EXPECT_EQ(std::get<RawEngineEvent>(d.event.data).body.json, R"({"state_sync":[{"type":"contact"}]})");
  EXPECT_EQ(d.event.raw.item(), R"({ "state_sync":[ {"type":"contact"} ] })");
  for (const char* odd : {R"({"field":"messages","value":null})", R"({"field":"messages"})", R"({"field":7,"value":{}})",
                          R"({"value":{}})", "7", "null", "[]"}) {
    d = one(delivery(entry(odd)));
    EXPECT_EQ(d.event.type, EventType::engine_raw) << odd;
    EXPECT_EQ(d.event.raw.item(), odd);
    EXPECT_NE(d.source_key, "");
  }
  for (const char* odd : {"7", "null", "{}", R"({"id":"1","changes":[]})", R"({"id":"1","changes":{}})"}) {
    d = one(delivery(odd));
    EXPECT_EQ(std::get<RawEngineEvent>(d.event.data).name, "entry") << odd;
    EXPECT_EQ(d.event.raw.item(), odd);
  }
}

TEST_F(CloudApiTest, AChangeWithNothingInItIsKept) {
  for (const char* members : {"", R"("messages":[])", R"("messages":[],"statuses":[])", R"("contacts":[])", R"("errors":[])"}) {
    EXPECT_EQ(words(delivery(entry(change("messages", messages_value(members))))), Words{"engine.raw"}) << members;
    EXPECT_EQ(words(delivery(entry(change("calls", messages_value(members))))), Words{"engine.raw"}) << members;
  }
  EXPECT_EQ(words(delivery(entry(change("smb_message_echoes", messages_value(R"("message_echoes":[])"))))), Words{"engine.raw"});
  EXPECT_EQ(words(delivery(entry(change("user_preferences", messages_value(R"("user_preferences":[])"))))), Words{"engine.raw"});
}

TEST_F(CloudApiTest, GivenAnEmptyListOfErrorsBesideAMessage_ThenNoTroubleIsTold) {
  EXPECT_EQ(words(delivery(entry(change("messages", messages_value(R"("errors":[],"messages":[)" + message("a", "1") + "]"))))),
            Words{"message.received"});
}

TEST_F(CloudApiTest, AnItemThatIsNotShapedAsDocumentedIsKeptBesideTheOthers) {
  const auto got = take(messages(R"(7,{"id":"wamid.x"},{"type":"text"},)" + message("a", "1") + ",null"));
  ASSERT_EQ(got.drafts.size(), 5u);
  EXPECT_EQ(got.drafts[3].event.type, EventType::message_received);
  std::set<std::string> keys;
  for (const auto& d : got.drafts) keys.insert(d.source_key);
  EXPECT_EQ(keys.size(), 5u);
  EXPECT_EQ(got.drafts[1].event.raw.item(), R"({"id":"wamid.x"})");
}

TEST_F(CloudApiTest, AListThatIsNoListIsKept) {
  EXPECT_EQ(words(delivery(
                entry(change("messages", messages_value(R"("messages":{"id":"x"},"statuses":[)" + status("d", "sent") + "]"))))),
            (Words{"engine.raw", "message.ack"}));
  EXPECT_EQ(words(delivery(entry(change("messages", messages_value(R"("messages":null)"))))), Words{"engine.raw"});
}

TEST_F(CloudApiTest, TimesAreReadAsStringsAndAsIntegers) {
  for (const char* time : {"\"1790000007\"", "1790000007", "1790000007.0"}) {
    const Draft d = one(messages(R"({"from":"15550101010","id":"wamid.a","timestamp":)" + std::string(time) +
                                 R"(,"type":"text","text":{"body":"x"}})"));
    EXPECT_EQ(d.event.occurred_at_ms, 1790000007000) << time;
    EXPECT_EQ(d.event.precision, TimePrecision::seconds);
  }
  for (const char* time : {"\"\"", "\"soon\"", "null", "-1", "0", "[]", "99999999999999999", "\"1790000007.5\""}) {
    const Draft d = one(messages(R"({"from":"15550101010","id":"wamid.a","timestamp":)" + std::string(time) +
                                 R"(,"type":"text","text":{"body":"x"}})"));
    EXPECT_EQ(d.event.occurred_at_ms, 0) << time;
    EXPECT_EQ(d.event.precision, TimePrecision::milliseconds) << "the flow's own time will stand there";
  }
}

TEST_F(CloudApiTest, GivenAnItemWithoutAType_ThenItHappenedAtItsOwnTime) {
  const Draft d = one(statuses(status("d", "teleported")));
  EXPECT_EQ(d.event.type, EventType::engine_raw);
  EXPECT_EQ(d.event.occurred_at_ms, 1790000020000);
  EXPECT_EQ(d.event.precision, TimePrecision::seconds);
}

TEST_F(CloudApiTest, NewsHaveTheTimeOfTheirEntryOrTheirOwn) {
  EXPECT_EQ(
      one(delivery(entry(change("account_review_update", R"({"decision":"APPROVED"})"), "2", "1790000400"))).event.occurred_at_ms,
      1790000400000);
  const Draft d = one(delivery(
      entry(change("user_preferences",
                   messages_value(R"("user_preferences":[{"wa_id":"15550101010","value":"stop","timestamp":1790000220}])")),
            "2", "1790000400")));
  EXPECT_EQ(d.event.occurred_at_ms, 1790000220000);
}

TEST(Handshake, GivesTheChallengeForTheRightTokenOnly) {
  const auto right = [](std::string_view token) { return token == "t 0&k"; };
  EXPECT_EQ(handshake("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=t%200%26k", right), "1158201444");
  EXPECT_EQ(handshake("hub.verify_token=t+0%26k&hub.challenge=%2B1%20x&hub.mode=subscribe", right), "+1 x");
  EXPECT_EQ(handshake("hub.mode=subscribe&hub.challenge=&hub.verify_token=t+0%26k", right), "");
  for (const char* query : {"", "hub.mode=subscribe&hub.challenge=1&hub.verify_token=x",
                            "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=t+0%26k",
                            "hub.challenge=1&hub.verify_token=t+0%26k", "hub.mode=subscribe&hub.verify_token=t+0%26k",
                            "hub.mode=subscribe&hub.challenge=1", "hub_mode=subscribe&hub_challenge=1&hub_verify_token=t+0%26k"})
    EXPECT_EQ(handshake(query, right), std::nullopt) << query;
}

TEST(Handshake, TheTokenIsComparedEvenWhenTheRestIsWrong) {
  int asked = 0;
  handshake("hub.mode=x", [&](std::string_view) { return ++asked > 0; });
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace chasqui::cloud_api
