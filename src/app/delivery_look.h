// What the dispatcher tells of its deliveries to people who ask: values, true of one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/event.h"
#include "core/ids.h"
#include "core/time.h"

namespace chasqui {

/// What says where an event stands in the lanes of endpoints; from its header.
struct EventPlace {
  Seq seq = 0;
  OrderKey order_key{};
  SessionNo session{};
};

enum class DeliveryStage : std::uint8_t {
  ended,      ///< delivered, parked, or ended otherwise: the store knows which
  in_flight,  ///< sent, not yet answered
  retry,      ///< it failed, and waits for its next try
  behind,     ///< an earlier event of its lane goes first
  ready,      ///< it goes as soon as a request is free
  unread,     ///< it lies in the journal; the endpoint is not so far yet
};
CHASQUI_WORDS(DeliveryStage, {DeliveryStage::ended, "ended"}, {DeliveryStage::in_flight, "in_flight"},
              {DeliveryStage::retry, "waiting_for_retry"}, {DeliveryStage::behind, "waiting_behind"},
              {DeliveryStage::ready, "waiting"}, {DeliveryStage::unread, "waiting"})

/// A try that is to come.
struct NextTry {
  std::string part;
  int attempts = 0;              ///< made so far
  std::optional<Millis> due_in;  ///< nullopt = when the outage is over
  bool resumed = false;          ///< a person sent it again after it was parked
  DeliveryStage stage = DeliveryStage::retry;
};

/// One event at one endpoint.
struct DeliveryLook {
  DeliveryStage stage = DeliveryStage::ended;
  Seq behind = 0;                   ///< of stage behind: who goes first
  std::vector<NextTry> tries;       ///< the delivery's own, and those of its resumed parts
  std::string_view endpoint_state;  ///< as in EndpointStats
};

/// What is known of an endpoint without walking through its lanes.
struct EndpointGlance {
  std::uint64_t backlog = 0;
  bool backlog_exact = true;
  std::size_t in_flight = 0;
  std::size_t in_flight_allowed = 0;
  std::size_t lanes_deferred = 0;
  std::string_view state = "deleted";
};

}  // namespace chasqui
