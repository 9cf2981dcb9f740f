// What the dispatcher tells of its deliveries. Nothing here changes anything.
#include <algorithm>

#include "app/dispatcher.h"

namespace chasqui {
namespace {

// The lane of before a change of order holds what was offered then, so all kinds are asked, today's first.
Lanes<Pending>::Found find_in_lanes(const Outbox& box, const EventPlace& event, bool alone) {
  const OrderScope today = box.target->settings.order;
  const auto in = [&](OrderScope scope) {
    return box.lanes.find(lane_key(scope, event.order_key, event.session, event.seq), event.seq, alone);
  };
  auto found = in(today);
  for (const OrderScope scope : {OrderScope::chat, OrderScope::session, OrderScope::endpoint, OrderScope::none})
    if (found.place == Lanes<Pending>::Place::none && scope != today) found = in(scope);
  return found;
}

DeliveryStage stage_of(const Lanes<Pending>::Found& found, bool has_failed) {
  switch (found.place) {
    case Lanes<Pending>::Place::in_flight:
      return DeliveryStage::in_flight;
    case Lanes<Pending>::Place::behind:
      return DeliveryStage::behind;
    case Lanes<Pending>::Place::first:
      return has_failed ? DeliveryStage::retry : DeliveryStage::ready;
    case Lanes<Pending>::Place::unsought:
      return has_failed ? DeliveryStage::retry : DeliveryStage::unread;
    case Lanes<Pending>::Place::none:
      return DeliveryStage::ended;
  }
  return DeliveryStage::ended;
}

}  // namespace

DeliveryLook Dispatcher::look(EndpointNo endpoint, const EventPlace& event) const {
  const auto it = boxes_.find(static_cast<std::uint32_t>(endpoint));
  if (it == boxes_.end()) return {};
  const Outbox& box = *it->second;
  const SteadyTime now = parts_.clock.steady_now();
  DeliveryLook look;
  look.endpoint_state = state_of(box, now);
  const auto found = find_in_lanes(box, event, false);
  look.stage = stage_of(found, box.retry_of(event.seq, false) != nullptr);
  look.behind = found.first;
  // The reader has not come to it: it is open, unless an earlier life was done with it already.
  if (look.stage == DeliveryStage::ended && event.seq >= box.lanes.position() && !box.settled.contains(event.seq))
    look.stage = box.retry_of(event.seq, false) != nullptr ? DeliveryStage::retry : DeliveryStage::unread;
  for (auto r = box.retries.lower_bound({event.seq, ""}); r != box.retries.end() && r->first.first == event.seq; ++r) {
    const RetryState& state = r->second;
    NextTry next{r->first.second, state.attempts, std::nullopt, state.alone, look.stage};
    if (state.due != SteadyTime::max())
      next.due_in = std::chrono::ceil<Millis>(std::max(state.due - now, SteadyTime::duration::zero()));
    if (state.alone) {
      // Of several resumed parts one stands in the lane; the others follow it.
      next.stage = stage_of(find_in_lanes(box, event, true), true);
      if (next.stage == DeliveryStage::ended) next.stage = DeliveryStage::retry;
    }
    look.tries.push_back(std::move(next));
  }
  return look;
}

EndpointGlance Dispatcher::glance(EndpointNo endpoint) const {
  const auto it = boxes_.find(static_cast<std::uint32_t>(endpoint));
  if (it == boxes_.end()) return {};
  const Outbox& box = *it->second;
  const SteadyTime now = parts_.clock.steady_now();
  return {box.backlog(),
          box.counting == 0,
          box.lanes.in_flight(),
          box.circuit.allowance(box.target->settings.in_flight_max, now),
          box.lanes.deferred_lanes(),
          state_of(box, now)};
}

}  // namespace chasqui
