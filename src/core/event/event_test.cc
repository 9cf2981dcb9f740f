#include "core/event/event.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/random_event.h"

namespace chasqui {
namespace {

std::string json_of(const Event& e) {
  std::string out;
  append_json(out, e);
  return out;
}
bool same(const Event& a, const Event& b) {
  return a.id == b.id && a.type == b.type && a.schema == b.schema && a.account == b.account && a.session == b.session &&
         a.source == b.source && a.own == b.own && a.occurred_at_ms == b.occurred_at_ms && a.precision == b.precision &&
         a.received_at_ms == b.received_at_ms && a.origin == b.origin && a.cause_id == b.cause_id &&
         a.dedupe_key == b.dedupe_key && a.app == b.app && a.correlation == b.correlation && a.metadata == b.metadata &&
         a.data == b.data && a.ext == b.ext;
}
Event of(EventType type, EventData data, std::string session = "s") {
  Event e;
  e.id = *EventId::parse("01jnaaaaaaaaaaaaaaaaaaaaaa");
  e.type = type;
  e.session = std::move(session);
  e.data = std::move(data);
  return e;
}
Party phone(std::string digits) {
  Party p;
  p.kind = PartyKind::user;
  p.phone = std::move(digits);
  return p;
}
Party group(std::string jid) {
  Party p;
  p.kind = PartyKind::group;
  p.jid = std::move(jid);
  return p;
}
Message in(Party chat) {
  Message m;
  m.ref.chat = chat;
  m.ref.id = "ID";
  m.from = std::move(chat);
  m.kind = MessageKind::text;
  return m;
}

TEST(EventJson, ForEveryTypeAndAnyFields_ThenItReadsBackEqual) {
  testing::RandomEvents events(20261125);
  json::Document parser;
  for (int round = 0; round < 200; ++round) {
    for (std::size_t type = 0; type < event_type_count(); ++type) {
      const Event e = events.of_type(static_cast<EventType>(type));
      const std::string text = json_of(e);
      const auto back = event_from_json(parser, text);
      ASSERT_TRUE(back.has_value()) << back.error().detail << "\n" << text;
      ASSERT_TRUE(same(*back, e)) << text;
      ASSERT_EQ(json_of(*back), text) << "the same bytes again";
    }
  }
}

TEST(EventJson, HoldsOnlyWhatIsNotAtItsDefault) {
  EXPECT_EQ(json_of(of(EventType::message_revoked, Revoke{})),
            R"({"id":"01jnaaaaaaaaaaaaaaaaaaaaaa","type":"message.revoked","schema":1,"session":"s","data":{}})");
}

TEST(EventJson, WhatIsWrongIsNamed) {
  json::Document parser;
  const auto complaint = [&](std::string_view text) {
    const auto e = event_from_json(parser, text);
    return e ? std::string("accepted") : e.error().detail;
  };
  const std::string id = R"("id":"01jnaaaaaaaaaaaaaaaaaaaaaa")";
  EXPECT_EQ(complaint("[]"), "an event must be a JSON object");
  EXPECT_EQ(complaint("{}"), "id: must be a ULID of 26 characters");
  EXPECT_EQ(complaint("{" + id + "}"), "type: unknown event type");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.eaten","data":{}})"), "type: unknown event type");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack"})"), "data: must be an object");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack","data":[]})"), "data: must be an object");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack","data":{"level":"eaten"}})"),
            "data.level: must be one of the documented words");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack","data":{"ref":{"chat":{"kind":1}}}})"),
            "data.ref.chat.kind: must be one of the documented words");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack","data":{"errors":[{},{"code":"x"}]}})"),
            "data.errors[1].code: must be an integer");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack","session":7,"data":{}})"), "session: must be a string");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack","schema":4294967297,"data":{}})"), "schema: must be an integer");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack","cause_id":"x","data":{}})"),
            "cause_id: must be a ULID of 26 characters");
  EXPECT_EQ(complaint("{" + id + R"(,"type":"message.ack","later":1,"data":{"later":2}})"), "accepted");
}

TEST(EventJson, GivenNullForTheCause_ThenThereIsNone) {
  json::Document parser;
  const auto e = event_from_json(parser, R"({"id":"01jnaaaaaaaaaaaaaaaaaaaaaa","type":"engine.raw","cause_id":null,"data":{}})");
  ASSERT_TRUE(e.has_value()) << e.error().detail;
  EXPECT_FALSE(e->cause_id.has_value());
}

TEST(EventTypes, AreFoundByTheirWordAndOnlyThat) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < event_type_count(); ++i) {
    const auto type = static_cast<EventType>(i);
    EventType found{};
    ASSERT_TRUE(from_word(word(type), found));
    EXPECT_EQ(found, type);
    words.insert(word(type));
  }
  EXPECT_EQ(words.size(), event_type_count());
  EventType found{};
  EXPECT_FALSE(from_word("", found));
  EXPECT_FALSE(from_word("Message.ack", found));
}

// The number of a type is stored in the journal's headers.
TEST(EventTypes, KeepTheirStoredNumbers) {
  EXPECT_EQ(static_cast<int>(EventType::message_received), 0);
  EXPECT_EQ(static_cast<int>(EventType::message_revoked), 6);
  EXPECT_EQ(static_cast<int>(EventType::session_status), 10);
  EXPECT_EQ(static_cast<int>(EventType::user_preference), 23);
  EXPECT_EQ(static_cast<int>(EventType::engine_raw), 25);
}

TEST(EventTypes, CarryTheirOwnPayloadOnly) {
  EXPECT_TRUE(payload_fits(EventType::message_failed, Ack{}));
  EXPECT_FALSE(payload_fits(EventType::message_failed, Message{}));
  EXPECT_FALSE(payload_fits(EventType::engine_raw, Ack{}));
}

TEST(RawSlice, IsItsPartOfTheDelivery) {
  RawSource raw{std::make_shared<const std::string>("[1, {\"a\":2}]"), 4, 7};
  EXPECT_EQ(raw.item(), "{\"a\":2}");
  EXPECT_EQ(RawSource{}.item(), "");
}

TEST(OrderKey, IsSharedByAllThatHappensInAChat) {
  const Party ada = phone("15550101010");
  const OrderKey key = order_key(of(EventType::message_received, in(ada)));
  Ack ack;
  ack.ref.chat = ada;
  ack.ref.from_me = true;
  Reaction reaction;
  reaction.ref.chat = ada;
  Edit edit;
  edit.ref.chat = ada;
  Revoke revoke;
  revoke.ref.chat = ada;
  Call call;
  call.from = ada;
  EXPECT_EQ(order_key(of(EventType::message_sent, in(ada))), key);
  EXPECT_EQ(order_key(of(EventType::message_ack, ack)), key);
  EXPECT_EQ(order_key(of(EventType::message_failed, ack)), key);
  EXPECT_EQ(order_key(of(EventType::message_reaction, reaction)), key);
  EXPECT_EQ(order_key(of(EventType::message_edited, edit)), key);
  EXPECT_EQ(order_key(of(EventType::message_revoked, revoke)), key);
  EXPECT_EQ(order_key(of(EventType::call_received, call)), key);
  call = {};
  call.direction = CallDirection::outgoing;
  call.from = phone("15550109999");
  call.to = ada;
  EXPECT_EQ(order_key(of(EventType::call_ended, call)), key);
}

TEST(OrderKey, OtherChatsAndOtherSessionsHaveOthers) {
  std::set<OrderKey> keys;
  for (const char* session : {"s", "t"})
    for (const Party& chat : {phone("15550101010"), phone("15550101011"), group("120363@g.us")})
      keys.insert(order_key(of(EventType::message_received, in(chat), session)));
  EXPECT_EQ(keys.size(), 6u);
}

TEST(OrderKey, OfAChatDoesNotDependOnNamesNorOnWhatElseIsKnownBesideThePhone) {
  Party ada = phone("15550101010");
  const OrderKey key = order_key(of(EventType::message_received, in(ada)));
  ada.push_name = "Ada";
  ada.lid = "222222222222222";
  ada.user_id = "US.1";
  EXPECT_EQ(order_key(of(EventType::message_received, in(ada))), key);
}

TEST(OrderKey, OfAGroupIsTheGroupsWhoeverWrites) {
  Message a = in(group("120363@g.us")), b = a;
  a.from = phone("15550101010");
  a.ref.participant = a.from;
  b.from = phone("15550101011");
  EXPECT_EQ(order_key(of(EventType::message_received, a)), order_key(of(EventType::message_received, b)));
}

TEST(OrderKey, OfAContactsNewNumberIsThatOfTheChatAsItWas) {
  ContactChange change;
  change.before = phone("15550101010");
  change.contact = phone("15550101099");
  EXPECT_EQ(order_key(of(EventType::contact_updated, change)),
            order_key(of(EventType::message_received, in(phone("15550101010")))));
}

TEST(OrderKey, WithoutAChatIsTheSessions) {
  for (const auto& e : {of(EventType::session_status, SessionStatus{}), of(EventType::engine_raw, RawEngineEvent{}),
                        of(EventType::account_alert, PlatformNotice{}), of(EventType::message_received, in(Party{}))})
    EXPECT_EQ(order_key(e), session_order_key("s")) << word(e.type);
  EXPECT_NE(session_order_key("s"), session_order_key("t"));
  EXPECT_NE(session_order_key("s"), order_key(of(EventType::message_received, in(phone("s")))));
}

Party stories() {
  Party p;
  p.kind = PartyKind::status;
  p.jid = "status@broadcast";
  return p;
}
Message story(Party author) {
  Message m = in(stories());
  m.ref.participant = author;
  m.from = std::move(author);
  return m;
}

TEST(OrderKey, OfStoriesIsTheirAuthors) {
  const OrderKey ada = order_key(of(EventType::message_received, story(phone("15550101010"))));
  EXPECT_NE(ada, order_key(of(EventType::message_received, story(phone("15550101011")))));
  EXPECT_EQ(ada, order_key(of(EventType::message_received, in(phone("15550101010")))))
      << "one lane for a person's chat and stories";
}

TEST(OrderKey, GivenAStory_WhenItIsEditedOrDeleted_ThenThatStaysBehindTheStoryItself) {
  const Message m = story(phone("15550101010"));
  const OrderKey key = order_key(of(EventType::message_received, m));
  Revoke revoke;
  revoke.ref = m.ref;
  revoke.from = m.from;
  EXPECT_EQ(order_key(of(EventType::message_revoked, revoke)), key);
  Edit edit;
  edit.ref = m.ref;
  edit.from = m.from;
  EXPECT_EQ(order_key(of(EventType::message_edited, edit)), key);
  Reaction reaction;
  reaction.ref.chat = stories();
  reaction.from = phone("15550101012");
  reaction.target = m.ref;
  EXPECT_EQ(order_key(of(EventType::message_reaction, reaction)), key) << "somebody else's reaction too";
}

TEST(OrderKey, GivenAnOwnStory_WhenItIsSeen_ThenTheAckStaysBehindTheStoryItself) {
  const Party me = phone("15550109999");
  Message m = story(me);
  m.ref.from_me = true;
  Ack ack;
  ack.ref = m.ref;
  ack.participant = phone("15550101010");
  EXPECT_EQ(order_key(of(EventType::message_ack, ack)), order_key(of(EventType::message_sent, m)));
  ack.ref.participant.reset();
  Event e = of(EventType::message_ack, ack);
  e.own = me;
  EXPECT_EQ(order_key(e), order_key(of(EventType::message_sent, m)))
      << "the author of an own message is known without being named";
}

TEST(MessageId, IsThatOfTheMessageThatAnEventIsAbout) {
  EXPECT_EQ(message_id_of(of(EventType::message_received, in(phone("1")))), "ID");
  Ack ack;
  ack.ref.id = "OUT";
  EXPECT_EQ(message_id_of(of(EventType::message_ack, ack)), "OUT");
  Call call;
  call.id = "C1";
  EXPECT_EQ(message_id_of(of(EventType::call_ended, call)), "C1");
  EXPECT_EQ(message_id_of(of(EventType::session_status, SessionStatus{})), "");
}

}  // namespace
}  // namespace chasqui
