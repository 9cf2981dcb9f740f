// Statuses, calls and errors.
#include <gtest/gtest.h>

#include "tests/support/cloud_api_changes.h"

namespace chasqui::cloud_api {
namespace {

class StatusesTest : public testing::CloudApiChange {};

TEST_F(StatusesTest, StatusesAreLevels) {
  EXPECT_EQ(status(R"("status":"sent")").level, AckLevel::server);
  EXPECT_EQ(status(R"("status":"delivered")").level, AckLevel::device);
  EXPECT_EQ(status(R"("status":"read")").level, AckLevel::read);
  EXPECT_EQ(status(R"("status":"played")").level, AckLevel::played);
  EXPECT_EQ(status(R"("status":"deleted")").level, AckLevel::deleted);
  const Ack failed =
      status(R"("status":"failed","errors":[{"code":"131026","title":"t","message":"m","href":"h"}])", EventType::message_failed);
  EXPECT_EQ(failed.level, AckLevel::error);
  ASSERT_EQ(failed.errors.size(), 1u);
  EXPECT_EQ(failed.errors[0].code, 131026) << "also as a string";
  const auto drafts = take("messages", R"("statuses":[{"id":"wamid.OUT","status":"teleported"},{"status":"sent"}])");
  ASSERT_EQ(drafts.size(), 2u);
  EXPECT_EQ(drafts[0].event.type, EventType::engine_raw);
  EXPECT_EQ(drafts[1].event.type, EventType::engine_raw);
}

TEST_F(StatusesTest, AStatusKeepsWhatTheSenderPutInAndWhatMetaBills) {
  const auto drafts = take(
      "messages",
      R"("statuses":[{"id":"wamid.OUT","status":"sent","recipient_id":"15550101010","pricing":{"billable":true},"conversation":{"id":"c"},"biz_opaque_callback_data":"order-17"}])");
  ASSERT_EQ(drafts.size(), 1u);
  const auto& a = std::get<Ack>(drafts[0].event.data);
  EXPECT_EQ(a.pricing.json, R"({"billable":true})");
  EXPECT_EQ(a.conversation.json, R"({"id":"c"})");
  EXPECT_EQ(drafts[0].event.correlation.biz_opaque, "order-17");
  EXPECT_TRUE(a.ref.from_me);
  EXPECT_EQ(a.ref.chat.phone, "15550101010");
}

TEST_F(StatusesTest, AStatusOfAGroupTellsWhoReadAndThatTheMessageIsOurs) {
  const Ack a =
      status(R"("status":"read","recipient_id":"Y2hhdA","recipient_type":"group","recipient_participant_id":"15550101010")");
  EXPECT_EQ(a.ref.chat.kind, PartyKind::group);
  EXPECT_EQ(a.ref.chat.jid, "Y2hhdA");
  EXPECT_EQ(a.participant->phone, "15550101010");
  ASSERT_TRUE(a.ref.participant.has_value()) << "in a group a message has an author: the session's own number";
  EXPECT_EQ(a.ref.participant->phone, "15550109999");
}

// With the key of the message alone, the second reader would have been taken for a repetition of the first, and dropped.
TEST_F(StatusesTest, GivenMembersOfAGroupWithHiddenNumbers_ThenTheirReadingsAreToldApart) {
  const std::string read = R"("id":"wamid.OUT","status":"read","recipient_id":"Y2hhdA","recipient_type":"group",)";
  const auto drafts = take("messages", R"("statuses":[{)" + read + R"("recipient_participant_user_id":"US.1"},{)" + read +
                                           R"("recipient_participant_user_id":"US.2"}])");
  ASSERT_EQ(drafts.size(), 2u);
  EXPECT_NE(drafts[0].source_key, drafts[1].source_key);
  EXPECT_EQ(std::get<Ack>(drafts[0].event.data).participant->user_id, "US.1");
}

TEST_F(StatusesTest, CallsRingAndEnd) {
  const auto call = [this](EventType type, const std::string& members) {
    return one<Call>(type, "calls",
                     R"("calls":[{"id":"wacid.C","from":"15550101010","to":"15550109999","timestamp":"1",)" + members + "}]");
  };
  Call c = call(EventType::call_received,
                R"("event":"connect","direction":"USER_INITIATED","session":{"sdp_type":"offer","sdp":"v=0"})");
  EXPECT_EQ(c.direction, CallDirection::incoming);
  EXPECT_EQ(c.from.phone, "15550101010");
  EXPECT_EQ(c.to.phone, "15550109999");
  EXPECT_EQ(c.sdp.json, R"({"sdp_type":"offer","sdp":"v=0"})");
  c = call(EventType::call_ended, R"("event":"terminate","direction":"USER_INITIATED","status":"COMPLETED","duration":30)");
  EXPECT_EQ(c.duration_s, 30);
  EXPECT_EQ(c.reason, "COMPLETED");
  c = one<Call>(
      EventType::call_ended, "calls",
      R"("calls":[{"id":"wacid.C","from":"15550109999","to":"15550101010","event":"terminate","direction":"BUSINESS_INITIATED","status":"FAILED"}])");
  EXPECT_EQ(c.direction, CallDirection::outgoing);
  EXPECT_EQ(c.to.phone, "15550101010");
}

TEST_F(StatusesTest, CallEventsWithoutATypeOfTheirOwnAreKeptRaw) {
  for (const char* members :
       {R"("calls":[{"id":"wacid.C","event":"connect","direction":"BUSINESS_INITIATED"}])", R"("calls":[{"event":"terminate"}])",
        R"("calls":[{"id":"wacid.C"}])", R"("statuses":[{"id":"wacid.C","type":"call","status":"RINGING"}])"}) {
    const auto drafts = take("calls", members);
    ASSERT_EQ(drafts.size(), 1u) << members;
    EXPECT_EQ(drafts[0].event.type, EventType::engine_raw) << members;
  }
}

TEST_F(StatusesTest, TroubleThatBelongsToNoMessageIsANotice) {
  const auto n =
      one<ServiceNotice>(EventType::service_notice, "messages",
                         R"("errors":[{"code":130429,"title":"Rate limit hit","error_data":{"details":"too many"}},{"code":1}])");
  EXPECT_EQ(n.name, "cloud-api");
  EXPECT_EQ(n.level, "error");
  EXPECT_EQ(n.message, "Rate limit hit");
  EXPECT_EQ(n.errors.size(), 2u);
}

}  // namespace
}  // namespace chasqui::cloud_api
