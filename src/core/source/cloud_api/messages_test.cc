#include <gtest/gtest.h>

#include "core/source/cloud_api/cloud_api.h"
#include "tests/support/cloud_api_bodies.h"

namespace chasqui::cloud_api {
namespace {

using testing::change;
using testing::delivery;
using testing::entry;
using testing::messages_value;

class MessagesTest : public ::testing::Test {
 protected:
  std::vector<Draft> take(const std::string& field, const std::string& members) {
    return normalise(parser, std::make_shared<const std::string>(delivery(entry(change(field, messages_value(members)))))).drafts;
  }
  /// The payload of the one event of a change.
  template <class T>
  T one(EventType type, const std::string& field, const std::string& members) {
    const auto drafts = take(field, members);
    EXPECT_EQ(drafts.size(), 1u) << members;
    if (drafts.size() != 1) return {};
    EXPECT_EQ(word(drafts[0].event.type), word(type)) << members;
    const auto* data = std::get_if<T>(&drafts[0].event.data);
    return data != nullptr ? *data : T{};
  }
  /// An incoming message from Ada with these members.
  Message in(const std::string& members) {
    return one<Message>(
        EventType::message_received, "messages",
        R"("contacts":[{"profile":{"name":"Ada","username":"ada.l"},"wa_id":"15550101010","user_id":"US.1","parent_user_id":"US.ENT.2"}],)"
        R"("messages":[{"from":"15550101010","id":"wamid.IN","timestamp":"1790000000",)" +
            members + "}]");
  }
  Ack status(const std::string& members, EventType type = EventType::message_ack) {
    return one<Ack>(type, "messages", R"("statuses":[{"id":"wamid.OUT","timestamp":"1790000020",)" + members + "}]");
  }

  json::Document parser;
};

TEST_F(MessagesTest, ASenderHasAllNamesThatTheDeliveryGives) {
  const Message m = in(R"("type":"text","text":{"body":"ping"})");
  EXPECT_EQ(m.from.kind, PartyKind::user);
  EXPECT_EQ(m.from.phone, "15550101010");
  EXPECT_EQ(m.from.push_name, "Ada");
  EXPECT_EQ(m.from.username, "ada.l");
  EXPECT_EQ(m.from.user_id, "US.1");
  EXPECT_EQ(m.from.parent_user_id, "US.ENT.2");
  EXPECT_EQ(m.ref.chat, m.from);
  EXPECT_FALSE(m.ref.from_me);
  EXPECT_FALSE(m.ref.participant.has_value());
}

TEST_F(MessagesTest, ASenderWithAHiddenNumberIsKnownByUserIdOnly) {
  const auto m = one<Message>(
      EventType::message_received, "messages",
      R"("contacts":[{"profile":{"name":"Bo"},"user_id":"US.9"}],"messages":[{"from_user_id":"US.9","id":"wamid.H","type":"text","text":{"body":"x"}}])");
  EXPECT_EQ(m.from.phone, "");
  EXPECT_EQ(m.from.user_id, "US.9");
  EXPECT_EQ(m.from.push_name, "Bo");
}

TEST_F(MessagesTest, TheNameOfAnotherPersonIsNotTaken) {
  const auto m = one<Message>(
      EventType::message_received, "messages",
      R"("contacts":[{"profile":{"name":"Bo"},"wa_id":"15550101011"},{"profile":{"name":"No id"}}],"messages":[{"from":"15550101010","id":"wamid.H","type":"text","text":{"body":"x"}}])");
  EXPECT_EQ(m.from.push_name, "");
}

TEST_F(MessagesTest, OfADoubledContactTheFirstCounts) {
  const auto m = one<Message>(
      EventType::message_received, "messages",
      R"("contacts":[{"profile":{"name":"One"},"wa_id":"15550101010"},{"profile":{"name":"Two"},"wa_id":"15550101010"}],"messages":[{"from":"15550101010","id":"wamid.H","type":"text","text":{"body":"x"}}])");
  EXPECT_EQ(m.from.push_name, "One");
}

TEST_F(MessagesTest, AGroupIsTheChatAndTheSenderItsParticipant) {
  const Message m = in(R"("group_id":"Y2hhdA","type":"text","text":{"body":"x"})");
  EXPECT_EQ(m.ref.chat.kind, PartyKind::group);
  EXPECT_EQ(m.ref.chat.jid, "Y2hhdA");
  EXPECT_EQ(m.ref.participant->phone, "15550101010");
  EXPECT_EQ(m.from.phone, "15550101010");
}

TEST_F(MessagesTest, AnEchoIsOursAndItsChatIsTheReceiver) {
  const auto m = one<Message>(
      EventType::message_sent, "smb_message_echoes",
      R"("message_echoes":[{"from":"15550109999","to":"15550101010","to_user_id":"US.1","to_parent_user_id":"US.ENT.2","id":"wamid.E","timestamp":"1","type":"text","text":{"body":"on it"}}])");
  EXPECT_TRUE(m.ref.from_me);
  EXPECT_EQ(m.ref.chat.phone, "15550101010");
  EXPECT_EQ(m.ref.chat.user_id, "US.1");
  EXPECT_EQ(m.ref.chat.parent_user_id, "US.ENT.2");
  EXPECT_EQ(m.from.phone, "15550109999");
  EXPECT_EQ(m.source_device, SourceDevice::app);
}

TEST_F(MessagesTest, KindsAreToldApart) {
  EXPECT_EQ(in(R"("type":"image","image":{"id":"5"})").kind, MessageKind::image);
  EXPECT_EQ(in(R"("type":"audio","audio":{"id":"5","voice":true})").kind, MessageKind::voice);
  EXPECT_EQ(in(R"("type":"audio","audio":{"id":"5","voice":false})").kind, MessageKind::audio);
  EXPECT_EQ(in(R"("type":"audio","audio":{"id":"5"})").kind, MessageKind::audio);
  EXPECT_EQ(in(R"("type":"request_welcome")").kind, MessageKind::request_welcome);
  EXPECT_EQ(in(R"("type":"button","button":{"payload":"p","text":"Yes"})").kind, MessageKind::template_button);
}

TEST_F(MessagesTest, AMediaLinkOfMetaNeedsItsToken) {
  EXPECT_TRUE(in(R"("type":"image","image":{"id":"5","url":"https://lookaside.example/x"})").media->url_auth);
  EXPECT_FALSE(in(R"("type":"image","image":{"id":"5"})").media->url_auth);
}

TEST_F(MessagesTest, AKindWithoutANameIsUnknownWithItsOwnWordAndReason) {
  Message m = in(
      R"("type":"unsupported","errors":[{"code":131051,"title":"Message type unknown","error_data":{"details":"not supported"}}],"unsupported":{"type":"poll_creation"})");
  EXPECT_EQ(m.kind, MessageKind::unknown);
  EXPECT_EQ(m.subtype, "poll_creation");
  ASSERT_EQ(m.errors.size(), 1u);
  EXPECT_EQ(m.errors[0].code, 131051);
  EXPECT_EQ(m.errors[0].details, "not supported");
  m = in(R"("type":"hologram","hologram":{})");
  EXPECT_EQ(m.kind, MessageKind::unknown);
  EXPECT_EQ(m.subtype, "hologram");
}

TEST_F(MessagesTest, AKnownKindWithOtherContentIsUnknownAndNeverLost) {
  for (const char* members : {R"("type":"text")", R"("type":"text","text":"x")", R"("type":"text","text":{"body":7})",
                              R"("type":"image","image":[])", R"("type":"location","location":{"latitude":"1","longitude":2})",
                              R"("type":"contacts","contacts":{})", R"("type":"contacts","contacts":null)",
                              R"("type":"order","order":null)", R"("type":"system")", R"("type":"button","button":"x")",
                              R"("type":"edit","edit":7)", R"("type":"revoke")", R"("type":"reaction","reaction":[])"})
    EXPECT_EQ(in(members).kind, MessageKind::unknown) << members;
}

TEST_F(MessagesTest, AnInteractiveAnswerMayComeWithoutItsObject) {
  const Message m = in(R"("type":"interactive","errors":[{"code":131051,"title":"x"}])");
  EXPECT_EQ(m.kind, MessageKind::interactive);
  EXPECT_EQ(m.errors.size(), 1u);
}

TEST_F(MessagesTest, TheAnswersOfAFlowAreJsonInsideAString) {
  Message m = in(
      R"("type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"day\": \"mon\", \"n\":1}"}})");
  EXPECT_EQ(m.kind, MessageKind::flow_reply);
  EXPECT_EQ(m.text, "Sent");
  EXPECT_EQ(m.reply->response.json, R"({"day":"mon","n":1})");
  m = in(
      R"("type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{broken"}})");
  EXPECT_EQ(m.kind, MessageKind::flow_reply);
  EXPECT_EQ(m.reply->response.json, "");
}

TEST_F(MessagesTest, AReactionNamesAMessageOfTheOtherSideAndMayBeTakenAway) {
  const auto react = [this](const std::string& content) {
    return one<Reaction>(
        EventType::message_reaction, "messages",
        R"("messages":[{"from":"15550101010","id":"wamid.R","timestamp":"1","type":"reaction","reaction":)" + content + "}]");
  };
  const Reaction r = react(R"({"message_id":"wamid.OUT1","emoji":"\ud83c\udf89"})");
  EXPECT_EQ(r.emoji, "🎉");
  EXPECT_EQ(r.target.id, "wamid.OUT1");
  EXPECT_TRUE(r.target.from_me);
  EXPECT_EQ(r.target.chat.phone, "15550101010");
  EXPECT_FALSE(r.ref.from_me);
  EXPECT_EQ(react(R"({"message_id":"wamid.OUT1","emoji":""})").emoji, "");
  EXPECT_EQ(react(R"({"message_id":"wamid.OUT1"})").emoji, "");
}

TEST_F(MessagesTest, EditsAndDeletionsNameAMessageOfTheSameSide) {
  const auto edit = one<Edit>(
      EventType::message_edited, "messages",
      R"("messages":[{"from":"15550101010","id":"wamid.X","timestamp":"1","type":"edit","edit":{"original_message_id":"wamid.IN1","message":{"type":"image","image":{"caption":"roof?","id":"5"}}}}])");
  EXPECT_EQ(edit.target.id, "wamid.IN1");
  EXPECT_FALSE(edit.target.from_me);
  EXPECT_EQ(edit.kind, MessageKind::image);
  EXPECT_EQ(edit.text, "roof?");
  EXPECT_EQ(edit.media->id, "5");
  const auto revoke = one<Revoke>(
      EventType::message_revoked, "smb_message_echoes",
      R"("message_echoes":[{"to":"15550101010","id":"wamid.Y","timestamp":"1","type":"revoke","revoke":{"original_message_id":"wamid.E1"}}])");
  EXPECT_EQ(revoke.target.id, "wamid.E1");
  EXPECT_TRUE(revoke.target.from_me);
  EXPECT_EQ(revoke.from.phone, "15550109999");
  const auto odd = one<Edit>(
      EventType::message_edited, "messages",
      R"("messages":[{"from":"15550101010","id":"wamid.X","type":"edit","edit":{"original_message_id":"wamid.IN1","message":{"type":"hologram"}}}])");
  EXPECT_EQ(odd.kind, MessageKind::unknown);
}

TEST_F(MessagesTest, ANewNumberIsAMessageAndAChangeOfTheContactThatItBroughtAbout) {
  const auto drafts = take(
      "messages",
      R"("messages":[{"from":"15550101010","id":"wamid.S","timestamp":"1790000008","type":"system","system":{"body":"number changed","wa_id":"15550101099","type":"user_changed_number"}}])");
  ASSERT_EQ(drafts.size(), 2u);
  EXPECT_EQ(std::get<Message>(drafts[0].event.data).kind, MessageKind::system);
  EXPECT_EQ(std::get<Message>(drafts[0].event.data).from.phone, "15550101010") << "the message itself is whole";
  const auto& c = std::get<ContactChange>(drafts[1].event.data);
  EXPECT_EQ(c.change, ContactChangeKind::number);
  EXPECT_EQ(c.before->phone, "15550101010");
  EXPECT_EQ(c.contact.phone, "15550101099");
  EXPECT_EQ(drafts[1].cause, 0u);
  EXPECT_NE(drafts[1].source_key, drafts[0].source_key);
  EXPECT_EQ(drafts[1].event.occurred_at_ms, 1790000008000);
}

TEST_F(MessagesTest, ASystemMessageOfAnotherTypeChangesNoContact) {
  EXPECT_EQ(
      take("messages",
           R"("messages":[{"from":"15550101010","id":"wamid.S","type":"system","system":{"body":"x","type":"something_else"}}])")
          .size(),
      1u);
  EXPECT_EQ(
      take(
          "messages",
          R"("messages":[{"from":"15550101010","id":"wamid.S","type":"system","system":{"body":"x","type":"customer_identity_changed"}}])")
          .size(),
      2u);
}

TEST_F(MessagesTest, StatusesAreLevels) {
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

TEST_F(MessagesTest, AStatusKeepsWhatTheSenderPutInAndWhatMetaBills) {
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

TEST_F(MessagesTest, AStatusOfAGroupTellsWhoReadAndThatTheMessageIsOurs) {
  const Ack a =
      status(R"("status":"read","recipient_id":"Y2hhdA","recipient_type":"group","recipient_participant_id":"15550101010")");
  EXPECT_EQ(a.ref.chat.kind, PartyKind::group);
  EXPECT_EQ(a.ref.chat.jid, "Y2hhdA");
  EXPECT_EQ(a.participant->phone, "15550101010");
  ASSERT_TRUE(a.ref.participant.has_value()) << "in a group a message has an author: the session's own number";
  EXPECT_EQ(a.ref.participant->phone, "15550109999");
}

// With the key of the message alone, the second reader would have been taken for a repetition of the first, and dropped.
TEST_F(MessagesTest, GivenMembersOfAGroupWithHiddenNumbers_ThenTheirReadingsAreToldApart) {
  const std::string read = R"("id":"wamid.OUT","status":"read","recipient_id":"Y2hhdA","recipient_type":"group",)";
  const auto drafts = take("messages", R"("statuses":[{)" + read + R"("recipient_participant_user_id":"US.1"},{)" + read +
                                           R"("recipient_participant_user_id":"US.2"}])");
  ASSERT_EQ(drafts.size(), 2u);
  EXPECT_NE(drafts[0].source_key, drafts[1].source_key);
  EXPECT_EQ(std::get<Ack>(drafts[0].event.data).participant->user_id, "US.1");
}

TEST_F(MessagesTest, CallsRingAndEnd) {
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

TEST_F(MessagesTest, CallEventsWithoutATypeOfTheirOwnAreKeptRaw) {
  for (const char* members :
       {R"("calls":[{"id":"wacid.C","event":"connect","direction":"BUSINESS_INITIATED"}])", R"("calls":[{"event":"terminate"}])",
        R"("calls":[{"id":"wacid.C"}])", R"("statuses":[{"id":"wacid.C","type":"call","status":"RINGING"}])"}) {
    const auto drafts = take("calls", members);
    ASSERT_EQ(drafts.size(), 1u) << members;
    EXPECT_EQ(drafts[0].event.type, EventType::engine_raw) << members;
  }
}

TEST_F(MessagesTest, TroubleThatBelongsToNoMessageIsANotice) {
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
