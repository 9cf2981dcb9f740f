// What became of one event at one endpoint, from all that is known of it. Pure: values in, a story out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/delivery_look.h"
#include "app/endpoint.h"
#include "core/json/writer.h"
#include "ports/store.h"

namespace chasqui {

/// What is known of one delivery: where it stands in memory, and what the store has of it.
struct DeliveryEvidence {
  Seq seq = 0;
  std::shared_ptr<const EndpointTarget> target;
  DeliveryLook look;
  std::vector<ports::AttemptRow> attempts;  ///< of this endpoint, oldest first
  std::vector<ports::Parked> parked;        ///< of this endpoint
  std::vector<ports::Ended> ended;          ///< of this endpoint, newest first; may hold other events' too
  std::vector<std::string> expected;        ///< the parts that today's settings make of the event
};

struct PartStory {
  std::string part;
  std::string state;   ///< delivered, parked, dropped, failed, waiting_for_retry, …
  std::string reason;  ///< why it failed last, was parked or ended
  int attempts = 0;
  std::int64_t at_ms = 0;  ///< when it came to this state; 0 = it is on its way
};

struct DeliveryStory {
  /// delivered, parked, expired, skipped, dropped (it has ended); in_flight, waiting_for_retry, waiting_behind, waiting, paused,
  /// held, outage, disabled, deleted (it has not); unknown (what was kept of it is gone).
  std::string state;
  std::string reason;
  std::string explanation;  ///< a sentence for people, with what to do
  Seq behind = 0;
  std::optional<std::int64_t> due_at_ms;
  std::vector<PartStory> parts;
};

DeliveryStory judge(const DeliveryEvidence& evidence, std::int64_t now_ms);
/// Whether more of Store::ended could change the story.
bool wants_ends(const DeliveryEvidence& evidence);

/// Why an endpoint did not get an event, as far as its settings of today say.
struct NoMatch {
  std::string_view reason;  ///< made_later, other_session, no_counterpart, not_subscribed, disabled, settings_changed
  std::string explanation;
};
NoMatch why_not(const Event& event, const EndpointTarget& target);

/// The words of a set, comma-separated.
std::vector<std::string> words_of(const Dialect& dialect, NameSet names);

}  // namespace chasqui
