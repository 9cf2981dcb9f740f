#include "tests/support/open_deliveries.h"

#include <algorithm>

namespace chasqui::testing {
namespace {

bool is_in(const ports::DeferredLane& lane, const ports::StoredEvent& event) {
  return lane.from <= event.seq && (lane.until == 0 || event.seq < lane.until) &&
         lane_key(scope_of_lane(lane.lane), event.order_key, event.session, event.seq) == lane.lane;
}

bool is_open(const ports::CursorRow& row, const ports::StoredEvent& event) {
  if (event.seq >= row.next) return std::find(row.settled.begin(), row.settled.end(), event.seq) == row.settled.end();
  return std::any_of(row.deferred.begin(), row.deferred.end(), [&](const auto& lane) { return is_in(lane, event); });
}

}  // namespace

OpenDeliveries open_deliveries(const ports::Checkpoint& checkpoint, const std::vector<ports::StoredEvent>& events,
                               const std::vector<ports::InternedMatchSet>& match_sets) {
  OpenDeliveries open;
  for (const auto& event : events) {
    const auto set = std::find_if(match_sets.begin(), match_sets.end(), [&](const auto& s) { return s.no == event.match_set; });
    if (set == match_sets.end()) continue;
    for (const EndpointNo endpoint : set->endpoints) {
      ports::CursorRow row;
      row.next = checkpoint.tail;
      for (const auto& laggard : checkpoint.laggards)
        if (laggard.endpoint == endpoint) row = laggard;
      if (!is_open(row, event)) continue;
      auto& parts = open[{endpoint, event.seq}];
      for (const auto& done : row.parts_done)
        if (done.seq == event.seq) parts.insert(done.part);
    }
  }
  return open;
}

}  // namespace chasqui::testing
