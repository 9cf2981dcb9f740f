// Deliveries of the Cloud API as the flow makes events of them, but with ids and times that are always the same.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/dialect/dialect.h"
#include "core/json/value.h"
#include "core/source/cloud_api/cloud_api.h"

namespace chasqui::golden {

inline constexpr std::int64_t kReceivedAtMs = 1790001000123;

inline EventId fixed_id(std::size_t place) {
  std::array<std::uint8_t, 10> tail{};
  tail[9] = static_cast<std::uint8_t>(place + 1);
  return EventId::make(kReceivedAtMs, tail.data());
}

inline std::vector<Event> events_of(json::Document& parser, std::string body) {
  std::vector<Event> events;
  auto delivery = cloud_api::normalise(parser, std::make_shared<const std::string>(std::move(body)));
  for (std::size_t i = 0; i < delivery.drafts.size(); ++i) {
    Draft& draft = delivery.drafts[i];
    Event& e = events.emplace_back(std::move(draft.event));
    e.id = fixed_id(i);
    e.session = draft.session.key;
    e.received_at_ms = kReceivedAtMs;
    if (e.occurred_at_ms == 0) e.occurred_at_ms = kReceivedAtMs;
    e.dedupe_key = draft.source_key;
    if (draft.cause) e.cause_id = fixed_id(*draft.cause);
  }
  return events;
}

/// Renders an event in a dialect, with every option it has: the bodies are JSON, compact, and the same every time.
inline void check_rendering(const Dialect& dialect, const Event& event, json::Document& reading) {
  for (const char* profile : {"current", "legacy"}) {
    const RenderOptions options{profile};
    if (!dialect.check(options)) continue;
    SessionContext session;
    session.session = event.session;
    session.engine = "NOWEB";
    session.me = event.own;
    const NameSet names = dialect.names_of(event, options);
    const RenderContext context{session, options, "ep_1", names};
    const auto requests = dialect.render(event, context);
    EXPECT_EQ(requests.size(), static_cast<std::size_t>(__builtin_popcountll(names)));
    const auto again = dialect.render(event, context);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      ASSERT_TRUE(reading.parse(requests[i].body).has_value()) << requests[i].body;
      ASSERT_EQ(requests[i].body, again[i].body);
      ASSERT_EQ(requests[i].headers, again[i].headers);
    }
  }
}

}  // namespace chasqui::golden
