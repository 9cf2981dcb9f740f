#include "core/dialect/waha/ids.h"

#include <gtest/gtest.h>

namespace chasqui::waha {
namespace {

std::string chat(const Party& party) {
  std::string out;
  append_chat_id(out, party);
  return out;
}
std::string message(const MessageRef& ref) {
  std::string out;
  append_message_id(out, ref);
  return out;
}
Party party(PartyKind kind, std::string phone, std::string lid = "", std::string jid = "", std::string user_id = "") {
  Party p;
  p.kind = kind;
  p.phone = std::move(phone);
  p.lid = std::move(lid);
  p.jid = std::move(jid);
  p.user_id = std::move(user_id);
  return p;
}

// "toCusFormat" (WAHA source, 2026.2.1).
TEST(CusFormat, IsWahas) {
  EXPECT_EQ(cus_format(""), "");
  EXPECT_EQ(cus_format("me"), "me");
  EXPECT_EQ(cus_format("123456789012345678@g.us"), "123456789012345678@g.us");
  EXPECT_EQ(cus_format("15551234567-1600000000@g.us"), "15551234567-1600000000@g.us");
  EXPECT_EQ(cus_format("status@broadcast"), "status@broadcast");
  EXPECT_EQ(cus_format("1700000000@broadcast"), "1700000000@broadcast");
  EXPECT_EQ(cus_format("120363000000000000@newsletter"), "120363000000000000@newsletter");
  EXPECT_EQ(cus_format("222222222222222@lid"), "222222222222222@lid");
  EXPECT_EQ(cus_format("222222222222222:17@lid"), "222222222222222@lid");
  EXPECT_EQ(cus_format("11111111111@s.whatsapp.net"), "11111111111@c.us");
  EXPECT_EQ(cus_format("11111111111:12@s.whatsapp.net"), "11111111111@c.us");
  EXPECT_EQ(cus_format("11111111111@c.us"), "11111111111@c.us");
  EXPECT_EQ(cus_format("11111111111"), "11111111111@c.us");
}

TEST(ChatId, IsByPhoneWhereItIsKnown) {
  EXPECT_EQ(chat(party(PartyKind::user, "11111111111", "222", "x@s.whatsapp.net", "US.1")), "11111111111@c.us");
  EXPECT_EQ(chat(party(PartyKind::user, "", "222222222222222", "x@s.whatsapp.net", "US.1")), "222222222222222@lid");
  EXPECT_EQ(chat(party(PartyKind::user, "", "", "11111111111:3@s.whatsapp.net", "US.1")), "11111111111@c.us");
  EXPECT_EQ(chat(party(PartyKind::user, "", "", "", "US.1")), "US.1@lid");
  EXPECT_EQ(chat(Party{}), "");
}

TEST(ChatId, OfGroupsChannelsAndStoriesIsTheirOwn) {
  EXPECT_EQ(chat(party(PartyKind::group, "", "", "123@g.us")), "123@g.us");
  EXPECT_EQ(chat(party(PartyKind::group, "", "", "R1JPVVAx")), "R1JPVVAx@g.us");
  EXPECT_EQ(chat(party(PartyKind::group, "")), "");
  EXPECT_EQ(chat(party(PartyKind::newsletter, "", "", "120363000000000000@newsletter")), "120363000000000000@newsletter");
  EXPECT_EQ(chat(party(PartyKind::status, "11111111111", "", "status@broadcast")), "status@broadcast");
}

TEST(MessageId, HasThreePartsAndInGroupsAndStoriesFour) {
  MessageRef ref;
  ref.chat = party(PartyKind::user, "11111111111");
  ref.id = "3EB0AAAA";
  EXPECT_EQ(message(ref), "false_11111111111@c.us_3EB0AAAA");
  ref.participant = party(PartyKind::user, "", "333333333333333");
  EXPECT_EQ(message(ref), "false_11111111111@c.us_3EB0AAAA") << "a direct chat has no participant";
  ref.from_me = true;
  ref.chat = party(PartyKind::group, "", "", "123@g.us");
  EXPECT_EQ(message(ref), "true_123@g.us_3EB0AAAA_333333333333333@lid");
  ref.chat = party(PartyKind::status, "");
  EXPECT_EQ(message(ref), "true_status@broadcast_3EB0AAAA_333333333333333@lid");
  ref.participant.reset();
  EXPECT_EQ(message(ref), "true_status@broadcast_3EB0AAAA");
}

}  // namespace
}  // namespace chasqui::waha
