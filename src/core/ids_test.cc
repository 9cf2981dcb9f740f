#include "core/ids.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/random_event.h"

namespace chasqui {
namespace {

const std::array<std::uint8_t, 10> kTail{0xff, 0x00, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0};

TEST(EventId, ReadsBackFromItsText) {
  testing::RandomEvents events(1);
  for (int i = 0; i < 2000; ++i) {
    const EventId id = events.id();
    ASSERT_EQ(id.text().size(), 26u);
    ASSERT_EQ(id.text().find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
    ASSERT_EQ(EventId::parse(id.text()), id);
  }
}

TEST(EventId, TextIsThatOfTheUlidSpecification) {
  // The example of the specification (github.com/ulid/spec, 2026-11): 01ARZ3NDEKTSV4RRFFQ69G5FAV.
  EXPECT_EQ(EventId::make(1469922850259, kTail.data()).text().substr(0, 10), "01arz3ndek");
  EXPECT_EQ(EventId{}.text(), "00000000000000000000000000");
  EXPECT_EQ(EventId::make(1469922850259, kTail.data()).time_ms(), 1469922850259);
  EventId most;
  most.bytes.fill(0xff);
  EXPECT_EQ(most.text(), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
  EXPECT_EQ(EventId::parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), most) << "upper case is taken";
}

TEST(EventId, WhatIsNoUlidIsRefused) {
  const std::string good = EventId::make(1, kTail.data()).text();
  ASSERT_TRUE(EventId::parse(good).has_value());
  EXPECT_FALSE(EventId::parse("").has_value());
  EXPECT_FALSE(EventId::parse(good.substr(1)).has_value());
  EXPECT_FALSE(EventId::parse(good + "0").has_value());
  EXPECT_FALSE(EventId::parse("8zzzzzzzzzzzzzzzzzzzzzzzzz").has_value()) << "more than 128 bits";
  for (const char c : std::string_view("iloILOuU-_ \xc3")) {
    std::string text = good;
    text[13] = c;
    EXPECT_FALSE(EventId::parse(text).has_value()) << c;
  }
}

TEST(EventId, SortsByTimeAsBytesAndAsText) {
  const EventId early = EventId::make(1000, kTail.data()), late = EventId::make(1001, EventId{}.bytes.data());
  EXPECT_LT(early, late);
  EXPECT_LT(early.text(), late.text());
  EXPECT_EQ(EventId::make(-5, kTail.data()).time_ms(), 0);
  EXPECT_EQ(EventId::make(std::int64_t{1} << 50, kTail.data()).time_ms(), (std::int64_t{1} << 48) - 1);
  EXPECT_TRUE(EventId{}.empty());
  EXPECT_FALSE(late.empty());
}

TEST(PartId, IsASiblingWithTheSameTimeAndAlwaysTheSame) {
  const EventId id = *EventId::parse("01jnaaaaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(part_id(id, ""), id);
  EXPECT_EQ(part_id(id, "message.any"), part_id(id, "message.any"));
  EXPECT_EQ(part_id(id, "message.any").time_ms(), id.time_ms());
  std::set<EventId> all{id};
  for (const char* part : {"message", "message.any", "message.ack", "message.ack.group", "session.status"})
    all.insert(part_id(id, part));
  EXPECT_EQ(all.size(), 6u);
}

TEST(DeliveryId, IsOfEventEndpointAndPart) {
  const EventId id = *EventId::parse("01jnaaaaaaaaaaaaaaaaaaaaaa"), other = *EventId::parse("01jnaaaaaaaaaaaaaaaaaaaaab");
  std::set<std::string> all;
  for (const EventId& event : {id, other})
    for (const char* endpoint : {"", "ep_env", "ep_2"})
      for (const char* part : {"", "message", "message.any"}) {
        const std::string text = delivery_id(event, endpoint, part);
        EXPECT_EQ(text.size(), 18u);
        EXPECT_EQ(text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
        EXPECT_EQ(text, delivery_id(event, endpoint, part));
        all.insert(text);
      }
  EXPECT_EQ(all.size(), 18u);
}

// These are stored, or sent to receivers that keep them: a change here makes old data unfindable and old ids new ones.
TEST(StoredHashes, NeverChange) {
  EXPECT_EQ(stable_hash(""), 17665956581633026203u);
  EXPECT_EQ(stable_hash("wamid.IN1"), 9746393197173473820u);
  EXPECT_EQ(stable_hash("wamid.IN1", 2), 11485476314359794829u);
  EXPECT_EQ(stable_hash("\xff\x80"), 14863956340116293656u) << "bytes are unsigned";
  EXPECT_EQ(content_hash(""), 5197578548964807871u);
  EXPECT_EQ(content_hash("seven b"), 13824003240936139755u);
  EXPECT_EQ(content_hash("a body of more than eight bytes"), 12861403564997270293u);
  const EventId id = *EventId::parse("01jnaaaaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(part_id(id, "message.any").text(), "01jnaaaaaaaaaanzmg8dg96kt9");
  EXPECT_EQ(delivery_id(id, "ep_env", "message"), "qajxlk7uh95crqwh4x");
}

TEST(ContentHash, TellsBodiesApart) {
  std::set<std::uint64_t> all;
  std::string body(64, 'x');
  for (std::size_t length = 0; length <= body.size(); ++length)
    all.insert(content_hash(std::string_view(body).substr(0, length)));
  for (char& c : body) {
    c = 'y';
    all.insert(content_hash(body));
    c = 'x';
  }
  all.insert(content_hash(std::string(1, '\0')));
  EXPECT_EQ(all.size(), 65u + 64u + 1u);
}

}  // namespace
}  // namespace chasqui
