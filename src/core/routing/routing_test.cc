#include "core/routing/routing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/dialect/dialects.h"
#include "tests/support/random_event.h"

namespace chasqui {
namespace {

const Dialect& waha() { return *find_dialect("waha"); }

Subscriber subscriber(std::uint32_t number, std::vector<std::string> names, std::string session = "", std::string profile = "") {
  Subscriber s;
  s.endpoint = EndpointNo{number};
  s.dialect = &waha();
  s.options.profile = std::move(profile);
  s.wanted = *waha().subscription(names, s.options);
  s.session = std::move(session);
  return s;
}
Event event(EventType type, EventData data, std::string session = "s") {
  Event e;
  e.type = type;
  e.session = std::move(session);
  e.data = std::move(data);
  return e;
}
Event received(std::string session = "s") {
  Message m;
  m.kind = MessageKind::text;
  return event(EventType::message_received, m, std::move(session));
}
using Endpoints = std::vector<EndpointNo>;

TEST(Routing, GivenNobody_ThenNobodyGetsIt) {
  const auto route = Router({}).route(received());
  EXPECT_TRUE(route.endpoints.empty());
  EXPECT_EQ(route.filtered + route.no_counterpart, 0u);
}

TEST(Routing, AnEndpointGetsAnEventOnceThoughSeveralOfItsNamesFit) {
  const Router router({subscriber(1, {"message", "message.any"})});
  EXPECT_EQ(router.route(received()).endpoints, Endpoints{EndpointNo{1}});
}

TEST(Routing, WhatIsNotSubscribedIsCountedAsFilteredAndWhatHasNoWordAsNoCounterpart) {
  const Router router({subscriber(1, {"session.status"}), subscriber(2, {"*"}), subscriber(3, {"message"})});
  auto route = router.route(received());
  EXPECT_EQ(route.endpoints, (Endpoints{EndpointNo{2}, EndpointNo{3}}));
  EXPECT_EQ(route.filtered, 1u);
  EXPECT_EQ(route.no_counterpart, 0u);
  route = router.route(event(EventType::template_status, PlatformNotice{}));
  EXPECT_TRUE(route.endpoints.empty());
  EXPECT_EQ(route.filtered, 0u);
  EXPECT_EQ(route.no_counterpart, 3u);
}

TEST(Routing, WhatADisabledEndpointWouldHaveGotIsCountedAsSkipped) {
  Subscriber off = subscriber(1, {"message"});
  off.disabled = true;
  const Router router({off, subscriber(2, {"message"})});
  auto route = router.route(received());
  EXPECT_EQ(route.endpoints, Endpoints{EndpointNo{2}});
  EXPECT_EQ(route.skipped, 1u);
  route = router.route(event(EventType::session_status, SessionStatus{}));
  EXPECT_EQ(route.skipped, 0u);
  EXPECT_EQ(route.filtered, 2u) << "what it did not subscribe to was filtered";
}

TEST(Routing, AnEndpointOfOneSessionIsNotInTheScopeOfOthers) {
  const Router router({subscriber(1, {"*"}, "a"), subscriber(2, {"*"}, "b"), subscriber(3, {"*"})});
  EXPECT_EQ(router.route(received("a")).endpoints, (Endpoints{EndpointNo{1}, EndpointNo{3}}));
  EXPECT_EQ(router.route(received("b")).endpoints, (Endpoints{EndpointNo{2}, EndpointNo{3}}));
  EXPECT_EQ(router.route(received("c")).endpoints, Endpoints{EndpointNo{3}});
  EXPECT_EQ(router.route(received("c")).filtered, 0u) << "out of scope is not filtered";
}

TEST(Routing, EndpointsOfDifferentProfilesAreAskedApart) {
  Ack ack;
  ack.ref.chat.kind = PartyKind::group;
  ack.level = AckLevel::read;
  const Router router(
      {subscriber(1, {"message.ack"}), subscriber(2, {"message.ack"}, "", "legacy"), subscriber(3, {"message.ack.group"})});
  const auto route = router.route(event(EventType::message_ack, ack));
  EXPECT_EQ(route.endpoints, (Endpoints{EndpointNo{2}, EndpointNo{3}}));
  EXPECT_EQ(route.filtered, 1u);
}

TEST(Routing, ForAThousandEndpoints_ThenItDecidesAsAskingEachAloneWould) {
  testing::RandomEvents events(8);
  auto& chance = events.chance;
  const std::string sessions[] = {"", "a", "b", "c"};
  std::vector<Subscriber> all;
  for (std::uint32_t number = 1; number <= 1000; ++number) {
    Subscriber s = subscriber(number * 3, {}, sessions[chance.below(4)], chance.one_in(3) ? "legacy" : "");
    s.wanted = chance.bits() & chance.bits() & *waha().subscription({"*", "engine.event", "state.change"}, s.options);
    s.disabled = chance.one_in(5);
    all.push_back(s);
  }
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[chance.below(i)]);
  const Router router(all);
  for (int round = 0; round < 500; ++round) {
    Event e = events.any();
    e.session = sessions[chance.below(4)];
    Router::Route expected;
    for (const auto& s : all) {
      if (!s.session.empty() && s.session != e.session) continue;
      const NameSet names = s.dialect->names_of(e, s.options);
      if (names == 0) {
        ++expected.no_counterpart;
      } else if ((names & s.wanted) == 0) {
        ++expected.filtered;
      } else if (s.disabled) {
        ++expected.skipped;
      } else {
        expected.endpoints.push_back(s.endpoint);
      }
    }
    std::sort(expected.endpoints.begin(), expected.endpoints.end());
    const auto route = router.route(e);
    ASSERT_EQ(route.endpoints, expected.endpoints) << word(e.type);
    ASSERT_EQ(route.filtered, expected.filtered);
    ASSERT_EQ(route.skipped, expected.skipped);
    ASSERT_EQ(route.no_counterpart, expected.no_counterpart);
  }
}

}  // namespace
}  // namespace chasqui
