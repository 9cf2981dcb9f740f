#include "core/dialect/waha/waha.h"

#include <gtest/gtest.h>

#include <set>

#include "core/dialect/dialects.h"
#include "core/json/value.h"
#include "tests/support/random_event.h"

namespace chasqui::waha {
namespace {

class WahaTest : public ::testing::Test {
 protected:
  WahaTest() {
    session.session = "default";
    session.engine = "NOWEB";
  }
  std::vector<Request> render(const Event& e, NameSet wanted, std::string endpoint = "ep_1") const {
    return dialect().render(e, {session, options, endpoint, wanted});
  }
  json::Value payload(const Event& e) {
    auto requests = render(e, ~NameSet{0});
    body = requests.at(0).body;
    return (*parser.parse(body))["payload"];
  }
  static std::vector<std::string> members(json::Value object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.members()) names.emplace_back(name);
    return names;
  }
  static Party ada() {
    Party p;
    p.kind = PartyKind::user;
    p.phone = "15550101010";
    return p;
  }
  static Event event(EventType type, EventData data) {
    Event e;
    e.id = *EventId::parse("01jnaaaaaaaaaaaaaaaaaaaaaa");
    e.type = type;
    e.own.phone = "15550109999";
    e.received_at_ms = 1741249702485;
    e.data = std::move(data);
    return e;
  }
  static Event text(std::string words) {
    Message m;
    m.ref.chat = ada();
    m.ref.id = "IN";
    m.from = ada();
    m.kind = MessageKind::text;
    m.text = std::move(words);
    return event(EventType::message_received, m);
  }

  SessionContext session;
  RenderOptions options;
  json::Document parser;
  std::string body;
};

using Members = std::vector<std::string>;

TEST_F(WahaTest, IsFoundByItsName) {
  EXPECT_EQ(find_dialect("waha"), &dialect());
  EXPECT_EQ(find_dialect("WAHA"), nullptr);
  EXPECT_EQ(find_dialect(""), nullptr);
  EXPECT_NE(dialect_names().find("waha"), std::string::npos);
}

TEST_F(WahaTest, OneRequestForEachNameThatIsWantedInTheirOrder) {
  const auto both = render(text("x"), *dialect().subscription({"message.any", "message"}, options));
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].part, "message");
  EXPECT_EQ(both[1].part, "message.any");
  EXPECT_TRUE(render(text("x"), 0).empty());
  EXPECT_TRUE(render(text("x"), *dialect().subscription({"session.status"}, options)).empty());
}

TEST_F(WahaTest, PartsHaveIdsOfTheirOwnAndAlwaysTheSame) {
  const auto both = render(text("x"), ~NameSet{0});
  const auto alone = render(text("x"), *dialect().subscription({"message.any"}, options));
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[1].body, alone.at(0).body);
  EXPECT_NE(both[0].body.substr(0, 40), both[1].body.substr(0, 40));
  EXPECT_EQ(both[0].body.substr(0, 40), R"({"id":"evt_01jnaaaaaaaaaaaaaaaaaaaaaa",")") << "the first has the event's own";
}

TEST_F(WahaTest, EachEndpointAndPartHasARequestIdOfItsOwn) {
  std::set<std::string> ids;
  for (const char* endpoint : {"ep_1", "ep_2"})
    for (const auto& r : render(text("x"), ~NameSet{0}, endpoint)) ids.insert(r.headers.at(1).second);
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_EQ(render(text("x"), ~NameSet{0}, "ep_1")[0].body, render(text("x"), ~NameSet{0}, "ep_2")[0].body)
      << "the body is the same for all";
}

TEST_F(WahaTest, ForAnyEvent_ThenTheBodiesAreJsonAndTheSameAfterTheJournal) {
  testing::RandomEvents events(3);
  for (const char* profile : {"current", "legacy"}) {
    options.profile = profile;
    for (int i = 0; i < 2000; ++i) {
      const Event e = events.any();
      std::string stored;
      append_json(stored, e);
      Event back = *event_from_json(parser, stored);
      back.raw = e.raw;
      const auto before = render(e, ~NameSet{0}), after = render(back, ~NameSet{0});
      ASSERT_EQ(before.size(), static_cast<std::size_t>(__builtin_popcountll(dialect().names_of(e, options))));
      ASSERT_EQ(before.size(), after.size());
      for (std::size_t n = 0; n < before.size(); ++n) {
        ASSERT_TRUE(parser.parse(before[n].body).has_value()) << before[n].body;
        ASSERT_EQ(before[n].body, after[n].body);
        ASSERT_EQ(before[n].headers, after[n].headers);
      }
    }
  }
}

// WAHA's documentation: hasMedia and media of a quoted message are there since 2026.4.1.
TEST_F(WahaTest, GivenAReply_ThenTheQuotedMessageSaysThatItsMediaIsNotKnown) {
  Event e = text("yes");
  std::get<Message>(e.data).context.quoted_id = "OUT";
  std::get<Message>(e.data).context.quoted_author = ada();
  EXPECT_EQ(payload(e)["replyTo"].to_json(), R"({"id":"OUT","participant":"15550101010@c.us","hasMedia":false,"media":null})");
  std::get<Message>(e.data).context.quoted_author.reset();
  EXPECT_EQ(payload(e)["replyTo"].to_json(), R"({"id":"OUT","hasMedia":false,"media":null})");
  EXPECT_TRUE(payload(text("x"))["replyTo"].is_null());
}

// Decision on the users' document 003: legacy payloads carry the keys of its era only, files by `mediaUrl`.
TEST_F(WahaTest, GivenTheLegacyProfile_ThenNoPayloadHasAKeyOfALaterEra) {
  options.profile = "legacy";
  const Members message{"id", "timestamp", "from", "fromMe", "to", "body", "hasMedia", "ack", "vCards", "_data"};
  EXPECT_EQ(members(payload(text("x"))), message);

  Edit edit;
  edit.ref.chat = edit.from = ada();
  edit.target.id = "IN";
  edit.text = "new";
  Members edited = message;
  edited.insert(edited.end() - 1, "editedMessageId");
  EXPECT_EQ(members(payload(event(EventType::message_edited, edit))), edited);

  Revoke revoke;
  revoke.ref.chat = revoke.from = ada();
  revoke.target.id = "IN";
  const auto revoked = payload(event(EventType::message_revoked, revoke));
  EXPECT_EQ(members(revoked), (Members{"after", "before", "revokedMessageId", "_data"}));
  EXPECT_EQ(members(revoked["after"]), Members(message.begin(), message.end() - 1));

  Ack ack;
  ack.ref.chat = ada();
  ack.level = AckLevel::read;
  EXPECT_EQ(members(payload(event(EventType::message_ack, ack))),
            (Members{"id", "from", "participant", "fromMe", "ack", "_data"}));

  Reaction reaction;
  reaction.ref.chat = reaction.from = ada();
  EXPECT_EQ(members(payload(event(EventType::message_reaction, reaction))),
            (Members{"id", "from", "fromMe", "to", "participant", "timestamp", "reaction", "_data"}));

  const SessionStatus status{SessionState::working, {{SessionState::working, 5}}, ""};
  EXPECT_EQ(payload(event(EventType::session_status, status)).to_json(), R"({"name":"default","status":"WORKING"})");
}

TEST_F(WahaTest, GivenTheLegacyProfile_ThenAFileIsALink) {
  options.profile = "legacy";
  Edit edit;
  edit.ref.chat = edit.from = ada();
  edit.media = Media{};
  edit.media->url = "http://localhost/f.jpeg";
  EXPECT_EQ(payload(event(EventType::message_edited, edit))["mediaUrl"].text(), "http://localhost/f.jpeg");
}

TEST_F(WahaTest, GivenAnAnswerFromAList_ThenItsTextIsTitleAndDescriptionInBothProfiles) {
  Event e = text("");
  auto& m = std::get<Message>(e.data);
  m.reply = Reply{"id", "Medium", "fits most", {}};
  for (const char* profile : {"current", "legacy"}) {
    options.profile = profile;
    EXPECT_EQ(payload(e)["body"].text(), "Medium\nfits most") << profile;
  }
  m.reply->description.clear();
  EXPECT_EQ(payload(e)["body"].text(), "Medium");
  m.text = "said";
  EXPECT_EQ(payload(e)["body"].text(), "said");
}

TEST_F(WahaTest, ALinkThatNeedsTheSourcesTokenIsNotGivenAway) {
  Event e = text("x");
  Media media;
  media.url = "https://lookaside.example/x";
  media.url_auth = true;
  std::get<Message>(e.data).media = media;
  EXPECT_TRUE(payload(e)["media"]["url"].is_null());
  EXPECT_TRUE(payload(e)["hasMedia"].boolean().value_or(false));
  options.profile = "legacy";
  EXPECT_TRUE(payload(e)["mediaUrl"].is_null());
  EXPECT_EQ(body.find("lookaside"), std::string::npos);
}

TEST_F(WahaTest, RawDataKeepsItsBytesButForWhiteSpace) {
  Event e = text("x");
  const std::string item = "{ \"a\" : 1.50,\n \"b\":\"\\u00e9 \\/ c\" }";
  e.raw = {std::make_shared<const std::string>("[" + item + "]"), 1, static_cast<std::uint32_t>(item.size())};
  payload(e);
  EXPECT_NE(body.find(R"("_data":{"a":1.50,"b":"\u00e9 \/ c"})"), std::string::npos) << body;
}

TEST_F(WahaTest, DefaultsAreWahas) {
  const auto& waha = dialect();
  EXPECT_EQ(waha.default_headers(), (Headers{{"Accept", "application/json, text/plain, */*"},
                                             {"User-Agent", "WAHA/2026.8.2"},
                                             {"Accept-Encoding", "gzip, compress, deflate, br"}}));
  EXPECT_EQ(waha.signature().mac, SignatureRule::Mac::hmac_sha512);
  EXPECT_EQ(waha.signature().header, "X-Webhook-Hmac");
  EXPECT_EQ(waha.signature().prefix, "");
  EXPECT_EQ(waha.signature().beside, (Headers{{"X-Webhook-Hmac-Algorithm", "sha512"}}));
  RetryPolicy retry;
  retry.asked_wait_spends = true;
  EXPECT_EQ(waha.default_retry(), retry);
  EXPECT_EQ(waha.default_timeout(), std::chrono::seconds{60});
}

TEST_F(WahaTest, AProfileIsCurrentOrLegacy) {
  for (const char* profile : {"", "current", "legacy"}) EXPECT_TRUE(dialect().check({profile}).has_value()) << profile;
  for (const char* profile : {"Legacy", "old", " "}) EXPECT_FALSE(dialect().check({profile}).has_value()) << profile;
}

}  // namespace
}  // namespace chasqui::waha
