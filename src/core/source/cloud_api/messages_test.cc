#include <gtest/gtest.h>

#include "tests/support/cloud_api_changes.h"

namespace chasqui::cloud_api {
namespace {

class MessagesTest : public testing::CloudApiChange {};

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

}  // namespace
}  // namespace chasqui::cloud_api
