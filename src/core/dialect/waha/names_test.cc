#include "core/dialect/waha/names.h"

#include <gtest/gtest.h>

#include <set>

#include "core/dialect/waha/payloads.h"

namespace chasqui::waha {
namespace {

const RenderOptions kCurrent{}, kLegacy{"legacy"};

NameSet wanted(std::vector<std::string> names, const RenderOptions& options = kCurrent) {
  const auto set = subscription(names, options);
  EXPECT_TRUE(set.has_value()) << (set ? "" : set.error().detail);
  return set ? *set : 0;
}
NameSet names(EventType type, EventData data, const RenderOptions& options = kCurrent) {
  Event e;
  e.type = type;
  e.data = std::move(data);
  return names_of(e, options);
}

TEST(Subscription, HasWahas31Names) {
  EXPECT_EQ(all_names().size(), 31u);
  EXPECT_EQ(std::set<std::string_view>(all_names().begin(), all_names().end()).size(), 31u);
  for (const auto name : all_names()) EXPECT_EQ(__builtin_popcountll(wanted({std::string(name)})), 1) << name;
}

TEST(Subscription, EverythingIsAllButTheTwoRawOnes) {
  const NameSet everything = wanted({"*"});
  EXPECT_EQ(__builtin_popcountll(everything), 29);
  EXPECT_EQ(everything & bit(Name::engine_event), 0u);
  EXPECT_EQ(everything & bit(Name::state_change), 0u);
  EXPECT_EQ(wanted({"*", "engine.event"}), everything | bit(Name::engine_event));
  EXPECT_EQ(wanted({"state.change", "*"}), everything | bit(Name::state_change));
  EXPECT_EQ(wanted({"*", "message", "*"}), everything) << "doubled names collapse";
}

// Decision on the users' document 003: in its era `*` was everything.
TEST(Subscription, EverythingIncludesStateChangeInTheLegacyProfile) {
  EXPECT_NE(wanted({"*"}, kLegacy) & bit(Name::state_change), 0u);
  EXPECT_EQ(wanted({"*"}, kLegacy) & bit(Name::engine_event), 0u);
}

// Decision on the users' document 003: its heading says group.leave, its body group.left.
TEST(Subscription, GroupLeftIsTakenForGroupLeave) { EXPECT_EQ(wanted({"group.left"}), bit(Name::group_leave)); }

TEST(Subscription, WhiteSpaceAroundANameIsDropped) {
  EXPECT_EQ(wanted({" message", "message.any\t"}), bit(Name::message) | bit(Name::message_any));
}

TEST(Subscription, NothingMeansNothing) { EXPECT_EQ(wanted({}), 0u); }

TEST(Subscription, AnUnknownNameIsRefusedByName) {
  for (const char* name : {"", "messages", "Message", "message.*", "**", "message,message.any"}) {
    const auto set = subscription({"message", name}, kCurrent);
    ASSERT_FALSE(set.has_value()) << name;
    EXPECT_EQ(set.error().kind, Error::Kind::invalid_input);
    EXPECT_NE(set.error().detail.find("'" + std::string(name) + "'"), std::string::npos);
    EXPECT_NE(set.error().detail.find("message.ack.group"), std::string::npos) << "the known ones are listed";
  }
}

TEST(Names, OfMessages) {
  Message m;
  m.kind = MessageKind::text;
  EXPECT_EQ(names(EventType::message_received, m), bit(Name::message) | bit(Name::message_any));
  EXPECT_EQ(names(EventType::message_sent, m), bit(Name::message_any));
  m.kind = MessageKind::system;
  EXPECT_EQ(names(EventType::message_received, m), 0u) << "noise to WAHA";
}

// Decision on the users' document 003: in its era acks of groups came as message.ack.
TEST(Names, OfAcks) {
  Ack a;
  a.level = AckLevel::read;
  EXPECT_EQ(names(EventType::message_ack, a), bit(Name::message_ack));
  EXPECT_EQ(names(EventType::message_failed, a), bit(Name::message_ack));
  a.ref.chat.kind = PartyKind::group;
  EXPECT_EQ(names(EventType::message_ack, a), bit(Name::message_ack_group));
  EXPECT_EQ(names(EventType::message_ack, a, kLegacy), bit(Name::message_ack));
  a.level = AckLevel::deleted;
  EXPECT_EQ(names(EventType::message_ack, a), 0u);
}

TEST(Names, OfWhatHasNoWordInWaha) {
  for (const auto type : {EventType::template_status, EventType::account_alert, EventType::user_preference})
    EXPECT_EQ(names(type, PlatformNotice{}), 0u);
  EXPECT_EQ(names(EventType::call_ended, Call{}), 0u);
  EXPECT_EQ(names(EventType::contact_updated, ContactChange{}), 0u);
  EXPECT_EQ(names(EventType::service_notice, ServiceNotice{}), 0u);
}

TEST(Acks, AreNumberedAsInWaha) {
  EXPECT_EQ(ack_number(AckLevel::error), -1);
  EXPECT_EQ(ack_number(AckLevel::pending), 0);
  EXPECT_EQ(ack_number(AckLevel::server), 1);
  EXPECT_EQ(ack_number(AckLevel::device), 2);
  EXPECT_EQ(ack_number(AckLevel::none), 2);
  EXPECT_EQ(ack_number(AckLevel::read), 3);
  EXPECT_EQ(ack_number(AckLevel::played), 4);
  const char* words[] = {"UNKNOWN", "ERROR", "PENDING", "SERVER", "DEVICE", "READ", "PLAYED", "UNKNOWN"};
  for (int ack = -2; ack <= 5; ++ack) EXPECT_EQ(ack_name(ack), words[ack + 2]);
}

TEST(SessionWords, AreWahas) {
  EXPECT_EQ(session_word(SessionState::working), "WORKING");
  EXPECT_EQ(session_word(SessionState::qr), "SCAN_QR_CODE");
  EXPECT_EQ(session_word(SessionState::reconnecting), "STARTING");
  EXPECT_EQ(session_word(SessionState::passkey), "PASSKEY_REQUIRED");
  EXPECT_EQ(session_word(SessionState::failed), "FAILED");
  for (const auto state : {SessionState::created, SessionState::stopped, SessionState::deleted})
    EXPECT_EQ(session_word(state), "STOPPED");
}

}  // namespace
}  // namespace chasqui::waha
