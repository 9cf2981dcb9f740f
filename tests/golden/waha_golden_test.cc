// Canonical events, and the requests that WAHA's receivers get of them.
#include <gtest/gtest.h>

#include <regex>

#include "core/dialect/dialects.h"
#include "core/json/span.h"
#include "tests/golden/golden.h"
#include "tests/golden/waha_events.h"

namespace chasqui::golden {
namespace {

const Dialect& waha() { return *find_dialect("waha"); }

SessionContext session_of(const Recipe& recipe) {
  SessionContext s;
  s.session = "default";
  s.engine = recipe.engine;
  s.product_version = "2026.8.2";
  s.platform = "linux/x64";
  s.me = recipe.me;
  s.metadata = recipe.metadata;
  return s;
}

std::vector<Request> render(const Recipe& recipe, std::vector<std::string> names) {
  json::Document parser;
  const RenderOptions options{recipe.profile};
  const SessionContext session = session_of(recipe);
  const Event event = recipe.make(parser);
  return waha().render(event, {session, options, "ep_env", *waha().subscription(names, options)});
}

class WahaGolden : public ::testing::TestWithParam<Recipe> {
 protected:
  /// The one request of this name.
  Request request() const {
    auto requests = render(GetParam(), {GetParam().name});
    EXPECT_EQ(requests.size(), 1u);
    return requests.size() == 1 ? std::move(requests[0]) : Request{};
  }
  bool legacy() const { return GetParam().profile == "legacy"; }
};

std::vector<std::string> names_of_members(std::string_view object) {
  json::Document parser;
  const auto root = *parser.parse(object);
  std::vector<std::string> names;
  for (const auto& [name, value] : root.members()) names.emplace_back(name);
  return names;
}

TEST_P(WahaGolden, IsThisRequest) {
  const Request r = request();
  EXPECT_EQ(r.method, "POST");
  EXPECT_EQ(r.url_suffix, "");
  EXPECT_EQ(r.part, GetParam().name);
  std::string out;
  json::Writer w(out);
  w.begin_object().key("headers").begin_object();
  for (const auto& [name, value] : r.headers) w.member_name(name).string(value);
  w.end_object().key("body").raw(r.body).end_object();
  expect_equal(folder("waha") / (GetParam().file + ".json"), out);
}

TEST_P(WahaGolden, IsTheSameWhateverElseIsSubscribed) {
  const Request alone = request();
  for (const Request& r : render(GetParam(), {"*", "engine.event", "state.change"})) {
    if (r.part != alone.part) continue;
    EXPECT_EQ(r.body, alone.body);
    EXPECT_EQ(r.headers, alone.headers);
    return;
  }
  FAIL() << "it is in everything as well";
}

// WAHA's envelope, in its order (source, 2026.8): metadata only when the session has some.
TEST_P(WahaGolden, HasTheEnvelopeOfItsProfile) {
  const Request r = request();
  std::vector<std::string> expected{"event", "session", "engine", "payload"};
  if (!legacy()) expected = {"id", "timestamp", "event", "session", "metadata", "me", "payload", "engine", "environment"};
  if (!legacy() && GetParam().metadata.empty()) std::erase(expected, "metadata");
  EXPECT_EQ(names_of_members(r.body), expected);
  if (legacy()) return;
  EXPECT_EQ(names_of_members(*json::member_span(r.body, "environment")),
            (std::vector<std::string>{"version", "engine", "tier", "browser", "platform", "worker"}));
  json::Document parser;
  const auto root = *parser.parse(r.body);
  EXPECT_TRUE(std::regex_match(root["id"].text(), std::regex("evt_[0-9a-hjkmnp-tv-z]{26}"))) << root["id"].text();
}

TEST_P(WahaGolden, HasWahasHeaders) {
  const Request r = request();
  ASSERT_EQ(r.headers.size(), 3u);
  EXPECT_EQ(r.headers[0], (std::pair<std::string, std::string>{"Content-Type", "application/json"}));
  EXPECT_EQ(r.headers[1].first, "X-Webhook-Request-Id");
  EXPECT_TRUE(std::regex_match(r.headers[1].second, std::regex("[0-9a-z]{18}")));
  EXPECT_EQ(r.headers[2].first, "X-Webhook-Timestamp");
  json::Document parser;
  if (!legacy()) {
    EXPECT_EQ(r.headers[2].second, std::to_string((*parser.parse(r.body))["timestamp"].integer().value_or(0)));
  }
}

INSTANTIATE_TEST_SUITE_P(Requests, WahaGolden, ::testing::ValuesIn(recipes()),
                         [](const auto& one) { return test_name(one.param.file); });

TEST(WahaGoldenFiles, EachNamesItsSourceAndHasItsRecipe) {
  const std::string readme = read_file(folder("README.md"));
  std::set<std::string> known;
  for (const Recipe& recipe : recipes()) EXPECT_TRUE(known.insert(recipe.file).second) << recipe.file << " is there twice";
  for (const auto& name : cases("waha", ".json")) {
    EXPECT_NE(readme.find("| `" + name + "` |"), std::string::npos) << name;
    EXPECT_TRUE(known.contains(name)) << name << ".json belongs to nothing";
  }
}

// Every name that an event can have today has a golden file, in the current profile.
TEST(WahaGoldenFiles, CoverEveryNameThatIsRendered) {
  NameSet rendered = 0, covered = 0;
  testing::RandomEvents events(5);
  for (int i = 0; i < 20'000; ++i) rendered |= waha().names_of(events.any(), {});
  for (const Recipe& recipe : recipes())
    if (recipe.profile.empty()) covered |= *waha().subscription({recipe.name}, {});
  EXPECT_EQ(rendered & ~covered, 0u);
}

// The users' document 003 (WAHA's page "Webhooks" of 2023) has one whole body. Given the same message, ours is equal to it.
TEST(WahaLegacy, TheMessageIsThatOfTheUsersDocumentMemberByMember) {
  for (const Recipe& recipe : recipes()) {
    if (recipe.file != "message.legacy_document_003") continue;
    const std::string body = render(recipe, {"message"}).at(0).body;
    EXPECT_EQ(names_of_members(body), (std::vector<std::string>{"event", "session", "engine", "payload"}));
    const auto payload = *json::member_span(body, "payload");
    EXPECT_EQ(names_of_members(payload), (std::vector<std::string>{"id", "timestamp", "from", "fromMe", "to", "body", "hasMedia",
                                                                   "ack", "vCards", "_data"}));
    EXPECT_EQ(
        payload.substr(0, payload.find(R"("_data")")),
        R"({"id":"true_11111111111@c.us_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","timestamp":1667561485,"from":"11111111111@c.us","fromMe":true,"to":"11111111111@c.us","body":"Hi there!","hasMedia":false,"ack":1,"vCards":[],)");
    EXPECT_EQ(*json::member_span(payload, "_data"), minified(kDocument003Data));
    return;
  }
  FAIL() << "the recipe is gone";
}

}  // namespace
}  // namespace chasqui::golden
